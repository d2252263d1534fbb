// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {formatFigure} from "./formats";

const {DateTime, Info} = luxon;
const HOURS = [...Array(24).keys()];
const WEEKDAYS = [...Array(7).keys()];

/** Weekdays by hours: the more happened, the darker the cell. */
export class HeatMap extends Component {
    static template = "callgear_integration.HeatMap";
    static props = {
        figures: {type: Array, element: Object},
        cells: {type: Array, element: Object},
        onOpen: Function,
    };

    setup() {
        this.ui = useState(useService("ui"));
        this.state = useState({key: this.props.figures[0].key});
        this.short = Info.weekdays("short");
        this.long = Info.weekdays("long");
    }

    get figure() {
        return this.props.figures.find(({key}) => key === this.state.key);
    }

    /** Weekdays in the user's order: `number` is PostgreSQL's, in which Sunday is 0. */
    get days() {
        return WEEKDAYS.map((index) => {
            const iso = ((localization.weekStart - 1 + index) % 7) + 1;
            return {
                number: iso % 7,
                short: this.short[iso - 1],
                long: this.long[iso - 1],
            };
        });
    }

    get hours() {
        return HOURS.map((number) => {
            const text = DateTime.fromObject({hour: number}).toLocaleString({
                hour: "numeric",
            });
            return {number, short: String(number).padStart(2, "0"), long: text};
        });
    }

    /** Across and down: on a phone the days stand beside each other, and hours below. */
    get table() {
        const {days, hours} = this;
        const byPlace = Object.fromEntries(
            this.props.cells.map((cell) => [`${cell.day} ${cell.hour}`, cell])
        );
        const most = Math.max(1, ...this.props.cells.map((cell) => this.valueOf(cell)));
        const [columns, lines] = this.ui.isSmall ? [days, hours] : [hours, days];
        const rows = lines.map((line) => ({
            head: line,
            cells: columns.map((column) => {
                const [day, hour] = this.ui.isSmall ? [column, line] : [line, column];
                const cell = byPlace[`${day.number} ${hour.number}`];
                const value = cell ? this.valueOf(cell) : 0;
                return {
                    id: column.number,
                    cell,
                    value,
                    shade: value ? Math.round(15 + (85 * value) / most) : 0,
                    isDark: value / most > 0.55,
                    title: _t("%(day)s, %(hour)s: %(value)s", {
                        day: day.long,
                        hour: hour.long,
                        value: formatFigure("count", value),
                    }),
                };
            }),
        }));
        return {columns, rows};
    }

    valueOf(cell) {
        return cell.values[this.state.key];
    }
}
