// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";

/**
 * How far a call is that was started from Odoo.
 *
 * @param {import("./calls_service").Leg} leg
 * @returns {string} empty for any other call
 */
export function dialText(leg) {
    return (
        {
            calling_agent: _t("Calling you…"),
            calling_contact: _t("Calling the contact…"),
            talking: _t("Talking"),
        }[leg.dial] || ""
    );
}
