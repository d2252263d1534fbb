// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";
import {hasFocus, isPageVisible, readStored, store} from "./browser_means";

const KEY = "callgear.last_used_tab";

/** Tells, in each of several open tabs, whether it is the one last used. */
export class LastUsedTab {
    constructor() {
        this.id = `${Date.now()}.${Math.random()}`;
        const use = () => store(KEY, this.id);
        for (const event of ["focus", "pointerdown", "keydown"]) {
            browser.addEventListener(event, use, {capture: true, passive: true});
        }
        if (hasFocus()) {
            use();
        }
    }

    /** @returns {boolean} this tab, or the one that is looked at if none is known */
    get isThis() {
        const last = readStored(KEY);
        return last ? last === this.id : isPageVisible();
    }
}
