// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {isMacOS} from "@web/core/browser/feature_detection";
import {registry} from "@web/core/registry";
import {session} from "@web/session";

/** Those of the phone's keys, pressed together with Alt and Shift; none is one of Odoo's. */
export const LETTERS = "bcdefhjklnoprstwyz";

/** What an element with a letter is found by. */
const KEY = "data-callgear-key";

/**
 * @param {string} letter
 * @returns {string} as it stands on the keyboard; on a Mac, Odoo takes Control for Alt
 */
export function keyName(letter) {
    return `${isMacOS() ? "Control" : "Alt"}+Shift+${letter.toUpperCase()}`;
}

/**
 * Attributes of a button, or of a text box, that is reached by Alt+Shift+letter from
 * everywhere, while typing, too. The style sheet draws the letter.
 *
 * @param {string} letter
 * @returns {Object}
 */
export function keyed(letter) {
    return {[KEY]: letter, "aria-keyshortcuts": keyName(letter)};
}

const PANEL = ".o-callgear-PhonePanel";
const callOf = (el) => el?.closest("[data-leg]")?.dataset.leg;
/** Not `checkVisibility`, which browsers of 2023 lack. */
const isDrawn = (el) => el.getClientRects().length > 0;

/**
 * What a letter stands for now: the key of the call in which the focus is, else of the first
 * one in the panel, else in the page. A locked key counts: another call's must never be
 * pressed in its place. A letter that this call has no key for is another one's: of several,
 * the first in the panel. So each letter that is drawn does something.
 *
 * @param {string} letter
 * @returns {HTMLElement|undefined}
 */
export function findKeyed(letter) {
    const found = [...document.querySelectorAll(`[${KEY}="${letter}"]`)].filter(
        isDrawn
    );
    const first =
        document.querySelector(`${PANEL} [data-leg]`) ||
        document.querySelector("[data-leg]");
    const call = callOf(document.activeElement) || callOf(first);
    return (
        found.find((el) => callOf(el) === call) ||
        found.find((el) => el.closest(PANEL)) ||
        found[0]
    );
}

/** Presses the keys of the phone by keyboard, wherever the page is and its cursor stands. */
export const keysService = {
    dependencies: ["hotkey"],
    start(env, {hotkey}) {
        for (const letter of session.callgear ? LETTERS : "") {
            hotkey.add(
                `alt+shift+${letter}`,
                () => {
                    const el = findKeyed(letter);
                    if (el.disabled) {
                        return;
                    }
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
