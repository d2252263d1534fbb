// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    Component,
    onMounted,
    onWillUnmount,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useBus, useService} from "@web/core/utils/hooks";
import {clockText} from "../../calls/clock";
import {Gathered} from "../../calls/gathered";
import {useFocusHeir} from "../../calls/focus";
import {keyed} from "../../calls/keys_service";
import {openForm} from "../../calls/open_form";
import {tellRefusal} from "../../calls/refusal";
import {serverNow} from "../../calls/server_time";
import {FOLLOW_UP_PLANNED} from "../summary/summary_box";
import {CallField} from "./call_field";

const {DateTime} = luxon;
/** Odoo's own message, that an activity of today or before was planned, done or moved. */
const ACTIVITIES = "mail.activity/updated";
const CALL_BACK_ACTION = "callgear_integration.helpdesk_ticket_call_back_action";

/** What is older is asked for again when somebody looks at it. */
const FRESH_MS = 5 * 60 * 1000;

/** The day by which the server tells what is planned for today, and what is overdue. */
const dayOf = (moment) =>
    DateTime.fromMillis(moment, {zone: user.tz || "local"}).toISODate();

/** Names of the keys of a row: there are several of each. */
const LABELS = {
    call: (who) => _t("Call %s", who),
    callBack: (who) => _t("Call back %s", who),
    contact: (who) => _t("Open the contact: %s", who),
    done: (what) => _t("Mark as done: %s", what),
};

/**
 * What the lists show of a conversation. More of it may be told after its end: that the call
 * itself is over, and how; its ticket. A note that is being written is none of it.
 */
function listed(leg) {
    if (!leg) {
        return "";
    }
    const {state, call_state, outcome, dial_result, ticket_id, partner} = leg;
    return [state, call_state, outcome, dial_result, ticket_id, partner?.id].join();
}

/** What the phone is for while no call goes on: whom to call, and how the day has gone. */
export class PhoneHome extends Component {
    static template = "callgear_integration.PhoneHome";
    static components = {CallField};
    static props = {};

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.calls = useState(useService("callgear.calls"));
        this.dialer = useState(useService("callgear.dialer"));
        /** `data` as `res.users.callgear_phone` returns it, `status` as `callgear_status`. */
        this.state = useState({data: null, hasFailed: false, status: null});
        /** Planned calls that are being marked as done. */
        this.finishing = useState(new Set());
        this.root = useRef("root");
        this.keyed = keyed;
        this.labels = LABELS;
        /** The moment that is shown; 0: none. */
        this.loadedAt = 0;
        this.gathered = new Gathered(() => this.load());
        this.waiting = useState(useService("callgear.waiting"));
        this.listen();
        onMounted(async () => {
            await this.load();
            await this.loadStatus();
        });
        // So that one planned call after the other can be marked as done.
        useFocusHeir(".o-callgear-PhoneHome", ".o-callgear-row", [
            ".o-callgear-done",
            "button",
        ]);
    }

    // ----------------------------------------------------------------- what is known

    /** News make it load again; that time goes by does not, before somebody looks. */
    listen() {
        const plan = () => this.gathered.plan();
        const bus = useService("bus_service");
        bus.subscribe(ACTIVITIES, plan);
        // Odoo tells of activities of its own day only, which is that of UTC.
        useBus(this.env.bus, FOLLOW_UP_PLANNED, plan);
        const forget = this.calls.onNews((leg, before) => {
            if (leg.state === "ended" && listed(leg) !== listed(before)) {
                this.gathered.plan();
            }
        });
        useExternalListener(document, "visibilitychange", this.look);
        useExternalListener(window, "focus", this.look);
        onWillUnmount(() => {
            forget();
            bus.unsubscribe(ACTIVITIES, plan);
            this.gathered.stop();
        });
    }

    /** Somebody looks at it, perhaps on another day. */
    look() {
        const now = serverNow();
        const isOld = now - this.loadedAt > FRESH_MS;
        if (isOld || dayOf(now) !== dayOf(this.loadedAt)) {
            this.gathered.plan();
        } else {
            this.gathered.look();
        }
    }

    async load() {
        this.loadedAt = serverNow();
        try {
            const data = await this.orm.silent.call("res.users", "callgear_phone", []);
            Object.assign(this.state, {data, hasFailed: false});
            this.waiting.count = data.waiting;
        } catch {
            this.loadedAt = 0;
            // The field calls all the same; what is shown stays.
            this.state.hasFailed = true;
        }
    }

    /** CallGear is asked for it, which may take a while, or fail: the rest does without. */
    async loadStatus() {
        try {
            this.state.status = await this.orm.silent.call(
                "res.users",
                "callgear_status",
                []
            );
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
        }
    }

    async setStatus(ev) {
        const {value} = ev.target;
        const chosen = this.statuses.find(({id}) => id === value);
        try {
            // It may have been set, and not be readable afterwards.
            this.state.status = (await this.orm.call(
                "res.users",
                "callgear_set_status",
                [value]
            )) || {...this.state.status, ...chosen};
        } catch (error) {
            ev.target.value = this.state.status.id;
            tellRefusal(this.notification, error);
        }
    }

    /** The present one is among them, although it may be one that nobody can choose. */
    get statuses() {
        const {id, name, options} = this.state.status;
        return options.some((option) => option.id === id)
            ? options
            : [{id, name, isLocked: true}, ...options];
    }

    // ----------------------------------------------------------------- what is said

    /** Which of the last calls the letter K calls back: the first that has a number. */
    get firstToCall() {
        return this.state.data.last.find((call) => call.phone)?.leg_id;
    }

    who(call) {
        return call.partner?.name || call.number;
    }

    icon(call) {
        if (call.is_voicemail) {
            return "fa-microphone";
        }
        const names = {missed: "fa-times", unanswered: "fa-ban"};
        return (
            names[call.outcome] ||
            (call.direction === "out" ? "fa-arrow-up" : "fa-arrow-down")
        );
    }

    direction(call) {
        return call.direction === "out" ? _t("Outgoing") : _t("Incoming");
    }

    when(call) {
        const at = DateTime.fromISO(call.at);
        const isToday = at.hasSame(DateTime.now(), "day");
        const time = {hour: "numeric", minute: "2-digit"};
        return at.toLocaleString(
            isToday ? time : {day: "numeric", month: "short", ...time}
        );
    }

    deadline(call) {
        return call.is_overdue
            ? _t("Overdue since %s", formatDate(deserializeDate(call.deadline)))
            : _t("Today");
    }

    /** @returns {{label: string, value: string|number}[]} */
    get figures() {
        const {answered, missed, outgoing, talk_seconds} = this.state.data.figures;
        return [
            {label: _t("Calls answered"), value: answered},
            {label: _t("Calls missed"), value: missed},
            {label: _t("Outgoing, answered"), value: outgoing},
            {label: _t("Talk time"), value: clockText(talk_seconds)},
        ];
    }

    get waitingText() {
        const waiting = this.waiting.count;
        return waiting === 1
            ? _t("1 caller is waiting to be called back")
            : _t("Callers waiting to be called back: %s", waiting);
    }

    // --------------------------------------------------------------- what can be done

    open(resModel, resId) {
        return openForm(this.action, resModel, resId);
    }

    openCallBackList() {
        return this.action.doAction(CALL_BACK_ACTION);
    }

    /** Who is to be called is looked at while their phone rings; unsaved work stays. */
    async callPlanned(call) {
        const {res_model, res_id, phone} = call;
        const isCalled = await this.dialer.callRecord(
            res_model,
            res_id,
            phone || undefined
        );
        // Without a number the server has asked which: the page stays for the answer.
        if (isCalled && phone && !this.calls.unsavedForms) {
            await this.open(res_model, res_id);
        }
    }

    async finishPlanned({activity_id}) {
        if (this.finishing.has(activity_id)) {
            return;
        }
        this.finishing.add(activity_id);
        try {
            await this.orm.call("mail.activity", "action_feedback", [[activity_id]]);
        } catch (error) {
            tellRefusal(this.notification, error);
        } finally {
            await this.load();
            this.finishing.delete(activity_id);
        }
    }

    /** A call back belongs to the ticket as long as that is open, else to the contact. */
    callBack(call) {
        const {call_id, partner, phone, ticket, waits} = call;
        if (waits && ticket) {
            return this.dialer.callBack(ticket.id, call_id);
        }
        if (ticket && !ticket.is_closed) {
            return this.dialer.callRecord("helpdesk.ticket", ticket.id, phone);
        }
        return partner
            ? this.dialer.dial(phone, "res.partner", partner.id)
            : this.dialer.dial(phone);
    }
}

registry.category("callgear_parts").add("PhoneHome", PhoneHome);
