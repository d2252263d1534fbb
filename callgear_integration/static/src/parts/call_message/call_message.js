// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {clockText, secondsSince, useClock} from "../../calls/clock";
import {tellRefusal} from "../../calls/refusal";
import {serverNow} from "../../calls/server_time";
import {SummaryBox} from "../summary/summary_box";
import {RecordingPlayer} from "./recording_player";

/** CallGear does not say that there is no recording: so long one is waited for. */
export const RECORDING_WAIT_MS = 2 * 60 * 60 * 1000;

/** A call in the chatter: which, with whom, how long, what about, and its recording. */
export class CallMessage extends Component {
    static template = "callgear_integration.CallMessage";
    static components = {RecordingPlayer, SummaryBox};
    static props = {message: Object};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.calls = useState(useService("callgear.calls"));
        this.summaries = useService("callgear.summaries");
        // A ticket may hold hundreds of calls that are over.
        this.clock = useClock(() => this.isGoingOn || this.isRecordingAwaited);
        this.state = useState({editing: false});
    }

    get call() {
        return this.props.message.callgear_call;
    }

    get isGoingOn() {
        return this.call.entry === "conversation" && this.call.state !== "ended";
    }

    get isMine() {
        return this.call.agent_user_id === user.userId;
    }

    /** What happened, and how long it took: as in the message, in the user's language. */
    get text() {
        const {texts} = this.call;
        return texts[user.context.lang] || texts.en_US || Object.values(texts)[0];
    }

    get icon() {
        return {
            missed: "fa-phone text-danger",
            attempt: "fa-phone text-warning",
            conversation: "fa-phone text-success",
        }[this.call.entry];
    }

    get arrow() {
        return this.call.direction === "out"
            ? "oi-arrow-up-right"
            : "oi-arrow-down-left";
    }

    get runningTime() {
        return clockText(secondsSince(this.call.answered_at, this.clock.now));
    }

    get people() {
        return [this.call.partner, this.call.agent].filter(Boolean).join(" · ");
    }

    /**
     * What there is to move of a call. Missed calls are grouped by caller: of them it is the
     * contact, which whoever reads them may see to be wrong.
     */
    get moveText() {
        if (this.call.entry === "missed") {
            return _t("Another contact");
        }
        return this.isMine ? _t("Move this call") : "";
    }

    get moveTitle() {
        return this.call.entry === "missed"
            ? _t("The caller is somebody else")
            : _t("To another ticket, a new one, or another contact");
    }

    /** What is known of a recording of which there is no sign; undefined: nothing to say. */
    get recordingText() {
        if (this.call.recording_state !== "awaited") {
            return undefined;
        }
        return this.isRecordingAwaited
            ? _t("The recording will be here shortly.")
            : _t("The call was not recorded.");
    }

    get isRecordingAwaited() {
        const limit = Date.parse(this.call.ended_at) + RECORDING_WAIT_MS;
        return (
            this.call.recording_state === "awaited" &&
            Math.max(serverNow(), this.clock?.now || 0) < limit
        );
    }

    async move() {
        try {
            const action = await this.orm.call("callgear.leg", "action_move", [
                [this.call.leg_id],
            ]);
            await this.action.doAction(action);
        } catch (error) {
            tellRefusal(this.notification, error);
        }
    }

    /** Of calls long over, the page knows no more than the card. */
    get leg() {
        const {popup_id: id, summary} = this.call;
        const none = {results: [], note: false, partner: null, ticket_id: null};
        return this.calls.legs[id] || {id, summary, ...none};
    }

    async save() {
        const {leg} = this;
        if (await this.summaries.save(leg.id)) {
            const summary = this.summaries.of(leg).text;
            this.props.message.callgear_call = {...this.call, summary};
            this.state.editing = false;
        }
    }
}

registry.category("callgear_parts").add("CallMessage", CallMessage);
