// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {waitForChannels} from "@bus/../tests/bus_test_helpers";
import {CallBoard} from "@callgear_integration/views/board/board";
import {
    advanceTime,
    animationFrame,
    beforeEach,
    click,
    describe,
    expect,
    mockDate,
    queryAllAttributes,
    test,
    waitFor,
} from "@odoo/hoot";
import {
    makeMockEnv,
    MockServer,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {getDefaultConfig} from "@web/views/view";
import {
    BEGAN,
    defineCallgearModels,
    patchSession,
    stepActions,
} from "./callgear_test_helpers";

defineCallgearModels();

const BOARD = ".o-callgear-Board";

function makeCall(values = {}) {
    return {
        number: "+971505550123",
        partner: "Maryam Khalil",
        direction: "in",
        virtual: "Hotline",
        internal: false,
        ...values,
    };
}

function makeAgent(id, state = "free", values = {}) {
    return {
        id,
        name: `Agent ${id}`,
        answered: 3,
        missed: 1,
        talk_seconds: 125,
        state,
        since: state === "free" ? null : BEGAN,
        call: state === "free" ? null : makeCall(),
        ...values,
    };
}

/** What the server says: `callgear.board.get_data`. */
function makeBoard(values = {}) {
    return {
        now: "2026-03-28T12:31:00Z",
        waiting: [],
        agents: [],
        today: {answered: 12, missed: 2, outgoing: 5, average_wait: 65},
        call_back: {count: 0, since: null},
        ...values,
    };
}

/** Whatever the page still asks for is there. */
async function settled() {
    await advanceTime(500);
    await animationFrame();
}

/** Show the board; what it returns may be changed, and is what the server says next. */
async function mountBoard(values) {
    const answer = {board: makeBoard(values), asked: 0};
    patchSession();
    await makeMockEnv({config: getDefaultConfig()});
    onRpc("callgear.board", "get_data", () => {
        answer.asked++;
        return answer.board;
    });
    await mountWithCleanup(CallBoard, {props: {action: {}}});
    await waitForChannels(["callgear.board"]);
    await settled();
    answer.asked = 0;
    return answer;
}

function tell() {
    MockServer.env["bus.bus"]._sendone("callgear.board", "callgear.board", {});
}

beforeEach(() => mockDate("2026-03-28 12:31:00", 0));

describe("R48: what it shows", () => {
    test("who waits, since when, and where it rings", async () => {
        await mountBoard({
            waiting: [
                {
                    id: 1,
                    state: "ringing",
                    since: BEGAN,
                    agents: ["Sara", "Omar"],
                    ...makeCall(),
                },
                {
                    id: 2,
                    state: "queue",
                    since: BEGAN,
                    agents: [],
                    ...makeCall({partner: ""}),
                },
            ],
        });
        expect(`${BOARD}-caller`).toHaveCount(2);
        expect(`${BOARD}-caller:eq(0)`).toHaveText(/Maryam Khalil/);
        expect(`${BOARD}-caller:eq(0)`).toHaveText(/1:0\d/);
        expect(`${BOARD}-caller:eq(0)`).toHaveText(/ringing at Sara, Omar/);
        expect(`${BOARD}-caller:eq(1)`).toHaveText(/\+971505550123/);
        expect(`${BOARD}-caller:eq(1)`).toHaveText(/in the queue/);
        expect(`${BOARD}-tile[data-name=waiting]`).toHaveText(/2/);
    });

    test("what each agent does, the busy ones first", async () => {
        await mountBoard({
            agents: [makeAgent(1), makeAgent(2, "ringing"), makeAgent(3, "talking")],
        });
        expect(queryAllAttributes(`${BOARD}-agent`, "data-agent")).toEqual([
            "3",
            "2",
            "1",
        ]);
        expect(`${BOARD}-agent:eq(0)`).toHaveText(/Talking/);
        expect(`${BOARD}-agent:eq(0)`).toHaveText(/Maryam Khalil/);
        expect(`${BOARD}-agent:eq(0)`).toHaveText(/1:0\d/);
        expect(`${BOARD}-agent:eq(0)`).toHaveText(
            /Calls today: 3, talked 2:05, missed 1/
        );
        expect(`${BOARD}-agent:eq(2)`).toHaveText(/Free/);
        expect(`${BOARD}-tile[data-name=free]`).toHaveText(/1 \/ 3/);
    });

    test("a call with a colleague does not say with whom", async () => {
        const call = makeCall({internal: true, partner: "Omar"});
        await mountBoard({agents: [makeAgent(1, "talking", {call})]});
        expect(`${BOARD}-agent`).toHaveText(/a colleague/);
        expect(`${BOARD}-agent`).not.toHaveText(/Omar/);
    });

    test("how today has gone", async () => {
        await mountBoard();
        expect(`${BOARD}-tile[data-name=answered]`).toHaveText(/12/);
        expect(`${BOARD}-tile[data-name=missed]`).toHaveText(/2/);
        expect(`${BOARD}-tile[data-name=average_wait]`).toHaveText(/1:05/);
    });

    test("nobody waits, and there are no agents: it says so", async () => {
        await mountBoard();
        expect(`${BOARD}-nobody`).toHaveText("Nobody is waiting.");
        expect(BOARD).toHaveText(/No user is a CallGear operator/);
    });

    test("from the number of those to call back one gets to the list", async () => {
        stepActions();
        await mountBoard({call_back: {count: 4, since: "2026-03-28T10:01:00Z"}});
        expect(`${BOARD}-tile[data-name=call_back]`).toHaveText(/for 2 h \d+ min/);
        await click(`${BOARD}-tile[data-name=call_back]`);
        await animationFrame();
        expect.verifySteps(["open undefined,new"]);
    });
});

describe("R48: it updates itself", () => {
    test("the clocks run, by the server's time", async () => {
        await mountBoard({
            now: "2026-03-28T12:35:00Z",
            agents: [makeAgent(1, "talking")],
        });
        expect(`${BOARD}-agent`).toHaveText(/5:0[0-3]/);
        await advanceTime(10000);
        await animationFrame();
        expect(`${BOARD}-agent`).toHaveText(/5:(09|1\d)/);
    });

    test("many messages at once are one question", async () => {
        const answer = await mountBoard();
        answer.board = makeBoard({agents: [makeAgent(1, "talking")]});
        tell();
        tell();
        tell();
        await waitFor(`${BOARD}-agent`, {timeout: 3000});
        expect(answer.asked).toBe(1);
        expect(`${BOARD}-agent`).toHaveText(/Talking/);
    });

    test("without news it looks again each minute", async () => {
        const answer = await mountBoard();
        await advanceTime(61000);
        expect(answer.asked).toBe(1);
    });
});
