// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

/**
 * A phone number inside a sentence: its plus sign stays in front of it in a page that is
 * written from right to left, too.
 *
 * @param {string} number
 * @returns {string} with Unicode's isolates around it
 */
export function ltr(number) {
    return `\u2066${number}\u2069`;
}
