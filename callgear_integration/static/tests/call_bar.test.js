// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {animationFrame, expect, mockDate, queryAllTexts, test} from "@odoo/hoot";
import {contains, MockServer, mountView, onRpc} from "@web/../tests/web_test_helpers";
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

test("R7: on the caller's contact: a new ticket, or one of the caller's tickets", async () => {
    mockDate("2026-03-28 12:31:11", +0);
    stepActions();
    stepLegMethods({
        type: "ir.actions.act_window",
        res_model: "helpdesk.ticket",
        res_id: 21,
    });
    const {calls} = await openPartner([makeTalk({call_tickets: CALL_TICKETS})]);
    expect(BAR).toHaveCount(1);
    expect(`${BAR} .fw-bold`).toHaveText("Call in progress");
    // The clock runs, and a slow machine takes its time for the page.
    expect(`${BAR} .font-monospace`).toHaveText(/^1:0[5-9]$/);
    expect(calls.popups).toEqual([], {message: "the page itself shows the call"});
    await contains(`${BAR} .o-callgear-new-ticket`).click();
    await contains(`${BAR} .o-callgear-attach`).click();
    expect(queryAllTexts(".o-dropdown-item")).toEqual([
        "HT000022 Delivery is late New",
        "HT000021 Wrong colour Done",
    ]);
    await contains(".o-dropdown-item:contains(Wrong colour)").click();
    expect.verifySteps([
        "action_new_ticket 1",
        "open helpdesk.ticket,21",
        "attach_to_ticket 1 | 21 | ",
        "open helpdesk.ticket,21",
    ]);
});

test("a caller without call tickets: nothing to attach to", async () => {
    await openPartner([makeTalk()]);
    expect(`${BAR} .o-callgear-new-ticket`).toHaveCount(1);
    expect(`${BAR} .o-callgear-attach`).toHaveCount(0);
});

test("another contact has nothing to do with the call, nor has one that rings", async () => {
    const {calls, maryam} = await openPartner([makeTalk({id: 1})], "Yusuf Khalil");
    expect(BAR).toHaveCount(0);
    expect(calls.popups).toHaveLength(1);
    calls.put(makeLeg({id: 2, partner: {id: maryam + 1, name: "Yusuf", fields: []}}));
    await animationFrame();
    expect(BAR).toHaveCount(0);
});

test("R13: an unknown caller may be this contact", async () => {
    stepLegMethods({});
    onRpc("res.partner", "web_save", () => expect.step("saved"));
    const {calls, other} = await openPartner([makeTalk(UNKNOWN)], "Yusuf Khalil");
    expect(`${BAR} .fw-bold`).toHaveText("Call with unknown number +971505550123");
    expect(`${BAR} .o-callgear-new-ticket, ${BAR} .o-callgear-attach`).toHaveCount(0);
    await contains("[name=name] input").edit("Yusuf K.");
    await contains(`${BAR} .o-callgear-link`).click();
    expect.verifySteps(["saved", `link_partner 1 | ${other}`]);
    calls.put(
        makeTalk({revision: 3, partner: {id: other, name: "Yusuf K.", fields: []}})
    );
    await animationFrame();
    expect(`${BAR} .o-callgear-new-ticket`).toHaveCount(1);
    expect(`${BAR} .o-callgear-link`).toHaveCount(0);
});

test("a contact that cannot be saved is not linked", async () => {
    stepLegMethods({});
    await openPartner([makeTalk(UNKNOWN)]);
    await contains("[name=name] input").edit("");
    await contains(`${BAR} .o-callgear-link`).click();
    expect.verifySteps([]);
    expect("[name=name]").toHaveClass("o_field_invalid");
});

test("a hidden number is offered to nobody", async () => {
    await openPartner([makeTalk({...UNKNOWN, phone: null})]);
    expect(BAR).toHaveCount(0);
});

test("R19, R52: a call from a ticket leads back there, and has its keys", async () => {
    stepActions();
    await openPartner([makeDial("talking")]);
    expect(queryAllTexts(`${BAR} button`)).toEqual([
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
    expect(queryAllTexts(`${BAR} button`)).toEqual(["Ticket of this call"]);
    await contains(`${BAR} button`).click();
    expect.verifySteps(["open helpdesk.ticket,21"]);
    const partner = {id: maryam, name: "Maryam Khalil", fields: []};
    calls.put(makeTalk({revision: 3, state: "ended", partner}));
    await animationFrame();
    expect(BAR).toHaveCount(0);
});
