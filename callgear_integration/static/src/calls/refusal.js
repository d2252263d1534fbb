// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {RPCError} from "@web/core/network/rpc";

/** Long enough for a sentence that says what to do. */
const READING_MS = 10_000;

/**
 * Tell the agent in the server's own words why it does not do what he wants. Whatever is no
 * such refusal is a fault, and goes on to where faults are shown.
 *
 * @param {Object} notification service
 * @param {Error} error
 */
export function tellRefusal(notification, error) {
    const isRefusal =
        error instanceof RPCError &&
        error.data?.message &&
        error.exceptionName?.startsWith("odoo.exceptions.");
    if (!isRefusal) {
        throw error;
    }
    notification.add(error.data.message, {
        type: "danger",
        autocloseDelay: READING_MS,
    });
}
