// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    Component,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {CallControls} from "../call_controls/call_controls";
import {useCallActions} from "../calls/actions";
import {clockText, secondsSince, useClock} from "../calls/clock";
import {useInPage} from "../calls/in_page";
import {TicketDial} from "./ticket_dial";

const DRAFT_FIELDS = ["name", "call_summary"];
const SAVE_AFTER_MS = 600;

/**
 * On a ticket's form. A new ticket for a call: keeps what is typed, and turns into the
 * ticket that is made if the call ends first. An existing ticket: takes a call up, and
 * shows one that was started from it.
 */
export class TicketCall extends Component {
    static template = "callgear_integration.TicketCall";
    static components = {CallControls, TicketDial};
    static props = {...standardWidgetProps};

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.actions = useCallActions();
        this.clock = useClock();
        this.state = useState({summary: "", recording: false});
        this.root = useRef("root");
        /** Texts of fields in which the cursor still stands: the form takes them when left. */
        this.typed = {};
        this.saved = this.draft;
        useInPage(this.calls, () => this.shown.map((leg) => leg.id));
        this.saveDraft = useDebounced(() => this.saveNow(), SAVE_AFTER_MS);
        useExternalListener(window, "input", this.onInput);
        for (const name of DRAFT_FIELDS) {
            useEffect(
                () => {
                    delete this.typed[name];
                    if (this.isUnsaved) {
                        this.saveDraft();
                    }
                },
                () => [this.data[name]]
            );
        }
        useEffect(
            (leg) => {
                if (leg?.ticket_id && leg.ticket_choice === "auto") {
                    this.turnIntoTicket();
                }
            },
            () => [this.draftLeg]
        );
        onWillUnmount(() => {
            // The tab or the page is left: what was typed must not wait any longer.
            if (this.isUnsaved) {
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

    get isUnsaved() {
        const typed = Object.keys(this.typed).length > 0;
        return this.draftLegId && (typed || this.props.record.dirty);
    }

    onInput({target}) {
        const name = target.closest?.(".o_field_widget")?.getAttribute("name");
        const form = this.root.el?.closest(".o_form_view");
        if (DRAFT_FIELDS.includes(name) && form?.contains(target)) {
            this.typed[name] = target.value;
            this.saveDraft();
        }
    }

    get draft() {
        const {name, call_summary} = {...this.data, ...this.typed};
        return {subject: name || "", summary: call_summary || ""};
    }

    /** Tell what has changed, and only that: the summary may be typed in another tab. */
    async saveNow() {
        const {draft, saved, draftLegId: id} = this;
        const changed = (name) => (draft[name] === saved[name] ? null : draft[name]);
        const changes = [changed("subject"), changed("summary")];
        if (id && changes.some((text) => text !== null)) {
            this.saved = draft;
            await this.calls.call({id}, "save_draft", ...changes);
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
                await this.props.record.save();
            } finally {
                this.isTurning = false;
            }
        }
    }

    /** Leaving a form with changes saves it: the way back to the contact makes no ticket. */
    async openPartner() {
        const leg = this.draftLeg;
        await this.saveNow();
        await this.props.record.discard();
        this.saveDraft.cancel();
        this.typed = {};
        await this.actions.openPartner(leg);
    }

    // ----------------------------------------------------- an existing ticket

    /** A call that was started from this ticket, from the first moment on. */
    get dialLeg() {
        const id = this.props.record.resId;
        return (
            id &&
            this.calls.current.find((leg) => leg.dial && leg.origin_ticket?.id === id)
        );
    }

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

    /** The conversation that goes on and stands in this ticket. */
    get ownLeg() {
        const id = this.props.record.resId;
        return this.calls.current.find(
            (leg) => leg.state === "talking" && leg.ticket_id && leg.ticket_id === id
        );
    }

    /** Conversations that this page is about. */
    get shown() {
        const here = this.dialLeg || this.leg || this.ownLeg;
        return [this.draftLeg, here].filter(Boolean);
    }

    get time() {
        const since = this.shown[0]?.answered_at;
        return clockText(secondsSince(since, this.clock.now));
    }

    async attach() {
        if (!(await this.props.record.save())) {
            return;
        }
        await this.calls.call(
            this.leg,
            "attach_to_ticket",
            this.props.record.resId,
            this.state.summary || null
        );
        Object.assign(this.state, {summary: "", recording: false});
        await this.props.record.load();
    }
}

registry.category("view_widgets").add("callgear_ticket_call", {component: TicketCall});
