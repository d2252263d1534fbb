// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    animationFrame,
    describe,
    expect,
    fill,
    getFixture,
    mockDate,
    press,
    queryOne,
    test,
} from "@odoo/hoot";
import {
    contains,
    getService,
    MockServer,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {assets} from "@web/core/assets";
import {
    defineCallgearModels,
    makeDial,
    makeTalk,
    makeTicket,
    mountPhone,
    pressKey,
    startCalls,
    stepCalling,
    stepLegMethods,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

const PANEL = ".o-callgear-PhonePanel";
const CARD = ".o-callgear-CallCard";
const ICON = ".o-callgear-PhoneIcon";
const CAN = ["hang_up", "hold", "consult"];
const HANG_UP = (id) => `callgear.call action_hang_up [${id}]`;

const card = (id) => `${CARD}[data-leg='${id}']`;

/** A call and its own id at CallGear, so that it is seen whose key was pressed. */
const makeCall = (id, values = {}) =>
    makeTalk({id, call_id: 10 + id, can: CAN, ...values});
const makeNote = (id, values = {}) =>
    makeCall(id, {revision: 9, state: "ended", note: true, can: [], ...values});

/** The phone during these calls; return what tells it of news. */
async function mountCalls(...calls) {
    mockDate("2026-03-28 12:40:00", +0);
    const {put} = await mountPhone({calls});
    return put;
}

/** Something of the page in which one types. */
function addTextBox(html) {
    getFixture().insertAdjacentHTML("beforeend", `<div class="page">${html}</div>`);
    const box = queryOne(".page > *");
    box.focus();
    expect(box).toBeFocused();
    return box;
}

describe("R56: the cursor stays where one types", () => {
    test("whoever hangs up while typing types on", async () => {
        stepCalling();
        const put = await mountCalls(makeCall(1));
        const box = queryOne(`${CARD} textarea`);
        await contains(box).edit("It has", {confirm: false});
        await pressKey("h");
        expect.verifySteps([HANG_UP(11)]);
        expect(box).toBeFocused();
        await put(makeNote(1));
        await fill(" arrived");
        expect(box).toHaveValue("It has arrived");
        expect.verifySteps([], {message: "a space presses nothing"});
    });

    for (const [what, html] of [
        ["a field", `<input type="text">`],
        ["a text", `<textarea></textarea>`],
        ["a message", `<p contenteditable="true">Good </p>`],
    ]) {
        test(`also in ${what} of the page`, async () => {
            stepCalling();
            await mountCalls(makeCall(1));
            const box = addTextBox(html);
            await pressKey("r");
            expect.verifySteps(["callgear.call action_hold [11]"]);
            expect(box).toBeFocused();
        });
    }

    test("where nobody types, the key has the focus", async () => {
        stepCalling();
        await mountCalls(makeCall(1));
        await pressKey("r");
        expect.verifySteps(["callgear.call action_hold [11]"]);
        expect(`${CARD} .o-callgear-hold`).toBeFocused();
    });

    test("E goes to the summary", async () => {
        await mountCalls(makeCall(1));
        addTextBox(`<input type="text">`);
        await pressKey("e");
        expect(`${CARD} textarea`).toBeFocused();
    });

    test("T goes to the search for a colleague", async () => {
        stepCalling((method) => method === "transfer_targets" && []);
        await mountCalls(makeCall(1));
        await contains(`${CARD} textarea`).focus();
        await pressKey("t");
        await animationFrame();
        expect(".o-callgear-TransferList input").toBeFocused();
        expect.verifySteps(["callgear.call transfer_targets [11]"]);
    });

    test("T closes the list, and who types elsewhere types on", async () => {
        stepCalling((method) => method === "transfer_targets" && []);
        await mountCalls(makeCall(1));
        await contains(`${CARD} .o-callgear-transfer`).click();
        await animationFrame();
        const box = addTextBox(`<input type="text">`);
        await pressKey("t");
        expect(".o-callgear-TransferList").toHaveCount(0);
        expect(box).toBeFocused();
        expect.verifySteps(["callgear.call transfer_targets [11]"]);
    });

    test("P folds the phone, and who types in the page types on", async () => {
        await mountCalls(makeCall(1));
        const box = addTextBox(`<input type="text">`);
        await pressKey("p");
        expect(PANEL).toHaveCount(0);
        expect(box).toBeFocused();
    });
});

describe("R56: nobody is cut off who was not meant", () => {
    const held = (id, values) => makeCall(id, {control: "held", ...values});

    test("the one on hold, when the other call has just ended", async () => {
        stepCalling();
        const put = await mountCalls(makeCall(1), held(2, UNKNOWN));
        await put(makeNote(1));
        await pressKey("h");
        await contains(`${card(1)} textarea`).focus();
        await pressKey("h");
        await advanceTime(60_000);
        await pressKey("h");
        expect.verifySteps([]);
    });

    test("nor if the focus has gone there by itself", async () => {
        stepCalling();
        const put = await mountCalls(makeCall(1), held(2, UNKNOWN));
        await contains(`${card(1)} .o-callgear-hang-up`).focus();
        await put(makeCall(1, {revision: 9, state: "ended", can: []}));
        expect(`${card(2)} textarea`).toBeFocused();
        await pressKey("h");
        expect.verifySteps([]);
    });

    test("one on hold is hung up by who is at that call", async () => {
        stepCalling();
        const put = await mountCalls(makeCall(1), held(2, UNKNOWN));
        await put(makeNote(1));
        await contains(`${card(2)} textarea`).focus();
        await advanceTime(2000);
        await pressKey("h");
        expect.verifySteps([HANG_UP(12)]);
    });

    test("the only call is hung up from everywhere, though it is on hold", async () => {
        stepCalling();
        await mountCalls(held(1));
        addTextBox(`<input type="text">`);
        await pressKey("h");
        expect.verifySteps([HANG_UP(11)]);
    });

    for (const [letter, values, step] of [
        ["h", {}, HANG_UP(12)],
        ["t", {}, "callgear.call transfer_targets [12]"],
        [
            "c",
            {control: "consulting", can: ["hang_up", "connect"]},
            "callgear.call action_connect [12]",
        ],
    ]) {
        test(`${letter} waits for two seconds after a call that has ended`, async () => {
            stepCalling();
            const put = await mountCalls(makeCall(1), makeCall(2, values));
            await put(makeNote(1));
            await pressKey(letter);
            await advanceTime(1900);
            await pressKey(letter);
            expect.verifySteps([]);
            await advanceTime(100);
            await pressKey(letter);
            expect.verifySteps([step]);
        });
    }

    test("who gives up on hold, or while it rings, delays nothing", async () => {
        stepCalling();
        const ringing = {state: "ringing", answered_at: null, can: []};
        const put = await mountCalls(makeCall(1), held(2), makeCall(3, ringing));
        await put(makeNote(2), makeNote(3, {note: false}));
        await pressKey("h");
        expect.verifySteps([HANG_UP(11)]);
    });

    test("the letter is drawn only where it does something", async () => {
        const isDrawn = () => {
            const el = queryOne(`${card(2)} .o-callgear-hang-up`);
            return getComputedStyle(el, "::after").display !== "none";
        };
        const put = await mountCalls(makeCall(1), held(2, UNKNOWN));
        expect(isDrawn()).toBe(false);
        await contains(`${card(2)} textarea`).focus();
        expect(isDrawn()).toBe(true);
        document.activeElement.blur();
        await put(makeCall(1, {revision: 9, state: "ended", can: []}));
        expect(isDrawn()).toBe(true, {message: "it is the only call"});
    });
});

describe("R56: a letter of the page is not the phone's", () => {
    async function openTicket(leg) {
        const calls = await startCalls({preferences: {open_contact: false}});
        const [resId] = MockServer.env["helpdesk.ticket"].create([
            {name: "Delivery is late"},
        ]);
        await mountView({
            type: "form",
            resModel: "helpdesk.ticket",
            arch: `
                <form>
                    <field name="call_summary" widget="callgear_ticket_call"/>
                    <field name="callgear_leg_id" invisible="1"/>
                    <field name="partner_id"/>
                </form>`,
            resId,
        });
        calls.put(leg(resId));
        await animationFrame();
        return calls;
    }

    test("R11: L attaches to the ticket at which the panel draws it", async () => {
        stepLegMethods({});
        const open_tickets = [makeTicket(98)];
        await openTicket(() => makeTalk({open_tickets}));
        expect(".o-callgear-record").toHaveCount(1);
        expect(".o-callgear-record").not.toHaveAttribute("data-callgear-key");
        await pressKey("l");
        expect.verifySteps(["attach_to_ticket 1 | 98 | "]);
    });

    test("R11: without tickets in the panel, L records the call in this one", async () => {
        await openTicket(() => makeTalk());
        expect(".o-callgear-record").toHaveAttribute("data-callgear-key", "l");
    });

    test("R21: K calls whom the open phone draws it at, not the last attempt", async () => {
        patchWithCleanup(assets, {loadBundle: async () => {}});
        onRpc("res.users", "callgear_status", () => null);
        onRpc("res.users", "callgear_phone", () => ({
            planned: [],
            last: [
                {
                    leg_id: 5,
                    direction: "in",
                    outcome: "missed",
                    state: "missed",
                    phone: "+97142220000",
                    number: "+97142220000",
                    partner: null,
                    ticket: null,
                    at: "2026-03-28T12:00:00Z",
                },
            ],
            figures: {answered: 0, missed: 1, outgoing: 0, talk_seconds: 0},
            waiting: 0,
        }));
        stepCalling();
        const origin = (id) => ({origin_ticket: {id, number: "HT1", name: "Late"}});
        const calls = await openTicket((id) => makeDial("calling_contact", origin(id)));
        const {origin_ticket} = calls.legs[1];
        const over = {revision: 3, state: "ended", dial_result: "no answer"};
        calls.put(makeDial("calling_contact", {...over, origin_ticket}));
        await animationFrame();
        const again = ".o-callgear-TicketDial .o-callgear-again";
        expect(again).toHaveAttribute("data-callgear-key", "k");
        getService("callgear.phone").open();
        await animationFrame();
        await animationFrame();
        await animationFrame();
        expect(`${CARD}.o-callgear-unanswered`).toHaveCount(1);
        expect(again).not.toHaveAttribute("data-callgear-key");
        await pressKey("k");
        expect.verifySteps(["callgear.dialer dial +97142220000 false false"]);
    });
});

describe("R56: the focus goes on when what has it goes", () => {
    const done = (id) => `${card(id)} .o-callgear-done`;

    test("R57: from a note that is done to the next one", async () => {
        stepLegMethods();
        await mountCalls(makeNote(1, {ended_at: "2026-03-28T12:39:00Z"}), makeCall(2));
        await contains(done(1)).click();
        await animationFrame();
        expect(card(1)).toHaveCount(0);
        expect(`${card(2)} textarea`).toBeFocused();
        expect.verifySteps(["finish_note 1"]);
    });

    test("R57: from the last note to the icon, also by Ctrl+Enter", async () => {
        stepLegMethods();
        await mountCalls(makeNote(1, {ended_at: "2026-03-28T12:39:00Z"}));
        await contains(`${CARD} textarea`).focus();
        await press(["ctrl", "Enter"]);
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        expect(ICON).toBeFocused();
        expect.verifySteps(["finish_note 1"]);
    });

    test("R57: not if somebody types elsewhere by then", async () => {
        const put = await mountCalls(
            makeNote(1, {ended_at: "2026-03-28T12:39:00Z"}),
            makeCall(2)
        );
        await contains(done(1)).focus();
        const box = addTextBox(`<input type="text">`);
        await put(makeNote(1, {note: false}));
        expect(box).toBeFocused();
    });

    test("R21: from an attempt that is put away to the icon", async () => {
        const put = await mountCalls(makeDial("calling_contact"));
        const over = {state: "ended", dial_result: "no answer"};
        await put(makeDial("calling_contact", {revision: 2, ...over}));
        await contains(`${CARD} .o-callgear-dismiss`).focus();
        await press("Enter");
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        expect(ICON).toBeFocused();
    });

    test("R20: from the key that ended the call to its note", async () => {
        const put = await mountCalls(makeCall(1));
        await contains(`${CARD} .o-callgear-hang-up`).focus();
        await put(makeNote(1));
        expect(`${CARD} textarea`).toBeFocused();
    });

    test("R20: in the ticket, too", async () => {
        const leg = makeCall(1, {ticket_id: 0});
        const calls = await startCalls({preferences: {open_contact: false}});
        const [resId] = MockServer.env["helpdesk.ticket"].create([{name: "Late"}]);
        calls.put({...leg, ticket_id: resId});
        await mountView({
            type: "form",
            resModel: "helpdesk.ticket",
            arch: `<form><field name="call_summary" widget="callgear_ticket_call"/></form>`,
            resId,
        });
        await contains(".o-callgear-TicketCall .o-callgear-hang-up").focus();
        calls.put(makeNote(1, {ticket_id: resId}));
        await animationFrame();
        expect(".o-callgear-TicketCall textarea").toBeFocused();
    });

    test("what waits for an answer keeps it: no second call is made", async () => {
        stepCalling(() => new Promise(() => {}));
        const put = await mountCalls(makeDial("calling_contact"));
        const over = {state: "ended", dial_result: "no answer"};
        await put(makeDial("calling_contact", {revision: 2, ...over}));
        const again = `${CARD} .o-callgear-again`;
        await contains(again).focus();
        await press("Enter");
        await animationFrame();
        expect(again).toHaveAttribute("aria-disabled", "true");
        expect(again).toBeFocused();
        await press("Enter");
        expect.verifySteps(["helpdesk.ticket action_callgear_call [21] +971505550123"]);
    });
});
