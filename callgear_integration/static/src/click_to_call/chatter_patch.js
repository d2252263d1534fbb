// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Chatter} from "@mail/chatter/web_portal/chatter";
import {patch} from "@web/core/utils/patch";
import {session} from "@web/session";
import {callPart} from "../lazy/call_parts";

const MODELS = ["helpdesk.ticket", "res.partner"];

/** @returns {boolean} whether the contact of a record can be called from its chatter */
export function isCallable({resModel}) {
    return Boolean(session.callgear) && MODELS.includes(resModel);
}

patch(Chatter, {
    components: {
        ...Chatter.components,
        ChatterCall: callPart("ChatterCall", {isWanted: isCallable}),
    },
});
