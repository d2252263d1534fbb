// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {CallIcon} from "../calls/call_icon";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A red or green handset, or the sign of voicemail: what became of a ticket's calls. */
export class HandsetField extends Component {
    static template = "callgear_integration.HandsetField";
    static components = {CallIcon};
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const options = this.props.record.fields[this.props.name].selection;
        return options.find(([key]) => key === this.value)?.[1] || "";
    }
}

registry.category("fields").add("callgear_handset", {
    component: HandsetField,
    displayName: _t("Handset"),
    supportedTypes: ["selection"],
    listViewWidth: 30,
});
