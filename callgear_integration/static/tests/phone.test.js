// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {ownKey} from "@callgear_integration/calls/browser_means";
import {findKeyed, LETTERS} from "@callgear_integration/calls/keys_service";
import {
    advanceTime,
    after,
    animationFrame,
    beforeEach,
    Deferred,
    describe,
    expect,
    getFixture,
    manuallyDispatchProgrammaticEvent,
    mockDate,
    press,
    queryAll,
    queryAllTexts,
    queryOne,
    test,
} from "@odoo/hoot";
import {Component, useRef, xml} from "@odoo/owl";
import {
    contains,
    getService,
    MockServer,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {assets} from "@web/core/assets";
import {browser} from "@web/core/browser/browser";
import {useAutofocus} from "@web/core/utils/hooks";
import {registry} from "@web/core/registry";
import {WebClient} from "@web/webclient/webclient";
import {
    defineCallgearModels,
    makeDial,
    makeLeg,
    makeTalk,
    makeTicket,
    mountPhone,
    patchSession,
    pressKey,
    stepActions,
    stepCalling,
    stepLegMethods,
    tellPages,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

const PANEL = ".o-callgear-PhonePanel";
const CARD = ".o-callgear-CallCard";
const ICON = ".o-callgear-PhoneIcon";
const FOLD = `${PANEL} .o-callgear-fold`;
const TICKET = {type: "ir.actions.act_window", res_model: "helpdesk.ticket"};
const YUSUF = {id: 8, name: "Yusuf Khalil", fields: []};
/** Where the phone of this user of this database stores what is folded. */
const stored = () => ownKey("callgear.phone");
/** A call that is over, and whose note is not finished. */
const makeNote = (values = {}) =>
    makeTalk({revision: 9, state: "ended", note: true, ticket_id: 22, ...values});

/** As a page is before a phone has rung: here all of it is loaded from the beginning. */
const unload = () => (getService("callgear.parts").isLoaded = false);

beforeEach(() => {
    patchWithCleanup(assets, {
        loadBundle: async (name) => expect.step(`load ${name}`),
    });
});

const order = () => queryAllTexts(`${CARD} .fs-5`);
const buttons = (place) => queryAllTexts(`${place} button`);

describe("R21: nobody answers a call from Odoo", () => {
    const RESULT = "no answer: rang 0:25";
    const UNANSWERED = ".o-callgear-unanswered";
    /** In this page, from its first ring to its end; what became of it is told last. */
    async function callInVain(values = {}) {
        const dial = (own) => makeDial("calling_contact", {...own, ...values});
        const mounted = await mountPhone({calls: [dial()]});
        await mounted.put(dial({revision: 2, state: "ended"}));
        await mounted.put(dial({revision: 3, state: "ended", dial_result: RESULT}));
        return mounted;
    }

    test("it is said until it is put away", async () => {
        const {put} = await callInVain();
        expect(`${UNANSWERED} .card-header strong`).toHaveText(`Call ended: ${RESULT}`);
        expect(`${CARD}.o-callgear-CallPopup`).toHaveCount(0);
        expect(`${CARD} textarea`).toHaveCount(0);
        await put(
            makeDial("calling_contact", {
                revision: 4,
                state: "ended",
                dial_result: RESULT,
            })
        );
        expect(UNANSWERED).toHaveCount(1);
        await contains(`${UNANSWERED} .o-callgear-dismiss`).click();
        expect(PANEL).toHaveCount(0);
    });

    for (const [from, values, step] of [
        ["a ticket", {}, "helpdesk.ticket action_callgear_call [21] +971505550123"],
        [
            "a contact",
            {origin_ticket: null},
            "callgear.dialer dial +971505550123 res.partner 7",
        ],
        [
            "the field of the phone",
            {origin_ticket: null, ...UNKNOWN},
            "callgear.dialer dial +971505550123 false false",
        ],
    ]) {
        test(`once more, from ${from}`, async () => {
            stepCalling();
            await callInVain(values);
            await pressKey("k");
            expect.verifySteps([step]);
        });
    }

    test("the next call tells more, also once it is over", async () => {
        const {put} = await callInVain();
        await put(makeDial("calling_agent", {id: 2}));
        expect(UNANSWERED).toHaveCount(0);
        await put(makeDial("talking", {id: 2, revision: 2}));
        await put(makeDial("talking", {id: 2, revision: 3, state: "ended"}));
        expect(PANEL).toHaveCount(0);
    });

    test("it waits behind a call that comes in", async () => {
        const {put} = await callInVain();
        await put(makeLeg({id: 2}));
        expect(CARD).toHaveCount(1);
        expect(UNANSWERED).toHaveCount(0);
        await put(makeLeg({id: 2, revision: 2, state: "ended"}));
        expect(UNANSWERED).toHaveCount(1);
    });

    test("a page that shows it needs no panel", async () => {
        const {calls} = await callInVain();
        calls.setInPage(Symbol("page"), [1]);
        await animationFrame();
        expect(PANEL).toHaveCount(0);
    });

    test("folded away, it is there for who opens the phone", async () => {
        const {phone} = await callInVain();
        phone.fold();
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        phone.open();
        await animationFrame();
        expect(UNANSWERED).toHaveCount(1);
    });

    test("a page that is opened later says nothing of it", async () => {
        const over = {state: "ended", dial_result: RESULT};
        await mountPhone({calls: [makeDial("calling_contact", over)]});
        expect(PANEL).toHaveCount(0);
    });
});

describe("R6: a call", () => {
    test("a known caller, with the chosen fields and the number called", async () => {
        await mountPhone({calls: [makeLeg()]});
        expect(CARD).toHaveCount(1);
        expect(CARD).toHaveClass("o-callgear-CallPopup");
        expect(`${CARD} .card-header strong`).toHaveText("Incoming call");
        expect(`${CARD} a.fw-bold`).toHaveText("Maryam Khalil");
        expect(".o-callgear-number").toHaveText("+971505550123");
        expect(".o-callgear-line").toHaveText("Called number: +97145550100");
        expect(`${CARD} dt`).toHaveText("Email");
        expect(`${CARD} dd`).toHaveText("maryam@customers.example.com");
        expect(`${CARD} img`).toHaveAttribute(
            "data-src",
            /res\.partner\/7\/avatar_128/
        );
        expect(buttons(`${CARD} .card-footer`)).toEqual([
            "Open the contact",
            "Silence",
        ]);
    });

    test("the name of the number that was called", async () => {
        await mountPhone({calls: [makeLeg({virtual_name: "Hotline"})]});
        expect(".o-callgear-line").toHaveText("Called number: Hotline (+97145550100)");
    });

    test("what a customer is called is text, not HTML", async () => {
        const partner = {
            id: 7,
            name: "<b>Eve</b>",
            fields: [{label: "Note", value: "<i>x</i>"}],
        };
        await mountPhone({calls: [makeLeg({partner})]});
        expect(`${CARD} a.fw-bold`).toHaveText("<b>Eve</b>");
        expect(`${CARD} dd`).toHaveText("<i>x</i>");
    });

    test("R7: once answered, it leads to the contact and to a new ticket", async () => {
        stepActions();
        stepLegMethods(TICKET);
        const {put} = await mountPhone({calls: [makeLeg()]});
        await contains(`${CARD} a.fw-bold`).click();
        expect.verifySteps(["open res.partner,7"]);
        await put(makeTalk());
        expect(`${CARD} .card-header strong`).toHaveText("Call in progress");
        expect(CARD).toHaveClass("o-callgear-talking");
        expect(buttons(`${CARD} .card-footer`)).toEqual([
            "New ticket from this call",
            "Open the contact",
            "Another contact",
        ]);
        await contains(".o-callgear-contact").click();
        await contains(".o-callgear-new-ticket").click();
        expect.verifySteps([
            "open res.partner,7",
            "action_new_ticket 1",
            "open helpdesk.ticket,new",
        ]);
    });

    test("R12: an unknown caller", async () => {
        stepActions();
        stepLegMethods({type: "ir.actions.act_window", res_model: "res.partner"});
        const {put} = await mountPhone({calls: [makeLeg(UNKNOWN)]});
        expect(".o-callgear-unknown").toHaveText("Unknown number");
        expect(".o-callgear-number").toHaveText("+971505550123");
        expect(`${CARD} img, ${CARD} a, .o-callgear-find`).toHaveCount(0);
        await put(makeTalk(UNKNOWN));
        expect(buttons(`${CARD} .card-footer`)).toEqual([
            "New ticket from this call",
            "Find the contact",
        ]);
        await contains(".o-callgear-find").click();
        expect.verifySteps(["action_find_partner 1", "open res.partner,new"]);
    });

    test("a hidden number belongs to nobody: there is no contact to find", async () => {
        const leg = makeTalk({...UNKNOWN, phone: null, number: "hidden number"});
        await mountPhone({calls: [leg]});
        expect(".o-callgear-number").toHaveText("hidden number");
        expect(buttons(`${CARD} .card-footer`)).toEqual(["New ticket from this call"]);
    });

    test("R45: several contacts share the number, one click switches", async () => {
        stepLegMethods({});
        const partners = [{id: 7, name: "Maryam Khalil"}, YUSUF];
        const {put} = await mountPhone({calls: [makeLeg({partners})]});
        expect(buttons(".o-callgear-others")).toEqual(["Yusuf Khalil"]);
        await contains(".o-callgear-others button").click();
        expect.verifySteps(["link_partner 1 | 8"]);
        await put(makeLeg({revision: 2, partners, partner: YUSUF}));
        expect(`${CARD} a.fw-bold`).toHaveText("Yusuf Khalil");
        expect(buttons(".o-callgear-others")).toEqual(["Maryam Khalil"]);
    });

    test("R52: who passes the call on, and what they know", async () => {
        const passed_by = {name: "Omar Nasser", summary: "Wants a refund.\nAngry."};
        const {put} = await mountPhone({calls: [makeLeg({passed_by})]});
        expect(".o-callgear-passed").toHaveText(
            "Transferred by Omar Nasser: Wants a refund.\nAngry."
        );
        await put(
            makeLeg({revision: 2, passed_by: {name: "Omar Nasser", summary: ""}})
        );
        expect(".o-callgear-passed").toHaveText("Transferred by Omar Nasser");
    });

    test("R23: a call from the softphone", async () => {
        const {put} = await mountPhone({calls: [makeLeg({direction: "out"})]});
        expect(`${CARD} .card-header strong`).toHaveText("Calling…");
        expect(`${CARD} .card-footer, .o-callgear-silence`).toHaveCount(0);
        expect(".o-callgear-line").toHaveText("Caller ID shown: +97145550100");
        await put(makeTalk({direction: "out", ...UNKNOWN}));
        expect(buttons(`${CARD} .card-footer`)).toEqual([
            "New ticket from this call",
            "Find the contact",
        ]);
    });

    test("the time runs: since it rang, then since it was answered", async () => {
        mockDate("2026-03-28 12:30:05", +0);
        const {put} = await mountPhone({calls: [makeLeg()]});
        const time = `${CARD} .o-callgear-time`;
        expect(time).toHaveText("0:05");
        await advanceTime(3000);
        expect(time).toHaveText("0:08");
        await put(makeTalk());
        expect(time).toHaveText("0:02");
        await advanceTime(60_000);
        expect(time).toHaveText("1:02");
    });

    test("while the server refuses, it stays as it is", async () => {
        expect.errors(1);
        onRpc("callgear.leg", "link_partner", () => {
            throw new Error("no");
        });
        const partners = [{id: 7, name: "Maryam Khalil"}, YUSUF];
        await mountPhone({calls: [makeLeg({partners})]});
        await contains(".o-callgear-others button").click();
        await animationFrame();
        expect(`${CARD} a.fw-bold`).toHaveText("Maryam Khalil");
        expect.verifyErrors([/no/]);
    });
});

describe("R11: attach", () => {
    const open_tickets = [
        makeTicket(22, {call_icon: "missed"}),
        makeTicket(21, {name: "Wrong colour"}),
    ];

    test("open tickets are shown while it rings", async () => {
        stepActions();
        await mountPhone({calls: [makeLeg({open_tickets})]});
        expect(queryAllTexts(".o-callgear-tickets a")).toEqual([
            "HT000022 Delivery is late",
            "HT000021 Wrong colour",
        ]);
        expect(".o-callgear-tickets [aria-label='Missed call']").toHaveCount(1);
        expect(".o-callgear-tickets button").toHaveCount(0);
        await contains(".o-callgear-tickets a:first").click();
        expect.verifySteps(["open helpdesk.ticket,22"]);
    });

    test("R6: those of the caller's company are marked with whose they are", async () => {
        const ofCompany = makeTicket(24, {contact: "Omar Haddad"});
        await mountPhone({
            calls: [makeLeg({open_tickets: [...open_tickets, ofCompany]})],
        });
        expect(".o-callgear-tickets a:last").toHaveText(
            "HT000024 (Omar Haddad) Delivery is late"
        );
        expect(".o-callgear-tickets .o-callgear-whose").toHaveCount(1);
    });

    test("one click; the agent stays, and types what it was about", async () => {
        stepActions();
        stepLegMethods({...TICKET, res_id: 21});
        const {put} = await mountPhone({calls: [makeTalk({open_tickets})]});
        await contains(".o-callgear-tickets button:last").click();
        await animationFrame();
        expect.verifySteps(["attach_to_ticket 1 | 21 | "]);
        expect(`${CARD} .o-callgear-SummaryBox textarea`).toBeFocused();
        await put(
            makeTalk({
                revision: 3,
                open_tickets,
                ticket_id: 21,
                ticket_choice: "attach",
            })
        );
        expect(".o-callgear-tickets, .o-callgear-new-ticket").toHaveCount(0);
        expect(buttons(`${CARD} .card-footer`)).toEqual([
            "HT000021 Wrong colour",
            "Move this call",
        ]);
        expect(`${CARD} .o-callgear-SummaryBox textarea`).toBeFocused();
    });

    test("a call in the wrong ticket can be moved", async () => {
        stepActions();
        onRpc("callgear.leg", "action_move", ({args}) => {
            expect.step(`action_move ${args[0]}`);
            return {type: "ir.actions.act_window", res_model: "callgear.move"};
        });
        await mountPhone({calls: [makeTalk({ticket_id: 21})]});
        await contains(".o-callgear-move").click();
        expect.verifySteps(["action_move 1", "open callgear.move,new"]);
        // On a phone the dialog takes all of the screen.
        await animationFrame();
        expect(PANEL).toHaveCount(getService("ui").isSmall ? 0 : 1);
    });
});

describe("R11: a wrong contact, before there is a ticket", () => {
    const KEY = ".o-callgear-another";

    for (const [what, leg] of [
        ["while the agent talks", makeTalk()],
        ["once it is a note", makeNote({ticket_id: null})],
    ]) {
        test(`it can be changed ${what}`, async () => {
            stepActions();
            stepLegMethods({type: "ir.actions.act_window", res_model: "callgear.move"});
            await mountPhone({calls: [leg]});
            getService("callgear.phone").open();
            await animationFrame();
            expect(`${CARD} ${KEY}`).toHaveText("Another contact");
            await pressKey("j");
            expect.verifySteps(["action_move 1", "open callgear.move,new"]);
        });
    }

    test("not of one who is unknown, only rings, or whose call has a ticket", async () => {
        await mountPhone({
            calls: [
                makeTalk({id: 1, ...UNKNOWN}),
                makeLeg({id: 2}),
                makeTalk({id: 3, ticket_id: 21}),
                makeDial("talking", {id: 4}),
            ],
        });
        expect(CARD).toHaveCount(4);
        expect(KEY).toHaveCount(0);
    });
});

describe("R56: several calls", () => {
    test("the talking one on top, then held, then ringing, then the oldest", async () => {
        const {put} = await mountPhone({
            calls: [
                makeLeg({id: 1, ...UNKNOWN}),
                makeLeg({id: 2}),
                makeTalk({id: 3, control: "held", partner: YUSUF}),
            ],
        });
        expect(order()).toEqual(["Yusuf Khalil", "Unknown number", "Maryam Khalil"]);
        await put(makeTalk({id: 2}));
        expect(order()).toEqual(["Maryam Khalil", "Yusuf Khalil", "Unknown number"]);
        await put(makeLeg({id: 1, revision: 2, state: "ended"}));
        expect(order()).toEqual(["Maryam Khalil", "Yusuf Khalil"]);
    });

    test("each with its own keys", async () => {
        const can = ["hang_up", "hold", "consult"];
        await mountPhone({calls: [makeLeg({id: 1}), makeTalk({id: 2, can})]});
        expect(`${CARD}[data-leg='2'] .o-callgear-hang-up`).toHaveCount(1);
        expect(`${CARD}[data-leg='1'] .o-callgear-silence`).toHaveCount(1);
    });

    test("what is typed keeps focus and caret when its card moves", async () => {
        const {put} = await mountPhone({
            calls: [makeTalk({id: 1}), makeLeg({id: 2, ...UNKNOWN})],
        });
        const box = queryOne(`${CARD}[data-leg='1'] textarea`);
        await contains(box).edit("It has arrived", {confirm: false});
        box.setSelectionRange(3, 6);
        await put(makeNote({id: 1}));
        expect(order()).toEqual(["Unknown number", "Maryam Khalil"]);
        expect(box).toBeFocused();
        expect([box.selectionStart, box.selectionEnd]).toEqual([3, 6]);
    });

    const noteAt = (id, at, values) =>
        makeNote({id, ended_at: `2026-03-28T${at}Z`, ...values});

    test("R57: the note shown is that of the call that ended last", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const {put} = await mountPhone({
            calls: [makeTalk({id: 1, control: "held"}), makeTalk({id: 2, ...UNKNOWN})],
        });
        await put(noteAt(2, "12:38:00", UNKNOWN));
        await put(noteAt(1, "12:39:00"));
        expect(queryAll(CARD).map((el) => el.dataset.leg)).toEqual(["1"]);
    });

    test("R57: nor is it hidden by a newer one that is folded, or in the page", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const calls = [
            noteAt(1, "12:39:00"),
            noteAt(2, "12:38:00"),
            noteAt(3, "12:37:00"),
        ];
        await mountPhone({calls});
        await contains(FOLD).click();
        expect(queryAll(CARD).map((el) => el.dataset.leg)).toEqual(["2"]);
        getService("callgear.calls").setInPage(Symbol("page"), [2]);
        await animationFrame();
        expect(queryAll(CARD).map((el) => el.dataset.leg)).toEqual(["3"]);
    });

    test("R57: a note waits while the page shows a call, whose keys it would cover", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const {put} = await mountPhone({calls: [noteAt(1, "12:38:00")]});
        getService("callgear.calls").setInPage(Symbol("page"), [2]);
        await put(makeTalk({id: 2, ...UNKNOWN}));
        expect(PANEL).toHaveCount(0);
        await put(noteAt(2, "12:39:00", UNKNOWN));
        expect(queryAll(CARD).map((el) => el.dataset.leg)).toEqual(["1"]);
    });

    test("R57: nor does it go then while somebody is at it", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const {put} = await mountPhone({calls: [noteAt(1, "12:38:00")]});
        await contains(`${CARD} textarea`).edit("It has", {confirm: false});
        getService("callgear.calls").setInPage(Symbol("page"), [2]);
        await put(makeTalk({id: 2, ...UNKNOWN}));
        expect(`${CARD}[data-leg='1'] textarea`).toBeFocused();
    });

    test("R57: a note does not go while somebody is at it, however old it is", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const {put} = await mountPhone({calls: [noteAt(1, "12:39:00")]});
        const box = queryOne(`${CARD} textarea`);
        await contains(box).edit("It has", {confirm: false});
        await advanceTime(20 * 60_000);
        await put(noteAt(1, "12:39:00", {revision: 10}));
        expect(box).toBeFocused();
        await put(noteAt(2, "12:59:00", UNKNOWN));
        expect(queryAll(CARD).map((el) => el.dataset.leg)).toEqual(["2", "1"]);
        expect(box).toBeFocused();
        await put(noteAt(1, "12:39:00", {revision: 11, note: false}));
        expect(queryAll(CARD).map((el) => el.dataset.leg)).toEqual(["2"]);
    });

    test("R57: news of the end that come late find the box as it was", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const {put} = await mountPhone({calls: [makeTalk()]});
        const box = queryOne(`${CARD} textarea`);
        await put(noteAt(1, "12:20:00"));
        expect(queryOne(`${CARD} textarea`)).toBe(box);
    });

    test("R20: after the end the note remains until it is finished", async () => {
        mockDate("2026-03-28 12:40:00", +0);
        const {put} = await mountPhone({calls: [makeTalk()]});
        await put(makeNote());
        expect(`${CARD} .card-header strong`).toHaveText(
            "Call ended: finish your note"
        );
        expect(`${CARD} .card-header .text-muted`).toHaveText(/12:30/);
        expect(CARD).not.toHaveClass("o-callgear-CallPopup");
        expect(`${CARD} .o-callgear-SummaryBox`).toHaveCount(1);
        expect(`${CARD} .o-callgear-time, ${CARD} .o-callgear-silence`).toHaveCount(0);
        expect(buttons(`${CARD} .card-footer`)).toEqual([
            "Ticket of this call",
            "Move this call",
        ]);
        await put(makeNote({revision: 10, note: false}));
        expect(PANEL).toHaveCount(0);
    });
});

describe("R56: folding", () => {
    test("it stays in the icon, and comes back by a click, also once answered", async () => {
        const {put} = await mountPhone({calls: [makeLeg()]});
        expect(ICON).toHaveAttribute("aria-expanded", "true");
        await contains(FOLD).click();
        expect(PANEL).toHaveCount(0);
        expect(ICON).toBeFocused();
        await put(makeTalk());
        expect(PANEL).toHaveCount(0);
        expect(ICON).toHaveAttribute("data-state", "talking");
        await contains(ICON).click();
        expect(`${CARD} .card-header strong`).toHaveText("Call in progress");
        await contains(ICON).click();
        expect(PANEL).toHaveCount(0);
    });

    test("the key says the letter that works from everywhere", async () => {
        const {put} = await mountPhone();
        await put(makeLeg());
        expect(FOLD).toHaveAttribute("title", "Minimize (Alt+Shift+P)");
    });

    test("Escape folds, and the focus goes to the icon", async () => {
        await mountPhone({calls: [makeLeg()]});
        await contains(`${CARD} .o-callgear-silence`).focus();
        await press("Escape");
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        expect(ICON).toBeFocused();
    });

    test("another call opens it again, with all that goes on", async () => {
        const {put} = await mountPhone({calls: [makeTalk({id: 1})]});
        await contains(FOLD).click();
        await put(makeLeg({id: 2, ...UNKNOWN}));
        expect(order()).toEqual(["Maryam Khalil", "Unknown number"]);
    });

    test("a reload keeps it folded", async () => {
        const folded = JSON.stringify({folded: [1], silenced: [1]});
        browser.localStorage.setItem(stored(), folded);
        const {calls} = await mountPhone({calls: [makeLeg()]});
        expect(PANEL).toHaveCount(0);
        expect(calls.closed.has(1)).toBe(true);
    });

    test("another tab folds, too, and its tone stops", async () => {
        const {calls} = await mountPhone({calls: [makeLeg()]});
        const folded = JSON.stringify({folded: [1], silenced: [1]});
        browser.localStorage.setItem(stored(), folded);
        await manuallyDispatchProgrammaticEvent(window, "storage", {key: stored()});
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        expect(calls.closed.has(1)).toBe(true);
    });

    test("what others have folded in this browser, or in another database, is theirs", async () => {
        const folded = JSON.stringify({folded: [1], silenced: [1]});
        const theirs = ["callgear.phone", `${stored()}9`];
        theirs.forEach((key) => browser.localStorage.setItem(key, folded));
        const {calls} = await mountPhone({calls: [makeLeg()]});
        for (const key of theirs) {
            await manuallyDispatchProgrammaticEvent(window, "storage", {key});
        }
        await animationFrame();
        expect(CARD).toHaveCount(1);
        expect(calls.closed.size).toBe(0);
        await contains(FOLD).click();
        expect(browser.localStorage.getItem("callgear.phone")).toBe(folded);
    });

    test("it comes back when the call goes on at the agent's other phone", async () => {
        const {put} = await mountPhone({calls: [makeTalk()]});
        await contains(FOLD).click();
        await put(makeTalk({revision: 5, state: "ended"}));
        await put(makeLeg({revision: 6}));
        expect(CARD).toHaveCount(1);
    });

    test("silence stops the tone, and nothing else", async () => {
        const {calls} = await mountPhone({calls: [makeLeg()]});
        expect(ICON).toHaveAttribute("data-state", "rings");
        await contains(".o-callgear-silence").click();
        expect(calls.closed.has(1)).toBe(true);
        expect(CARD).toHaveCount(1);
        expect(".o-callgear-silence").toHaveText("Silenced");
        expect(".o-callgear-silence").toHaveAttribute("aria-pressed", "true");
        expect(ICON).toHaveAttribute("data-state", "silenced");
    });

    for (const [what, storage] of [
        [
            "throws",
            {
                getItem() {
                    throw new Error("denied");
                },
                setItem() {
                    throw new Error("full");
                },
            },
        ],
        ["is missing", undefined],
    ]) {
        test(`storage that ${what} is done without`, async () => {
            const {phone, put} = await mountPhone({calls: [makeLeg()]});
            patchWithCleanup(browser, {localStorage: storage});
            phone.fold();
            await put(makeLeg({revision: 3}));
            expect(PANEL).toHaveCount(0);
            phone.takeStored();
            await animationFrame();
            expect(PANEL).toHaveCount(0);
        });
    }

    test("what something else has stored there does no harm", async () => {
        browser.localStorage.setItem(stored(), "{folded");
        await mountPhone({calls: [makeLeg()]});
        expect(CARD).toHaveCount(1);
    });

    test("R49: so it is as soon as another tab says so", async () => {
        await mountPhone({calls: [makeLeg()]});
        expect(PANEL).toHaveCount(1);
        await tellPages("callgear.preferences", {popup: false});
        await animationFrame();
        expect(PANEL).toHaveCount(0);
    });

    test("R49: without popups it opens by hand alone", async () => {
        const {put} = await mountPhone({
            calls: [makeLeg()],
            preferences: {popup: false},
        });
        expect(PANEL).toHaveCount(0);
        await put(makeTalk());
        expect(PANEL).toHaveCount(0);
        await contains(ICON).click();
        expect(CARD).toHaveCount(1);
    });
});

describe("R56: it gives way to the page", () => {
    test("and returns when the page is left, also by Back", async () => {
        patchSession({calls: [], preferences: {open_contact: false}});
        await mountWithCleanup(WebClient);
        const calls = getService("callgear.calls");
        const [partner, other] = MockServer.env["res.partner"].create([
            {name: "Maryam Khalil"},
            {name: "Yusuf Khalil"},
        ]);
        const [id] = MockServer.env["helpdesk.ticket"].create([
            {name: "Late", partner_id: partner},
        ]);
        const open = (res_model, res_id) =>
            getService("action").doAction({
                type: "ir.actions.act_window",
                res_model,
                res_id,
                views: [[false, "form"]],
            });
        MockServer.env["res.partner"]._views = {
            "form,false": `
                <form>
                    <sheet><widget name="callgear_call_bar"/><field name="name"/></sheet>
                </form>`,
        };
        await open("helpdesk.ticket", id);
        const talk = makeTalk({partner: {id: partner, name: "Maryam", fields: []}});
        calls.put(talk);
        await animationFrame();
        expect(".o-callgear-TicketCall").toHaveCount(1);
        // The ticket can take it up, but not all that it needs is there (R12).
        expect(PANEL).toHaveCount(1);
        await open("res.partner", partner);
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        await contains(".o_back_button, .breadcrumb-item a").click();
        await animationFrame();
        expect(".o-callgear-TicketCall").toHaveCount(1);
        expect(PANEL).toHaveCount(1);
        calls.put({...talk, revision: 3, ticket_id: id, ticket_choice: "attach"});
        await animationFrame();
        expect(PANEL).toHaveCount(0);
        expect(calls.inPage.size).toBe(1);
        await open("res.partner", other);
        await animationFrame();
        expect(CARD).toHaveCount(1);
        expect(calls.inPage.size).toBe(0);
    });

    test("beside another call it is a small card with the phone's own keys", async () => {
        const can = ["hang_up", "hold", "consult"];
        const {calls} = await mountPhone({
            calls: [makeTalk({id: 1, can}), makeLeg({id: 2, ...UNKNOWN})],
        });
        calls.setInPage(Symbol("form"), [1]);
        await animationFrame();
        const small = `${CARD}[data-leg='1']`;
        expect(small).toHaveClass("o-callgear-compact");
        expect(`${small} .o-callgear-hang-up`).toHaveCount(1);
        expect(`${small} .o-callgear-SummaryBox, ${small} img`).toHaveCount(0);
        expect(`${small} .card-footer, ${small} dl`).toHaveCount(0);
        await contains(FOLD).click();
        calls.setInPage(Symbol("form"), []);
        expect(getService("callgear.phone").folded).toEqual([2]);
    });
});

describe("R56: the icon", () => {
    test("somebody who has nothing to do with calls has none", async () => {
        const entry = registry.category("systray").get("callgear.phone");
        expect(entry.isDisplayed()).toBe(false);
        patchSession();
        expect(entry.isDisplayed()).toBe(true);
    });

    test("a call of the agent's own does not ring at them", async () => {
        const {put} = await mountPhone();
        await put(makeLeg({id: 1, direction: "out"}));
        expect(`${ICON} .o-callgear-label`).toHaveText("Phone; calling Maryam Khalil");
        await put(makeTalk({id: 1, revision: 2, direction: "out"}));
        expect(`${ICON} .o-callgear-label`).toHaveText(
            "Phone; on a call with Maryam Khalil"
        );
    });

    test("says in words what goes on, and leaves the clock out", async () => {
        mockDate("2026-03-28 12:31:11", +0);
        const {put} = await mountPhone();
        expect(`${ICON} .o-callgear-label`).toHaveText("Phone");
        expect(ICON).toHaveAttribute("data-state", "idle");
        await put(makeTalk({id: 1}));
        expect(`${ICON} .o-callgear-label`).toHaveText(
            "Phone; on a call with Maryam Khalil"
        );
        expect(`${ICON} .o-callgear-time`).toHaveText("1:05");
        getService("callgear.waiting").count = 3;
        await put(makeLeg({id: 2, ...UNKNOWN}));
        expect(`${ICON} .o-callgear-label`).toHaveText(
            "Phone; on a call with Maryam Khalil; ringing: +971505550123; callers waiting: 3"
        );
        expect(ICON).toHaveAttribute("data-state", "rings");
        expect(`${ICON} .badge`).toHaveText("3");
        getService("callgear.waiting").count = 0;
        await put(
            makeLeg({id: 2, revision: 2, state: "ended"}),
            makeTalk({id: 1, revision: 3, control: "held"})
        );
        expect(`${ICON} .badge`).toHaveCount(0);
        expect(ICON).toHaveAttribute("data-state", "held");
        expect(`${ICON} .o-callgear-label`).toHaveText("Phone; on hold: Maryam Khalil");
        await put(makeNote());
        expect(ICON).toHaveAttribute("data-state", "note");
        expect(`${ICON} .o-callgear-label`).toHaveText("Phone; notes to finish: 1");
    });

    test("opened when nothing goes on: what the phone is for then, loaded once", async () => {
        class PhoneHome extends Component {
            static props = {};
            static template = xml`<div class="o-callgear-PhoneHome"><input t-ref="autofocus"/></div>`;
            setup() {
                useAutofocus();
                this.root = useRef("root");
            }
        }
        const lazy = registry.category("callgear_parts");
        const Home = lazy.get("PhoneHome");
        lazy.add("PhoneHome", PhoneHome, {force: true});
        after(() => lazy.add("PhoneHome", Home, {force: true}));
        const {put} = await mountPhone();
        unload();
        await contains(ICON).click();
        await animationFrame();
        expect.verifySteps(["load callgear_integration.assets_parts"]);
        expect(".o-callgear-PhoneHome").toHaveCount(1);
        const field = queryOne(".o-callgear-PhoneHome input");
        field.focus();
        field.value = "+9715";
        await put(makeLeg());
        expect(field).toBeFocused();
        expect(field).toHaveValue("+9715", {message: "a half-typed number stays"});
        await contains(ICON).click();
        await contains(ICON).click();
        await animationFrame();
        expect.verifySteps([], {message: "once is enough"});
    });

    describe("where the focus is once it is loaded", () => {
        let loaded = null;

        beforeEach(() => {
            class PhoneHome extends Component {
                static props = {};
                static template = xml`<div class="o-callgear-PhoneHome"><input/></div>`;
            }
            const lazy = registry.category("callgear_parts");
            const Home = lazy.get("PhoneHome");
            lazy.add("PhoneHome", PhoneHome, {force: true});
            after(() => lazy.add("PhoneHome", Home, {force: true}));
            loaded = new Deferred();
            patchWithCleanup(assets, {loadBundle: () => loaded});
        });

        async function load() {
            loaded.resolve();
            await animationFrame();
            await animationFrame();
            expect(".o-callgear-PhoneHome").toHaveCount(1);
        }

        test("in its field", async () => {
            await mountPhone();
            unload();
            await pressKey("p");
            await load();
            expect(".o-callgear-PhoneHome input").toBeFocused();
        });

        test("in the note that is not finished", async () => {
            mockDate("2026-03-28 14:00:00", +0);
            await mountPhone({calls: [makeNote({ended_at: "2026-03-28T12:40:00Z"})]});
            unload();
            await pressKey("p");
            await animationFrame();
            await load();
            expect(`${CARD} textarea`).toBeFocused();
        });

        test("in the form to which somebody has gone", async () => {
            await mountPhone();
            unload();
            const form = document.createElement("input");
            getFixture().append(form);
            await pressKey("p");
            form.focus();
            await load();
            expect(form).toBeFocused();
        });
    });

    test("what cannot be loaded is done without", async () => {
        patchWithCleanup(assets, {
            loadBundle: () => Promise.reject(new Error("no server")),
        });
        const {put} = await mountPhone();
        unload();
        await contains(ICON).click();
        await put(makeLeg());
        expect(CARD).toHaveCount(1);
    });
});

describe("R56: by keyboard, and for who hears it", () => {
    test("p opens it where one types, p folds it", async () => {
        await mountPhone({calls: [makeTalk()], preferences: {popup: false}});
        await pressKey("p");
        expect(`${CARD} textarea`).toBeFocused();
        await pressKey("p");
        expect(PANEL).toHaveCount(0);
        expect(ICON).toBeFocused();
    });

    test("p puts the focus on the first key of a phone that rings", async () => {
        await mountPhone({calls: [makeLeg()], preferences: {popup: false}});
        await pressKey("p");
        expect(`${CARD} button:first`).toBeFocused();
    });

    test("letters press keys; of two calls the first one's", async () => {
        stepActions();
        stepLegMethods(TICKET);
        const open_tickets = [makeTicket(22), makeTicket(21)];
        await mountPhone({
            calls: [
                makeTalk({id: 1, control: "held", open_tickets}),
                makeTalk({id: 2, ...UNKNOWN}),
            ],
        });
        await pressKey("n");
        await pressKey("f");
        expect.verifySteps([
            "action_new_ticket 2",
            "open helpdesk.ticket,new",
            "action_find_partner 2",
            "open helpdesk.ticket,new",
        ]);
        await pressKey("l");
        expect.verifySteps(["attach_to_ticket 1 | 22 | "], {
            message: "only the other call has tickets",
        });
        expect(`${CARD}[data-leg='1'] textarea`).toBeFocused();
        await contains(`${CARD}[data-leg='1'] .o-callgear-contact`).focus();
        await pressKey("n");
        expect.verifySteps(["action_new_ticket 1", "open helpdesk.ticket,new"]);
        expect(`${CARD}[data-leg='1'] .o-callgear-new-ticket`).toBeFocused();
    });

    test("while one talks, S silences the other who rings", async () => {
        const {calls} = await mountPhone({
            calls: [makeTalk({id: 1}), makeLeg({id: 2, ...UNKNOWN})],
        });
        await contains(`${CARD}[data-leg='1'] textarea`).focus();
        await pressKey("s");
        expect([...calls.closed]).toEqual([2]);
        expect(`${CARD}[data-leg='1'] textarea`).toBeFocused();
    });

    const CAN = ["hang_up", "hold", "consult"];
    const OTHERS = {open_tickets: [makeTicket(22), makeTicket(21)]};
    /** How a call may stand. */
    const STATES = {
        rings: (id) => makeLeg({id}),
        "rings, unknown": (id) => makeLeg({id, ...UNKNOWN}),
        talks: (id) => makeTalk({id, can: CAN, ...OTHERS}),
        "talks, unknown": (id) => makeTalk({id, can: ["hang_up"], ...UNKNOWN}),
        "talks in a ticket": (id) => makeTalk({id, can: CAN, ticket_id: 22}),
        consults: (id) => makeTalk({id, control: "consulting", can: ["restore"]}),
        "is a note": (id) => makeNote({id}),
        "is a note without a ticket": (id) => makeNote({id, ticket_id: null}),
    };

    for (const [first, makeFirst] of Object.entries(STATES)) {
        test(`each letter that is drawn is somebody's, if one ${first}`, async () => {
            const {calls, phone, put} = await mountPhone();
            phone.open();
            const page = document.createElement("div");
            page.innerHTML = `
                <button data-callgear-key="d"></button>
                <button data-callgear-key="z"></button>`;
            page.dataset.leg = "99";
            getFixture().append(page);
            // The page shows the phone's first call as well, and has each letter for it.
            const same = document.createElement("div");
            same.innerHTML = [...LETTERS]
                .map((letter) => `<button data-callgear-key="${letter}"></button>`)
                .join("");
            getFixture().append(same);
            let id = 1;
            for (const [second, makeSecond] of Object.entries(STATES)) {
                await put(makeFirst(id), makeSecond(id + 1));
                document.activeElement.blur();
                const {leg} = document.querySelector(`${PANEL} [data-leg]`).dataset;
                same.dataset.leg = leg;
                const drawn = [
                    ...document.querySelectorAll("[data-callgear-key]"),
                ].filter(
                    (el) => el.checkVisibility() && !("callgearNear" in el.dataset)
                );
                for (const {dataset} of drawn) {
                    const letter = dataset.callgearKey;
                    const isOwn = (place) => (el) =>
                        el.dataset.callgearKey === letter && el.closest(place);
                    const own =
                        drawn.find(isOwn(`${PANEL} [data-leg='${leg}']`)) ||
                        drawn.find(isOwn(`${ICON}, .o-callgear-PhoneHome`)) ||
                        drawn.find(isOwn(`[data-leg='${leg}']`));
                    expect(findKeyed(letter) === own).toBe(true, {
                        message: `${letter}, the other ${second}`,
                    });
                }
                for (const each of Object.values(calls.legs)) {
                    calls.put({...each, revision: 99, state: "ended", note: false});
                }
                id += 2;
            }
        });
    }

    test("a letter of the page's own call works beside the panel's", async () => {
        await mountPhone({calls: [makeLeg({id: 1})]});
        const page = document.createElement("div");
        page.dataset.leg = "2";
        page.innerHTML = `<button data-callgear-key="d"></button>`;
        page.firstChild.addEventListener("click", () => expect.step("done"));
        getFixture().append(page);
        await pressKey("d");
        expect.verifySteps(["done"]);
    });

    test("a locked key is not another call's", async () => {
        const asked = [];
        onRpc("callgear.call", "action_hang_up", ({args}) => {
            asked.push(args[0][0]);
            return new Promise(() => {});
        });
        const can = ["hang_up"];
        await mountPhone({
            calls: [
                makeTalk({id: 1, call_id: 11, can}),
                makeTalk({id: 2, call_id: 12, can, control: "held"}),
            ],
        });
        await pressKey("h");
        await pressKey("h");
        await animationFrame();
        expect(asked).toEqual([11]);
    });

    test("s silences", async () => {
        const {calls} = await mountPhone({calls: [makeLeg()]});
        await pressKey("s");
        expect(calls.closed.has(1)).toBe(true);
        expect(CARD).toHaveCount(1);
    });

    test("the focus is not stolen by a phone that rings", async () => {
        const {put} = await mountPhone();
        await contains(ICON).focus();
        await put(makeLeg());
        expect(ICON).toBeFocused();
    });

    test("a phone that rings is announced once, with name and number", async () => {
        const line = ".o-callgear-announcement";
        const {put} = await mountPhone();
        expect(line).toHaveAttribute("aria-live", "assertive");
        expect(line).toHaveText("");
        await put(makeLeg());
        expect(line).toHaveText(
            "Incoming call: Maryam Khalil, \u2066+971505550123\u2069"
        );
        const observer = new MutationObserver(() => expect.step("said"));
        observer.observe(queryOne(line), {
            characterData: true,
            childList: true,
            subtree: true,
        });
        await put(makeLeg({revision: 2, subject: "Other"}));
        expect.verifySteps([]);
        await put(makeLeg({id: 2, ...UNKNOWN, number: "+447700900123"}));
        expect(line).toHaveText("Incoming call: \u2066+447700900123\u2069");
        expect.verifySteps(["said"]);
        observer.disconnect();
    });

    test("who rings a second time is announced a second time", async () => {
        const line = ".o-callgear-announcement";
        const {put} = await mountPhone({calls: [makeLeg()]});
        const words = queryOne(line).textContent;
        expect(words).not.toBe("");
        await put(makeLeg({revision: 2, state: "ended"}));
        expect(line).toHaveText("");
        await put(makeLeg({id: 2}));
        expect(line).toHaveText(words);
        await put(makeTalk({id: 2}));
        expect(line).toHaveText("");
    });

    test("the clock is in no live region, and each card says whose it is", async () => {
        await mountPhone({calls: [makeTalk(), makeDial("calling_agent", {id: 2})]});
        for (const clock of document.querySelectorAll(`${PANEL} .o-callgear-time`)) {
            expect(clock.closest("[aria-live]")).toHaveAttribute("aria-live", "off");
        }
        expect(`${CARD}:first`).toHaveAttribute("role", "group");
        expect(`${CARD}:first`).toHaveAttribute(
            "aria-label",
            "Call in progress, Maryam Khalil, +971505550123"
        );
        expect(`${CARD}:last`).toHaveAttribute(
            "aria-label",
            "Calling you…, Maryam Khalil, +971505550123"
        );
    });
});
