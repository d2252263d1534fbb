// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {isMainTab} from "./browser_means";
import {openForm} from "./open_form";

/** Tells an agent that a colleague has answered a call of one of their customers. */
export const answeredService = {
    dependencies: ["action", "bus_service", "multi_tab", "notification"],
    start(env, {action, bus_service, multi_tab, notification}) {
        // A browser that has just logged in gets the messages of the last minute once more.
        const told = new Set();

        async function tell({call_id, text, ticket_id}) {
            if (told.has(call_id)) {
                return;
            }
            told.add(call_id);
            if (!(await isMainTab(multi_tab))) {
                return;
            }
            const openTicket = {
                name: _t("Open the ticket"),
                onClick: () => {
                    close();
                    openForm(action, "helpdesk.ticket", ticket_id);
                },
            };
            const close = notification.add(text, {
                type: "info",
                className: "o-callgear-answered",
                buttons: ticket_id ? [openTicket] : [],
            });
        }

        bus_service.subscribe("callgear.answered", tell);
    },
};

registry.category("services").add("callgear.answered", answeredService);
