// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {CallControls} from "../call_controls/call_controls";
import {useCallActions} from "../calls/actions";
import {clockText, secondsSince, useClock} from "../calls/clock";
import {useInPage} from "../calls/in_page";

/**
 * Above a contact's form while the agent talks: with this contact, what to do with the
 * call; with a caller nobody knows, whether it is this contact.
 */
export class CallBar extends Component {
    static template = "callgear_integration.CallBar";
    static components = {CallControls, Dropdown, DropdownItem};
    static props = {...standardWidgetProps};

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.actions = useCallActions();
        this.clock = useClock();
        useInPage(this.calls, () => this.legs.map((leg) => leg.id));
    }

    get partnerId() {
        return this.props.record.resId;
    }

    /** Conversations with this contact, or with somebody who may be this contact. */
    get legs() {
        if (!this.partnerId) {
            return [];
        }
        return this.calls.current.filter(
            (leg) =>
                leg.state === "talking" &&
                (leg.partner ? leg.partner.id === this.partnerId : Boolean(leg.phone))
        );
    }

    title(leg) {
        return leg.partner
            ? _t("Call in progress")
            : _t("Call with unknown number %s", leg.number);
    }

    ticketId(leg) {
        return leg.ticket_id || leg.origin_ticket?.id;
    }

    time(leg) {
        return clockText(secondsSince(leg.answered_at, this.clock.now));
    }

    async link(leg) {
        if (!(await this.props.record.save())) {
            return;
        }
        await this.actions.linkPartner(leg, this.partnerId);
        await this.props.record.load();
    }
}

registry.category("view_widgets").add("callgear_call_bar", {component: CallBar});
