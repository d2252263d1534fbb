// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    animationFrame,
    expect,
    mockDate,
    queryAllTexts,
    queryOne,
    test,
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
    makeLeg,
    makeTalk,
    makeTicket,
    startCalls,
    stepActions,
    stepLegMethods,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

const BAR = ".o-callgear-CallBar";
/** Those of the bar itself. */
const KEYS = `${BAR} button:not(.o-callgear-SummaryBox button, .o-callgear-others button)`;
const CALL_TICKETS = [
    makeTicket(22),
    makeTicket(21, {name: "Wrong colour", stage: "Done"}),
];

/** Open a contact's form during these calls; the first of the contacts is Maryam. */
async function openPartner(legs, name = "Maryam Khalil") {
    const calls = await startCalls({preferences: {open_contact: false}});
    const [maryam, other] = MockServer.env["res.partner"].create([
        {name: "Maryam Khalil"},
        {name: "Yusuf Khalil"},
    ]);
    for (const leg of legs) {
        calls.put({...leg, partner: leg.partner && {...leg.partner, id: maryam}});
    }
    const resId = name === "Maryam Khalil" ? maryam : other;
    await mountView({
        type: "form",
        resModel: "res.partner",
        resId,
        arch: `
            <form>
                <sheet>
                    <widget name="callgear_call_bar"/>
                    <field name="name" required="1"/>
                </sheet>
            </form>`,
    });
    return {calls, maryam, other};
}

test("R7, R11: on the caller's contact: a new ticket, or one of theirs by one click", async () => {
    mockDate("2026-03-28 12:31:11", +0);
    stepActions();
    stepLegMethods({
        type: "ir.actions.act_window",
        res_model: "helpdesk.ticket",
        res_id: 21,
    });
    await openPartner([
        makeTalk({open_tickets: [makeTicket(23)], call_tickets: CALL_TICKETS}),
    ]);
    expect(BAR).toHaveCount(1);
    expect(`${BAR} .fw-bold`).toHaveText("Call in progress");
    // The clock runs, and a slow machine takes its time for the page.
    expect(`${BAR} .font-monospace`).toHaveText(/^1:0[5-9]$/);
    expect(`${BAR} .o-callgear-SummaryBox`).toHaveCount(1);
    expect(getService("callgear.phone").asking).toEqual([], {
        message: "the page itself shows the call",
    });
    await contains(`${BAR} .o-callgear-new-ticket`).click();
    expect(`${BAR} .o-callgear-attach`).toHaveText(
        "Attach to HT000023 Delivery is late"
    );
    await contains(`${BAR} .o-callgear-attach`).click();
    await contains(`${BAR} .o-callgear-attach-other`).click();
    expect(queryAllTexts(".o-dropdown-item")).toEqual([
        "HT000022 Delivery is late New",
        "HT000021 Wrong colour Done",
    ]);
    await contains(".o-dropdown-item:contains(Wrong colour)").click();
    expect.verifySteps([
        "action_new_ticket 1",
        "open helpdesk.ticket,21",
        "attach_to_ticket 1 | 23 | ",
        "open helpdesk.ticket,21",
        "attach_to_ticket 1 | 21 | ",
        "open helpdesk.ticket,21",
    ]);
});

test("a caller without tickets: nothing to attach to", async () => {
    await openPartner([makeTalk()]);
    expect(`${BAR} .o-callgear-new-ticket`).toHaveCount(1);
    expect(`${BAR} .o-callgear-attach`).toHaveCount(0);
});

test("R6, R11: the caller's own tickets come before those of their company", async () => {
    const ofCompany = makeTicket(24, {contact: "Omar Haddad"});
    await openPartner([
        makeTalk({open_tickets: [ofCompany], call_tickets: CALL_TICKETS}),
    ]);
    expect(`${BAR} .o-callgear-attach`).toHaveText(
        "Attach to HT000022 Delivery is late"
    );
    await contains(`${BAR} .o-callgear-attach-other`).click();
    expect(queryAllTexts(".o-dropdown-item")).toEqual([
        "HT000021 Wrong colour Done",
        "HT000024 (Omar Haddad) Delivery is late New",
    ]);
});

test("R11: the only ticket, open or not, needs no menu", async () => {
    await openPartner([
        makeTalk({open_tickets: [CALL_TICKETS[0]], call_tickets: [CALL_TICKETS[0]]}),
    ]);
    expect(`${BAR} .o-callgear-attach`).toHaveText(
        "Attach to HT000022 Delivery is late"
    );
    expect(`${BAR} .o-callgear-attach-other`).toHaveCount(0);
});

test("another contact has nothing to do with the call, nor has one that rings", async () => {
    const {calls, maryam} = await openPartner([makeTalk({id: 1})], "Yusuf Khalil");
    expect(BAR).toHaveCount(0);
    expect(getService("callgear.phone").asking).toHaveLength(1);
    calls.put(makeLeg({id: 2, partner: {id: maryam + 1, name: "Yusuf", fields: []}}));
    await animationFrame();
    expect(BAR).toHaveCount(0);
});

test("R12, R13: an unknown caller: a ticket, the contact, or perhaps this one", async () => {
    stepActions();
    stepLegMethods({});
    onRpc("res.partner", "web_save", () => expect.step("saved"));
    const {calls, other} = await openPartner([makeTalk(UNKNOWN)], "Yusuf Khalil");
    expect(`${BAR} .fw-bold`).toHaveText(
        "Call with unknown number \u2066+971505550123\u2069"
    );
    expect(queryAllTexts(KEYS)).toEqual([
        "New ticket from this call",
        "Find the contact",
        "Link \u2066+971505550123\u2069 to this contact: Yusuf Khalil?",
    ]);
    expect(`${BAR} .o-callgear-link`).toHaveClass("btn-secondary");
    expect(`${BAR} .o-callgear-attach`).toHaveCount(0);
    await contains(`${BAR} .o-callgear-new-ticket`).click();
    await contains(`${BAR} .o-callgear-find`).click();
    expect.verifySteps([
        "action_new_ticket 1",
        "open undefined,new",
        "action_find_partner 1",
        "open undefined,new",
    ]);
    await contains("[name=name] input").edit("Yusuf K.");
    await contains(`${BAR} .o-callgear-link`).click();
    expect.verifySteps(["saved", `link_partner 1 | ${other}`]);
    calls.put(
        makeTalk({revision: 3, partner: {id: other, name: "Yusuf K.", fields: []}})
    );
    await animationFrame();
    expect(queryAllTexts(KEYS)).toEqual([
        "New ticket from this call",
        "Another contact",
    ]);
});

test("R11: a wrong contact can be changed before there is a ticket", async () => {
    stepActions();
    stepLegMethods({type: "ir.actions.act_window", res_model: "callgear.move"});
    const {calls, maryam} = await openPartner([makeTalk()]);
    await contains(`${BAR} .o-callgear-another`).click();
    expect.verifySteps(["action_move 1", "open callgear.move,new"]);
    const partner = {id: maryam, name: "Maryam Khalil", fields: []};
    calls.put(makeTalk({revision: 3, state: "ended", note: true, partner}));
    await animationFrame();
    expect(`${BAR} .o-callgear-another`).toHaveCount(1);
    calls.put(
        makeTalk({revision: 4, state: "ended", note: true, ticket_id: 5, partner})
    );
    await animationFrame();
    expect(`${BAR} .o-callgear-another`).toHaveCount(0);
});

test("a contact that cannot be saved is not linked", async () => {
    stepLegMethods({});
    await openPartner([makeTalk(UNKNOWN)]);
    await contains("[name=name] input").edit("");
    await contains(`${BAR} .o-callgear-link`).click();
    expect.verifySteps([]);
    expect("[name=name]").toHaveClass("o_field_invalid");
});

test("a hidden number is offered to nobody, and stays in the panel", async () => {
    await openPartner([makeTalk({...UNKNOWN, phone: null})]);
    expect(BAR).toHaveCount(0);
    expect(getService("callgear.phone").asking).toHaveLength(1);
});

test("R19, R52: a call from a ticket leads back there, and has its keys", async () => {
    stepActions();
    await openPartner([makeDial("talking")]);
    expect(queryAllTexts(KEYS)).toEqual([
        "Ticket of this call",
        "Hang up",
        "Hold",
        "Transfer",
    ]);
    await contains(`${BAR} button:first`).click();
    expect.verifySteps(["open helpdesk.ticket,21"]);
});

test("once it has a ticket, the bar leads there; when it ends, it goes", async () => {
    stepActions();
    const {calls, maryam} = await openPartner([makeTalk({ticket_id: 21})]);
    expect(queryAllTexts(KEYS)).toEqual(["Ticket of this call", "Move this call"]);
    await contains(`${BAR} button:first`).click();
    expect.verifySteps(["open helpdesk.ticket,21"]);
    const partner = {id: maryam, name: "Maryam Khalil", fields: []};
    calls.put(makeTalk({revision: 3, state: "ended", partner}));
    await animationFrame();
    expect(BAR).toHaveCount(0);
});

test("R20: the note stays where it is typed, until it is finished", async () => {
    const {calls, maryam} = await openPartner([makeTalk()]);
    const partner = {id: maryam, name: "Maryam Khalil", fields: []};
    const box = queryOne(`${BAR} textarea`);
    await contains(box).edit("It has arri", {confirm: false});
    const over = {state: "ended", ticket_id: 21, partner};
    calls.put(makeTalk({revision: 3, note: true, ...over}));
    await animationFrame();
    expect(`${BAR} .fw-bold`).toHaveText("Call ended: finish your note");
    expect(box).toBeFocused();
    expect(box).toHaveValue("It has arri");
    expect(getService("callgear.phone").asking).toEqual([]);
    calls.put(makeTalk({revision: 4, ...over}));
    await animationFrame();
    expect(BAR).toHaveCount(0);
});

test("R56: after a note that is done the focus is at the next call", async () => {
    stepLegMethods();
    const note = {revision: 3, state: "ended", note: true};
    const {calls, maryam} = await openPartner([makeTalk(), makeTalk({id: 2})]);
    const partner = {id: maryam, name: "Maryam Khalil", fields: []};
    calls.put(makeTalk({...note, partner}));
    await animationFrame();
    await contains(`${BAR}[data-leg='1'] .o-callgear-done`).click();
    await animationFrame();
    expect(`${BAR}[data-leg='1']`).toHaveCount(0);
    expect(`${BAR}[data-leg='2'] textarea`).toBeFocused();
    expect.verifySteps(["finish_note 1"]);
});

test("the note of an unknown caller stays, though a contact was made of the number", async () => {
    const {calls} = await openPartner([makeTalk(UNKNOWN)], "Yusuf Khalil");
    const box = queryOne(`${BAR} textarea`);
    const partner = {id: 777, name: "+971505550123", fields: []};
    calls.put(makeTalk({revision: 3, note: true, state: "ended", partner}));
    await animationFrame();
    expect(`${BAR} textarea`).toHaveCount(1);
    expect(queryOne(`${BAR} textarea`)).toBe(box);
});
