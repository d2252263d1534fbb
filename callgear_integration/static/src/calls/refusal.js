// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {RPCError} from "@web/core/network/rpc";

/** Long enough for a sentence that says what to do. */
const READING_MS = 10_000;

/**
 * @param {Error} error
 * @returns {boolean} whether the server says no, in words (`error.data.message`)
 */
export function isRefusal(error) {
    return Boolean(
        error instanceof RPCError &&
        error.data?.message &&
        error.exceptionName?.startsWith("odoo.exceptions.")
    );
}

/**
 * Show the server's own explanation of a refusal to the agent. Any other error is a fault,
 * and is thrown again for Odoo's error dialog.
 *
 * @param {Object} notification service
 * @param {Error} error
 */
export function tellRefusal(notification, error) {
    if (!isRefusal(error)) {
        throw error;
    }
    notification.add(error.data.message, {
        type: "danger",
        autocloseDelay: READING_MS,
    });
}
