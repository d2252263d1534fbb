// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {isMacOS} from "@web/core/browser/feature_detection";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {ICON, isTextBox, LOCKED, PANEL} from "./focus";

/** Those of the phone's keys, pressed together with Alt and Shift; none is one of Odoo's. */
export const LETTERS = "bcdefhjklnoprstwyz";

/** What an element with a letter is found by. */
const KEY = "data-callgear-key";
/** Of a key that is pressed by its letter only while the focus is at its call. */
const NEAR = "data-callgear-near";

/** Keys whose effect nobody can take back, or that lead to one. */
const FINAL_LETTERS = "hct";
/** So long they do nothing after a call has ended: they may have been meant for it. */
const PAUSE_MS = 2000;

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
 * @param {boolean} [isNear] only while the focus is at its call; else it is not drawn either
 * @returns {Object}
 */
export function keyed(letter, isNear = false) {
    const near = isNear ? {[NEAR]: ""} : {};
    return {[KEY]: letter, "aria-keyshortcuts": keyName(letter), ...near};
}

const PHONE = `${PANEL}, ${ICON}`;
const callOf = (el) => el?.closest("[data-leg]")?.dataset.leg;
/** Not `checkVisibility`, which browsers of 2023 lack. */
const isDrawn = (el) => el.getClientRects().length > 0;

/**
 * What a letter stands for now: the key of the call in which the focus is, else of the first
 * one in the panel, else in the page. A locked key counts: another call's must never be
 * pressed in its place. A letter that this call has no key for is another one's: of several,
 * the first in the panel. So each letter that is drawn does something.
 *
 * A page may show the same call, with the same letter for something else: the panel's goes
 * first, and so does what the phone draws for no call at all.
 *
 * @param {string} letter
 * @returns {HTMLElement|undefined}
 */
export function findKeyed(letter) {
    const focused = callOf(document.activeElement);
    const drawn = [...document.querySelectorAll(`[${KEY}="${letter}"]`)].filter(
        (el) => isDrawn(el) && (!el.hasAttribute(NEAR) || callOf(el) === focused)
    );
    const ofPhone = drawn.filter((el) => el.closest(PHONE));
    const found = [...ofPhone, ...drawn.filter((el) => !el.closest(PHONE))];
    const first = callOf(
        document.querySelector(`${PANEL} [data-leg]`) ||
            document.querySelector("[data-leg]")
    );
    const ofCall = (call) => call && found.find((el) => callOf(el) === call);
    return (
        ofCall(focused) ||
        ofPhone.find((el) => !callOf(el)) ||
        ofCall(first) ||
        found[0]
    );
}

/**
 * Act as the key does. The cursor stays where somebody types, or the rest of the sentence
 * would go to the key, and the next space press it once more; but not if it opens what one
 * types in next.
 */
function pressKey(el) {
    if (el.matches(LOCKED)) {
        return;
    }
    const isTyped = isTextBox(el);
    const opens = el.getAttribute("aria-expanded") === "false";
    if (isTyped || opens || !isTextBox(document.activeElement)) {
        el.focus();
    }
    if (!isTyped) {
        el.click();
    }
}

const isOver = ({state, call_state}) => [state, call_state].includes("ended");

/** Whether a call has ended that the agent may have been about to end, or to pass on. */
function hasEnded(leg, before) {
    const wasMeant = before?.can.includes("hang_up") && before.control !== "held";
    return wasMeant && !isOver(before) && isOver(leg);
}

/** Presses the keys of the phone by keyboard, wherever the page is and its cursor stands. */
export const keysService = {
    dependencies: ["callgear.calls", "hotkey"],
    start(env, {"callgear.calls": calls, hotkey}) {
        let endedAt = -Infinity;
        calls.onNews((leg, before) => {
            if (hasEnded(leg, before)) {
                endedAt = Date.now();
            }
        });
        // The other call has taken its place by now: nobody is to be cut off by chance.
        const isEarly = (letter) =>
            FINAL_LETTERS.includes(letter) && Date.now() - endedAt < PAUSE_MS;
        for (const letter of session.callgear ? LETTERS : "") {
            hotkey.add(
                `alt+shift+${letter}`,
                () => {
                    if (!isEarly(letter)) {
                        pressKey(findKeyed(letter));
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
