// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";

class Meaning extends Component {
    static template = "callgear_integration.FigureMeaning";
    static props = {
        label: String,
        text: String,
        close: {type: Function, optional: true},
    };
}

/** An info icon that tells what a figure means: on hover, on a touch, by keyboard. */
export class FigureHelp extends Component {
    static template = "callgear_integration.FigureHelp";
    static props = {label: String, text: String};

    setup() {
        this.popover = usePopover(Meaning, {position: "bottom"});
    }

    get name() {
        return _t("What does “%s” mean?", this.props.label);
    }

    toggle({currentTarget}) {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(currentTarget, this.props);
        }
    }
}
