// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {CallControls} from "../call_controls/call_controls";
import {useCallActions} from "../../calls/actions";
import {CallTime} from "../../calls/call_time";
import {useFocusHeir} from "../../calls/focus";
import {useInPage} from "./in_page";
import {keyed} from "../../calls/keys_service";
import {isNote, othersOf, ticketIdOf} from "../../calls/leg";
import {ltr} from "../../calls/ltr";
import {PassedBy} from "../../calls/passed_by";
import {SummaryBox} from "../summary/summary_box";

/**
 * Above a contact's form while the agent talks, and until the note is finished: with this
 * contact, what to do with the call; with a caller nobody knows, the same, and whether it is
 * this contact.
 */
export class CallBar extends Component {
    static template = "callgear_integration.CallBar";
    static components = {
        CallControls,
        CallTime,
        Dropdown,
        DropdownItem,
        PassedBy,
        SummaryBox,
    };
    static props = {...standardWidgetProps};

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.phone = useState(useService("callgear.phone"));
        this.action = useService("action");
        this.actions = useCallActions();
        this.summaries = useService("callgear.summaries");
        this.keyed = keyed;
        Object.assign(this, {isNote, othersOf, ticketIdOf});
        /** Conversations that stood here while the agent talked: their notes stay here. */
        this.taken = new Set();
        useInPage(this.calls, () => this.legs.map((leg) => leg.id));
        useFocusHeir(".o-callgear-CallBar");
    }

    get partnerId() {
        return this.props.record.resId;
    }

    /** Conversations with this contact, or with somebody who may be this contact. */
    get legs() {
        if (!this.partnerId) {
            return [];
        }
        const talks = this.calls.current.filter(
            (leg) =>
                leg.state === "talking" &&
                (leg.partner ? this.isOwn(leg) : Boolean(leg.phone))
        );
        talks.forEach((leg) => this.taken.add(this.key(leg)));
        const notes = Object.values(this.calls.legs).filter(
            (leg) =>
                isNote(leg) &&
                (this.taken.has(this.key(leg)) ||
                    (this.isOwn(leg) && this.calls.isRecentNote(leg)))
        );
        return [...talks, ...notes];
    }

    /** The form turns to the next contact without being drawn anew. */
    key(leg) {
        return `${this.partnerId},${leg.id}`;
    }

    isOwn(leg) {
        return leg.partner?.id === this.partnerId;
    }

    title(leg) {
        if (isNote(leg)) {
            return _t("Call ended: finish your note");
        }
        return leg.partner
            ? _t("Call in progress")
            : _t("Call with unknown number %s", ltr(leg.number));
    }

    /** Names both, so that nobody's number is given to somebody else by one wrong click. */
    linkText(leg) {
        return _t("Link %(number)s to this contact: %(name)s?", {
            number: ltr(leg.number),
            name: this.props.record.data.display_name,
        });
    }

    /** Tickets to attach to: open ones, others of calls, then those of the caller's company. */
    offered({call_tickets, open_tickets}) {
        const ids = open_tickets.map(({id}) => id);
        return [
            ...open_tickets.filter(({contact}) => !contact),
            ...call_tickets.filter(({id}) => !ids.includes(id)),
            ...open_tickets.filter(({contact}) => contact),
        ];
    }

    ticketText({number, name, contact}) {
        return contact ? `${number} (${contact}) ${name}` : `${number} ${name}`;
    }

    /** Beside the panel's *Attach*, which stays in this page, the letter is that one's. */
    attachKey(leg) {
        return this.phone.offersTickets(leg) ? {} : keyed("l");
    }

    /** Names the ticket: one click files the call, and nobody wants to look first. */
    attachText(ticket) {
        return _t("Attach to %s", this.ticketText(ticket));
    }

    /** The ticket opens with the cursor in the summary. */
    async attach(leg, ticketId) {
        const opened = await this.calls.call(leg, "attach_to_ticket", ticketId, null);
        this.summaries.awaited = leg.id;
        await this.action.doAction(opened);
    }

    /** Another one is calling: their form takes the place of this one. */
    async switchTo(leg, partnerId) {
        await this.actions.linkPartner(leg, partnerId);
        await this.actions.openPartner(leg, partnerId);
    }

    async link(leg) {
        if (!(await this.props.record.save())) {
            return;
        }
        await this.actions.linkPartner(leg, this.partnerId);
        await this.props.record.load();
    }
}

registry.category("callgear_parts").add("CallBar", CallBar);
