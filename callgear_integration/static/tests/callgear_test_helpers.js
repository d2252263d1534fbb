// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {PhoneIcon} from "@callgear_integration/phone/phone_icon";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {animationFrame, Deferred, expect, press} from "@odoo/hoot";
import {
    defineModels,
    fields,
    getService,
    makeMockEnv,
    makeServerError,
    MockServer,
    mockService,
    models,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {session} from "@web/session";

/** The moment at which the calls of the tests begin. */
export const BEGAN = "2026-03-28T12:30:00Z";

class CallgearLeg extends models.Model {
    _name = "callgear.leg";

    name = fields.Char();

    _records = [
        {id: 1, name: "Call 1"},
        {id: 2, name: "Call 2"},
    ];
}

export class HelpdeskTicket extends models.Model {
    _name = "helpdesk.ticket";

    name = fields.Char({required: true});
    number = fields.Char();
    partner_id = fields.Many2one({relation: "res.partner"});
    callgear_leg_id = fields.Many2one({relation: "callgear.leg"});
    call_summary = fields.Text();
    call_icon = fields.Selection({
        selection: [
            ["missed", "Missed, not called back"],
            ["voicemail", "Voicemail, not called back"],
            ["call", "Call"],
        ],
    });
    talk_seconds = fields.Integer();
    length_unknown = fields.Boolean();
    message_ids = fields.One2many({relation: "mail.message"});
    message_follower_ids = fields.Many2many({relation: "mail.followers"});

    _views = {
        form: /* xml */ `
            <form>
                <sheet>
                    <field name="call_summary" widget="callgear_ticket_call"/>
                    <widget name="callgear_ticket_news"/>
                    <field name="callgear_leg_id" invisible="1"/>
                    <field name="name"/>
                    <field name="partner_id"/>
                </sheet>
                <chatter/>
            </form>`,
    };
}

class CallgearCall extends models.Model {
    _name = "callgear.call";
}

class CallgearDialer extends models.Model {
    _name = "callgear.dialer";
}

class CallgearBoard extends models.Model {
    _name = "callgear.board";
}

export function defineCallgearModels() {
    defineMailModels();
    return defineModels([
        CallgearBoard,
        CallgearCall,
        CallgearDialer,
        CallgearLeg,
        HelpdeskTicket,
    ]);
}

/** A conversation as the server tells of it: `callgear.announcer._payload`. */
export function makeLeg(values = {}) {
    const leg = {
        id: 1,
        revision: 1,
        call_id: 11,
        state: "ringing",
        outcome: null,
        direction: "in",
        phone: "+971505550123",
        number: "+971505550123",
        virtual_phone: "+97145550100",
        started_at: BEGAN,
        picked_up_at: null,
        answered_at: null,
        ended_at: null,
        subject: "",
        summary: "",
        ticket_id: null,
        ticket_choice: null,
        partner: {
            id: 7,
            name: "Maryam Khalil",
            fields: [{label: "Email", value: "maryam@customers.example.com"}],
        },
        partners: [{id: 7, name: "Maryam Khalil"}],
        open_tickets: [],
        call_tickets: [],
        dial: null,
        dial_since: null,
        origin_ticket: null,
        control: "none",
        consulted: null,
        can: [],
        note: false,
        result_id: null,
        results: [],
        passed_by: null,
        consult: null,
        control_note: null,
        ...values,
    };
    return {call_state: leg.state, ...leg};
}

/** The same, answered six seconds after it began. */
export function makeTalk(values = {}) {
    return makeLeg({
        revision: 2,
        state: "talking",
        answered_at: "2026-03-28T12:30:06Z",
        ...values,
    });
}

/** A call that was started from a ticket; `dial` as the server says how far it is. */
export function makeDial(dial = "calling_agent", values = {}) {
    const talking = dial === "talking";
    return makeLeg({
        state: talking ? "talking" : "ringing",
        direction: "out",
        dial,
        dial_since: talking ? "2026-03-28T12:30:20Z" : BEGAN,
        answered_at: talking ? "2026-03-28T12:30:20Z" : null,
        origin_ticket: {id: 21, number: "HT000021", name: "Delivery is late"},
        control: "none",
        can: talking ? ["hang_up", "hold", "consult"] : ["hang_up"],
        ...values,
    });
}

export const UNKNOWN = {partner: null, partners: [], call_tickets: []};

export function makeTicket(id, values = {}) {
    return {
        id,
        number: `HT0000${id}`,
        name: "Delivery is late",
        stage: "New",
        call_icon: null,
        contact: null,
        ...values,
    };
}

/** A call message as the server tells of it: `callgear.announcer._card`. */
export function makeCard({headline, course, ...values} = {}) {
    const text = {
        headline: headline || "Incoming call from +971505550123",
        course: course || "talked 3:29",
    };
    return {
        leg_id: 1,
        popup_id: 1,
        entry: "conversation",
        direction: "in",
        state: "ended",
        texts: {en: text},
        partner: "Maryam Khalil",
        agent: "Sara Haddad",
        agent_user_id: 99,
        started_at: BEGAN,
        answered_at: "2026-03-28T12:30:06Z",
        ended_at: "2026-03-28T12:33:35Z",
        summary: "",
        recording_state: null,
        recordings: [],
        ...values,
    };
}

export function makeRecording(values = {}) {
    return {id: 5, state: "stored", duration: 209, attachment_id: 55, ...values};
}

/** What the page is loaded with. */
export function patchSession({calls = [], preferences = {}} = {}) {
    patchWithCleanup(session, {
        callgear: {
            calls,
            preferences: {
                popup: true,
                sound: false,
                desktop_notification: true,
                open_contact: true,
                ...preferences,
            },
        },
    });
}

/** Start the services as in a page that was loaded during these calls; return the calls. */
export async function startCalls(params) {
    patchSession(params);
    await makeMockEnv();
    return getService("callgear.calls");
}

/** The same, with what is shown on every page. */
export async function mountPopups(params) {
    const calls = await startCalls(params);
    await mountWithCleanup(MainComponentsContainer, {noMainContainer: true});
    return calls;
}

/** The panel and the icon, as on every page. */
export async function mountPhone({preferences, ...params} = {}) {
    const calls = await mountPopups({
        ...params,
        preferences: {open_contact: false, ...preferences},
    });
    await mountWithCleanup(PhoneIcon, {noMainContainer: true});
    return {
        calls,
        phone: getService("callgear.phone"),
        async put(...legs) {
            legs.forEach((leg) => calls.put(leg));
            await animationFrame();
        },
    };
}

/** The letter of a key of the phone. */
export async function pressKey(letter) {
    await press(["alt", "shift", letter]);
    await animationFrame();
}

/** The server sends a message to all pages; it has been received. */
export async function tellPages(type, payload = {}) {
    const bus = getService("bus_service");
    const heard = new Deferred();
    const listener = () => heard.resolve();
    bus.subscribe(type, listener);
    MockServer.env["bus.bus"]._sendone("broadcast", type, payload);
    await heard;
    bus.unsubscribe(type, listener);
}

/**
 * The page is left, and kept by the browser. If it were not, the mocked bus would forget the
 * page before it has taken all that was sent to it at the start.
 */
export function leavePage() {
    window.dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}));
}

/** Write down which pages are opened. */
export function stepActions() {
    mockService("action", {
        async doAction(action) {
            expect.step(`open ${action.res_model},${action.res_id || "new"}`);
        },
    });
}

/**
 * Write down what is asked of conversations.
 *
 * @param {any} [answer] what the server returns
 */
export function stepLegMethods(answer = false) {
    const methods = [
        "action_find_partner",
        "action_move",
        "action_new_ticket",
        "attach_to_ticket",
        "finish_note",
        "link_partner",
        "plan_follow_up",
        "save_draft",
        "set_result",
    ];
    onRpc("callgear.leg", methods, ({args, kwargs, method}) => {
        const [ids, ...rest] = args;
        const named = Object.keys(kwargs).filter((name) => name !== "context");
        for (const name of named) {
            rest.push(`${name}=${kwargs[name]}`);
        }
        expect.step(`${method} ${[...ids, ...rest].join(" | ")}`);
        return answer;
    });
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * Write down what is asked of the telephone; `numbers` are those of every contact.
 *
 * @param {any} [answer] what the server returns
 */
export function stepCalling(answer = false, numbers = []) {
    const step = ({args, kwargs, method, model}) => {
        const named = Object.keys(kwargs).filter((name) => name !== "context");
        const given = [...args, ...named.map((name) => kwargs[name])].map(asText);
        expect.step([model, method, ...given].join(" "));
        return typeof answer === "function" ? answer(method) : answer;
    };
    onRpc("callgear.call", "*", step);
    onRpc("callgear.dialer", "*", step);
    onRpc("*", "action_callgear_call", step);
    onRpc("*", "action_callgear_call_back", step);
    onRpc("*", "callgear_numbers", () => numbers);
}

/** How the server says no. */
export function refuse(sentence) {
    return () => {
        throw makeServerError({message: sentence});
    };
}
