// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {waitForChannels} from "@bus/../tests/bus_test_helpers";
import {PhoneHome} from "@callgear_integration/parts/phone_home/phone_home";
import {
    advanceTime,
    animationFrame,
    click,
    Deferred,
    describe,
    expect,
    hover,
    leave,
    mockDate,
    press,
    queryAllTexts,
    queryOne,
    test,
    waitFor,
} from "@odoo/hoot";
import {
    contains,
    getService,
    makeMockEnv,
    makeServerError,
    MockServer,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {user} from "@web/core/user";
import {session} from "@web/session";
import {SummaryBox} from "@callgear_integration/parts/summary/summary_box";
import {
    defineCallgearModels,
    makeLeg,
    makeTalk,
    patchSession,
    refuse,
    stepActions,
    stepCalling,
    stepLegMethods,
    tellPages,
} from "./callgear_test_helpers";

defineCallgearModels();

const HOME = ".o-callgear-PhoneHome";
const FIELD = `${HOME} input`;
const MATCH = `${HOME} .o-callgear-match`;
const PLANNED = `${HOME} .o-callgear-planned`;
const LAST = `${HOME} .o-callgear-last`;

const NOW = "2026-03-28 12:30:00";
const MINUTE = 60_000;

const NOTHING = {
    planned: [],
    last: [],
    figures: {answered: 0, missed: 0, outgoing: 0, talk_seconds: 0},
    waiting: 0,
};

function makePlanned(values = {}) {
    return {
        activity_id: 5,
        res_model: "helpdesk.ticket",
        res_id: 21,
        name: "HT000021 - Delivery is late",
        summary: "Ask for the address",
        deadline: "2026-03-28",
        is_overdue: false,
        can_call: true,
        phone: "+971505550123",
        partner_name: "Maryam Khalil",
        ...values,
    };
}

function makeLast(values = {}) {
    return {
        call_id: 11,
        leg_id: 1,
        direction: "in",
        outcome: "answered",
        waits: false,
        state: "talked 3:29",
        phone: "+971505550123",
        number: "+971505550123",
        partner: {id: 7, name: "Maryam Khalil"},
        ticket: {id: 21, number: "HT000021", name: "Late", is_closed: false},
        at: "2026-03-28T12:00:00Z",
        talk_seconds: 209,
        is_voicemail: false,
        ...values,
    };
}

const MARYAM = {
    name: "Maryam Khalil",
    phone: "+971505550123",
    label: "Qasimi Trading",
    res_model: "res.partner",
    res_id: 7,
};
const OMAR = {
    name: "Omar Nasser",
    phone: null,
    label: "Colleague, extension 102",
    res_model: "callgear.operator",
    res_id: 3,
};

/** Show the panel with what the server tells; each request is a step. */
async function mountHome(data = {}, {status = null, calls = [], now = NOW} = {}) {
    mockDate(now, 0);
    onRpc("res.users", "callgear_phone", () => {
        expect.step("phone");
        return {...NOTHING, ...data};
    });
    onRpc("res.users", "callgear_status", () => status);
    patchSession({calls});
    await mountWithCleanup(PhoneHome);
    await animationFrame();
    expect.verifySteps(["phone"]);
    return getService("callgear.calls");
}

function stepSearch(matches) {
    onRpc("res.users", "callgear_search", ({args}) => {
        expect.step(`search ${args[0]}`);
        return matches;
    });
}

async function type(text) {
    await contains(FIELD).edit(text, {confirm: false});
    await advanceTime(300);
    await animationFrame();
}

describe("R56: what is shown", () => {
    test("empty lists are told in words", async () => {
        await mountHome();
        expect(PLANNED).toHaveText(/No calls are planned/);
        expect(LAST).toHaveText(/You have had no calls yet/);
        expect(`${HOME} .o-callgear-waiting-list`).toHaveCount(0);
        expect(`${HOME} select`).toHaveCount(0);
    });

    test("planned calls: whom, what about, since when, which number", async () => {
        await mountHome({
            planned: [
                makePlanned({is_overdue: true, deadline: "2026-03-26"}),
                makePlanned({activity_id: 6, summary: "", partner_name: ""}),
            ],
        });
        const [late, today] = queryAllTexts(`${PLANNED} li`);
        expect(late).toMatch(/HT000021 - Delivery is late/);
        expect(late).toMatch(/Ask for the address · Maryam Khalil/);
        expect(late).toMatch(/Overdue since 03\/26\/2026 · \+971505550123/);
        expect(today).toMatch(/Today/);
    });

    test("last calls: who, what became of it, when, and the ticket", async () => {
        await mountHome({
            last: [
                makeLast({
                    outcome: "missed",
                    waits: true,
                    state: "missed: waited 0:38",
                    partner: null,
                    ticket: null,
                }),
                makeLast({leg_id: 2, direction: "out", at: "2026-03-26T09:05:00Z"}),
            ],
        });
        const [waits, talked] = queryAllTexts(`${LAST} li`);
        expect(waits).toMatch(/\+971505550123/);
        expect(waits).toMatch(/Incoming, missed: waited 0:38/);
        expect(talked).toMatch(/Maryam Khalil/);
        expect(talked).toMatch(/Outgoing, talked 3:29/);
        expect(talked).toMatch(/Mar 26/);
        expect(talked).toMatch(/HT000021 Late/);
    });

    test("the agent's own figures of the day", async () => {
        await mountHome({
            figures: {answered: 12, missed: 1, outgoing: 3, talk_seconds: 3725},
        });
        expect(queryAllTexts(`${HOME} dd`)).toEqual(["12", "1", "3", "1:02:05"]);
    });

    test("callers who wait lead to their list", async () => {
        onRpc("/web/action/load", () => ({type: "ir.actions.act_window_close"}));
        await mountHome({waiting: 3});
        expect(`${HOME} .o-callgear-waiting-list`).toHaveText(
            "Callers waiting to be called back: 3"
        );
    });

    test("without the server it says so, and tries again", async () => {
        onRpc("res.users", "callgear_phone", refuse("Away"));
        onRpc("res.users", "callgear_status", () => null);
        patchSession();
        await mountWithCleanup(PhoneHome);
        await animationFrame();
        expect(HOME).toHaveText(/The calls could not be loaded/);
        onRpc("res.users", "callgear_phone", () => NOTHING);
        await contains(`${HOME} .o-callgear-again`).click();
        expect(LAST).toHaveCount(1);
        expect(HOME).not.toHaveText(/could not be loaded/);
    });
});

describe("R56: it is kept up to date", () => {
    test("news that come together are one request", async () => {
        const calls = await mountHome();
        calls.put(makeLeg({state: "ringing"}));
        await advanceTime(1000);
        expect.verifySteps([]);
        calls.put(makeLeg({revision: 2, state: "ended", outcome: "missed"}));
        calls.put(makeLeg({id: 2, state: "ended"}));
        await advanceTime(1000);
        expect.verifySteps(["phone"]);
    });

    for (const [what, values] of [
        ["that all of it is over, and how", {call_state: "ended", outcome: "missed"}],
        ["what became of a call from Odoo", {dial_result: "The line was busy."}],
        ["its ticket", {ticket_id: 21}],
        ["its contact", {partner: {id: 11, name: "Anna", fields: []}}],
    ]) {
        test(`of a call that is over, later news are asked for: ${what}`, async () => {
            const calls = await mountHome();
            const talk = makeTalk({revision: 3, state: "ended"});
            calls.put(talk);
            await advanceTime(1000);
            expect.verifySteps(["phone"]);
            calls.put({...talk, revision: 4, ...values});
            await advanceTime(1000);
            expect.verifySteps(["phone"]);
        });
    }

    test("a note that is written of a call that is over is no news", async () => {
        const calls = await mountHome();
        const talk = makeTalk({revision: 3, state: "ended", note: true});
        calls.put(talk);
        await advanceTime(1000);
        expect.verifySteps(["phone"]);
        calls.put({...talk, revision: 4, summary: "Wants an invoice", result_id: 3});
        calls.put({...talk, revision: 5, summary: "Wants an invoice", note: false});
        await advanceTime(1000);
        expect.verifySteps([]);
    });

    test("callers who wait are counted once for panel and icon", async () => {
        await mountHome({waiting: 3});
        expect(getService("callgear.waiting").count).toBe(3);
        getService("callgear.waiting").count = 1;
        await animationFrame();
        expect(`${HOME} .o-callgear-waiting-list`).toHaveText(
            "1 caller is waiting to be called back"
        );
    });

    const LOOKS = [
        ["at the page", () => document.dispatchEvent(new Event("visibilitychange"))],
        ["at the window", () => window.dispatchEvent(new Event("focus"))],
        ["at the panel", () => hover(HOME)],
    ];
    for (const [where, look] of LOOKS) {
        test(`what is old is asked for again when somebody looks ${where}`, async () => {
            await mountHome();
            await advanceTime(4 * MINUTE);
            await look();
            await advanceTime(1000);
            expect.verifySteps([]);
            await advanceTime(2 * MINUTE);
            await leave();
            await look();
            await advanceTime(1000);
            expect.verifySteps(["phone"]);
        });
    }

    test("a day that is over is not shown as today, in the zone of the user", async () => {
        patchWithCleanup(user, {
            get tz() {
                return "Asia/Dubai";
            },
        });
        await mountHome({}, {now: "2026-03-28 19:59:00"});
        await advanceTime(2 * MINUTE);
        await hover(HOME);
        await advanceTime(1000);
        expect.verifySteps(["phone"]);
    });

    test("what could not be loaded is asked for when somebody looks", async () => {
        await mountHome();
        onRpc("res.users", "callgear_phone", refuse("Away"));
        await advanceTime(6 * MINUTE);
        await hover(HOME);
        await advanceTime(1000);
        await animationFrame();
        expect(HOME).toHaveText(/could not be loaded/);
        onRpc("res.users", "callgear_phone", () => NOTHING);
        await leave();
        await hover(HOME);
        await advanceTime(1000);
        await animationFrame();
        expect(HOME).not.toHaveText(/could not be loaded/);
    });

    test("R57: a follow-up that is planned from the note is there", async () => {
        stepLegMethods();
        await mountHome();
        const leg = makeTalk({ticket_id: 21});
        await mountWithCleanup(SummaryBox, {props: {leg}, noMainContainer: true});
        await contains(".o-callgear-follow-up").click();
        await advanceTime(1000);
        expect.verifySteps(["plan_follow_up 1 | tomorrow", "phone"]);
    });

    test("a call that is planned or done anywhere else is heard of", async () => {
        await mountHome();
        await tellPages("mail.activity/updated", {activity_created: true});
        await advanceTime(1000);
        expect.verifySteps(["phone"]);
    });

    test("nothing is asked for as time goes by", async () => {
        await mountHome();
        await advanceTime(3_600_000);
        expect.verifySteps([]);
    });
});

describe("R56: calling from the lists", () => {
    test("a planned call is dialled, and what it is about opens", async () => {
        stepCalling();
        stepActions();
        await mountHome({planned: [makePlanned()]});
        await contains(`${PLANNED} .o-callgear-call`).click();
        expect.verifySteps([
            "helpdesk.ticket action_callgear_call [21] +971505550123",
            "open helpdesk.ticket,21",
        ]);
    });

    test("of several numbers the server asks which", async () => {
        stepCalling();
        stepActions();
        await mountHome({planned: [makePlanned({phone: null})]});
        await contains(`${PLANNED} .o-callgear-call`).click();
        expect.verifySteps(["helpdesk.ticket action_callgear_call [21]"]);
    });

    test("done is done", async () => {
        onRpc("mail.activity", "action_feedback", ({args}) => {
            expect.step(`done ${args[0]}`);
            return false;
        });
        await mountHome({planned: [makePlanned()]});
        await contains(`${PLANNED} .o-callgear-done`).click();
        expect.verifySteps(["done 5", "phone"]);
    });

    test("a second click on Done does nothing", async () => {
        const done = new Deferred();
        onRpc("mail.activity", "action_feedback", () => {
            expect.step("done");
            return done;
        });
        await mountHome({planned: [makePlanned()]});
        const button = queryOne(`${PLANNED} .o-callgear-done`);
        button.click();
        button.click();
        await animationFrame();
        expect(button).toHaveAttribute("aria-disabled", "true");
        done.resolve(false);
        await animationFrame();
        expect.verifySteps(["done", "phone"]);
        expect(button).toHaveAttribute("aria-disabled", "false");
    });

    test("R56: after one that is done the focus is at the next one's Done", async () => {
        let planned = [makePlanned(), makePlanned({activity_id: 6, name: "Late"})];
        onRpc("mail.activity", "action_feedback", () => false);
        await mountHome({planned});
        onRpc("res.users", "callgear_phone", () => ({...NOTHING, planned}));
        for (const focused of [`${PLANNED} .o-callgear-done`, FIELD]) {
            planned = planned.slice(1);
            await contains(`${PLANNED} .o-callgear-done:first`).focus();
            await press("Enter");
            await animationFrame();
            expect(`${PLANNED} .o-callgear-done`).toHaveCount(planned.length);
            expect(focused).toBeFocused();
        }
    });

    test("R47: who waits is called back from the ticket, which becomes the agent's", async () => {
        onRpc("helpdesk.ticket", "action_callgear_call_back", ({args}) => {
            expect.step(`call back ${args.join(" of call ")}`);
            return false;
        });
        await mountHome({last: [makeLast({outcome: "missed", waits: true})]});
        await contains(`${LAST} .o-callgear-call`).click();
        expect.verifySteps(["call back 21 of call 11"]);
    });

    test("a call belongs to the ticket while that is open, else to the contact", async () => {
        stepCalling();
        const closed = {id: 22, number: "HT000022", name: "Late", is_closed: true};
        await mountHome({
            last: [makeLast(), makeLast({leg_id: 2, ticket: closed})],
        });
        await contains(`${LAST} .o-callgear-call:first`).click();
        await contains(`${LAST} .o-callgear-call:last`).click();
        expect.verifySteps([
            "helpdesk.ticket action_callgear_call [21] +971505550123",
            "callgear.dialer dial +971505550123 res.partner 7",
        ]);
    });

    test("R22: a refusal is told in words", async () => {
        stepCalling(refuse("CallGear says that you are busy."));
        await mountHome({last: [makeLast()]});
        await contains(`${LAST} .o-callgear-call`).click();
        await waitFor(".o_notification:contains('CallGear says that you are busy.')");
        expect.verifySteps(["helpdesk.ticket action_callgear_call [21] +971505550123"]);
    });

    test("a hidden number cannot be called back; contact and ticket open", async () => {
        stepActions();
        await mountHome({last: [makeLast({phone: null, number: "hidden number"})]});
        expect(`${LAST} .o-callgear-call`).toHaveCount(0);
        await contains(`${LAST} .o-callgear-contact`).click();
        await contains(`${LAST} .o-callgear-ticket`).click();
        expect.verifySteps(["open res.partner,7", "open helpdesk.ticket,21"]);
    });
});

describe("A9: keyboard and ear", () => {
    test("the letter K calls back the first that has a number", async () => {
        stepCalling();
        await mountHome({
            last: [makeLast({phone: null}), makeLast({leg_id: 2, ticket: null})],
        });
        await press(["alt", "shift", "k"]);
        await animationFrame();
        expect.verifySteps(["callgear.dialer dial +971505550123 res.partner 7"]);
    });

    test("the letter Y goes to the field", async () => {
        await mountHome();
        queryOne(FIELD).blur();
        await press(["alt", "shift", "y"]);
        expect(FIELD).toBeFocused();
    });

    test("each key has a name of its own", async () => {
        await mountHome({planned: [makePlanned()], last: [makeLast()]});
        const labels = [...document.querySelectorAll(`${HOME} button[aria-label]`)].map(
            (button) => button.getAttribute("aria-label")
        );
        expect(labels).toEqual([
            "Call now",
            "Mark as done: HT000021 - Delivery is late",
            "Call HT000021 - Delivery is late",
            "Open the contact: Maryam Khalil",
            "Call back Maryam Khalil",
        ]);
    });
});

describe("R56: a field that takes a name or a number", () => {
    test("Enter does nothing while nothing is typed", async () => {
        stepCalling();
        stepSearch([MARYAM]);
        await mountHome();
        await contains(FIELD).focus();
        await press("Enter");
        await advanceTime(1000);
        expect(`${HOME} .o-callgear-call-now`).toHaveAttribute("aria-disabled", "true");
        expect.verifySteps([]);
    });

    test("whom it may mean is listed; arrows choose, Enter calls", async () => {
        stepCalling();
        stepSearch([OMAR, MARYAM]);
        await mountHome();
        await type("ma");
        expect.verifySteps(["search ma"]);
        expect(MATCH).toHaveCount(2);
        expect(`${MATCH}:last`).toHaveText(/Maryam Khalil\s+\+971505550123/);
        expect(FIELD).toHaveAttribute("aria-expanded", "true");
        await press("ArrowDown");
        await press("ArrowDown");
        await animationFrame();
        expect(`${MATCH}:last`).toHaveAttribute("aria-selected", "true");
        expect(FIELD).toHaveAttribute(
            "aria-activedescendant",
            queryOne(`${MATCH}:last`).id
        );
        await press("Enter");
        await animationFrame();
        expect.verifySteps(["callgear.dialer dial +971505550123 res.partner 7"]);
        expect(FIELD).toHaveValue("");
        expect(MATCH).toHaveCount(0);
    });

    test("whoever types on is asked for once", async () => {
        stepSearch([]);
        await mountHome();
        for (const text of ["m", "ma", "mar"]) {
            await contains(FIELD).edit(text, {confirm: false});
        }
        await advanceTime(300);
        expect.verifySteps(["search mar"]);
        await animationFrame();
        expect(HOME).toHaveText(/No matches/);
    });

    test("of several people Enter calls nobody by chance", async () => {
        stepCalling();
        stepSearch([MARYAM, {...MARYAM, res_id: 8}]);
        await mountHome();
        await type("maryam");
        await press("Enter");
        await animationFrame();
        expect.verifySteps(["search maryam", "search maryam"]);
        expect(`${MATCH}:first`).toHaveAttribute("aria-selected", "true");
        await press("Enter");
        await animationFrame();
        expect.verifySteps(["callgear.dialer dial +971505550123 res.partner 7"]);
    });

    test("who types on after Enter calls nobody that was found before", async () => {
        stepCalling();
        stepSearch([MARYAM]);
        await mountHome();
        await type("mar");
        const found = new Deferred();
        onRpc("res.users", "callgear_search", () => found);
        await press("Enter");
        await contains(FIELD).edit("marwan", {confirm: false});
        found.resolve([MARYAM]);
        await animationFrame();
        expect.verifySteps(["search mar"]);
        expect(FIELD).toHaveValue("marwan");
    });

    test("without the server nobody is said to be found or not", async () => {
        onRpc("res.users", "callgear_search", () => {
            throw new Error("away");
        });
        await mountHome();
        await type("maryam");
        expect(HOME).not.toHaveText(/Nobody found/);
        expect(`${HOME} [role=status]`).toHaveText(/Odoo cannot be reached/);
        stepSearch([MARYAM]);
        await type("maryam k");
        expect(HOME).not.toHaveText(/cannot be reached/);
        expect.verifySteps(["search maryam k"]);
    });

    test("R18: a number is called as typed; the server refuses what is not certain", async () => {
        stepCalling(refuse("“050*9” cannot be read with certainty."));
        stepSearch([]);
        await mountHome();
        await type("050*9");
        await press("Enter");
        await waitFor(".o_notification:contains('cannot be read with certainty')");
        expect.verifySteps(["search 050*9", "callgear.dialer dial 050*9 false false"]);
        expect(FIELD).toHaveValue("050*9");
    });

    test("a click calls, too; who has no number is told", async () => {
        stepSearch([OMAR]);
        await mountHome();
        await type("omar");
        await click(MATCH);
        await waitFor(
            ".o_notification:contains('Omar Nasser has no phone number that can be called')"
        );
        expect.verifySteps(["search omar"]);
    });

    test("Escape clears the field before it folds the panel", async () => {
        stepSearch([MARYAM]);
        await mountHome();
        await type("ma");
        await press("Escape");
        await animationFrame();
        expect(FIELD).toHaveValue("");
        expect(MATCH).toHaveCount(0);
        expect.verifySteps(["search ma"]);
    });
});

describe("R56: the own status at CallGear", () => {
    const STATUS = {
        id: "1",
        name: "Available",
        state: "free",
        can_set: true,
        options: [
            {id: "1", name: "Available"},
            {id: "2", name: "Break"},
        ],
    };

    test("it is shown, and set", async () => {
        onRpc("res.users", "callgear_set_status", ({args}) => {
            expect.step(`set ${args[0]}`);
            return {...STATUS, id: "2", name: "Break"};
        });
        await mountHome({}, {status: STATUS});
        expect(`${HOME} select`).toHaveValue("1");
        await contains(`${HOME} select`).select("2");
        expect.verifySteps(["set 2"]);
        expect(`${HOME} select`).toHaveValue("2");
    });

    test("one that nobody can choose is shown as it is", async () => {
        onRpc("res.users", "callgear_set_status", () => STATUS);
        const away = {...STATUS, id: "9", name: "Not at work", state: "away"};
        await mountHome({}, {status: away});
        expect(`${HOME} select`).toHaveValue("9");
        expect(`${HOME} select option:checked`).toHaveText("Not at work");
        expect(`${HOME} select option:checked`).not.toHaveAttribute(
            "aria-disabled",
            "false"
        );
        await contains(`${HOME} select`).select("1");
        expect(`${HOME} select`).toHaveValue("1");
        expect(queryAllTexts(`${HOME} option`)).toEqual(["Available", "Break"]);
    });

    test("what was set stays, even if it cannot be read afterwards", async () => {
        onRpc("res.users", "callgear_set_status", () => false);
        await mountHome({}, {status: STATUS});
        await contains(`${HOME} select`).select("2");
        expect(`${HOME} select`).toHaveValue("2");
        expect(`${HOME} select option:checked`).toHaveText("Break");
    });

    test("what is refused is told, and stays as it was", async () => {
        onRpc("res.users", "callgear_set_status", refuse("Not on your plan."));
        await mountHome({}, {status: STATUS});
        await contains(`${HOME} select`).select("2");
        await waitFor(".o_notification:contains('Not on your plan.')");
        expect(`${HOME} select`).toHaveValue("1");
    });

    test("what fails in any other way stays as it was, too", async () => {
        onRpc("res.users", "callgear_set_status", () => {
            throw makeServerError({errorName: "builtins.KeyError", message: "broken"});
        });
        expect.errors(1);
        await mountHome({}, {status: STATUS});
        await contains(`${HOME} select`).select("2");
        await animationFrame();
        expect.verifyErrors([/broken/]);
        expect(`${HOME} select`).toHaveValue("1");
    });

    test("without statuses there is none", async () => {
        onRpc("res.users", "callgear_status", refuse("No such method"));
        await mountHome();
        expect(`${HOME} .o-callgear-status`).toHaveCount(0);
    });
});

describe("R47: how many callers wait", () => {
    function startWaiting() {
        patchSession();
        patchWithCleanup(session.callgear, {waiting: {1: 3, 99: 4}});
        onRpc("res.users", "callgear_waiting", () => {
            expect.step("waiting");
            return 2;
        });
    }

    function tell(payload = {waiting: true}) {
        const channel = "callgear.call_back";
        MockServer.env["bus.bus"]._sendone(channel, channel, payload);
    }

    async function pass() {
        await advanceTime(500);
        await animationFrame();
        await advanceTime(3500);
    }

    test("it comes with the page, and is asked for once when it changes", async () => {
        startWaiting();
        await makeMockEnv();
        const waiting = getService("callgear.waiting");
        expect(waiting.count).toBe(3);
        await waitForChannels(["callgear.call_back"]);
        tell();
        tell();
        await pass();
        expect.verifySteps(["waiting"]);
        expect(waiting.count).toBe(2);
    });

    test("news of who waits already are none", async () => {
        startWaiting();
        await makeMockEnv();
        await waitForChannels(["callgear.call_back"]);
        tell({});
        await pass();
        expect.verifySteps([]);
    });

    test("A16: a browser that does not say whether it is seen asks, too", async () => {
        startWaiting();
        patchWithCleanup(document, {
            get visibilityState() {
                throw new Error("denied");
            },
        });
        await makeMockEnv();
        await waitForChannels(["callgear.call_back"]);
        tell();
        await pass();
        expect.verifySteps(["waiting"]);
    });

    test("nobody but agents is told", async () => {
        await makeMockEnv();
        expect(getService("callgear.waiting").count).toBe(0);
    });
});
