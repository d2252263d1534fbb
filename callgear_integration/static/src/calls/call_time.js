// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {clockText, secondsSince, useClock} from "./clock";

/** How long something lasts; a component of its own, so that nothing else is drawn each second. */
export class CallTime extends Component {
    static template = "callgear_integration.CallTime";
    static props = {
        since: {type: [String, {value: null}], optional: true},
        until: {type: [String, {value: null}], optional: true},
    };

    setup() {
        this.clock = useClock();
    }

    get text() {
        const {since, until} = this.props;
        return clockText(
            secondsSince(since, until ? Date.parse(until) : this.clock.now)
        );
    }
}
