// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {waitForChannels} from "@bus/../tests/bus_test_helpers";
import {openFormView, start, startServer} from "@mail/../tests/mail_test_helpers";
import {CallMessage} from "@callgear_integration/parts/call_message/call_message";
import {reactive} from "@odoo/owl";
import {
    advanceTime,
    animationFrame,
    Deferred,
    describe,
    expect,
    mockDate,
    queryAllTexts,
    test,
    waitFor,
    waitForNone,
    waitUntil,
} from "@odoo/hoot";
import {
    contains,
    getService,
    mockService,
    MockServer,
    mountWithCleanup,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeCard,
    makeRecording,
    makeTalk,
    refuse,
    stepActions,
    stepLegMethods,
} from "./callgear_test_helpers";

defineCallgearModels();

const CARD = ".o-callgear-CallMessage";

async function mountCard(values) {
    const message = reactive({callgear_call: makeCard(values)});
    await mountWithCleanup(CallMessage, {props: {message}});
    return message;
}

describe("R9, R20, R21, R26: what it says", () => {
    const cases = [
        [{}, "Incoming call from +971505550123", "talked 3:29", "text-success"],
        [
            {direction: "out"},
            "Outgoing call to +971505550123",
            "talked 3:29",
            "text-success",
        ],
        [
            {entry: "missed", agent: ""},
            "Missed call from +971505550123",
            "waited 0:38",
            "text-danger",
        ],
        [
            {entry: "attempt", direction: "out"},
            "Call to +971505550123: no answer",
            "rang 0:40",
            "text-warning",
        ],
    ];
    for (const [values, headline, course, colour] of cases) {
        test(headline, async () => {
            await mountCard({...values, headline, course});
            expect(`${CARD} .fw-bold`).toHaveText(headline);
            expect(".o-callgear-course").toHaveText(course);
            expect(`${CARD} .fa-phone`).toHaveClass(colour);
            expect(".o-callgear-running, .o-callgear-RecordingPlayer").toHaveCount(0);
            const people =
                values.agent === "" ? "Maryam Khalil" : "Maryam Khalil · Sara Haddad";
            expect(`${CARD} div.small`).toHaveText(`${people} · ${course}`);
        });
    }

    test("R44: in the language of the user, or else in one that there is", async () => {
        const texts = {
            en: {headline: "Missed call", course: "waited 0:38"},
            ru_RU: {headline: "Пропущенный звонок", course: "ожидание 0:38"},
        };
        const message = await mountCard({texts});
        expect(`${CARD} .fw-bold`).toHaveText("Missed call");
        message.callgear_call = makeCard({texts: {ru_RU: texts.ru_RU}});
        await animationFrame();
        expect(`${CARD} .fw-bold`).toHaveText("Пропущенный звонок");
        expect(".o-callgear-course").toHaveText("ожидание 0:38");
    });

    test("the arrow shows the direction", async () => {
        const message = await mountCard();
        expect(`${CARD} .oi-arrow-down-left`).toHaveCount(1);
        message.callgear_call = makeCard({direction: "out"});
        await animationFrame();
        expect(`${CARD} .oi-arrow-up-right`).toHaveCount(1);
    });

    test("in progress, with running time; then its length, without reload", async () => {
        mockDate("2026-03-28 12:30:16", +0);
        const message = await mountCard({
            state: "talking",
            ended_at: null,
            course: "Call in progress",
        });
        expect(".o-callgear-course").toHaveText("Call in progress");
        expect(".o-callgear-running").toHaveText("0:10");
        await advanceTime(2000);
        expect(".o-callgear-running").toHaveText("0:12");
        message.callgear_call = makeCard({recordings: [makeRecording()]});
        await animationFrame();
        expect(".o-callgear-course").toHaveText("talked 3:29");
        expect(".o-callgear-RecordingPlayer").toHaveCount(1);
    });

    test("what was said is text, not HTML", async () => {
        await mountCard({summary: "<b>bold</b>\nnew line", partner: "<i>Eve</i>"});
        expect(".o-callgear-summary").toHaveText("<b>bold</b>\nnew line");
        expect(`${CARD} div.small`).toHaveText(/<i>Eve<\/i>/);
    });

    test("a transferred call's recordings are played one by one", async () => {
        await mountCard({
            recordings: [
                makeRecording({id: 1, duration: 60}),
                makeRecording({id: 2, state: "awaited", attachment_id: null}),
            ],
        });
        expect(".o-callgear-RecordingPlayer").toHaveCount(2);
    });
});

describe("R9: never an empty card", () => {
    const awaited = {recording_state: "awaited"};
    const TEXT = ".o-callgear-noRecording";

    test("a recording is awaited; after two hours there is none", async () => {
        mockDate("2026-03-28 14:33:33", +0);
        const message = await mountCard(awaited);
        expect(TEXT).toHaveText("The recording will be here shortly.");
        await advanceTime(3000);
        expect(TEXT).toHaveText("The call was not recorded.");
        message.callgear_call = makeCard({recordings: [makeRecording()]});
        await animationFrame();
        expect(TEXT).toHaveCount(0);
        expect(".o-callgear-RecordingPlayer").toHaveCount(1);
    });

    test("nothing is said of it while the call goes on", async () => {
        await mountCard({state: "talking", ended_at: null, recording_state: null});
        expect(TEXT).toHaveCount(0);
    });
});

describe("R11: move this call", () => {
    const MOVE = ".o-callgear-move";
    const mine = () => ({agent_user_id: serverState.userId});

    test("its agent is offered it, for what can be moved", async () => {
        const message = await mountCard(mine());
        expect(MOVE).toHaveText("Move this call");
        message.callgear_call = makeCard();
        await animationFrame();
        expect(MOVE).toHaveCount(0);
    });

    test("of a missed call everybody is offered another contact", async () => {
        stepLegMethods({res_model: "callgear.move", res_id: 3});
        stepActions();
        await mountCard({entry: "missed"});
        expect(MOVE).toHaveText("Another contact");
        await contains(MOVE).click();
        expect.verifySteps(["action_move 1", "open callgear.move,3"]);
    });

    test("it opens the dialog", async () => {
        stepLegMethods({res_model: "callgear.move", res_id: 3});
        stepActions();
        await mountCard(mine());
        await contains(MOVE).click();
        expect.verifySteps(["action_move 1", "open callgear.move,3"]);
    });

    test("a refusal is said in words", async () => {
        onRpc("callgear.leg", "action_move", refuse("This is not your call."));
        mockService("notification", {add: (text) => expect.step(text)});
        await mountCard(mine());
        await contains(MOVE).click();
        expect.verifySteps(["This is not your call."]);
    });
});

describe("the summary", () => {
    const mine = () => ({agent_user_id: serverState.userId});

    test("its author adds it, and changes it", async () => {
        stepLegMethods();
        await mountCard(mine());
        expect(".o-callgear-edit").toHaveText("Add a summary");
        await contains(".o-callgear-edit").click();
        await contains(`${CARD} textarea`).edit("Has moved.");
        await contains(`${CARD} button:contains(Save)`).click();
        expect.verifySteps(["save_draft 1 |  | Has moved."]);
        await animationFrame();
        expect(".o-callgear-summary").toHaveText("Has moved.");
        expect(".o-callgear-edit").toHaveText("Edit summary");
        await contains(".o-callgear-edit").click();
        expect(`${CARD} textarea`).toHaveValue("Has moved.");
        await contains(`${CARD} button:contains(Save)`).click();
        expect(".o-callgear-summary").toHaveText("Has moved.");
        expect.verifySteps([], {message: "nothing has changed"});
    });

    test("nobody else does", async () => {
        await mountCard({agent_user_id: serverState.userId + 1, summary: "Has moved."});
        expect(".o-callgear-edit").toHaveCount(0);
    });

    test("a call that did not take place has none", async () => {
        await mountCard({...mine(), entry: "attempt"});
        expect(".o-callgear-edit").toHaveCount(0);
    });

    test("R16: it is the one of the popup, also if another phone was answered", async () => {
        stepLegMethods();
        const summary = "Typed in the popup";
        await mountCard({...mine(), leg_id: 2, popup_id: 1});
        getService("callgear.calls").put(makeTalk({id: 1, summary}));
        await contains(".o-callgear-edit").click();
        expect(`${CARD} textarea`).toHaveValue(summary);
        await contains(`${CARD} textarea`).edit("Changed in the card");
        await contains(`${CARD} button:contains(Save)`).click();
        expect.verifySteps(["save_draft 1 |  | Changed in the card"]);
    });

    test("news of the call do not disturb who is writing", async () => {
        stepLegMethods();
        const message = await mountCard({...mine(), state: "talking"});
        await contains(".o-callgear-edit").click();
        await contains(`${CARD} textarea`).edit("Has mo", {confirm: false});
        message.callgear_call = makeCard({...mine(), recordings: [makeRecording()]});
        await animationFrame();
        expect(`${CARD} textarea`).toHaveValue("Has mo");
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | Has mo"]);
    });
});

describe("in the ticket", () => {
    async function openTicket(card) {
        const pyEnv = await startServer();
        const ticket = pyEnv["helpdesk.ticket"].create({name: "Delivery is late"});
        const attachment = pyEnv["ir.attachment"].create({
            name: "call.mp3",
            mimetype: "audio/mpeg",
        });
        const message = pyEnv["mail.message"].create({
            model: "helpdesk.ticket",
            res_id: ticket,
            body: "<p><strong>Incoming call</strong></p>",
            attachment_ids: [attachment],
        });
        await start();
        await openFormView("helpdesk.ticket", ticket);
        await waitFor(".o-mail-Message");
        await waitForChannels([`callgear.ticket_${ticket}`]);
        if (card) {
            getService("mail.store").insert({
                "mail.message": [{id: message, callgear_call: card}],
            });
            await waitFor(CARD);
        }
        return {ticket, message, attachment};
    }

    test("R9: the card takes the place of the text and of the file", async () => {
        await openTicket(makeCard({recordings: [makeRecording()]}));
        expect(CARD).toHaveCount(1);
        expect(".o-mail-Message-textContent").toHaveCount(0);
        expect(".o-mail-AttachmentList").toHaveCount(0);
        expect(".o-callgear-RecordingPlayer").toHaveCount(1);
    });

    test("any other message stays what it is", async () => {
        await openTicket();
        expect(CARD).toHaveCount(0);
        expect(".o-mail-Message-textContent").toHaveText("Incoming call");
        expect(".o-mail-AttachmentList").toHaveCount(1);
    });

    test("R9: an open page brings itself up to date", async () => {
        const talking = makeCard({state: "talking", course: "Call in progress"});
        const {ticket, message} = await openTicket(talking);
        expect(".o-callgear-course").toHaveText("Call in progress");
        const announce = (ticket_id, callgear_call) =>
            MockServer.env["bus.bus"]._sendone(
                `callgear.ticket_${ticket}`,
                "callgear.ticket",
                {ticket_id, message_id: message, callgear_call}
            );
        announce(ticket + 1, makeCard({summary: "Of another ticket"}));
        announce(ticket, makeCard());
        await waitFor(".o-callgear-course:contains(talked 3:29)");
        const recordings = [makeRecording({state: "awaited", attachment_id: null})];
        announce(ticket, makeCard({recordings}));
        await waitFor(".o-callgear-RecordingPlayer[data-state=awaited]");
        announce(ticket, makeCard({recordings: [makeRecording()]}));
        await waitFor(".o-callgear-RecordingPlayer[data-state=stored]");
        expect(queryAllTexts(".o-callgear-summary")).toEqual([]);
    });

    test("R9: a call message that appears while the page is open", async () => {
        const {ticket} = await openTicket();
        MockServer.env["helpdesk.ticket"].write([ticket], {name: "Made by itself"});
        const message = MockServer.env["mail.message"].create({
            model: "helpdesk.ticket",
            res_id: ticket,
            body: "<p>Another call</p>",
        });
        MockServer.env["bus.bus"]._sendone(
            `callgear.ticket_${ticket}`,
            "callgear.ticket",
            {
                ticket_id: ticket,
                message_id: message,
                callgear_call: makeCard(),
            }
        );
        await waitFor(".o-mail-Message:contains(Another call)");
        expect(".o-mail-Message").toHaveCount(2);
        expect("[name=name] input").toHaveValue("Made by itself");
    });

    test("R11: a call that is moved away leaves the page; one moved here comes", async () => {
        const {ticket, message} = await openTicket(makeCard());
        const [elsewhere] = MockServer.env["mail.message"].create([
            {model: "res.partner", res_id: serverState.partnerId, body: "<p>Old</p>"},
        ]);
        const later = MockServer.env["mail.message"].create({
            model: "helpdesk.ticket",
            res_id: ticket,
            body: "<p>Later</p>",
        });
        const tell = (payload) =>
            MockServer.env["bus.bus"]._sendone(
                `callgear.ticket_${ticket}`,
                "callgear.ticket",
                {ticket_id: ticket, ...payload}
            );
        tell({message_id: later, callgear_call: makeCard()});
        await waitFor(".o-mail-Message:contains(Later)");
        const place = {model: "helpdesk.ticket", res_id: ticket};
        MockServer.env["mail.message"].write([elsewhere], place);
        tell({message_id: elsewhere, callgear_call: makeCard()});
        await waitFor(".o-mail-Message:contains(Old)");
        expect(".o-mail-Message").toHaveCount(3);
        expect(".o-mail-Message:eq(1):contains(Old)").toHaveCount(1);
        tell({gone_message_id: message});
        await waitForNone(CARD);
        expect(".o-mail-Message").toHaveCount(2);
    });

    test("what is typed in the ticket survives news of its calls", async () => {
        const {ticket, message} = await openTicket(makeCard({state: "talking"}));
        await contains("[name=name] input").edit("Mine");
        MockServer.env["bus.bus"]._sendone(
            `callgear.ticket_${ticket}`,
            "callgear.ticket",
            {
                ticket_id: ticket,
                message_id: message,
                callgear_call: makeCard(),
            }
        );
        await waitFor(".o-callgear-course:contains(talked 3:29)");
        expect("[name=name] input").toHaveValue("Mine");
    });

    test("what is typed while two pieces of news are fetched survives both", async () => {
        const {ticket, message} = await openTicket(makeCard({state: "talking"}));
        const payload = {ticket_id: ticket, message_id: message};
        const tell = (values) =>
            MockServer.env["bus.bus"]._sendone(
                `callgear.ticket_${ticket}`,
                "callgear.ticket",
                {...payload, callgear_call: makeCard(values)}
            );
        const held = new Deferred();
        onRpc("helpdesk.ticket", "web_read", async () => {
            expect.step("web_read");
            await held;
        });
        let asked = 0;
        onRpc("/mail/thread/messages", () => {
            asked++;
        });
        tell({state: "talking", summary: "First"});
        await expect.waitForSteps(["web_read"]);
        await contains("[name=name] input").edit("Mine", {confirm: "tab"});
        asked = 0;
        tell({});
        await waitUntil(() => asked);
        await animationFrame();
        held.resolve();
        await waitFor(".o_form_button_save:visible");
        await animationFrame();
        expect("[name=name] input").toHaveValue("Mine");
        await contains(".o_form_button_save").click();
        await animationFrame();
        expect(MockServer.env["helpdesk.ticket"].browse(ticket)[0].name).toBe("Mine");
    });
});
