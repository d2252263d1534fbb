// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    animationFrame,
    beforeEach,
    Deferred,
    describe,
    edit,
    expect,
    queryOne,
    queryValue,
    test,
    waitFor,
    waitForNone,
} from "@odoo/hoot";
import {
    contains,
    getService,
    makeServerError,
    MockServer,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {WebClient} from "@web/webclient/webclient";
import {
    defineCallgearModels,
    HelpdeskTicket,
    leavePage,
    makeTalk,
    startCalls,
    stepActions,
    stepLegMethods,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

const BLOCK = ".o-callgear-TicketCall";
const BOX = "[name=call_summary] textarea";
const ARCH = `
    <form>
        <sheet>
            <field name="call_summary" widget="callgear_ticket_call"/>
            <field name="callgear_leg_id" invisible="1"/>
            <field name="name"/>
            <field name="partner_id"/>
            <field name="number"/>
        </sheet>
    </form>`;

const start = (legs) => startCalls({calls: legs, preferences: {open_contact: false}});

describe("R8, R15: a new ticket for a call", () => {
    beforeEach(() => stepLegMethods());

    const CONTEXT = {default_callgear_leg_id: 1, default_name: "Incoming call"};

    async function newTicket(legs = [makeTalk()]) {
        const calls = await start(legs);
        await mountView({
            type: "form",
            resModel: "helpdesk.ticket",
            arch: ARCH,
            context: CONTEXT,
        });
        return calls;
    }

    const openTicketForm = (context = CONTEXT) =>
        getService("action").doAction({
            type: "ir.actions.act_window",
            res_model: "helpdesk.ticket",
            views: [[false, "form"]],
            context,
        });

    test("it says so, and the popup gives way", async () => {
        await newTicket();
        expect(`${BLOCK} .fw-bold`).toHaveText("New ticket from this call");
        expect(getService("callgear.phone").asking).toEqual([]);
        expect(`${BLOCK} .o-callgear-record`).toHaveCount(0);
    });

    test("what is typed is kept after a moment, before the field is left", async () => {
        await newTicket();
        await contains("[name=call_summary] textarea").click();
        await edit("The parcel ");
        await advanceTime(500);
        expect.verifySteps([]);
        await edit("The parcel is ");
        await advanceTime(500);
        expect.verifySteps([], {message: "still typing"});
        await advanceTime(200);
        expect.verifySteps(["save_draft 1 |  | The parcel is "]);
        expect(queryValue("[name=call_summary] textarea")).toBe("The parcel is ", {
            message: "nothing happens to the field meanwhile",
        });
        expect(getService("callgear.calls").unsavedForms).toBe(1);
        await contains("[name=name] input").edit("Late parcel");
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 | Late parcel | "]);
    });

    test("a field that is typed in while another is taken over is kept", async () => {
        const taken = new Deferred();
        onRpc("helpdesk.ticket", "onchange", async ({args}) => {
            if (args[2].includes("name")) {
                await taken;
            }
        });
        HelpdeskTicket._onChanges = {name() {}};
        await newTicket();
        await contains("[name=name] input").edit("Late parcel");
        await contains("[name=call_summary] textarea").click();
        await edit("The parcel");
        taken.resolve();
        await animationFrame();
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 | Late parcel | The parcel"]);
    });

    test("other fields are no draft", async () => {
        await newTicket();
        await contains("[name=number] input").click();
        await edit("HT1");
        await advanceTime(700);
        expect.verifySteps([]);
    });

    test("the call ends first: the form becomes its ticket, nothing is lost", async () => {
        onRpc("helpdesk.ticket", "web_save", ({args}) => {
            expect.step(`saved ${args[1].name}: ${args[1].call_summary}`);
        });
        const calls = await newTicket();
        await contains("[name=name] input").edit("Late parcel");
        await contains(BOX).click();
        await edit("Typing goes o");
        const box = queryOne(BOX);
        box.setSelectionRange(6, 8);
        const ended = {state: "ended", note: true};
        calls.put(makeTalk({revision: 3, ...ended}));
        await animationFrame();
        expect.verifySteps([], {message: "the ticket is not there yet"});
        const made = {ticket_id: 1, ticket_choice: "auto"};
        calls.put(makeTalk({revision: 4, ...ended, ...made}));
        await animationFrame();
        await waitForNone(".o-callgear-create");
        expect.verifySteps([
            "save_draft 1 | Late parcel | Typing goes o",
            "saved Late parcel: false",
        ]);
        expect(`${BLOCK} .fw-bold`).toHaveText("Call ended: finish your note");
        expect(queryOne(BOX)).toBe(box);
        expect(BOX).toBeFocused();
        expect([box.selectionStart, box.selectionEnd]).toEqual([6, 8]);
        await edit("Typing goes on");
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | Typing goes on"]);
        expect("[name=name] input").toHaveValue("Late parcel");
        expect(MockServer.env["helpdesk.ticket"].search_count([])).toBe(1);
        expect(calls.unsavedForms).toBe(0);
        calls.put(makeTalk({revision: 5, ...ended, ...made, note: false}));
        await waitForNone(BLOCK);
    });

    test("a form that cannot be saved yet stays, and its draft is kept", async () => {
        onRpc("helpdesk.ticket", "web_save", () => expect.step("saved"));
        const calls = await newTicket();
        await contains("[name=name] input").edit("");
        await contains("[name=call_summary] textarea").click();
        await edit("Typing goes on");
        calls.put(
            makeTalk({
                revision: 3,
                state: "ended",
                ticket_id: 21,
                ticket_choice: "auto",
            })
        );
        await animationFrame();
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | Typing goes on"]);
        expect("[name=call_summary] textarea").toHaveValue("Typing goes on");
        await contains("[name=name] input").edit("Late parcel");
        await contains(".o_form_button_save").click();
        expect.verifySteps(["save_draft 1 | Late parcel | ", "saved"]);
    });

    test("Create makes the ticket of what is typed", async () => {
        onRpc("helpdesk.ticket", "web_save", ({args}) => {
            expect.step(`saved ${args[1].callgear_leg_id}: ${args[1].call_summary}`);
        });
        await newTicket();
        await contains("[name=call_summary] textarea").click();
        await edit("Has moved");
        await contains(`${BLOCK} .o-callgear-create`).click();
        await waitForNone(`${BLOCK} .o-callgear-create`);
        expect.verifySteps(["save_draft 1 |  | Has moved", "saved 1: false"]);
        await advanceTime(1000);
        expect.verifySteps([], {message: "no draft any more"});
    });

    test("attached to another ticket meanwhile, in another tab: no second one", async () => {
        onRpc("helpdesk.ticket", "web_save", () => expect.step("saved"));
        const calls = await newTicket();
        calls.put(makeTalk({revision: 3, ticket_id: 21, ticket_choice: "attach"}));
        await animationFrame();
        await advanceTime(700);
        expect.verifySteps([]);
    });

    test("the way back to the contact makes no ticket, and keeps the draft", async () => {
        onRpc("helpdesk.ticket", "web_save", () => expect.step("saved"));
        await start([]);
        const id = MockServer.env["res.partner"].create({name: "Maryam Khalil"});
        const partner = {id, name: "Maryam Khalil", fields: []};
        getService("callgear.calls").put(makeTalk({partner}));
        await mountWithCleanup(WebClient);
        await openTicketForm();
        await contains("[name=call_summary] textarea").click();
        await edit("Attach it, rather");
        await contains(`${BLOCK} .o-callgear-contact`).click();
        await waitFor(".o_form_view [name=name] input:value(Maryam Khalil)");
        await advanceTime(1000);
        expect.verifySteps(["save_draft 1 |  | Attach it, rather"]);
    });

    test("an unknown caller has no contact to go to", async () => {
        await newTicket([makeTalk(UNKNOWN)]);
        expect(`${BLOCK} .o-callgear-contact`).toHaveCount(0);
    });

    test("Create while talking: the box stays, and takes the next word", async () => {
        const calls = await newTicket();
        await contains(BOX).click();
        await edit("Has ");
        const box = queryOne(BOX);
        await contains(".o-callgear-create").click();
        await waitForNone(".o-callgear-create");
        expect(queryOne(BOX)).toBe(box, {message: "news of the ticket come later"});
        const made = {summary: "Has", ticket_id: 1, ticket_choice: "new"};
        calls.put(makeTalk({revision: 3, ...made}));
        await animationFrame();
        expect(queryOne(BOX)).toBe(box);
        expect(BOX).toHaveValue("Has ");
        expect(`${BLOCK} .fw-bold`).toHaveText("Call in progress");
        expect.verifySteps(["save_draft 1 |  | Has "]);
    });

    /** This page was left while it showed the form of the call. */
    function leaveNewTicket(path = browser.location.pathname) {
        browser.sessionStorage.setItem("callgear.new_ticket", `1 ${path}`);
    }

    function stepNewTicket() {
        onRpc("callgear.leg", "action_new_ticket", () => {
            expect.step("action_new_ticket");
            throw makeServerError({message: "The call is not yours."});
        });
    }

    test("A12: the form of the call is remembered until the next page", async () => {
        await newTicket();
        const left = () => browser.sessionStorage.getItem("callgear.new_ticket");
        expect(left()).toBe(null, {message: "a tab that is copied has nothing"});
        leavePage();
        expect(left()).toBe(`1 ${browser.location.pathname}`);
    });

    test("R15: a form that is opened later is not that of the call", async () => {
        stepNewTicket();
        leaveNewTicket();
        await start([makeTalk()]);
        expect(browser.sessionStorage.getItem("callgear.new_ticket")).toBe(null);
        const resId = MockServer.env["helpdesk.ticket"].create({name: "Delivery"});
        const form = {type: "form", resModel: "helpdesk.ticket", arch: ARCH};
        await mountView({...form, resId});
        await mountView(form);
        await animationFrame();
        expect.verifySteps([]);
    });

    test("R15: nor is one at another address", async () => {
        stepNewTicket();
        leaveNewTicket("/odoo/elsewhere");
        await start([makeTalk()]);
        await mountView({type: "form", resModel: "helpdesk.ticket", arch: ARCH});
        await animationFrame();
        expect.verifySteps([]);
    });

    test("A12: what is refused after a reload is told", async () => {
        stepNewTicket();
        leaveNewTicket();
        await start([makeTalk()]);
        await mountView({type: "form", resModel: "helpdesk.ticket", arch: ARCH});
        await waitFor(".o_notification:contains(The call is not yours.)");
        expect.verifySteps(["action_new_ticket"]);
    });

    test("A12: a reload opens the form of the call again", async () => {
        onRpc("callgear.leg", "action_new_ticket", ({args}) => {
            expect.step(`action_new_ticket ${args[0]}`);
            return {
                type: "ir.actions.act_window",
                res_model: "helpdesk.ticket",
                views: [[false, "form"]],
                context: {...CONTEXT, default_name: "Late parcel"},
            };
        });
        leaveNewTicket();
        await start([makeTalk({summary: "Has moved"})]);
        await mountWithCleanup(WebClient);
        await openTicketForm({});
        await waitFor(BLOCK);
        expect.verifySteps(["action_new_ticket 1"]);
        expect("[name=name] input").toHaveValue("Late parcel");
        expect(BOX).toHaveValue("Has moved");
    });

    test("a page that is left keeps the draft at once", async () => {
        await start([makeTalk()]);
        await mountWithCleanup(WebClient);
        await openTicketForm();
        await contains("[name=call_summary] textarea").click();
        await edit("Half a sentence");
        await openTicketForm({});
        await animationFrame();
        expect.verifySteps(["save_draft 1 |  | Half a sentence"]);
    });
});

describe("R11: an existing ticket", () => {
    async function openTicket(legs, values = {}) {
        const calls = await start(legs);
        const [partner] = MockServer.env["res.partner"].create([
            {name: "Maryam Khalil"},
        ]);
        const [resId] = MockServer.env["helpdesk.ticket"].create([
            {name: "Delivery is late", partner_id: partner, ...values},
        ]);
        for (const leg of legs) {
            calls.put({
                ...leg,
                revision: leg.revision + 1,
                partner: leg.partner && {...leg.partner, id: partner},
            });
        }
        await mountView({type: "form", resModel: "helpdesk.ticket", arch: ARCH, resId});
        return {calls, partner, resId};
    }

    test("takes up the call with one click, and asks what it is about", async () => {
        stepLegMethods({});
        const {calls, resId} = await openTicket([makeTalk()]);
        expect(`${BLOCK} .fw-bold`).toHaveText("Call in progress");
        expect(BLOCK).toHaveText(/Maryam Khalil/);
        expect(getService("callgear.phone").asking).toHaveLength(1, {
            message: "R12: the ticket offers no other one",
        });
        expect(`${BLOCK} textarea.o-callgear-summary`).toHaveCount(0);
        await contains(".o-callgear-record").click();
        await animationFrame();
        expect.verifySteps([`attach_to_ticket 1 | ${resId} | `]);
        calls.put(makeTalk({revision: 9, ticket_id: resId, ticket_choice: "attach"}));
        await animationFrame();
        expect(`${BLOCK} .fw-bold`).toHaveText("Call in progress");
        expect(".o-callgear-record").toHaveCount(0);
        expect(BOX).toBeFocused();
        await edit("It has arrived.");
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | It has arrived."]);
        expect(getService("callgear.phone").asking).toEqual([], {
            message: "it stands in this page",
        });
        calls.put(makeTalk({revision: 10, state: "ended", ticket_id: resId}));
        await animationFrame();
        expect(BLOCK).toHaveCount(0);
    });

    test("the way back to the contact", async () => {
        stepActions();
        const {partner} = await openTicket([makeTalk()]);
        await contains(`${BLOCK} .o-callgear-contact`).click();
        expect.verifySteps([`open res.partner,${partner}`]);
    });

    test("R12: a call that belongs elsewhere is not caught here", async () => {
        stepActions();
        stepLegMethods({});
        await openTicket([makeTalk(UNKNOWN)]);
        await contains(".o-callgear-new-ticket").click();
        await contains(".o-callgear-find").click();
        expect.verifySteps([
            "action_new_ticket 1",
            "open undefined,new",
            "action_find_partner 1",
            "open undefined,new",
        ]);
    });

    test("a ticket that cannot be saved does not take it up", async () => {
        stepLegMethods({});
        await openTicket([makeTalk()]);
        await contains("[name=name] input").edit("");
        await contains(".o-callgear-record").click();
        await animationFrame();
        expect.verifySteps([]);
    });

    test("a ticket of somebody else does not offer it", async () => {
        const {calls} = await openTicket([makeTalk()]);
        const partner = {id: 12345, name: "Yusuf", fields: []};
        calls.put(makeTalk({revision: 9, partner}));
        await animationFrame();
        expect(BLOCK).toHaveCount(0);
        expect(getService("callgear.phone").asking).toHaveLength(1);
    });

    test("R23: a call to a number that nobody knows is not said to come from it", async () => {
        await openTicket([makeTalk({direction: "out", ...UNKNOWN})]);
        expect(".o-callgear-record").toHaveText(
            "Record the call with \u2066+971505550123\u2069 in this ticket of Maryam Khalil"
        );
    });

    test("a ticket without a contact, and an unknown caller, may belong together", async () => {
        const {calls} = await openTicket([makeTalk(UNKNOWN)]);
        expect(".o-callgear-record").toHaveText(
            "Record the call with \u2066+971505550123\u2069 in this ticket of Maryam Khalil"
        );
        expect(".o-callgear-contact").toHaveCount(0);
        calls.put(makeTalk({revision: 9, state: "ended", ...UNKNOWN}));
        await animationFrame();
        expect(BLOCK).toHaveCount(0);
    });
});
