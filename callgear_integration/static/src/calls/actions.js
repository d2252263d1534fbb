// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {useService} from "@web/core/utils/hooks";
import {openForm} from "./open_form";

/**
 * What an agent can do with a conversation, wherever it is shown. Each function returns when
 * the page that it opens is open.
 */
export function useCallActions() {
    const action = useService("action");
    const calls = useService("callgear.calls");
    const open = (resModel, resId) => openForm(action, resModel, resId);
    const follow = async (leg, method, ...args) =>
        action.doAction(await calls.call(leg, method, ...args));
    return {
        openPartner: (leg, id = leg.partner.id) => open("res.partner", id),
        openTicket: (id) => open("helpdesk.ticket", id),
        newTicket: (leg) => follow(leg, "action_new_ticket"),
        /** Without leaving the page. */
        attachHere: (leg, ticketId) =>
            calls.call(leg, "attach_to_ticket", ticketId, null),
        /** To another ticket, a new one, another contact; without a ticket, to the last. */
        move: (leg) => follow(leg, "action_move"),
        linkPartner: (leg, partnerId) => calls.call(leg, "link_partner", partnerId),
        findPartner: (leg) => follow(leg, "action_find_partner"),
    };
}
