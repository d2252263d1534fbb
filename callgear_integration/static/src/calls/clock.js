// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {useEffect, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {serverNow} from "./server_time";

/**
 * Write seconds as a clock does: 65 is 1:05.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function clockText(seconds) {
    const total = Math.max(0, Math.floor(seconds || 0));
    const pad = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
    return hours
        ? `${hours}:${pad(minutes)}:${pad(total % 60)}`
        : `${minutes}:${pad(total % 60)}`;
}

/**
 * Seconds since a moment.
 *
 * @param {string|null} moment ISO 8601
 * @param {number} now milliseconds
 * @returns {number}
 */
export function secondsSince(moment, now) {
    return moment ? Math.max(0, (now - Date.parse(moment)) / 1000) : 0;
}

/**
 * A reactive time of day that ticks while the component lives.
 *
 * @param {() => boolean} [isNeeded] whether the time matters now
 * @returns {{now: number}}
 */
export function useClock(isNeeded = () => true) {
    const clock = useState({now: serverNow()});
    useEffect(
        (needed) => {
            const tick = () => (clock.now = serverNow());
            const timer = needed && browser.setInterval(tick, 1000);
            return () => needed && browser.clearInterval(timer);
        },
        () => [isNeeded()]
    );
    return clock;
}
