// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";

/**
 * What a browser may lack, or refuse by its settings. Calls are taken without any of it, so
 * nothing here ever throws.
 */

/**
 * @param {string} key
 * @returns {string|null} what all tabs of this browser have stored
 */
export function readStored(key) {
    try {
        return browser.localStorage.getItem(key);
    } catch {
        return null;
    }
}

/**
 * @param {string} key
 * @param {string} value
 */
export function store(key, value) {
    try {
        browser.localStorage.setItem(key, value);
    } catch {
        // This tab remembers it by itself.
    }
}
