// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";

/** What a conversation was about, in the agent's words. */
export class SummaryBox extends Component {
    static template = "callgear_integration.SummaryBox";
    static props = {leg: Object, autofocus: {type: Boolean, optional: true}};
}
