// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

/**
 * Ask the server for a record again, unless somebody has changed it.
 *
 * `record.load()` waits for the changes and loads that go on, and then drops what they have
 * brought: whether anything is unsaved is known only when it is this one's turn.
 *
 * @param {Object} record of a form
 * @returns {Promise<void>}
 */
export function reloadUnchanged(record) {
    return record.model.mutex.exec(async () => {
        if (!record.dirty) {
            await record._load();
        }
    });
}
