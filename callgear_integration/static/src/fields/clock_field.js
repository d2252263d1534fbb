// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {clockText} from "../calls/clock";

/**
 * Seconds, written as a clock does. A length that is not known is said to be so: the
 * option `unknown` is the name of the field that tells.
 */
export class ClockField extends Component {
    static template = "callgear_integration.ClockField";
    static props = {...standardFieldProps, unknown: {type: String, optional: true}};

    get text() {
        if (this.props.unknown && this.props.record.data[this.props.unknown]) {
            return _t("unknown");
        }
        return clockText(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("callgear_clock", {
    component: ClockField,
    displayName: _t("Duration"),
    supportedTypes: ["integer"],
    supportedOptions: [
        {
            label: _t("Field that says whether it is unknown"),
            name: "unknown",
            type: "field",
        },
    ],
    extractProps: ({options}) => ({unknown: options.unknown}),
    fieldDependencies: ({options}) =>
        options.unknown ? [{name: options.unknown, type: "boolean"}] : [],
});
// In pivots and graphs: where no length is known, there is no sum and no average.
registry
    .category("formatters")
    .add("callgear_clock", (seconds) =>
        typeof seconds === "number" ? clockText(seconds) : ""
    );
