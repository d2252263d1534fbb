// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {registry} from "@web/core/registry";
import {openForm} from "./open_form";

/** Another page would take the box away under their hands. */
const isTypingSummary = () =>
    Boolean(document.activeElement?.closest(".o-callgear-SummaryBox"));

/**
 * Opens the caller's contact when the agent answers: in the tab last used, and never over
 * unsaved work (counted by the forms, see `unsaved_work.js`). An agent who calls from Odoo
 * already has the page open that they want to see.
 */
export const openContactService = {
    dependencies: ["callgear.calls", "action"],
    start(env, {"callgear.calls": calls, action}) {
        calls.onNews((leg, before) => {
            const answered = leg.state === "talking" && before?.state !== "talking";
            if (
                answered &&
                leg.partner &&
                !leg.ticket_id &&
                !leg.dial &&
                calls.preferences.open_contact &&
                calls.tab.isThis &&
                !calls.unsavedForms &&
                !isTypingSummary()
            ) {
                openForm(action, "res.partner", leg.partner.id);
            }
        });
    },
};

registry.category("services").add("callgear.open_contact", openContactService);
