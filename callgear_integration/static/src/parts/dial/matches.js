// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";
import {openForm} from "../../calls/open_form";

/**
 * Whom a typed name or number may mean; as `res.users.callgear_search` returns it.
 * @typedef {{
 *  name: string,
 *  phone: string|null,
 *  label: string,
 *  res_model: string|null,
 *  res_id: number|null,
 * }} Match
 */

/**
 * @param {Object} orm service
 * @param {string} text
 * @param {boolean} behindPlus whether a plus stands before it that may be meant as its own
 * @returns {Promise<Match[]>}
 */
export function findMatches(orm, text, behindPlus = false) {
    return orm.silent.call("res.users", "callgear_search", [text, behindPlus]);
}

/**
 * Call whom the agent has chosen; a contact without a number is opened instead, to add one.
 *
 * @param {Object} services `action`, `dialer`, `notification`
 * @param {Match} match
 * @returns {Promise<boolean>} whether the call was asked for, and not refused
 */
export async function callMatch({action, dialer, notification}, match) {
    const isContact = match.res_model === "res.partner";
    if (match.phone) {
        const record = isContact ? [match.res_model, match.res_id] : [];
        return dialer.dial(match.phone, ...record);
    }
    notification.add(
        _t("%s has no phone number that can be called from Odoo.", match.name),
        {type: "warning"}
    );
    if (isContact) {
        await openForm(action, match.res_model, match.res_id);
    }
    return false;
}
