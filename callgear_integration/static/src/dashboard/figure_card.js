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
        const {kind, value} = this.props.figure;
        return formatFigure(kind, this.hasNoTarget ? null : value);
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
        return _t("of %(due)s (%(share)s)", {due, share: this.share});
    }
}
