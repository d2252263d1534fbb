// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {CallControls} from "@callgear_integration/parts/call_controls/call_controls";
import {reactive} from "@odoo/owl";
import {
    animationFrame,
    Deferred,
    describe,
    expect,
    pointerDown,
    press,
    queryAll,
    queryAllTexts,
    test,
    waitFor,
} from "@odoo/hoot";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeDial,
    makeLeg,
    makeTalk,
    mountPopups,
    refuse,
    stepCalling,
} from "./callgear_test_helpers";

defineCallgearModels();

const KEYS = ".o-callgear-CallControls";
const HANG_UP = `${KEYS} .o-callgear-hang-up`;
const HOLD = `${KEYS} .o-callgear-hold`;
const TRANSFER = `${KEYS} .o-callgear-transfer`;
const LIST = ".o-callgear-TransferList";
const POSSIBLE = ["hang_up", "hold", "consult", "transfer"];
const COLLEAGUES = [
    {id: 3, name: "Omar Nasser", extension: "102", state: "free", status: "Available"},
    {id: 5, name: "Noor Saleh", extension: "105", state: null, status: ""},
    {id: 4, name: "Lina Aziz", extension: "", state: "talking", status: ""},
    {id: 6, name: "Adel Fares", extension: "", state: "away", status: "Lunch"},
];
const ASK = `${LIST} .o-callgear-ask-first`;
const NOW = `${LIST} .o-callgear-transfer-now`;

/** The keys for a conversation; what it returns changes what is known of it. */
async function mountKeys(values) {
    const state = reactive({leg: makeTalk({can: POSSIBLE, ...values})});
    class Parent extends CallControls {
        get leg() {
            return this.props.state.leg;
        }
        static props = ["*"];
    }
    await mountWithCleanup(Parent, {props: {state}});
    return async (changes) => {
        state.leg = makeTalk({can: POSSIBLE, ...changes});
        await animationFrame();
    };
}

describe("R52: the keys", () => {
    test("without an API key there are none", async () => {
        await mountKeys({can: []});
        expect(KEYS).toHaveCount(0);
    });

    test("hang up, hold and resume", async () => {
        stepCalling();
        const news = await mountKeys();
        expect(queryAllTexts(`${KEYS} button`)).toEqual([
            "Hang up",
            "Hold",
            "Transfer",
        ]);
        await contains(HOLD).click();
        expect.verifySteps(["callgear.call action_hold [11]"]);
        await news({
            control: "held",
            can: ["hang_up", "resume", "consult", "transfer"],
        });
        expect(HOLD).toHaveText("Resume");
        expect(`${KEYS} .o-callgear-control`).toHaveText("On hold");
        await contains(HOLD).click();
        await contains(HANG_UP).click();
        expect.verifySteps([
            "callgear.call action_resume [11]",
            "callgear.call action_hang_up [11]",
        ]);
    });

    test("a key that makes no sense is locked, and says why", async () => {
        const news = await mountKeys({state: "ringing", can: ["hang_up"]});
        expect(HANG_UP).toHaveAttribute("aria-disabled", "false");
        expect(HOLD).toHaveAttribute("aria-disabled", "true");
        expect(TRANSFER).toHaveAttribute("aria-disabled", "true");
        expect(HOLD).toHaveAttribute("title", "This is possible once you are talking.");
        await news({can: ["hold"]});
        expect(HANG_UP).toHaveAttribute("title", "This is not possible at the moment.");
        expect(HOLD).toHaveAttribute("title", "");
    });

    test("they are locked while one works, and say so; not the one that ends the call", async () => {
        const answered = new Deferred();
        stepCalling((method) => method === "action_hold" && answered);
        await mountKeys();
        await contains(HOLD).click();
        expect(`${KEYS} button:not([aria-disabled=true])`).toHaveCount(1);
        for (const key of [HOLD, TRANSFER]) {
            expect(key).toHaveAttribute("title", "Waiting for CallGear…");
        }
        await contains(HANG_UP).click();
        expect.verifySteps([
            "callgear.call action_hold [11]",
            "callgear.call action_hang_up [11]",
        ]);
        answered.resolve(false);
        await animationFrame();
        expect(`${KEYS} button:not([aria-disabled=true])`).toHaveCount(3);
        expect(HOLD).toHaveAttribute("title", "");
    });

    test("R56: a key that waits for CallGear keeps the focus, and is not pressed twice", async () => {
        const answered = new Deferred();
        stepCalling((method) => method === "action_hold" && answered);
        await mountKeys();
        await contains(HOLD).focus();
        await press("Enter");
        await animationFrame();
        expect(HOLD).toHaveAttribute("aria-disabled", "true");
        expect(HOLD).toBeFocused();
        await press("Enter");
        expect.verifySteps(["callgear.call action_hold [11]"]);
        answered.resolve(false);
        await animationFrame();
        expect(HOLD).toHaveAttribute("aria-disabled", "false");
        expect(HOLD).toBeFocused();
    });

    test("a key that makes no sense is not pressed", async () => {
        stepCalling();
        await mountKeys({state: "ringing", can: ["hang_up"]});
        await contains(HOLD).click();
        await contains(TRANSFER).click();
        expect.verifySteps([]);
    });

    test("while the call is being ended, nothing can be asked", async () => {
        stepCalling((method) => method === "action_hang_up" && new Deferred());
        await mountKeys();
        await contains(HANG_UP).click();
        expect(`${KEYS} button:not([aria-disabled=true])`).toHaveCount(0);
        expect(HANG_UP).toHaveAttribute("title", "Waiting for CallGear…");
        expect.verifySteps(["callgear.call action_hang_up [11]"]);
    });

    test("only Transfer waits for the list of colleagues", async () => {
        const found = new Deferred();
        stepCalling((method) => method === "transfer_targets" && found);
        await mountKeys();
        await contains(TRANSFER).click();
        expect(TRANSFER).toHaveAttribute("aria-disabled", "true");
        expect(TRANSFER).toHaveAttribute("title", "Waiting for CallGear…");
        expect(HANG_UP).toHaveAttribute("aria-disabled", "false");
        await contains(HOLD).click();
        found.resolve(COLLEAGUES);
        await animationFrame();
        expect(LIST).toHaveCount(1);
        expect(TRANSFER).toHaveAttribute("aria-disabled", "false");
        expect.verifySteps([
            "callgear.call transfer_targets [11]",
            "callgear.call action_hold [11]",
        ]);
    });

    test("R22: a refusal is told in words at once", async () => {
        onRpc("callgear.call", "action_hold", refuse("The call is over."));
        await mountPopups({calls: [makeTalk({can: POSSIBLE})]});
        await contains(HOLD).click();
        await waitFor(".o_notification:contains(The call is over.)");
        expect(HOLD).toHaveAttribute("aria-disabled", "false");
    });
});

describe("R52: a colleague takes over", () => {
    async function openList(answer = COLLEAGUES) {
        const answerTo =
            typeof answer === "function"
                ? answer
                : (method) => method === "transfer_targets" && answer;
        stepCalling(answerTo);
        const news = await mountKeys();
        await contains(TRANSFER).click();
        await animationFrame();
        expect.verifySteps(["callgear.call transfer_targets [11]"]);
        return news;
    }

    test("whom to ask: fetched when it is opened, with who is free", async () => {
        await openList();
        expect(TRANSFER).toHaveAttribute("aria-expanded", "true");
        expect(queryAllTexts(`${LIST} li`)).toEqual([
            "Omar Nasser 102\nAvailable\nAsk first\nTransfer now",
            "Noor Saleh 105\nAsk first\nTransfer now",
            "Lina Aziz\nOn a call\nAsk first\nTransfer now",
            "Adel Fares\nLunch\nAsk first\nTransfer now",
        ]);
        expect(`${ASK}:first`).toHaveAttribute("aria-label", "Ask first: Omar Nasser");
        await contains(`${ASK}:first`).click();
        expect.verifySteps(["callgear.call action_consult [11] 3"]);
        expect(LIST).toHaveCount(0);
        expect(TRANSFER).toHaveAttribute("aria-expanded", "false");
    });

    test("R56: the focus is at Transfer until the colleague is asked", async () => {
        await openList((method) =>
            method === "transfer_targets" ? COLLEAGUES : new Deferred()
        );
        await contains(`${ASK}:first`).click();
        await animationFrame();
        expect(TRANSFER).toHaveAttribute("aria-disabled", "true");
        expect(TRANSFER).toBeFocused();
        expect.verifySteps(["callgear.call action_consult [11] 3"]);
    });

    test("the call goes to a colleague at once", async () => {
        await openList();
        await contains(`${NOW}:eq(1)`).click();
        expect.verifySteps(["callgear.call action_transfer [11] 5"]);
        expect(LIST).toHaveCount(0);
    });

    test("colleagues are searched by name and number", async () => {
        await openList();
        expect(`${LIST} input`).toBeFocused();
        await contains(`${LIST} input`).edit("105", {confirm: false});
        expect(queryAllTexts(`${LIST} .o-callgear-colleague`)).toEqual([
            "Noor Saleh 105",
        ]);
        await contains(`${LIST} input`).edit("LINA", {confirm: false});
        expect(queryAllTexts(`${LIST} .o-callgear-colleague`)).toEqual(["Lina Aziz"]);
        await contains(`${LIST} input`).edit("nobody", {confirm: false});
        expect(LIST).toHaveText("No colleague to transfer the call to.");
    });

    test("by keyboard: look for somebody, Enter asks first", async () => {
        await openList();
        await press("Enter");
        await animationFrame();
        expect(LIST).toHaveCount(1, {message: "nobody was looked for"});
        await contains(`${LIST} input`).edit("noor", {confirm: false});
        await press("Enter");
        expect.verifySteps(["callgear.call action_consult [11] 5"]);
    });

    test("by keyboard: arrow keys, and Ctrl+Enter transfers now", async () => {
        await openList();
        await press("ArrowDown");
        expect(`${ASK}:eq(0)`).toBeFocused();
        await press("ArrowDown");
        expect(`${ASK}:eq(1)`).toBeFocused();
        await press("Tab");
        expect(`${NOW}:eq(1)`).toBeFocused();
        await press("ArrowUp");
        expect(`${NOW}:eq(0)`).toBeFocused();
        await press("ArrowUp");
        expect(`${LIST} input`).toBeFocused();
        await press("ArrowDown");
        await press(["ctrl", "Enter"]);
        await animationFrame();
        expect.verifySteps(["callgear.call action_transfer [11] 3"]);
    });

    test("a colleague's name is text, not HTML", async () => {
        await openList([{...COLLEAGUES[0], name: "<b>Eve</b>"}]);
        expect(`${LIST} .o-callgear-colleague`).toHaveText("<b>Eve</b> 102");
    });

    test("Escape closes the list, not the popup; a second click does, too", async () => {
        stepCalling((method) => method === "transfer_targets" && COLLEAGUES);
        await mountPopups({calls: [makeTalk({can: POSSIBLE})]});
        await contains(TRANSFER).click();
        await animationFrame();
        await press("Escape");
        await animationFrame();
        expect(LIST).toHaveCount(0);
        expect(TRANSFER).toBeFocused();
        expect(".o-callgear-CallPopup").toHaveCount(1);
        await contains(TRANSFER).click();
        await animationFrame();
        expect(LIST).toHaveCount(1);
        await contains(TRANSFER).click();
        expect(LIST).toHaveCount(0);
        expect.verifySteps([
            "callgear.call transfer_targets [11]",
            "callgear.call transfer_targets [11]",
        ]);
    });

    test("a list that is refused does not open", async () => {
        onRpc("callgear.call", "transfer_targets", refuse("The call is over."));
        await mountPopups({calls: [makeTalk({can: POSSIBLE})]});
        await contains(TRANSFER).click();
        await waitFor(".o_notification:contains(The call is over.)");
        expect(LIST).toHaveCount(0);
    });

    const STATUS = `${KEYS} .o-callgear-control-state`;

    test("A14: who only rings is not talked with", async () => {
        const consult = {name: "Omar Nasser", state: "calling", at_once: false};
        const consulting = {control: "consulting", consulted: "Omar Nasser", consult};
        const news = await mountKeys({...consulting, can: ["hang_up", "restore"]});
        expect(STATUS).toHaveText("Calling Omar Nasser…");
        expect(queryAllTexts(`${KEYS} button`)).toEqual([
            "Hang up",
            "Connect",
            "Back to the call",
        ]);
        expect(".o-callgear-connect").toHaveAttribute("aria-disabled", "true");
        expect(".o-callgear-connect").toHaveAttribute(
            "title",
            "Your colleague has not answered yet."
        );
        expect(HANG_UP).toHaveAttribute("title", "This ends the whole call.");
        await news({
            ...consulting,
            consult: {...consult, state: "talking"},
            can: ["hang_up", "connect", "restore"],
        });
        expect(STATUS).toHaveText(
            "You are talking to Omar Nasser. Your call is on hold."
        );
        expect(".o-callgear-connect").toHaveAttribute("aria-disabled", "false");
    });

    test("the caller waits: connect them, or go back to the caller", async () => {
        stepCalling();
        await mountKeys({
            control: "consulting",
            consulted: "Omar Nasser",
            consult: {name: "Omar Nasser", state: "talking", at_once: false},
            can: ["hang_up", "connect", "restore"],
        });
        await contains(".o-callgear-restore").click();
        await contains(".o-callgear-connect").click();
        expect.verifySteps([
            "callgear.call action_restore [11]",
            "callgear.call action_connect [11]",
        ]);
    });

    test("passed on at once: nothing to connect, nothing to end by mistake", async () => {
        const consult = {name: "Omar Nasser", state: "calling", at_once: true};
        const passing = {control: "consulting", consult, can: ["restore"]};
        const news = await mountKeys(passing);
        expect(STATUS).toHaveText(
            "Calling Omar Nasser. The call is transferred as soon as they pick up…"
        );
        expect(queryAllTexts(`${KEYS} button`)).toEqual([
            "Hang up",
            "Back to the call",
        ]);
        expect(HANG_UP).toHaveAttribute("aria-disabled", "true");
        await news({...passing, consult: {...consult, state: "talking"}});
        expect(STATUS).toHaveText("Transferring the call to Omar Nasser…");
        await news({control: "passed", consulted: "Omar Nasser", can: []});
        expect(STATUS).toHaveText("Transferred to Omar Nasser");
        expect(`${KEYS} button`).toHaveCount(0);
    });

    test("a colleague who did not pick up is told in words", async () => {
        const note = "Omar Nasser did not pick up: you are back on the call.";
        await mountKeys({control_note: note});
        expect(`${KEYS} [role=status]`).toHaveText(note);
        expect(TRANSFER).toHaveAttribute("aria-disabled", "false");
    });

    test("keys that are replaced leave the focus in their place", async () => {
        const news = await mountKeys();
        await pointerDown(TRANSFER);
        expect(TRANSFER).toBeFocused();
        await news({
            control: "consulting",
            consult: {name: "Omar Nasser", state: "calling", at_once: false},
            can: ["hang_up", "restore"],
        });
        expect(".o-callgear-restore").toBeFocused();
    });

    test("R56: each key has its letter", async () => {
        const news = await mountKeys();
        const letters = () =>
            queryAll(`${KEYS} button`).map((el) =>
                el.getAttribute("aria-keyshortcuts")
            );
        expect(letters()).toEqual(["Alt+Shift+H", "Alt+Shift+R", "Alt+Shift+T"]);
        await news({control: "consulting", can: ["hang_up", "restore"]});
        expect(letters()).toEqual(["Alt+Shift+H", "Alt+Shift+C", "Alt+Shift+B"]);
    });
});

describe("R19: where they stand", () => {
    test("in the popup, while it rings and while they talk", async () => {
        const calls = await mountPopups({calls: [makeDial("calling_contact")]});
        expect(`.o-callgear-CallPopup ${HANG_UP}`).toHaveAttribute(
            "aria-disabled",
            "false"
        );
        calls.put(makeDial("talking", {revision: 2}));
        await animationFrame();
        expect(`.o-callgear-CallPopup ${TRANSFER}`).toHaveAttribute(
            "aria-disabled",
            "false"
        );
    });

    test("not in the popup of a connection without an API key", async () => {
        await mountPopups({calls: [makeLeg(), makeTalk({id: 2})]});
        expect(".o-callgear-CallPopup").toHaveCount(2);
        expect(KEYS).toHaveCount(0);
    });
});
