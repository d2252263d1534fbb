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
import {chartValue, plainLabel} from "./formats";
import {HeatMap} from "./heat_map";
import {FILTERS, keepOptions, keptOptions, readOptions, toAddress} from "./options";
import {PeriodPicker} from "./period_picker";
import {datesOf, labelOf, pieceLabel, piecePeriod, rangeLabel} from "./periods";
import {TeamTable} from "./team_table";

const {DateTime} = luxon;
const FACTS = "callgear.statistics";
/** What the table of the hours of the day shows of the calls. */
const BY_HOUR = ["calls_incoming", "calls_missed", "calls_abandoned", "calls_in_time"];

/** Sections whose figures are those of others, shown otherwise. */
const OTHERWISE = ["peak", "channels", "team"];

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
        TeamTable,
    };
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = {controlPanel: {}};
        this.BY_HOUR = BY_HOUR;
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

    /** The figures of each agent by section; the first has those of none, too. */
    teamGroups({figures: keys}) {
        const sections = this.state.data.sections.filter(
            ({key}) => !OTHERWISE.includes(key)
        );
        const sectionOf = (figure) =>
            sections.find(({figures}) => figures.includes(figure)) || sections[0];
        return sections
            .map((section) => ({
                key: section.key,
                label: section.label,
                figures: this.figuresOf(
                    keys.filter((figure) => sectionOf(figure) === section)
                ),
            }))
            .filter(({figures}) => figures.length);
    }

    get isEmpty() {
        return Object.values(this.state.data.figures).every(({value}) => !value);
    }

    get values() {
        const figures = Object.values(this.state.data.figures);
        return Object.fromEntries(
            figures.flatMap(({key, value, due_key, due}) => [
                [key, value],
                ...(due_key ? [[due_key, due]] : []),
            ])
        );
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

    /** Hours of the day with incoming calls. */
    get hours() {
        return (this.state.data.calls_by_hour || []).map((row) => ({
            ...row,
            id: row.hour + 1,
            label: DateTime.fromObject({hour: row.hour}).toLocaleString({
                hour: "numeric",
            }),
        }));
    }

    get teams() {
        return this.state.data.teams || [];
    }

    byTeamTitle(section) {
        return _t("%s by team", section.label);
    }

    byHour(section) {
        const {hours} = this;
        return {
            type: "line",
            title: _t("%s by hour of the day", section.label),
            labels: hours.map(({label}) => label),
            series: this.series(["calls_in_time", "calls_abandoned"], hours),
        };
    }

    overTime(section) {
        const pieces = this.pieces;
        return {
            type:
                ["load", "calls"].includes(section.key) && pieces.length <= 62
                    ? "bar"
                    : "line",
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
            values: rows.map(({values}) => chartValue(figure, values)),
        }));
    }

    // -------------------------------------------------------------------- links

    /** Show what is behind a figure: the very tickets or calls, or an average's facts. */
    openFigure(figure, row) {
        const {domain} = this.state.data;
        const facts = [...domain, ...figure.domain, ...(row?.domain || [])];
        const isFact = figure.model === FACTS;
        const parts = [plainLabel(figure), row?.label, this.periodLabel];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: parts.filter(Boolean).join(", "),
            res_model: figure.model,
            views: isFact
                ? [[false, "list"]]
                : [
                      [false, "list"],
                      [false, "kanban"],
                      [false, "form"],
                  ],
            domain: isFact ? facts : [["callgear_statistics_ids", "any", facts]],
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

registry
    .category("actions")
    .add("callgear_dashboard", CallgearDashboard, {force: true});
