// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {useCallActions} from "../calls/actions";
import {CallIcon} from "../calls/call_icon";
import {CallTime} from "../calls/call_time";
import {dialText} from "../calls/dial_state";
import {keyed} from "../calls/keys_service";
import {isNote, isUnanswered, othersOf, ticketIdOf} from "../calls/leg";
import {PassedBy} from "../calls/passed_by";
import {callPart} from "../lazy/call_parts";

const {DateTime} = luxon;

/**
 * One conversation, from the first ring to the finished note: who it is with, for how long,
 * and what can be done about it. Of one that the page shows as well, only the name and the
 * phone's own keys; below a dialog the page's own summary is out of reach as well.
 */
export class CallCard extends Component {
    static template = "callgear_integration.CallCard";
    static components = {
        CallControls: callPart("CallControls"),
        CallIcon,
        CallTime,
        PassedBy,
        SummaryBox: callPart("SummaryBox"),
    };
    static props = {leg: Object, isCompact: {type: Boolean, optional: true}};

    setup() {
        this.box = useState({isWanted: false});
        this.calls = useState(useService("callgear.calls"));
        this.dialer = useState(useService("callgear.dialer"));
        this.phone = useState(useService("callgear.phone"));
        this.ui = useService("ui");
        this.actions = useCallActions();
        this.keyed = keyed;
        this.root = useRef("root");
        /** Of tickets with a caller who waits. */
        this.callLabels = {missed: _t("Missed call"), voicemail: _t("Voicemail")};
    }

    get leg() {
        return this.props.leg;
    }

    get isNote() {
        return isNote(this.leg);
    }

    /** Either its note is not finished, or nobody has answered. */
    get isOver() {
        return this.leg.state === "ended";
    }

    get isUnanswered() {
        return isUnanswered(this.leg);
    }

    get isTalking() {
        return this.leg.state === "talking";
    }

    get isRinging() {
        return this.leg.state === "ringing" && this.leg.direction === "in";
    }

    get isUnknown() {
        return !this.leg.partner;
    }

    get title() {
        if (this.isNote) {
            return _t("Call ended: finish your note");
        }
        if (this.isUnanswered) {
            return _t("Call ended: %s", this.leg.dial_result);
        }
        if (this.isTalking && this.leg.control === "held") {
            return _t("Call on hold");
        }
        if (this.leg.dial) {
            return dialText(this.leg);
        }
        if (this.isTalking) {
            return _t("Call in progress");
        }
        return this.leg.direction === "in" ? _t("Incoming call") : _t("Calling…");
    }

    /** For who hears the page: state, name and number. */
    get label() {
        const {number, partner} = this.leg;
        return [this.title, partner?.name, number].filter(Boolean).join(", ");
    }

    get directionText() {
        return this.leg.direction === "in" ? _t("incoming") : _t("outgoing");
    }

    get since() {
        const {answered_at, dial_since, started_at} = this.leg;
        return answered_at || dial_since || started_at;
    }

    /** When a call that is over began. */
    get began() {
        return DateTime.fromISO(this.leg.started_at).toLocaleString(
            DateTime.TIME_SIMPLE
        );
    }

    get avatar() {
        return `/web/image/res.partner/${this.leg.partner.id}/avatar_128`;
    }

    get others() {
        return othersOf(this.leg);
    }

    get isSilenced() {
        return this.calls.closed.has(this.leg.id);
    }

    /** The ticket that the conversation stands in, or was started from. */
    get ticketId() {
        return ticketIdOf(this.leg);
    }

    get ticketName() {
        const {open_tickets, origin_ticket} = this.leg;
        const ticket = [...open_tickets, origin_ticket].find(
            (each) => each?.id === this.ticketId
        );
        return ticket ? `${ticket.number} ${ticket.name}` : _t("Ticket of this call");
    }

    get isSummaryShown() {
        return (
            (this.isTalking || this.isNote) &&
            (!this.props.isCompact || this.calls.isCovered(this.leg))
        );
    }

    get isAttachable() {
        return this.leg.open_tickets.length && !this.ticketId && !this.isOver;
    }

    get isFooterShown() {
        return (
            this.isTalking || this.isRinging || Boolean(this.ticketId) || this.isOver
        );
    }

    /** While the list of last calls is there, the letter is that of its first one. */
    get againKey() {
        return this.phone.isOpen ? {} : keyed("k");
    }

    /** Only the first ticket has a letter: two with the same are none. */
    attachKey(index) {
        return index ? {} : keyed("l");
    }

    /** The agent stays where they are, and goes on with what the call is about. */
    async attach(ticket) {
        await this.actions.attachHere(this.leg, ticket.id);
        const box = this.root.el?.querySelector(".o-callgear-SummaryBox textarea");
        // It may still be on its way, and takes the focus when it comes.
        this.box.isWanted = !box;
        box?.focus();
    }

    async move() {
        await this.actions.move(this.leg);
        if (this.ui.isSmall) {
            // There, a dialog takes all of the screen.
            this.phone.fold();
        }
    }
}
