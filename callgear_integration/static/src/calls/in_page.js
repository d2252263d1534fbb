// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {useEffect} from "@odoo/owl";

/**
 * Tell that the page itself shows conversations, so that their popups need not cover it.
 *
 * @param {import("./calls_service").Calls} calls
 * @param {() => number[]} ids of the conversations that the component shows
 */
export function useInPage(calls, ids) {
    const count = (shown, step) => {
        for (const id of shown) {
            calls.inPage[id] = (calls.inPage[id] || 0) + step;
        }
    };
    useEffect(
        (key) => {
            const shown = key ? key.split(",") : [];
            count(shown, 1);
            return () => count(shown, -1);
        },
        () => [ids().join(",")]
    );
}
