// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {registry} from "@web/core/registry";
import {openForm} from "./open_form";

const TEXT_BOX =
    "textarea, [contenteditable=true], input:not([type=checkbox], [type=radio], " +
    "[type=range], [type=file], [type=button], [type=submit], [type=image])";
/** What is written there is no form's work. A chat window stays when the page goes. */
const UNSENT = [".o-mail-Composer:not(.o-chatWindow)", ".o_kanban_quick_create"];

/** Odoo's editor has a sign without width in an empty line. */
const hasText = (el) =>
    Boolean((el.value ?? el.textContent).replaceAll("\u200b", "").trim());

/**
 * Whether the agent is writing something, or has not sent it yet. An empty box is no text:
 * Odoo puts the cursor in the search of each list.
 */
function isWriting() {
    const el = document.activeElement;
    if (el?.closest(".o-callgear-SummaryBox")) {
        return true; // another page would take the box away under their hands
    }
    const unsent = document.querySelectorAll(`:is(${UNSENT}) :is(${TEXT_BOX})`);
    return [...unsent, el].some((each) => each?.matches(TEXT_BOX) && hasText(each));
}

/** Another page would close it. */
const isDialogOpen = () => document.body.classList.contains("modal-open");

/**
 * Opens the caller's contact when the agent answers: in the tab last used, and never over
 * unsaved work (that of forms is counted by `unsaved_work.js`); the phone leads there all the
 * same. An agent who calls from Odoo already has the page open that they want to see.
 */
export const openContactService = {
    dependencies: ["callgear.calls", "action"],
    start(env, {"callgear.calls": calls, action}) {
        const isFree = () => !calls.unsavedForms && !isDialogOpen() && !isWriting();
        calls.onNews((leg, before) => {
            const answered = leg.state === "talking" && before?.state !== "talking";
            if (
                answered &&
                leg.partner &&
                !leg.ticket_id &&
                !leg.dial &&
                calls.preferences.open_contact &&
                calls.tab.isThis &&
                isFree()
            ) {
                openForm(action, "res.partner", leg.partner.id);
            }
        });
    },
};

registry.category("services").add("callgear.open_contact", openContactService);
