// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillStart, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useCallNews} from "../call_back/call_news";
import {clockText, secondsSince, useClock} from "../../calls/clock";
import {serverNow} from "../../calls/server_time";
import {agoText} from "../call_back/since_field";

const STATES = {
    talking: _t("Talking"),
    calling: _t("Calling"),
    ringing: _t("Ringing"),
    free: _t("Free"),
};
/** Busy agents come first: on a wall there is no scrolling. */
const ORDER = Object.keys(STATES);

/** Who rings, talks and waits at this moment, and how today has gone. */
export class CallBoard extends Component {
    static template = "callgear_integration.CallBoard";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.clock = useClock();
        this.board = useState({data: null, skew: 0});
        this.states = STATES;
        onWillStart(() => this.load());
        useCallNews("callgear.board", () => this.load());
    }

    get display() {
        return {controlPanel: {}};
    }

    async load() {
        const data = await this.orm.silent.call("callgear.board", "get_data", []);
        this.board.data = data;
        // The clock of a wall screen is often wrong: use the server's time.
        this.clock.now = serverNow();
        this.board.skew = Date.parse(data.now) - this.clock.now;
    }

    get waiting() {
        return this.board.data.waiting;
    }

    get agents() {
        return [...this.board.data.agents].sort(
            (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)
        );
    }

    get tiles() {
        const {today, call_back: callBack, agents} = this.board.data;
        const free = agents.filter((agent) => agent.state === "free").length;
        return [
            {
                name: "waiting",
                label: _t("Waiting now"),
                value: this.waiting.length,
                alarm: this.waiting.length > 0,
            },
            {
                name: "free",
                label: _t("Agents free"),
                value: `${free} / ${agents.length}`,
            },
            {name: "answered", label: _t("Answered today"), value: today.answered},
            {name: "missed", label: _t("Missed today"), value: today.missed},
            {name: "outgoing", label: _t("Outgoing today"), value: today.outgoing},
            {
                name: "average_wait",
                label: _t("Average wait today"),
                value: clockText(today.average_wait),
            },
            {
                name: "call_back",
                label: _t("To call back"),
                value: callBack.count,
                note: callBack.since
                    ? _t("for %s", agoText(this.now - Date.parse(callBack.since)))
                    : "",
                alarm: callBack.count > 0,
                action: "callgear_integration.helpdesk_ticket_call_back_action",
            },
        ];
    }

    get now() {
        return this.clock.now + this.board.skew;
    }

    time(moment) {
        return clockText(secondsSince(moment, this.now));
    }

    duration(seconds) {
        return clockText(seconds);
    }

    who(call) {
        return call.internal ? _t("a colleague") : call.partner || call.number;
    }

    waitText(call) {
        return call.agents.length
            ? _t("ringing at %s", call.agents.join(", "))
            : _t("in the queue");
    }

    open(tile) {
        if (tile.action) {
            this.action.doAction(tile.action);
        }
    }
}

registry.category("actions").add("callgear_board", CallBoard, {force: true});
