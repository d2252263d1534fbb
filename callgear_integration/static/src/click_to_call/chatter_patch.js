// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Chatter} from "@mail/chatter/web_portal/chatter";
import {patch} from "@web/core/utils/patch";
import {ChatterCall} from "./chatter_call";

patch(Chatter, {
    components: {...Chatter.components, ChatterCall},
});
