// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {onPatched, useRef} from "@odoo/owl";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {registry} from "@web/core/registry";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {useCallNews} from "./call_news";

/** Read the rows again when calls change; what the user has ticked stays ticked. */
function useFreshRows(getModel) {
    useCallNews("callgear.call_back", async () => {
        const model = getModel();
        const selected = new Set(model.root.selection.map((record) => record.resId));
        await model.load();
        for (const record of model.root.records) {
            if (selected.has(record.resId)) {
                record.toggleSelection(true);
            }
        }
    });
}

const KEYS = {
    c: "action_callgear_call_back",
    m: "action_callgear_claim",
    d: "action_callgear_done",
};

export class CallBackListRenderer extends ListRenderer {
    static template = "callgear_integration.CallBackListRenderer";

    setup() {
        super.setup();
        this.table = useRef("table");
        this.rowInFocus = null;
        useFreshRows(() => {
            this.rowInFocus = this.focused?.resId || null;
            return this.props.list.model;
        });
        onPatched(() => this.focusAgain());
        for (const [key, method] of Object.entries(KEYS)) {
            useHotkey(key, () => this.press(method));
        }
    }

    get focused() {
        const element = document.activeElement.closest(".o_data_row");
        return (
            this.table.el?.contains(element) &&
            this.props.list.records.find((record) => record.id === element.dataset.id)
        );
    }

    /** The row that has the focus, else the only one that is ticked. */
    get row() {
        const {selection} = this.props.list;
        return this.focused || (selection.length === 1 ? selection[0] : null);
    }

    /** Rows that were read again are new ones: the focus goes to where it was. */
    focusAgain() {
        const record = this.props.list.records.find(
            (each) => each.resId === this.rowInFocus
        );
        if (record && !this.focused) {
            this.rowInFocus = null;
            const row = this.table.el.querySelector(`[data-id='${record.id}']`);
            row?.querySelector(".o_data_cell").focus();
        }
    }

    /** What the row's button does; without a row, go to the first one: no call by chance. */
    press(method) {
        const {row} = this;
        if (!row) {
            this.table.el.querySelector(".o_data_row .o_data_cell")?.focus();
            return;
        }
        this.env.onClickViewButton({
            clickParams: {type: "object", name: method},
            getResParams: () => ({
                context: row.context,
                evalContext: row.evalContext,
                resModel: row.resModel,
                resId: row.resId,
                resIds: [row.resId],
            }),
        });
    }
}

export class CallBackKanbanController extends KanbanController {
    setup() {
        super.setup();
        useFreshRows(() => this.model);
    }
}

registry.category("views").add("callgear_call_back_list", {
    ...listView,
    Renderer: CallBackListRenderer,
});
registry.category("views").add("callgear_call_back_kanban", {
    ...kanbanView,
    Controller: CallBackKanbanController,
});
