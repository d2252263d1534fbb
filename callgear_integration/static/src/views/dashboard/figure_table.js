// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {FigureHelp} from "./figure_help";
import {chartValue, formatFigure, plainLabel} from "./formats";

/** Measures by what they are grouped by; each heading sorts, each value is a link. */
export class FigureTable extends Component {
    static template = "callgear_integration.FigureTable";
    static components = {FigureHelp};
    static props = {
        title: String,
        /** Heading of the first column. */
        first: String,
        figures: {type: Array, element: Object},
        rows: {type: Array, element: Object},
        /** Values of the whole: what was counted once there may be in several rows. */
        total: {type: Object, optional: true},
        onOpen: Function,
        /** What the name of a row leads to. */
        onOpenRow: {type: Function, optional: true},
        canSort: {type: Boolean, optional: true},
        /** Each row is a block of its own on small screens. */
        isBlocks: {type: Boolean, optional: true},
    };
    static defaultProps = {canSort: true, isBlocks: false};

    setup() {
        this.state = useState({key: null, descending: true});
    }

    get rows() {
        const {key, descending} = this.state;
        if (!key) {
            return this.props.rows;
        }
        const sign = descending ? -1 : 1;
        const figure = this.props.figures.find((one) => one.key === key);
        const valueOf = (row) =>
            key === "label" ? row.label : chartValue(figure, row.values);
        return [...this.props.rows].sort((one, other) => {
            const [a, b] = [valueOf(one), valueOf(other)];
            // Rows without a value stay at the end in both directions.
            if (a === null || b === null) {
                return (a === null) - (b === null);
            }
            return sign * (key === "label" ? a.localeCompare(b) : a - b);
        });
    }

    sort(key) {
        if (this.state.key === key) {
            this.state.descending = !this.state.descending;
        } else {
            Object.assign(this.state, {key, descending: key !== "label"});
        }
    }

    /** Chosen from the list that stands for the headings on small screens. */
    sortBy({target}) {
        Object.assign(this.state, {key: target.value || null, descending: true});
    }

    sorting(key) {
        if (this.state.key !== key) {
            return "none";
        }
        return this.state.descending ? "descending" : "ascending";
    }

    icon(key) {
        return {
            none: "",
            ascending: "fa-sort-asc",
            descending: "fa-sort-desc",
        }[this.sorting(key)];
    }

    label(figure) {
        return plainLabel(figure);
    }

    text(figure, values) {
        return formatFigure(figure.kind, chartValue(figure, values));
    }
}
