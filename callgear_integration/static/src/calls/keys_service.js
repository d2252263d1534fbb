// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {registry} from "@web/core/registry";

/** Letters of the phone's keys; pressed together with Alt and Shift. */
export const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** What an element with this letter is found by. */
const KEY = "data-callgear-key";

/**
 * Attributes of a button, or of a text box, that is reached by Alt+Shift+letter from
 * everywhere, while typing, too. The style sheet draws the letter.
 *
 * @param {string} letter
 * @returns {Object}
 */
export function keyed(letter) {
    return {[KEY]: letter, "aria-keyshortcuts": `Alt+Shift+${letter.toUpperCase()}`};
}

const isShown = (el) => el.checkVisibility() && !el.disabled;

/**
 * @param {string} letter
 * @returns {HTMLElement|undefined} what the letter stands for now; of several calls, the
 *      one where the focus is, else the first of the panel, else that of the page
 */
export function findKeyed(letter) {
    const found = [...document.querySelectorAll(`[${KEY}="${letter}"]`)].filter(
        isShown
    );
    const card = document.activeElement?.closest(".o-callgear-CallCard");
    return (
        found.find((el) => card?.contains(el)) ||
        found.find((el) => el.closest(".o-callgear-PhonePanel")) ||
        found[0]
    );
}

/** Presses the keys of the phone by keyboard, wherever the page is and its cursor stands. */
export const keysService = {
    dependencies: ["hotkey"],
    start(env, {hotkey}) {
        for (const letter of LETTERS) {
            hotkey.add(
                `alt+shift+${letter}`,
                () => {
                    const el = findKeyed(letter);
                    el.focus();
                    if (!el.matches("input, textarea")) {
                        el.click();
                    }
                },
                {
                    global: true,
                    bypassEditableProtection: true,
                    isAvailable: () => Boolean(findKeyed(letter)),
                }
            );
        }
    },
};

registry.category("services").add("callgear.keys", keysService);
