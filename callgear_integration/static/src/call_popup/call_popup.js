// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {CallControls} from "../call_controls/call_controls";
import {useCallActions} from "../calls/actions";
import {CallIcon} from "../calls/call_icon";
import {clockText, secondsSince, useClock} from "../calls/clock";
import {dialText} from "../calls/dial_state";

/** One conversation: who calls, for how long, and what can be done about it. */
export class CallPopup extends Component {
    static template = "callgear_integration.CallPopup";
    static components = {CallControls, CallIcon};
    static props = {leg: Object};

    setup() {
        this.calls = useService("callgear.calls");
        this.actions = useCallActions();
        this.clock = useClock();
        /** Of tickets with a caller who waits. */
        this.callLabels = {missed: _t("Missed call"), voicemail: _t("Voicemail")};
    }

    get leg() {
        return this.props.leg;
    }

    get isTalking() {
        return this.leg.state === "talking";
    }

    get isUnknown() {
        return !this.leg.partner;
    }

    get title() {
        if (this.leg.dial) {
            return dialText(this.leg);
        }
        if (this.isTalking) {
            return _t("Call in progress");
        }
        return this.leg.direction === "in" ? _t("Incoming call") : _t("Calling…");
    }

    get icon() {
        return this.leg.direction === "in" ? "fa-phone" : "fa-phone o-callgear-out";
    }

    get time() {
        const {answered_at, dial_since, started_at} = this.leg;
        const since = answered_at || dial_since || started_at;
        return clockText(secondsSince(since, this.clock.now));
    }

    get avatar() {
        return `/web/image/res.partner/${this.leg.partner.id}/avatar_128`;
    }

    /** The account's own number: the one that was called, or that the contact sees. */
    get line() {
        const {virtual_phone, virtual_name} = this.leg;
        const number = virtual_name
            ? `${virtual_name} (${virtual_phone})`
            : virtual_phone;
        return this.leg.direction === "in"
            ? _t("Called number: %s", number)
            : _t("Shown number: %s", number);
    }

    get others() {
        return this.leg.partners.filter(({id}) => id !== this.leg.partner?.id);
    }

    /** The ticket that the conversation stands in, if one was chosen already. */
    get ticketName() {
        const ticket = this.leg.open_tickets.find(({id}) => id === this.leg.ticket_id);
        return ticket ? `${ticket.number} ${ticket.name}` : _t("Ticket of this call");
    }

    /** Of a call that was started in a ticket: the way back there. */
    get originName() {
        const {number, name} = this.leg.origin_ticket;
        return `${number} ${name}`;
    }

    close() {
        this.calls.closePopup(this.leg);
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.close();
        }
    }
}
