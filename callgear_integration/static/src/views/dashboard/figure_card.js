// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {FigureHelp} from "./figure_help";
import {changeOf, formatFigure, percentText, plainLabel} from "./formats";

/** One figure: what it is, how much, how it has changed; leads to what is behind it. */
export class FigureCard extends Component {
    static template = "callgear_integration.FigureCard";
    static components = {FigureHelp};
    static props = {figure: Object, onOpen: Function};

    get label() {
        return plainLabel(this.props.figure);
    }

    get text() {
        const {kind, value, due} = this.props.figure;
        if (this.hasNoTarget) {
            return formatFigure(kind, null);
        }
        return formatFigure(kind, this.isShare ? (100 * value) / due : value);
    }

    /** A share is shown first; what it is a part of stands beside it. */
    get isShare() {
        return this.props.figure.kind === "share";
    }

    get tone() {
        return this.props.figure.better === "more" ? "success" : "danger";
    }

    get change() {
        return this.hasNoTarget ? null : changeOf(this.props.figure);
    }

    /** What part of those that were due: "7.5 %". */
    get share() {
        const {value, due} = this.props.figure;
        return due ? percentText(value, due) : null;
    }

    get hasNoTarget() {
        return Boolean(this.props.figure.due_key) && !this.props.figure.due;
    }

    get dueText() {
        const due = formatFigure("count", this.props.figure.due);
        if (this.isShare) {
            const value = formatFigure("count", this.props.figure.value);
            return _t("%(part)s of %(due)s", {part: value, due});
        }
        return _t("of %(due)s (%(share)s)", {due, share: this.share});
    }
}
