// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {CallControls} from "@callgear_integration/call_controls/call_controls";
import {reactive} from "@odoo/owl";
import {
    animationFrame,
    Deferred,
    describe,
    expect,
    press,
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
const POSSIBLE = ["hang_up", "hold", "consult"];
const COLLEAGUES = [
    {id: 3, name: "Omar Nasser", extension: "102", busy: false},
    {id: 4, name: "Lina Aziz", extension: "", busy: true},
];

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
        await news({control: "held", can: ["hang_up", "resume", "consult"]});
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
        expect(HANG_UP).toBeEnabled();
        expect(HOLD).not.toBeEnabled();
        expect(TRANSFER).not.toBeEnabled();
        expect(HOLD).toHaveAttribute("title", "This is possible once you are talking.");
        await news({can: ["hold"]});
        expect(HANG_UP).toHaveAttribute("title", "This is not possible at the moment.");
        expect(HOLD).toHaveAttribute("title", "");
    });

    test("they are locked while one works", async () => {
        const answered = new Deferred();
        onRpc("callgear.call", "action_hold", async () => {
            expect.step("hold");
            await answered;
            return false;
        });
        await mountKeys();
        await contains(HOLD).click();
        expect(`${KEYS} button:enabled`).toHaveCount(0);
        answered.resolve();
        await animationFrame();
        expect(`${KEYS} button:enabled`).toHaveCount(3);
        expect.verifySteps(["hold"]);
    });

    test("R22: a refusal is told in words at once", async () => {
        onRpc("callgear.call", "action_hold", refuse("The call is over."));
        await mountPopups({calls: [makeTalk({can: POSSIBLE})]});
        await contains(HOLD).click();
        await waitFor(".o_notification:contains(The call is over.)");
        expect(HOLD).toBeEnabled();
    });
});

describe("R52: a colleague takes over", () => {
    test("whom to ask: fetched when it is opened, with who is busy", async () => {
        stepCalling((method) => method === "transfer_targets" && COLLEAGUES);
        await mountKeys();
        expect(TRANSFER).toHaveAttribute("aria-expanded", "false");
        await contains(TRANSFER).click();
        await animationFrame();
        expect(TRANSFER).toHaveAttribute("aria-expanded", "true");
        expect(queryAllTexts(`${LIST} button`)).toEqual([
            "Omar Nasser\n102",
            "Lina Aziz\nin a call",
        ]);
        expect(`${LIST} input`).toHaveCount(0, {message: "found at a glance"});
        await contains(`${LIST} button:first`).click();
        expect.verifySteps([
            "callgear.call transfer_targets [11]",
            "callgear.call action_consult [11] 3",
        ]);
        expect(LIST).toHaveCount(0);
    });

    test("many colleagues are searched by name and number", async () => {
        const many = [...Array(9).keys()].map((index) => ({
            id: index + 10,
            name: `Agent ${index}`,
            extension: `20${index}`,
            busy: false,
        }));
        stepCalling((method) => method === "transfer_targets" && many);
        await mountKeys();
        await contains(TRANSFER).click();
        await animationFrame();
        expect(`${LIST} input`).toBeFocused();
        await contains(`${LIST} input`).edit("208", {confirm: false});
        expect(queryAllTexts(`${LIST} button`)).toEqual(["Agent 8\n208"]);
        await contains(`${LIST} input`).edit("AGENT 3", {confirm: false});
        expect(queryAllTexts(`${LIST} button`)).toEqual(["Agent 3\n203"]);
        await contains(`${LIST} input`).edit("nobody", {confirm: false});
        expect(LIST).toHaveText("No colleague to pass the call on to.");
        expect.verifySteps(["callgear.call transfer_targets [11]"]);
    });

    test("a colleague's name is text, not HTML", async () => {
        stepCalling(() => [{...COLLEAGUES[0], name: "<b>Eve</b>"}]);
        await mountKeys();
        await contains(TRANSFER).click();
        await animationFrame();
        expect(`${LIST} button`).toHaveText("<b>Eve</b>\n102");
        expect.verifySteps(["callgear.call transfer_targets [11]"]);
    });

    test("Escape closes the list, not the popup; a second click does, too", async () => {
        stepCalling((method) => method === "transfer_targets" && COLLEAGUES);
        await mountPopups({calls: [makeTalk({can: POSSIBLE})]});
        await contains(TRANSFER).click();
        await animationFrame();
        await press("Escape");
        await animationFrame();
        expect(LIST).toHaveCount(0);
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

    test("the caller waits: connect them, or go back to the caller", async () => {
        stepCalling();
        const news = await mountKeys({
            control: "consulting",
            consulted: "Omar Nasser",
            can: ["hang_up", "restore"],
        });
        expect(`${KEYS} .o-callgear-control`).toHaveText(
            "The caller waits: you are with Omar Nasser"
        );
        expect(queryAllTexts(`${KEYS} button`)).toEqual([
            "Hang up",
            "Connect",
            "Back to the caller",
        ]);
        expect(".o-callgear-connect").not.toBeEnabled();
        expect(".o-callgear-connect").toHaveAttribute(
            "title",
            "Your colleague has not answered yet."
        );
        await contains(".o-callgear-restore").click();
        await news({
            control: "consulting",
            consulted: "Omar Nasser",
            can: ["hang_up", "restore", "connect"],
        });
        await contains(".o-callgear-connect").click();
        expect.verifySteps([
            "callgear.call action_restore [11]",
            "callgear.call action_connect [11]",
        ]);
    });
});

describe("R19: where they stand", () => {
    test("in the popup, while it rings and while they talk", async () => {
        const calls = await mountPopups({calls: [makeDial("calling_contact")]});
        expect(`.o-callgear-CallPopup ${HANG_UP}`).toBeEnabled();
        calls.put(makeDial("talking", {revision: 2}));
        await animationFrame();
        expect(`.o-callgear-CallPopup ${TRANSFER}`).toBeEnabled();
    });

    test("not in the popup of a connection without an API key", async () => {
        await mountPopups({calls: [makeLeg(), makeTalk({id: 2})]});
        expect(".o-callgear-CallPopup").toHaveCount(2);
        expect(KEYS).toHaveCount(0);
    });
});
