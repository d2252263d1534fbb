// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";

const KEY = "callgear.last_used_tab";

/** Tells, in each of several open tabs, whether it is the one last used. */
export class LastUsedTab {
    constructor() {
        this.id = `${Date.now()}.${Math.random()}`;
        const use = () => browser.localStorage.setItem(KEY, this.id);
        for (const event of ["focus", "pointerdown", "keydown"]) {
            browser.addEventListener(event, use, {capture: true, passive: true});
        }
        if (document.visibilityState === "visible" && document.hasFocus()) {
            use();
        }
    }

    /** @returns {boolean} this tab, or the one that is looked at if none is known */
    get isThis() {
        const last = browser.localStorage.getItem(KEY);
        return last ? last === this.id : document.visibilityState === "visible";
    }
}
