// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** Who passes a call on to the agent, and what they have written about it so far. */
export class PassedBy extends Component {
    static template = "callgear_integration.PassedBy";
    static props = {leg: Object};

    get text() {
        const {name, summary} = this.props.leg.passed_by;
        return summary
            ? _t("Transferred by %(name)s: %(summary)s", {name, summary})
            : _t("Transferred by %s", name);
    }
}
