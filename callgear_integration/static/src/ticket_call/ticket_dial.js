// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {CallControls} from "../call_controls/call_controls";
import {clockText, secondsSince, useClock} from "../calls/clock";
import {dialText} from "../calls/dial_state";
import {tellRefusal} from "../calls/refusal";

const SAVE_AFTER_MS = 600;

/**
 * In a ticket, a call that was started from it: how far it is, and once the contact has
 * answered, what it is about. What is typed is kept even if the call ends before *Save*.
 */
export class TicketDial extends Component {
    static template = "callgear_integration.TicketDial";
    static components = {CallControls};
    static props = {leg: Object, record: Object};

    setup() {
        this.calls = useService("callgear.calls");
        this.notification = useService("notification");
        this.clock = useClock();
        this.kept = this.props.leg.summary;
        this.state = useState({summary: this.kept, isSaving: false});
        this.keepSoon = useDebounced(() => this.keep(), SAVE_AFTER_MS);
        this.root = useRef("root");
        // An agent who calls from the message editor may have scrolled far below this.
        onMounted(() => this.root.el.scrollIntoView({block: "center"}));
        onWillUnmount(() => this.keep());
    }

    get leg() {
        return this.props.leg;
    }

    get title() {
        return dialText(this.leg);
    }

    get time() {
        const since = this.leg.answered_at || this.leg.dial_since;
        return clockText(secondsSince(since, this.clock.now));
    }

    /** Once saved, the card below shows it. */
    get isSummaryWanted() {
        return this.leg.dial === "talking" && !this.leg.ticket_id;
    }

    async keep() {
        const {summary} = this.state;
        if (summary !== this.kept) {
            this.kept = summary;
            await this.calls.call(this.leg, "save_draft", null, summary);
        }
    }

    async save() {
        const {record} = this.props;
        this.keepSoon.cancel();
        this.state.isSaving = true;
        try {
            const {summary} = this.state;
            await this.calls.call(
                this.leg,
                "attach_to_ticket",
                record.resId,
                summary || null
            );
            this.kept = summary;
            if (!record.dirty) {
                await record.load();
            }
        } catch (error) {
            tellRefusal(this.notification, error);
        } finally {
            this.state.isSaving = false;
        }
    }
}
