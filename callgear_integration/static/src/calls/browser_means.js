// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";
import {user} from "@web/core/user";
import {session} from "@web/session";

/**
 * What a browser may lack, forbid, or refuse by an exception: storage in a private window,
 * notifications on Android, sound before the first click, the clipboard without https. The
 * phone goes on without it, and says nothing: nobody can answer a call in an error dialog.
 */

/** The tone of a ringing phone is Odoo's own. */
const TONE = "call-invitation";
const nothing = () => {};

/** @returns what the function returns, or the other value if it throws */
function attempt(function_, otherwise) {
    try {
        return function_();
    } catch {
        return otherwise;
    }
}

/**
 * @param {string} key
 * @returns {string|null} what was stored in this browser, if it can be read
 */
export function readStored(key) {
    return attempt(() => browser.localStorage.getItem(key), null) ?? null;
}

/**
 * Remember something in this browser, if it can.
 *
 * @param {string} key
 * @param {string} value
 */
export function store(key, value) {
    attempt(() => browser.localStorage.setItem(key, value));
}

/** Forget what was stored in this browser. */
export function unstore(key) {
    attempt(() => browser.localStorage.removeItem(key));
}

/**
 * @param {string} prefix
 * @returns {string[]} keys of what is stored in this browser
 */
export function storedKeys(prefix) {
    return attempt(() => {
        const {localStorage: storage} = browser;
        const keys = Array.from({length: storage.length}, (_, index) =>
            storage.key(index)
        );
        return keys.filter((key) => key.startsWith(prefix));
    }, []);
}

/**
 * Several people may use a browser, and one may use several databases.
 *
 * @param {string} name
 * @returns {string} key under which only this user of this database stores something
 */
export function ownKey(name) {
    return `${name}.${session.db}.${user.userId}`;
}

/**
 * @param {string} key
 * @returns {string|null} what was stored in this tab, if it can be read
 */
export function readInTab(key) {
    return attempt(() => browser.sessionStorage.getItem(key), null) ?? null;
}

/**
 * Remember something in this tab, if it can, also after a reload.
 *
 * @param {string} key
 * @param {string|null} value null to forget it
 */
export function storeInTab(key, value) {
    attempt(() =>
        value === null
            ? browser.sessionStorage.removeItem(key)
            : browser.sessionStorage.setItem(key, value)
    );
}

/** @returns {boolean} whether the page can be seen; true if the browser does not say */
export function isPageVisible() {
    return attempt(() => document.visibilityState !== "hidden", true);
}

/** @returns {boolean} whether the page is the one used now; if unknown, whether it is seen */
export function hasFocus() {
    return isPageVisible() && attempt(() => document.hasFocus(), true);
}

/**
 * Show a notification outside the page, if the user has allowed that.
 *
 * @param {string} title
 * @param {Object} options
 * @param {string} options.body
 * @param {string} options.tag a later notification with the same tag replaces this one
 * @returns {() => void} closes it
 */
export function notify(title, options) {
    return attempt(() => {
        if (browser.Notification?.permission !== "granted") {
            return nothing;
        }
        const notification = new browser.Notification(title, options);
        const close = () => attempt(() => notification.close());
        notification.addEventListener("click", () => {
            attempt(() => window.focus());
            close();
        });
        return close;
    }, nothing);
}

/** Sound the tone of a ringing phone on and on; `sounds` is the service of Odoo's Discuss. */
export function playTone(sounds) {
    attempt(() => sounds.play(TONE, {loop: true}));
}

export function stopTone(sounds) {
    attempt(() => sounds.stop(TONE));
}

/**
 * @param {string} source address of a sound file
 * @returns {HTMLAudioElement|null} null if the browser plays none
 */
export function makeAudio(source) {
    return attempt(() => new browser.Audio(source), null);
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export async function copyText(text) {
    try {
        await browser.navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}

/** Questions on their way: asked twice at once, Odoo's service answers only the second. */
const asked = new WeakMap();

/**
 * Whether this is the one of several open tabs that sounds and notifies. If the browser
 * cannot say, each of them does: better twice than never.
 *
 * @param {Object} multiTab service
 * @returns {Promise<boolean>}
 */
export function isMainTab(multiTab) {
    if (!asked.has(multiTab)) {
        const answer = (async () => multiTab.isOnMainTab())()
            .catch(() => true)
            .finally(() => asked.delete(multiTab));
        asked.set(multiTab, answer);
    }
    return asked.get(multiTab);
}
