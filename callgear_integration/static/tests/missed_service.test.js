// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    animationFrame,
    beforeEach,
    Deferred,
    expect,
    mockDate,
    queryAllTexts,
    test,
    tick,
    waitUntil,
} from "@odoo/hoot";
import {
    contains,
    getService,
    MockServer,
    mockService,
} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeLeg,
    mountPopups,
    refuse,
    stepActions,
    stepCalling,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

let isMainTab = true;
beforeEach(() => {
    isMainTab = true;
    mockDate("2026-03-28 12:31:00", 0);
    mockService("multi_tab", {isOnMainTab: async () => isMainTab});
});

const NOTICE = ".o_notification.o-callgear-missed";

const makeMissed = (values) =>
    makeLeg({
        revision: 2,
        state: "ended",
        outcome: "missed",
        ended_at: "2026-03-28T12:30:40Z",
        missed_notice: "Missed call from Maryam Khalil",
        ticket_id: 21,
        ...values,
    });

async function hearOf(calls, leg) {
    calls.put(leg);
    await tick();
    await animationFrame();
}

async function takeBack(...callIds) {
    getService("callgear.missed").takeBack(callIds);
    await animationFrame();
}

async function mountMissed(values, params) {
    const calls = await mountPopups(params);
    calls.put(makeLeg(values));
    calls.put(makeMissed(values));
    await tick();
    await animationFrame();
    return calls;
}

test("R25: the agent is told of a call that they have missed", async () => {
    await mountMissed();
    expect(NOTICE).toHaveCount(1);
    expect(`${NOTICE} .o_notification_content`).toHaveText(
        "Missed call from Maryam Khalil"
    );
    expect(queryAllTexts(`${NOTICE} .o_notification_buttons button`)).toEqual([
        "Call back",
        "Open the ticket",
    ]);
});

test("R47: call back, unless somebody else does; the server takes the notice back", async () => {
    stepCalling();
    await mountMissed();
    await contains(`${NOTICE} button:contains(Call back)`).click();
    expect.verifySteps(["helpdesk.ticket action_callgear_call_back [21] 11"]);
    expect(NOTICE).toHaveCount(1, {message: "it may still be refused"});
    await takeBack(11);
    expect(NOTICE).toHaveCount(0);
});

test("R47: a notice that somebody has taken meanwhile says so, and dials nothing", async () => {
    stepCalling(refuse("Omar has already claimed this and will call Maryam back."));
    await mountMissed();
    await contains(`${NOTICE} button:contains(Call back)`).click();
    expect.verifySteps(["helpdesk.ticket action_callgear_call_back [21] 11"]);
    expect(".o_notification:not(.o-callgear-missed)").toHaveText(
        /Omar has already claimed this/
    );
});

test("R47: whoever acts on it, and wherever; other calls stay", async () => {
    await mountMissed();
    await takeBack(99, 98);
    expect(NOTICE).toHaveCount(1);
    await takeBack(99, 11);
    expect(NOTICE).toHaveCount(0);
});

test("R47: the bus brings it", async () => {
    await mountMissed();
    const bus = MockServer.env["bus.bus"];
    bus._sendone("broadcast", "callgear.missed", {call_ids: [11]});
    await waitUntil(() => !queryAllTexts(NOTICE).length);
    expect(NOTICE).toHaveCount(0);
});

test("R40: told of only after somebody has acted on it, it is not shown", async () => {
    const calls = await mountPopups({calls: [makeLeg()]});
    getService("callgear.missed").takeBack([11]);
    await hearOf(calls, makeMissed());
    expect(NOTICE).toHaveCount(0);
});

test("R47: old news is none: late, after hours offline, or acted on before", async () => {
    const calls = await mountPopups({
        calls: [makeLeg(), makeLeg({id: 2}), makeLeg({id: 3})],
    });
    await hearOf(calls, makeMissed({ended_at: "2026-03-28T12:20:59Z"}));
    await hearOf(calls, makeMissed({id: 2, ended_at: "2026-03-28T07:00:00Z"}));
    await hearOf(calls, makeMissed({id: 3, missed_notice: null}));
    expect(NOTICE).toHaveCount(0);
});

test("what is shown stays while the server learns more of it", async () => {
    const calls = await mountMissed();
    await hearOf(calls, makeMissed({revision: 3, missed_notice: null, summary: "x"}));
    expect(NOTICE).toHaveCount(1, {message: "it is taken back by name"});
});

test("R47: several are one notice, with the list to open", async () => {
    mockService("action", {doAction: async (action) => expect.step(action)});
    const calls = await mountMissed();
    const other = {call_id: 12, id: 2, ticket_id: 22, partner: null, number: "+50"};
    calls.put(makeLeg(other));
    await hearOf(calls, makeMissed(other));
    expect(NOTICE).toHaveCount(1);
    expect(`${NOTICE} .o_notification_content`).toHaveText(
        "2 missed calls: Maryam Khalil, +50"
    );
    const buttons = `${NOTICE} .o_notification_buttons button`;
    expect(queryAllTexts(buttons)).toEqual(["Open the list"]);
    await takeBack(12);
    expect(`${NOTICE} .o_notification_content`).toHaveText(
        "Missed call from Maryam Khalil"
    );
    calls.put(makeLeg({...other, id: 3, call_id: 13}));
    await hearOf(calls, makeMissed({...other, id: 3, call_id: 13}));
    await contains(buttons).click();
    expect.verifySteps(["callgear_integration.helpdesk_ticket_call_back_action"]);
    expect(NOTICE).toHaveCount(0);
});

test("R26: several of one caller are one ticket to call back from", async () => {
    const calls = await mountMissed();
    calls.put(makeLeg({id: 2, call_id: 12}));
    await hearOf(calls, makeMissed({id: 2, call_id: 12}));
    expect(NOTICE).toHaveCount(1);
    expect(queryAllTexts(`${NOTICE} .o_notification_buttons button`)).toEqual([
        "Call back",
        "Open the ticket",
    ]);
});

test("what the agent has closed does not come again with the next one", async () => {
    const calls = await mountMissed();
    await contains(`${NOTICE} .o_notification_close`).click();
    expect(NOTICE).toHaveCount(0);
    const other = {id: 2, call_id: 12, ticket_id: 22};
    calls.put(makeLeg(other));
    await hearOf(calls, makeMissed(other));
    expect(`${NOTICE} .o_notification_content`).toHaveText(
        "Missed call from Maryam Khalil"
    );
});

test("open the ticket", async () => {
    stepActions();
    await mountMissed();
    await contains(`${NOTICE} button:contains(Open the ticket)`).click();
    expect.verifySteps(["open helpdesk.ticket,21"]);
    expect(NOTICE).toHaveCount(0);
});

test("an unknown number; a hidden one cannot be called back", async () => {
    const missed_notice = "Missed call from +971505550123";
    const calls = await mountMissed({...UNKNOWN, missed_notice});
    expect(NOTICE).toHaveText(/Missed call from \+971505550123/);
    const hidden = {id: 2, ...UNKNOWN, phone: null, number: "hidden number"};
    calls.put(makeLeg(hidden));
    calls.put(makeMissed(hidden));
    await tick();
    await animationFrame();
    expect(queryAllTexts(`${NOTICE}:last .o_notification_buttons button`)).toEqual([
        "Open the ticket",
    ]);
});

test("nothing of a call that is heard of only now, and nothing twice", async () => {
    const calls = await mountPopups();
    calls.put(makeMissed({id: 5}));
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
    calls.put(makeMissed({id: 5, revision: 3}));
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});

test("the ticket may be known later than the end", async () => {
    const calls = await mountPopups({calls: [makeLeg()]});
    calls.put(makeMissed({ticket_id: null}));
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
    calls.put(makeMissed({revision: 3}));
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(1);
});

test("an answered call, and a colleague's missed one, are none of it", async () => {
    const calls = await mountPopups({calls: [makeLeg({id: 1}), makeLeg({id: 2})]});
    calls.put(makeMissed({id: 1, outcome: "answered"}));
    calls.put(makeMissed({id: 2, ticket_id: null}));
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});

test("a call that turns out to have been answered is not missed", async () => {
    const calls = await mountMissed();
    calls.put(makeMissed({revision: 3, outcome: "answered"}));
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});

test("R28: a call that turns out to be a voicemail says so, once", async () => {
    const calls = await mountMissed();
    const voicemail = {missed_notice: "Voicemail from Maryam Khalil"};
    calls.put(makeMissed({revision: 3, ...voicemail}));
    calls.put(makeMissed({revision: 4, ...voicemail}));
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(1);
    expect(`${NOTICE} .o_notification_content`).toHaveText(
        "Voicemail from Maryam Khalil"
    );
});

test("only one of the tabs tells of it", async () => {
    isMainTab = false;
    await mountMissed();
    expect(NOTICE).toHaveCount(0);
});

test("by the time that the tabs agree it may have been answered", async () => {
    const agreed = new Deferred();
    mockService("multi_tab", {isOnMainTab: () => agreed});
    const calls = await mountMissed();
    calls.put(makeMissed({revision: 3, outcome: "answered"}));
    agreed.resolve(true);
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});

test("R49: nothing pops up for an agent who does not want it", async () => {
    await mountMissed({}, {preferences: {popup: false}});
    expect(NOTICE).toHaveCount(0);
});

const OFFER = {
    ticket_id: 21,
    number: "+971505550123",
    phone: "+971505550123",
    text: "Nobody has called Maryam Khalil back yet",
};

async function hearOffer(values) {
    const bus = MockServer.env["bus.bus"];
    bus._sendone("broadcast", "callgear.offer", {...OFFER, ...values});
}

test("R47: a caller whom nobody has claimed is offered, until somebody acts", async () => {
    stepCalling();
    await mountPopups();
    await hearOffer();
    await waitUntil(() => queryAllTexts(NOTICE).length);
    expect(`${NOTICE} .o_notification_content`).toHaveText(OFFER.text);
    await contains(`${NOTICE} button:contains(Call back)`).click();
    expect.verifySteps(["helpdesk.ticket action_callgear_call_back [21]"]);
    await hearOffer({is_over: true});
    await waitUntil(() => !queryAllTexts(NOTICE).length);
    expect(NOTICE).toHaveCount(0);
});

test("R47: an offer that is over when it is heard of is not shown", async () => {
    const agreed = new Deferred();
    mockService("multi_tab", {isOnMainTab: () => agreed});
    await mountPopups();
    const notices = getService("callgear.missed");
    notices.hearOffer(OFFER);
    notices.hearOffer({ticket_id: 21, is_over: true});
    agreed.resolve(true);
    await tick();
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});
