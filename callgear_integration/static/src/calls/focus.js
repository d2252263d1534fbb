// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {onPatched, onWillPatch} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {isNote} from "./leg";

export const PANEL = ".o-callgear-PhonePanel";
export const ICON = ".o-callgear-PhoneIcon";

/** A key that is locked keeps the focus, which browsers take from one that is `disabled`. */
export const LOCKED = "[aria-disabled=true]";

/** What Odoo, too, takes for a text box when a key is pressed; a frame may hold one. */
const TEXT_BOX = "textarea, iframe, input:not([type=checkbox], [type=radio])";

const KEY = "button[data-callgear-key]";
/** Of keys those that end or give away a call get no focus: somebody may be pressing Enter. */
const FINAL = ".o-callgear-hang-up, .o-callgear-connect";

/** Where the agent goes on with a call: where one types, if there is such a place. */
export const CALL_PLACES = ["textarea", `${KEY}:not(${LOCKED}, ${FINAL})`];
/** While it waits for an answer, rather at a locked key than elsewhere. */
const LAST_CALL_PLACES = [...CALL_PLACES, `${KEY}:not(${FINAL})`];
/** Where the agent goes on if nothing is left of what they were at. */
const OTHER_PLACES = [
    ...CALL_PLACES.map((place) => `.o-callgear-CallCard ${place}`),
    ".o-callgear-PhoneHome input",
    `${PANEL} .o-callgear-fold`,
    ICON,
];

/**
 * @param {Element|null} el
 * @returns {boolean} whether somebody may be typing there
 */
export function isTextBox(el) {
    return Boolean(el && (el.matches(TEXT_BOX) || el.isContentEditable));
}

/**
 * @param {ParentNode} root
 * @param {string[]} places selectors, the best first
 * @returns {HTMLElement|undefined}
 */
export function firstPlace(root, places) {
    return places.map((place) => root.querySelector(place)).find(Boolean);
}

/** A block and the others of its list: those below it, then those above, as they are now. */
function listFrom(block, selector) {
    const list = [...(block?.parentElement.children || [])].filter((el) =>
        el.matches(selector)
    );
    const at = list.indexOf(block);
    return [...list.slice(at), ...list.slice(0, at)];
}

/** Where the focus goes on: in the same block, the next one, a new one, or the phone. */
function findHeir({blocks, parent}, selector, places) {
    const left = [...blocks, ...(parent?.querySelectorAll(selector) || [])];
    return (
        left
            .filter((block) => block.isConnected)
            .map((block) => firstPlace(block, places))
            .find(Boolean) || firstPlace(document, OTHER_PLACES)
    );
}

/**
 * When what has the focus goes, as a note does that is done, the focus goes on near it. Else
 * it would fall to the page: Escape would fold nothing, Tab would begin at the top, and
 * letters would mean another call. It is never taken from where it is.
 *
 * @param {string} within selector of what the component draws
 * @param {string} [selector] of the blocks in it, of which each may go by itself
 * @param {string[]} [places] selectors of where to go on in a block, the best first
 */
export function useFocusHeir(within, selector = within, places = LAST_CALL_PLACES) {
    const calls = useService("callgear.calls");
    let had = null;
    onWillPatch(() => {
        const el = document.activeElement;
        had = null;
        if (el?.closest(within)) {
            const block = el.closest(selector);
            const blocks = listFrom(block, selector);
            had = {el, blocks, parent: block?.parentElement, id: block?.dataset.leg};
        }
    });
    onPatched(() => {
        const lost = had;
        if (!lost || lost.el.isConnected) {
            return;
        }
        const leg = calls.legs[lost.id];
        if (leg && isTextBox(lost.el) && (leg.state !== "ended" || isNote(leg))) {
            return; // Whoever types goes on where the call is shown next: see `leaveBox`.
        }
        // Nothing can have the focus before all that is drawn with this is there.
        Promise.resolve().then(() => {
            if (document.activeElement === document.body) {
                findHeir(lost, selector, places)?.focus();
            }
        });
    });
}
