// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";

/** The sign of a ticket's calls, as in its field `call_icon`; with a text for those who hear it. */
export class CallIcon extends Component {
    static template = "callgear_integration.CallIcon";
    static props = {icon: String, label: String, class: {type: String, optional: true}};
    static defaultProps = {class: ""};

    get colour() {
        return (
            {missed: "text-danger", voicemail: "text-warning"}[this.props.icon] ||
            "text-success"
        );
    }
}
