// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    animationFrame,
    describe,
    expect,
    mockDate,
    press,
    queryAllTexts,
    test,
} from "@odoo/hoot";
import {contains, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeLeg,
    makeTalk,
    makeTicket,
    mountPopups,
    stepActions,
    stepLegMethods,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

const POPUP = ".o-callgear-CallPopup";

test("R6: a known caller, with the chosen fields and the number called", async () => {
    await mountPopups({calls: [makeLeg()]});
    expect(POPUP).toHaveCount(1);
    expect(`${POPUP} .card-header strong`).toHaveText("Incoming call");
    expect(`${POPUP} a.fw-bold`).toHaveText("Maryam Khalil");
    expect(".o-callgear-number").toHaveText("+971505550123");
    expect(`${POPUP} .text-muted.small`).toHaveText("Called number: +97145550100");
    expect(`${POPUP} dt`).toHaveText("Email");
    expect(`${POPUP} dd`).toHaveText("maryam@customers.example.com");
    expect(`${POPUP} img`).toHaveAttribute("data-src", /res\.partner\/7\/avatar_128/);
    expect(`${POPUP} .card-footer`).toHaveCount(0, {message: "nothing to do yet"});
});

test("what a customer is called is text, not HTML", async () => {
    const partner = {
        id: 7,
        name: "<b>Eve</b>",
        fields: [{label: "Note", value: "<i>x</i>"}],
    };
    await mountPopups({calls: [makeLeg({partner})]});
    expect(`${POPUP} a.fw-bold`).toHaveText("<b>Eve</b>");
    expect(`${POPUP} dd`).toHaveText("<i>x</i>");
});

test("R7: once answered, the popup leads to the contact and to a new ticket", async () => {
    stepActions();
    stepLegMethods({type: "ir.actions.act_window", res_model: "helpdesk.ticket"});
    const calls = await mountPopups({calls: [makeLeg()]});
    await contains(`${POPUP} a.fw-bold`).click();
    expect.verifySteps(["open res.partner,7"]);
    calls.put(makeTalk());
    await animationFrame();
    expect(`${POPUP} .card-header strong`).toHaveText("Call in progress");
    expect(POPUP).toHaveClass("o-callgear-talking");
    expect(".o-callgear-find").toHaveCount(0);
    expect.verifySteps(["open res.partner,7"], {
        message: "R7: it opens by itself, too",
    });
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
    const calls = await mountPopups({calls: [makeLeg(UNKNOWN)]});
    expect(`${POPUP} .text-warning`).toHaveText("Unknown number");
    expect(".o-callgear-number").toHaveText("+971505550123");
    expect(`${POPUP} img, ${POPUP} a, .o-callgear-find`).toHaveCount(0);
    calls.put(makeTalk(UNKNOWN));
    await animationFrame();
    expect(queryAllTexts(`${POPUP} .card-footer button`)).toEqual([
        "New ticket from this call",
        "Find the contact",
    ]);
    await contains(".o-callgear-find").click();
    expect.verifySteps(["action_find_partner 1", "open res.partner,new"]);
});

test("a hidden number belongs to nobody: there is no contact to find", async () => {
    await mountPopups({
        calls: [makeTalk({...UNKNOWN, phone: null, number: "hidden number"})],
    });
    expect(".o-callgear-number").toHaveText("hidden number");
    expect(queryAllTexts(`${POPUP} .card-footer button`)).toEqual([
        "New ticket from this call",
    ]);
});

test("R45: several contacts share the number, one click switches", async () => {
    stepLegMethods({});
    const partners = [
        {id: 7, name: "Maryam Khalil"},
        {id: 8, name: "Yusuf Khalil"},
    ];
    const calls = await mountPopups({calls: [makeLeg({partners})]});
    expect(queryAllTexts(".o-callgear-others button")).toEqual(["Yusuf Khalil"]);
    await contains(".o-callgear-others button").click();
    expect.verifySteps(["link_partner 1 | 8"]);
    calls.put(makeLeg({revision: 2, partners, partner: {...partners[1], fields: []}}));
    await animationFrame();
    expect(`${POPUP} a.fw-bold`).toHaveText("Yusuf Khalil");
    expect(queryAllTexts(".o-callgear-others button")).toEqual(["Maryam Khalil"]);
});

test("R6, R11: open tickets; a conversation can be attached to one", async () => {
    stepActions();
    stepLegMethods({
        type: "ir.actions.act_window",
        res_model: "helpdesk.ticket",
        res_id: 22,
    });
    const open_tickets = [
        makeTicket(22, {call_icon: "missed"}),
        makeTicket(21, {name: "Wrong colour"}),
    ];
    const calls = await mountPopups({calls: [makeLeg({open_tickets})]});
    expect(queryAllTexts(".o-callgear-tickets a")).toEqual([
        "HT000022 Delivery is late",
        "HT000021 Wrong colour",
    ]);
    expect(".o-callgear-tickets [aria-label='Missed call']").toHaveCount(1);
    expect(".o-callgear-tickets button").toHaveCount(0, {message: "it only rings"});
    await contains(".o-callgear-tickets a:first").click();
    expect.verifySteps(["open helpdesk.ticket,22"]);
    calls.preferences.open_contact = false;
    calls.put(makeTalk({open_tickets}));
    await animationFrame();
    await contains(".o-callgear-tickets button:contains(Attach):first").click();
    expect.verifySteps(["attach_to_ticket 1 | 22 | ", "open helpdesk.ticket,22"]);
    calls.put(
        makeTalk({revision: 3, open_tickets, ticket_id: 22, ticket_choice: "attach"})
    );
    await animationFrame();
    expect(".o-callgear-tickets, .o-callgear-new-ticket").toHaveCount(0);
    expect(`${POPUP} .card-footer button`).toHaveText("HT000022 Delivery is late");
});

test("R23: a call from the softphone", async () => {
    const calls = await mountPopups({calls: [makeLeg({direction: "out"})]});
    expect(`${POPUP} .card-header strong`).toHaveText("Calling…");
    expect(`${POPUP} .text-muted.small`).toHaveText("Shown number: +97145550100");
    calls.preferences.open_contact = false;
    calls.put(makeTalk({direction: "out", ...UNKNOWN}));
    await animationFrame();
    expect(queryAllTexts(`${POPUP} .card-footer button`)).toEqual([
        "New ticket from this call",
        "Find the contact",
    ]);
});

test("the time runs: since it rang, then since it was answered", async () => {
    mockDate("2026-03-28 12:30:05", +0);
    const calls = await mountPopups({calls: [makeLeg()]});
    expect(".o-callgear-time").toHaveText("0:05");
    await advanceTime(3000);
    expect(".o-callgear-time").toHaveText("0:08");
    calls.preferences.open_contact = false;
    calls.put(makeTalk());
    await animationFrame();
    expect(".o-callgear-time").toHaveText("0:02");
    await advanceTime(60_000);
    expect(".o-callgear-time").toHaveText("1:02");
});

test("Escape and the cross close it, for good", async () => {
    const calls = await mountPopups({calls: [makeLeg({id: 1}), makeLeg({id: 2})]});
    await contains(`${POPUP}[data-leg='1'] .btn-close`).focus();
    await press("Escape");
    await animationFrame();
    expect(`${POPUP}[data-leg='1']`).toHaveCount(0);
    expect(`${POPUP}[data-leg='2']`).toHaveCount(1);
    await contains(`${POPUP}[data-leg='2'] .btn-close`).click();
    expect(POPUP).toHaveCount(0);
    calls.preferences.open_contact = false;
    calls.put(makeTalk({id: 2}));
    await animationFrame();
    expect(POPUP).toHaveCount(0);
});

test("several calls stand below each other; each goes when it ends", async () => {
    const calls = await mountPopups({
        calls: [makeLeg({id: 2, ...UNKNOWN}), makeLeg({id: 1})],
    });
    const order = () => queryAllTexts(`${POPUP} .fs-5`);
    expect(order()).toEqual(["Maryam Khalil", "Unknown number"]);
    calls.put(makeLeg({id: 1, revision: 2, state: "ended"}));
    await animationFrame();
    expect(order()).toEqual(["Unknown number"]);
    calls.put(makeLeg({id: 2, revision: 2, state: "ended"}));
    await animationFrame();
    expect(POPUP).toHaveCount(0);
});

test("popups are announced to those who do not see them", async () => {
    await mountPopups({calls: [makeLeg()]});
    expect(".o-callgear-CallPopups").toHaveAttribute("aria-live", "polite");
    expect(".o-callgear-CallPopups").toHaveAttribute("role", "region");
    expect(POPUP).toHaveAttribute("role", "alertdialog");
    expect(POPUP).toHaveAttribute("aria-label", "Incoming call");
    expect(`${POPUP} .btn-close`).toHaveAttribute("aria-label", "Close");
    expect(`${POPUP} .card-header .fa`).toHaveAttribute("aria-hidden", "true");
});

describe("while the server refuses", () => {
    test("the popup stays as it is", async () => {
        expect.errors(1);
        onRpc("callgear.leg", "link_partner", () => {
            throw new Error("no");
        });
        const partners = [
            {id: 7, name: "Maryam Khalil"},
            {id: 8, name: "Yusuf Khalil"},
        ];
        await mountPopups({calls: [makeLeg({partners})]});
        await contains(".o-callgear-others button").click();
        await animationFrame();
        expect(`${POPUP} a.fw-bold`).toHaveText("Maryam Khalil");
        expect.verifyErrors([/no/]);
    });
});
