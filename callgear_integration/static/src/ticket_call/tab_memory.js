// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";

/** The conversation whose new-ticket form this tab shows. */
const KEY = "callgear.new_ticket";

/**
 * Odoo forgets on a reload for what a new record's form was opened; the tab remembers the
 * conversation, if the browser lets it.
 *
 * @param {number|null} legId
 */
export function rememberNewTicket(legId) {
    try {
        if (legId) {
            browser.sessionStorage.setItem(KEY, legId);
        } else {
            browser.sessionStorage.removeItem(KEY);
        }
    } catch {
        // The draft is on the server anyway.
    }
}

/** @returns {number} the conversation of the form that was reloaded; NaN or 0 if none */
export function recallNewTicket() {
    try {
        return Number(browser.sessionStorage.getItem(KEY));
    } catch {
        return 0;
    }
}
