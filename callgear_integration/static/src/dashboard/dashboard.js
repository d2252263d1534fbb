// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillStart, useState} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {_t} from "@web/core/l10n/translation";
import {download} from "@web/core/network/download";
import {RPCError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {DashboardChart} from "./dashboard_chart";
import {DashboardFilters} from "./dashboard_filters";
import {FigureCard} from "./figure_card";
import {FigureTable} from "./figure_table";
import {plainLabel} from "./formats";
import {HeatMap} from "./heat_map";
import {FILTERS, keepOptions, keptOptions, readOptions, toAddress} from "./options";
import {PeriodPicker} from "./period_picker";
import {datesOf, labelOf, pieceLabel, piecePeriod, rangeLabel} from "./periods";

const {DateTime} = luxon;

/** The managers' page: how much, when, through which channel, how fast, by whom. */
export class CallgearDashboard extends Component {
    static template = "callgear_integration.Dashboard";
    static components = {
        DashboardChart,
        DashboardFilters,
        FigureCard,
        FigureTable,
        HeatMap,
        Layout,
        PeriodPicker,
    };
    static props = {...standardActionServiceProps};
    static path = "callgear-dashboard";
    static displayName = _t("Helpdesk Figures");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = {controlPanel: {}};
        this.keepLast = new KeepLast();
        this.state = useState({
            options: readOptions(this.startOptions),
            data: null,
            isLoading: false,
            error: null,
            isExporting: false,
        });
        useSetupAction({getLocalState: () => ({options: {...this.state.options}})});
        onWillStart(async () => {
            await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
        });
    }

    /** What is chosen when the page opens: on the way back, by its address, or as last. */
    get startOptions() {
        const {state, action} = this.props;
        const params = action.params || {};
        return state?.options || (params.unit ? params : keptOptions());
    }

    get request() {
        const {period, compare} = this.state.options;
        const filters = FILTERS.map((name) => [name, this.state.options[name]]);
        return {...datesOf(period), compare, ...Object.fromEntries(filters)};
    }

    /** An answer that comes after the next question is not shown. */
    async load() {
        Object.assign(this.state, {isLoading: true, error: null});
        try {
            const answer = this.orm.call("callgear.dashboard", "get_data", [
                this.request,
            ]);
            this.state.data = await this.keepLast.add(answer);
        } catch (error) {
            this.state.error =
                error instanceof RPCError
                    ? error.data?.message || error.message
                    : _t("The server cannot be reached.");
        }
        this.state.isLoading = false;
    }

    async change(options) {
        Object.assign(this.state.options, options);
        keepOptions(this.state.options);
        this.props.updateActionState?.(toAddress(this.state.options));
        await this.load();
    }

    // ------------------------------------------------------------------ figures

    figuresOf(keys) {
        return keys.map((key) => this.state.data.figures[key]);
    }

    get isEmpty() {
        return Object.values(this.state.data.figures).every(({value}) => !value);
    }

    get values() {
        const figures = Object.entries(this.state.data.figures);
        return Object.fromEntries(figures.map(([key, {value}]) => [key, value]));
    }

    get periodLabel() {
        return labelOf(this.state.options.period);
    }

    get previousLabel() {
        const [first, last] = ["date_from", "date_to"].map((name) =>
            DateTime.fromISO(this.state.data.previous[name])
        );
        return _t("Compared with %s", rangeLabel(first, last));
    }

    get pieces() {
        const {granularity, rows} = this.state.data.over_time;
        return rows.map((row, index) => ({
            ...row,
            id: index + 1,
            label: pieceLabel(row.start, granularity),
        }));
    }

    overTime(section) {
        const pieces = this.pieces;
        return {
            type: section.key === "load" && pieces.length <= 62 ? "bar" : "line",
            title: _t("%s over time", section.label),
            labels: pieces.map(({label}) => label),
            series: this.series(section.over_time, pieces),
            onSelect: (index) => this.openPiece(pieces[index]),
        };
    }

    channelChart(section) {
        return {
            type: "bar",
            horizontal: true,
            title: section.label,
            labels: this.state.data.channels.map(({label}) => label),
            series: this.series(section.figures, this.state.data.channels),
        };
    }

    series(keys, rows) {
        return this.figuresOf(keys).map((figure) => ({
            label: plainLabel(figure),
            kind: figure.kind,
            values: rows.map(({values}) => values[figure.key]),
        }));
    }

    // -------------------------------------------------------------------- links

    /** Show what is behind a figure: the very tickets, or the facts of an average. */
    openFigure(figure, row) {
        const {domain} = this.state.data;
        const facts = [...domain, ...figure.domain, ...(row?.domain || [])];
        const isTickets = figure.model === "helpdesk.ticket";
        const parts = [plainLabel(figure), row?.label, this.periodLabel];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: parts.filter(Boolean).join(", "),
            res_model: figure.model,
            views: isTickets
                ? [
                      [false, "list"],
                      [false, "kanban"],
                      [false, "form"],
                  ]
                : [[false, "list"]],
            domain: isTickets ? [["callgear_statistics_ids", "any", facts]] : facts,
        });
    }

    /** A day, week or month of the chart becomes the period. */
    openPiece({start}) {
        const {granularity} = this.state.data.over_time;
        if (granularity !== "hour") {
            this.change({
                period: piecePeriod(start, granularity, this.state.data.options),
            });
        }
    }

    // ------------------------------------------------------------------- export

    async export() {
        this.state.isExporting = true;
        try {
            await download({
                url: "/callgear/dashboard/export_xlsx",
                data: {data: JSON.stringify(this.request)},
            });
        } finally {
            this.state.isExporting = false;
        }
    }

    print() {
        window.print();
    }
}

registry.category("actions").add("callgear_dashboard", CallgearDashboard);
