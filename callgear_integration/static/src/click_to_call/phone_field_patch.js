// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {patch} from "@web/core/utils/patch";
import {PhoneField} from "@web/views/fields/phone/phone_field";
import {CallHandset} from "./call_handset";

patch(PhoneField, {
    components: {...PhoneField.components, CallHandset},
});
