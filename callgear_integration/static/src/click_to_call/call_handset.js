// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {session} from "@web/session";

/** A green handset beside a phone number: calls it, and leaves its link alone. */
export class CallHandset extends Component {
    static template = "callgear_integration.CallHandset";
    static props = {record: Object, name: String};

    setup() {
        this.dialer = useState(useService("callgear.dialer"));
    }

    get phone() {
        return session.callgear ? this.props.record.data[this.props.name] : "";
    }

    call() {
        const {resModel, resId} = this.props.record;
        return this.dialer.dial(this.phone, resModel, resId || false);
    }
}
