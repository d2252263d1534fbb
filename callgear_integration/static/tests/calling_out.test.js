// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    animationFrame,
    describe,
    edit,
    expect,
    mockDate,
    queryOne,
    test,
    waitFor,
} from "@odoo/hoot";
import {
    contains,
    getService,
    MockServer,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeDial,
    makeTalk,
    makeTicket,
    mountPopups,
    refuse,
    startCalls,
    stepActions,
    stepCalling,
    stepLegMethods,
} from "./callgear_test_helpers";

defineCallgearModels();

const POPUP = ".o-callgear-CallPopup";
const BLOCK = ".o-callgear-TicketDial";
const SUMMARY = `${BLOCK} textarea`;

describe("R19: a popup, on any other page", () => {
    test("how far the call is, and for how long", async () => {
        mockDate("2026-03-28 12:30:05", +0);
        const calls = await mountPopups({calls: [makeDial()]});
        const says = (title, time) => {
            expect(`${POPUP} .card-header strong`).toHaveText(title);
            expect(`${POPUP} .o-callgear-time`).toHaveText(time);
        };
        says("Calling you…", "0:05");
        const dial_since = "2026-03-28T12:30:03Z";
        calls.put(makeDial("calling_contact", {revision: 2, dial_since}));
        await animationFrame();
        says("Calling the contact…", "0:02");
        await advanceTime(20_000);
        calls.put(makeDial("talking", {revision: 3}));
        await animationFrame();
        says("Talking", "0:05");
        calls.put(makeDial(null, {revision: 4, state: "ended"}));
        await animationFrame();
        expect(POPUP).toHaveCount(0);
    });

    test("it leads back to the ticket", async () => {
        stepActions();
        await mountPopups({calls: [makeDial()]});
        expect(`${POPUP} .o-callgear-origin`).toHaveText("HT000021 Delivery is late");
        await contains(`${POPUP} .o-callgear-origin`).click();
        expect.verifySteps(["open helpdesk.ticket,21"]);
    });

    test("hang up, at any time", async () => {
        stepCalling();
        await mountPopups({calls: [makeDial()]});
        await contains(`${POPUP} .o-callgear-hang-up`).click();
        expect.verifySteps(["callgear.call action_hang_up [11]"]);
    });

    test("the ticket is known: no other is offered", async () => {
        const open_tickets = [makeTicket(21), makeTicket(22)];
        await mountPopups({calls: [makeDial("talking", {open_tickets})]});
        expect(`${POPUP} .o-callgear-origin`).toHaveCount(1);
        expect(".o-callgear-tickets, .o-callgear-new-ticket").toHaveCount(0);
    });

    test("a call that did not start in a ticket offers what others do", async () => {
        await mountPopups({calls: [makeDial("talking", {origin_ticket: null})]});
        expect(`${POPUP} .o-callgear-new-ticket`).toHaveCount(1);
        expect(`${POPUP} .o-callgear-origin`).toHaveCount(0);
    });

    test("the contact does not open over the page from which the call was made", async () => {
        stepActions();
        const calls = await startCalls({calls: [makeDial("calling_contact")]});
        calls.put(makeDial("talking", {revision: 2}));
        expect.verifySteps([]);
    });
});

describe("R19, R20: a block, in the ticket", () => {
    async function openTicket(leg) {
        const calls = await startCalls({preferences: {open_contact: false}});
        const [resId] = MockServer.env["helpdesk.ticket"].create([
            {name: "Delivery is late"},
        ]);
        const origin_ticket = {id: resId, number: "HT000021", name: "Delivery is late"};
        const put = async (each) => {
            calls.put({...each, origin_ticket});
            await animationFrame();
        };
        await put(leg);
        await mountView({
            type: "form",
            resModel: "helpdesk.ticket",
            arch: `
                <form>
                    <sheet>
                        <field name="call_summary" widget="callgear_ticket_call"/>
                        <field name="callgear_leg_id" invisible="1"/>
                        <field name="name"/>
                        <field name="partner_id"/>
                    </sheet>
                </form>`,
            resId,
        });
        return {calls, put, resId};
    }

    test("how far the call is, for how long; no popup covers it", async () => {
        mockDate("2026-03-28 12:30:05", +0);
        const {put} = await openTicket(makeDial());
        const says = (title, time) => {
            expect(`${BLOCK} .fw-bold`).toHaveText(title);
            expect(`${BLOCK} .font-monospace`).toHaveText(time);
            expect(getService("callgear.phone").asking).toEqual([]);
        };
        says("Calling you…", "0:05");
        expect(SUMMARY).toHaveCount(0);
        await advanceTime(3000);
        says("Calling you…", "0:08");
        const dial_since = "2026-03-28T12:30:06Z";
        await put(makeDial("calling_contact", {revision: 2, dial_since}));
        says("Calling the contact…", "0:02");
        expect(SUMMARY).toHaveCount(0);
        await advanceTime(20_000);
        await put(makeDial("talking", {revision: 3}));
        says("Talking", "0:08");
        expect(SUMMARY).toHaveCount(1);
        await put(makeDial(null, {revision: 4, state: "ended"}));
        expect(BLOCK).toHaveCount(0);
    });

    test("A12: nobody answers: it says so, and calls again, until it is put away", async () => {
        stepCalling();
        const {put, resId} = await openTicket(makeDial("calling_contact"));
        await put(makeDial("calling_contact", {revision: 2, state: "ended"}));
        expect(BLOCK).toHaveCount(0, {message: "it may have been refused"});
        const dial_result = "no answer: rang 0:25";
        const over = {revision: 3, state: "ended", dial_result, ticket_id: resId};
        await put(makeDial("calling_contact", over));
        expect(`${BLOCK} .fw-bold`).toHaveText("Call ended: no answer: rang 0:25");
        expect(SUMMARY).toHaveCount(0);
        await contains(`${BLOCK} .o-callgear-again`).click();
        expect.verifySteps([
            `helpdesk.ticket action_callgear_call [${resId}] +971505550123`,
        ]);
        await contains(`${BLOCK} .o-callgear-dismiss`).click();
        expect(BLOCK).toHaveCount(0);
    });

    test("A12: a page that is opened later says nothing of it", async () => {
        const ended = {state: "ended", dial_result: "no answer: rang 0:25"};
        await openTicket(makeDial("calling_contact", ended));
        expect(BLOCK).toHaveCount(0);
    });

    test("it hangs up", async () => {
        stepCalling();
        await openTicket(makeDial("calling_contact"));
        await contains(`${BLOCK} .o-callgear-hang-up`).click();
        expect.verifySteps(["callgear.call action_hang_up [11]"]);
    });

    test("the box stays when the message is there, and after the end", async () => {
        stepLegMethods();
        const {put, resId} = await openTicket(makeDial("talking"));
        await contains(SUMMARY).click();
        await edit("It has ");
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | It has "]);
        const box = queryOne(SUMMARY);
        const posted = {summary: "It has", ticket_id: resId, ticket_choice: "origin"};
        await put(makeDial("talking", {revision: 2, ...posted}));
        expect(`${BLOCK} .fw-bold`).toHaveText("Talking");
        await put(
            makeDial("talking", {revision: 3, state: "ended", note: true, ...posted})
        );
        expect(`${BLOCK} .fw-bold`).toHaveText("Call ended: finish your note");
        expect(queryOne(SUMMARY)).toBe(box);
        expect(SUMMARY).toHaveValue("It has ");
        expect(SUMMARY).toBeFocused();
        await put(makeDial("talking", {revision: 4, state: "ended", ...posted}));
        expect(BLOCK).toHaveCount(0);
    });

    test("what is typed is kept after a moment", async () => {
        stepLegMethods();
        await openTicket(makeDial("talking"));
        await contains(SUMMARY).click();
        await edit("It has ");
        await advanceTime(500);
        await edit("It has arrived");
        await advanceTime(500);
        expect.verifySteps([], {message: "still typing"});
        await advanceTime(200);
        expect.verifySteps(["save_draft 1 |  | It has arrived"]);
    });

    test("what is typed is kept if the contact hangs up first", async () => {
        stepLegMethods();
        const {put} = await openTicket(makeDial("talking"));
        await contains(SUMMARY).click();
        await edit("It has arri");
        await put(makeDial(null, {revision: 2, state: "ended"}));
        expect.verifySteps(["save_draft 1 |  | It has arri"]);
    });

    test("a reload goes on with what was kept", async () => {
        stepLegMethods();
        await openTicket(makeDial("talking", {summary: "It has arrived."}));
        expect(SUMMARY).toHaveValue("It has arrived.");
        await advanceTime(1000);
        expect.verifySteps([]);
    });

    test("R22: a refusal is told in words, once, and nothing is lost", async () => {
        onRpc("callgear.leg", "save_draft", () => {
            expect.step("refused");
            refuse("This is not your call.")();
        });
        await openTicket(makeDial("talking"));
        await contains(SUMMARY).click();
        await edit("It has arrived.");
        await advanceTime(700);
        await waitFor(".o_notification:contains(This is not your call.)");
        expect(SUMMARY).toHaveValue("It has arrived.");
        await advanceTime(120_000);
        expect.verifySteps(["refused"]);
    });

    test("a call from another ticket stays a popup here", async () => {
        const {calls, put} = await openTicket(makeDial());
        calls.put(makeDial("calling_agent", {revision: 2}));
        await animationFrame();
        expect(BLOCK).toHaveCount(0);
        expect(getService("callgear.phone").asking).toHaveLength(1);
        await put(makeDial("calling_agent", {revision: 3}));
        expect(BLOCK).toHaveCount(1);
        expect(getService("callgear.phone").asking).toEqual([]);
    });

    test("an incoming call is taken up as ever", async () => {
        await openTicket(makeTalk());
        expect(BLOCK).toHaveCount(0);
        expect(".o-callgear-TicketCall .o-callgear-record").toHaveCount(1);
    });
});
