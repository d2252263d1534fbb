// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

/** What follows from a conversation as the server tells of it. */

/** @returns {boolean} whether it is over, and its note is not finished */
export function isNote(leg) {
    return Boolean(leg.note) && leg.state === "ended";
}

/** @returns {boolean} whether it was started from Odoo, is over, and nobody has answered */
export function isUnanswered(leg) {
    return Boolean(leg.dial_result) && leg.state === "ended";
}

/** @returns {number|undefined} the ticket that it stands in, or was started from */
export function ticketIdOf(leg) {
    return leg.ticket_id || leg.origin_ticket?.id;
}

/** @returns {{id: number, name: string}[]} others with the caller's number */
export function othersOf(leg) {
    return leg.partners.filter(({id}) => id !== leg.partner?.id);
}
