// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {clockText, secondsSince, useClock} from "../calls/clock";
import {RecordingPlayer} from "./recording_player";

/** A call in the chatter: which, with whom, how long, what about, and its recording. */
export class CallMessage extends Component {
    static template = "callgear_integration.CallMessage";
    static components = {RecordingPlayer};
    static props = {message: Object};

    setup() {
        this.orm = useService("orm");
        this.clock = useClock();
        this.state = useState({editing: false, summary: ""});
    }

    get call() {
        return this.props.message.callgear_call;
    }

    get isGoingOn() {
        return this.call.item === "conversation" && this.call.state !== "ended";
    }

    get isMine() {
        return this.call.agent_user_id === user.userId;
    }

    get title() {
        const {absent, agent, direction, item, number} = this.call;
        if (item === "missed") {
            return number
                ? _t("Missed call from %s", number)
                : _t("Missed call from hidden number");
        }
        if (item === "attempt" && absent) {
            return _t("Call to %(number)s: not made, %(agent)s did not pick up", {
                number: number || _t("hidden number"),
                agent,
            });
        }
        if (item === "attempt") {
            return _t("Call to %s: no answer", number || _t("hidden number"));
        }
        if (direction === "out") {
            return _t("Outgoing call to %s", number || _t("hidden number"));
        }
        return number
            ? _t("Incoming call from %s", number)
            : _t("Incoming call from hidden number");
    }

    get icon() {
        return {
            missed: "fa-phone text-danger",
            attempt: "fa-phone text-warning",
            conversation: "fa-phone text-success",
        }[this.call.item];
    }

    get arrow() {
        return this.call.direction === "out"
            ? "oi-arrow-up-right"
            : "oi-arrow-down-left";
    }

    get course() {
        if (this.call.absent) {
            return "";
        }
        if (this.isGoingOn) {
            return _t("Call in progress");
        }
        const waited = clockText(this.call.wait_seconds);
        return {
            missed: _t("waited %s", waited),
            attempt: _t("rang %s", waited),
            conversation: _t("talked %s", clockText(this.call.talk_seconds)),
        }[this.call.item];
    }

    get runningTime() {
        return clockText(secondsSince(this.call.answered_at, this.clock.now));
    }

    get people() {
        return [this.call.partner, this.call.agent].filter(Boolean).join(" · ");
    }

    edit() {
        Object.assign(this.state, {editing: true, summary: this.call.summary});
    }

    async save() {
        await this.orm.call("callgear.leg", "save_draft", [[this.call.leg_id]], {
            summary: this.state.summary,
        });
        this.props.message.callgear_call = {...this.call, summary: this.state.summary};
        this.state.editing = false;
    }
}
