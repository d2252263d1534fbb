// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formView} from "@web/views/form/form_view";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {reloadUnchanged} from "../../calls/reload";

/**
 * Fetches the operators page by page, and shows the progress. What has been fetched is kept:
 * after a stop or an error, it continues where it was.
 */
export class OperatorImport extends Component {
    static template = "callgear_integration.OperatorImport";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        const {fetched, total} = this.props.record.data;
        this.state = useState({fetched, total, isRunning: false, error: ""});
        onMounted(() => this.run());
        onWillUnmount(() => this.stop());
    }

    get percent() {
        const {fetched, total} = this.state;
        return total ? Math.min(100, Math.round((100 * fetched) / total)) : 0;
    }

    get text() {
        const {fetched, total, isRunning} = this.state;
        if (!total) {
            return isRunning ? _t("Asking CallGear…") : _t("Nothing fetched yet");
        }
        return _t("%(fetched)s of %(total)s operators", {fetched, total});
    }

    stop() {
        this.state.isRunning = false;
    }

    async run() {
        Object.assign(this.state, {isRunning: true, error: ""});
        while (this.state.isRunning) {
            const progress = await this.fetchNext();
            if (progress.error) {
                Object.assign(this.state, {isRunning: false, error: progress.error});
                return;
            }
            Object.assign(this.state, {
                fetched: progress.fetched,
                total: progress.total,
            });
            if (progress.done && this.state.isRunning) {
                this.state.isRunning = false;
                await reloadUnchanged(this.props.record);
            }
        }
    }

    async fetchNext() {
        const {resModel, resId} = this.props.record;
        try {
            return await this.orm.silent.call(resModel, "fetch_next", [[resId]]);
        } catch (error) {
            if (error instanceof RPCError) {
                return {error: error.data?.message || error.message};
            }
            return {error: _t("Odoo does not answer. Check your network connection.")};
        }
    }
}

// Odoo loads this file for a view of this class, and knows the widget by then.
registry.category("views").add("callgear_operator_import", formView);
registry.category("view_widgets").add("callgear_operator_import", {
    component: OperatorImport,
    fieldDependencies: [
        {name: "fetched", type: "integer"},
        {name: "total", type: "integer"},
    ],
});
