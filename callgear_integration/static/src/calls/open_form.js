// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

/**
 * @param {Object} action the service
 * @param {string} resModel
 * @param {number} resId
 * @returns {Promise} fulfilled when the form of the record is open
 */
export function openForm(action, resModel, resId) {
    return action.doAction({
        type: "ir.actions.act_window",
        res_model: resModel,
        res_id: resId,
        views: [[false, "form"]],
    });
}
