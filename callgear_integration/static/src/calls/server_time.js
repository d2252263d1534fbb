// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {session} from "@web/session";

/** A clock that is right differs by the time that the page took to come. */
const TOLERANCE_MS = 3000;

/** When the server had written the page, by the clock of this computer. */
export const PAGE_CAME_AT = (() => {
    const [page] = performance.getEntriesByType("navigation");
    return Date.now() - performance.now() + (page?.responseStart || 0);
})();

/**
 * The time of the server, whose moments the page is told: a computer's own clock may be
 * wrong by minutes.
 *
 * @returns {number} milliseconds since 1970
 */
export function serverNow() {
    const skew = Date.parse(session.callgear?.now) - PAGE_CAME_AT;
    return Date.now() + (Math.abs(skew) > TOLERANCE_MS ? skew : 0);
}
