// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {readInTab, storeInTab} from "./browser_means";

const KEY = "callgear.new_ticket";

/** The conversation whose new-ticket form this page shows. */
let shown = null;
/** That of the form that a reload has emptied. */
let reloaded = null;

const address = () => browser.location.pathname;

/**
 * Odoo forgets on a reload for what a new record's form was opened; the tab remembers the
 * conversation from one page to the next, if the browser lets it.
 *
 * @param {number|null} legId
 */
export function rememberNewTicket(legId) {
    shown = legId;
}

/**
 * For the first form of a page only: another is no form that was reloaded.
 *
 * @returns {number|null} the conversation of the form that was reloaded
 */
export function recallNewTicket() {
    const legId = reloaded;
    reloaded = null;
    return legId;
}

/** What a page leaves in the tab is taken out by the next, whatever that shows. */
export const tabMemoryService = {
    start() {
        shown = null;
        const [legId, path] = (readInTab(KEY) || "").split(" ");
        storeInTab(KEY, null);
        reloaded = path === address() ? Number(legId) : null;
        browser.addEventListener("pagehide", () =>
            storeInTab(KEY, shown && `${shown} ${address()}`)
        );
    },
};

registry.category("services").add("callgear.tab_memory", tabMemoryService);
