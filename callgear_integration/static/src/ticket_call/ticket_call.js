// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useCallActions } from "../calls/actions";
import { clockText, secondsSince, useClock } from "../calls/clock";
import { useInPage } from "../calls/in_page";

const SAVE_AFTER_MS = 600;

/**
 * On a ticket's form. A new ticket for a call: keeps what is typed, and turns into the
 * ticket that is made if the call ends first. An existing ticket: takes a call up.
 */
export class TicketCall extends Component {
    static template = "callgear_integration.TicketCall";
    static props = { ...standardWidgetProps };

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.actions = useCallActions();
        this.clock = useClock();
        this.state = useState({ summary: "", recording: false });
        this.turned = false;
        useInPage(this.calls, () => this.shown.map((leg) => leg.id));
        this.saveDraft = useDebounced(() => this.saveNow(), SAVE_AFTER_MS);
        useEffect(
            () => {
                if (this.draftLegId && this.props.record.dirty) {
                    this.saveDraft();
                }
            },
            () => [this.data.name, this.data.call_summary]
        );
        useEffect(
            (ticketId) => {
                this.turnInto(ticketId);
            },
            () => [this.draftLeg?.ticket_id]
        );
        onWillUnmount(() => {
            // The tab or the page is left: what was typed must not wait any longer.
            if (this.draftLegId && this.props.record.dirty && !this.turned) {
                this.saveNow();
            }
        });
    }

    get data() {
        return this.props.record.data;
    }

    // ---------------------------------------------------------- a new ticket

    /** The conversation that a new ticket is made for. */
    get draftLegId() {
        return !this.props.record.resId && this.data.callgear_leg_id?.id;
    }

    get draftLeg() {
        return this.draftLegId ? this.calls.legs[this.draftLegId] : undefined;
    }

    async saveNow() {
        const id = this.draftLegId;
        if (id) {
            await this.calls.call(
                { id },
                "save_draft",
                this.data.name || "",
                this.data.call_summary || ""
            );
        }
    }

    /** The call has ended first: its ticket was made, and holds what was typed. */
    async turnInto(ticketId) {
        if (!ticketId || this.turned || this.props.record.resId) {
            return;
        }
        this.turned = true;
        // Saving takes over the ticket that is there, so the form becomes it.
        if (await this.props.record.save({ reload: true })) {
            return;
        }
        await this.saveNow();
        await this.actions.openTicket(ticketId);
    }

    openPartner() {
        this.actions.openPartner(this.draftLeg);
    }

    // ----------------------------------------------------- an existing ticket

    /** A conversation that goes on and has no ticket yet. */
    get leg() {
        const partnerId = this.data.partner_id?.id;
        return (
            this.props.record.resId &&
            this.calls.current.find(
                (leg) =>
                    leg.state === "talking" &&
                    !leg.ticket_id &&
                    (!leg.partner || !partnerId || leg.partner.id === partnerId)
            )
        );
    }

    /** Conversations that this page is about. */
    get shown() {
        const here = this.calls.current.filter(
            (leg) => leg.ticket_id && leg.ticket_id === this.props.record.resId
        );
        return [this.draftLeg, this.leg, ...here].filter(Boolean);
    }

    get time() {
        const since = (this.draftLeg || this.leg)?.answered_at;
        return clockText(secondsSince(since, this.clock.now));
    }

    async attach() {
        await this.props.record.save();
        await this.calls.call(
            this.leg,
            "attach_to_ticket",
            this.props.record.resId,
            this.state.summary || null
        );
        Object.assign(this.state, { summary: "", recording: false });
        await this.props.record.load();
    }
}

registry.category("view_widgets").add("callgear_ticket_call", { component: TicketCall });
