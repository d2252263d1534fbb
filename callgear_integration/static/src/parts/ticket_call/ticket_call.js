// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    Component,
    onMounted,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useBus, useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {CallControls} from "../call_controls/call_controls";
import {useCallActions} from "../../calls/actions";
import {CallTime} from "../../calls/call_time";
import {useFocusHeir} from "../../calls/focus";
import {useInPage} from "../call_bar/in_page";
import {keyed} from "../../calls/keys_service";
import {isNote, isUnanswered} from "../../calls/leg";
import {ltr} from "../../calls/ltr";
import {PassedBy} from "../../calls/passed_by";
import {tellRefusal} from "../../calls/refusal";
import {reloadUnchanged} from "../../calls/reload";
import {SummaryBox} from "../summary/summary_box";
import {recallNewTicket, rememberNewTicket} from "../../calls/tab_memory";
import {TicketDial} from "./ticket_dial";

/**
 * On a ticket's form, the conversations that it is about: the one that a new ticket is made
 * for, those that stand in it, and one that it may take up. The block of a conversation
 * stays the same while the form becomes the ticket and while the call ends, so that whoever
 * types in it can go on. The field itself stays empty: the words belong to the call.
 */
export class TicketCall extends Component {
    static template = "callgear_integration.TicketCall";
    static components = {CallControls, CallTime, PassedBy, SummaryBox, TicketDial};
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.calls = useState(useService("callgear.calls"));
        this.phone = useState(useService("callgear.phone"));
        this.summaries = useState(useService("callgear.summaries"));
        this.actions = useCallActions();
        this.keyed = keyed;
        this.root = useRef("root");
        this.subject = this.data.name;
        /** The conversation that this form was opened for, also when it is the ticket. */
        this.madeFor = undefined;
        // What it may only take up is not shown with all of its keys.
        useInPage(this.calls, () =>
            this.shown.filter((leg) => this.canType(leg)).map((leg) => leg.id)
        );
        useFocusHeir(".o-callgear-TicketCall");
        this.keepDraft();
        useEffect(
            (hasTicket) => {
                if (hasTicket) {
                    this.turnIntoTicket();
                }
            },
            // Again when the subject has changed, without which it could not be saved.
            () => [
                this.draftLeg?.ticket_choice === "auto" && this.draftLeg.ticket_id,
                Boolean(this.data.name),
            ]
        );
        onMounted(() => this.openAgain());
    }

    get data() {
        return this.props.record.data;
    }

    get resId() {
        return this.props.record.resId;
    }

    // ---------------------------------------------------------- a new ticket

    /** The conversation that a new ticket is made for. */
    get draftLegId() {
        return (!this.resId && this.data.callgear_leg_id?.id) || undefined;
    }

    get draftLeg() {
        return this.draftLegId ? this.calls.legs[this.draftLegId] : undefined;
    }

    get isTouched() {
        return Boolean(this.draftLeg && this.summaries.of(this.draftLeg).isTouched);
    }

    keepDraft() {
        const calls = this.env.services["callgear.calls"];
        useExternalListener(window, "input", this.onInput);
        useEffect(
            (name) => this.takeSubject(name),
            () => [this.data.name]
        );
        useEffect(
            (id) => {
                if (id) {
                    this.madeFor = id;
                    rememberNewTicket(id);
                }
                return () => {
                    if (id) {
                        rememberNewTicket(null);
                        // The page is left, or saved: nothing waits any longer.
                        this.summaries.save(id);
                    }
                };
            },
            () => [this.draftLegId]
        );
        // What is typed is unsaved work, over which no page opens by itself.
        useEffect(
            (isTouched) => {
                const step = Number(isTouched);
                calls.unsavedForms += step;
                return () => (calls.unsavedForms -= step);
            },
            () => [this.isTouched]
        );
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({detail}) => {
            if (this.draftLegId) {
                detail.proms.push(this.summaries.save(this.draftLegId));
            }
        });
    }

    /** The form takes what is typed in a field over when that is left: too late. */
    onInput({target}) {
        const name = target.closest?.(".o_field_widget")?.getAttribute("name");
        const form = this.root.el?.closest(".o_form_view");
        if (name === "name" && form?.contains(target)) {
            this.takeSubject(target.value);
        }
    }

    takeSubject(subject) {
        if (subject !== this.subject) {
            this.subject = subject;
            if (this.draftLeg) {
                this.summaries.typeSubject(this.draftLeg, subject || "");
            }
        }
    }

    /**
     * The call has ended first, and its ticket was made. Saving takes that ticket over, so
     * that the form becomes it; a form that cannot be saved yet does so when it can.
     */
    async turnIntoTicket() {
        if (!this.isTurning) {
            this.isTurning = true;
            try {
                await this.saveAsTyped();
            } finally {
                this.isTurning = false;
            }
        }
    }

    /**
     * Odoo cuts spaces off the text that it saves, in the page as well: the one between two
     * words, if the second is about to be typed. Nobody has pressed *Save*; whoever leaves
     * the field has it cut as ever, also while this is being saved: the fields are asked
     * for their text before `save` returns its promise.
     */
    saveAsTyped() {
        const {record} = this.props;
        const cut = Object.values(record.fields).filter((field) => field.trim);
        cut.forEach((field) => (field.trim = false));
        try {
            return record.save();
        } finally {
            cut.forEach((field) => (field.trim = true));
        }
    }

    /** A reload has emptied the form: open it again, or the ticket that was made of it. */
    async openAgain() {
        const id = recallNewTicket();
        if (!id || this.resId || this.draftLegId) {
            return;
        }
        try {
            const action = await this.calls.call({id}, "action_new_ticket");
            await this.action.doAction(action, {
                stackPosition: "replaceCurrentAction",
            });
        } catch (error) {
            tellRefusal(this.env.services.notification, error);
        }
    }

    /** Leaving a form with changes saves it: the way back to the contact makes no ticket. */
    async openPartner(leg) {
        if (this.draftLeg) {
            await this.summaries.save(leg.id);
            await this.props.record.discard();
        }
        await this.actions.openPartner(leg);
    }

    // ------------------------------------------------------- the conversations

    /** Conversations that this page shows, in an order that does not change. */
    get shown() {
        if (!this.resId) {
            return this.draftLeg ? [this.draftLeg] : [];
        }
        const known = Object.values(this.calls.legs);
        const notes = known.filter(
            (leg) =>
                isNote(leg) && (leg.id === this.madeFor || this.calls.isRecentNote(leg))
        );
        const here = [...notes, ...this.calls.current].filter(
            (leg) => this.isHere(leg) || this.canTakeUp(leg)
        );
        // The next call from here tells more than the last one.
        return here.length
            ? here
            : known.filter((leg) => this.isAttempt(leg)).slice(-1);
    }

    /** Whether it was started from this ticket just now, and nobody has answered. */
    isAttempt(leg) {
        return this.isDial(leg) && isUnanswered(leg) && this.calls.attempts.has(leg.id);
    }

    /** Whether a conversation stands in this ticket, or is about to. */
    isHere(leg) {
        if (leg.ticket_id) {
            return (
                (leg.state !== "ringing" || leg.dial) && leg.ticket_id === this.resId
            );
        }
        return this.isDial(leg) || leg.id === this.madeFor;
    }

    /** Whether it was started from this ticket. */
    isDial(leg) {
        return Boolean(this.resId && leg.dial && leg.origin_ticket?.id === this.resId);
    }

    /** Whether it has no ticket yet, and this one is not somebody else's. */
    canTakeUp(leg) {
        const partnerId = this.data.partner_id?.id;
        return (
            leg.state === "talking" &&
            !leg.ticket_id &&
            (!leg.partner || !partnerId || leg.partner.id === partnerId)
        );
    }

    canType(leg) {
        return !this.resId || this.isHere(leg);
    }

    title(leg) {
        if (leg.id === this.draftLegId) {
            return _t("New ticket from this call");
        }
        return leg.state === "ended"
            ? _t("Call ended: finish your note")
            : _t("Call in progress");
    }

    /** Of a number that nobody knows, both are named: who wrote the ticket may not call. */
    recordText(leg) {
        const {partner_id} = this.data;
        return leg.partner || !partner_id
            ? _t("Record the call in this ticket")
            : _t("Record the call with %(number)s in this ticket of %(name)s", {
                  number: ltr(leg.number),
                  name: partner_id.display_name,
              });
    }

    /** Where the panel offers to attach the call, too, the letter is that key's. */
    recordKey(leg) {
        return this.phone.offersTickets(leg) ? {} : keyed("l");
    }

    /** The panel has one as well, which may lead to the ticket of the call. */
    contactKey(leg) {
        return this.phone.showsWhole(leg) ? {} : keyed("o");
    }

    async takeUp(leg) {
        if (!(await this.props.record.save())) {
            return;
        }
        this.summaries.awaited = leg.id;
        await this.summaries.save(leg.id);
        await this.calls.call(leg, "attach_to_ticket", this.resId, null);
        await reloadUnchanged(this.props.record);
    }
}

registry.category("callgear_parts").add("TicketCall", TicketCall);
