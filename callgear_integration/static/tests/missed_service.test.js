// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    animationFrame,
    beforeEach,
    Deferred,
    expect,
    queryAllTexts,
    test,
    tick,
} from "@odoo/hoot";
import {contains, mockService} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeDial,
    makeLeg,
    mountPopups,
    stepActions,
    stepCalling,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

let isMainTab = true;
beforeEach(() => {
    isMainTab = true;
    mockService("multi_tab", {isOnMainTab: async () => isMainTab});
});

const NOTICE = ".o_notification.o-callgear-missed";

const makeMissed = (values) =>
    makeLeg({
        revision: 2,
        state: "ended",
        outcome: "missed",
        missed_notice: "Missed call from Maryam Khalil",
        ticket_id: 21,
        ...values,
    });

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
        "Open ticket",
    ]);
});

test("call back: from the ticket; then the notification goes", async () => {
    stepCalling();
    const calls = await mountMissed();
    await contains(`${NOTICE} button:contains(Call back)`).click();
    expect.verifySteps(["helpdesk.ticket action_callgear_call [21]"]);
    expect(NOTICE).toHaveCount(1, {message: "it may still be refused"});
    calls.put(makeDial("calling_agent", {id: 2, call_id: 12}));
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});

test("a call back from another place counts as well; other calls do not", async () => {
    const calls = await mountMissed();
    const origin_ticket = {id: 99, number: "HT000099", name: "Another"};
    calls.put(makeDial("calling_agent", {id: 2, origin_ticket, phone: "+97142220000"}));
    calls.put(makeLeg({id: 3, direction: "in"}));
    await animationFrame();
    expect(NOTICE).toHaveCount(1);
    calls.put(makeLeg({id: 4, direction: "out"}));
    await animationFrame();
    expect(NOTICE).toHaveCount(0);
});

test("open the ticket", async () => {
    stepActions();
    await mountMissed();
    await contains(`${NOTICE} button:contains(Open ticket)`).click();
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
        "Open ticket",
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
