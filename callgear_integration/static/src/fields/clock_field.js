// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {clockText} from "../calls/clock";

/** Seconds, written as a clock does. */
export class ClockField extends Component {
    static template = "callgear_integration.ClockField";
    static props = {...standardFieldProps};

    get text() {
        return clockText(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("callgear_clock", {
    component: ClockField,
    displayName: _t("Duration"),
    supportedTypes: ["integer"],
});
registry.category("formatters").add("callgear_clock", clockText);
