// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {addBusServiceListeners} from "@bus/../tests/bus_test_helpers";
import {WEBSOCKET_CLOSE_CODES} from "@bus/workers/websocket_worker";
import {clockText, secondsSince} from "@callgear_integration/calls/clock";
import {
    advanceTime,
    animationFrame,
    Deferred,
    describe,
    expect,
    test,
    waitUntil,
} from "@odoo/hoot";
import {
    asyncStep,
    makeMockEnv,
    getService,
    MockServer,
    onRpc,
    patchWithCleanup,
    waitForSteps,
} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    makeLeg,
    makeTalk,
    startCalls,
    tellPages,
} from "./callgear_test_helpers";

describe.current.tags("headless");
defineCallgearModels();

const ids = (legs) => legs.map((leg) => leg.id);
const send = (leg) =>
    MockServer.env["bus.bus"]._sendone("broadcast", "callgear.call", leg);

test("R6: the calls of the page's first load are known, the oldest first", async () => {
    const calls = await startCalls({
        calls: [makeLeg({id: 4}), makeTalk({id: 3}), makeLeg({id: 5, state: "ended"})],
    });
    expect(ids(calls.current)).toEqual([3, 4]);
});

test("a user who has nothing to do with calls has none", async () => {
    await makeMockEnv();
    const calls = getService("callgear.calls");
    expect(calls.current).toEqual([]);
});

test("R6: a call that begins and ends while the page is open", async () => {
    const calls = await startCalls();
    send(makeLeg());
    await waitUntil(() => calls.current.length === 1);
    send(makeTalk());
    await waitUntil(() => calls.current[0].state === "talking");
    send(makeTalk({revision: 3, state: "ended"}));
    await waitUntil(() => calls.current.length === 0);
    expect(calls.legs[1].revision).toBe(3);
});

test("R40: of two states the newer one counts, whichever comes later", async () => {
    const calls = await startCalls({calls: [makeLeg({revision: 2})]});
    calls.put(makeTalk({revision: 5}));
    calls.put(makeLeg({revision: 4}));
    expect(calls.legs[1].state).toBe("talking");
    calls.put(makeTalk({revision: 5, summary: "Again"}));
    expect(calls.legs[1].summary).toBe("Again");
});

test("listeners are told what was before, and nothing of older news", async () => {
    const calls = await startCalls({calls: [makeLeg()]});
    const stop = calls.onNews((leg, before) => {
        expect.step(`${before?.state} → ${leg.state}`);
    });
    calls.put(makeTalk());
    calls.put(makeLeg());
    calls.put(makeLeg({id: 2}));
    stop();
    calls.put(makeTalk({revision: 3, state: "ended"}));
    expect.verifySteps(["ringing → talking", "undefined → ringing"]);
});

test("a leg still open in a call that is over is not shown", async () => {
    const calls = await startCalls();
    calls.put(makeLeg({call_state: "ended"}));
    expect(calls.current).toEqual([]);
});

test("R6: after a reconnect the state is fetched, and calls that are over go", async () => {
    addBusServiceListeners(
        ["BUS:CONNECT", () => asyncStep("connected")],
        ["BUS:DISCONNECT", () => asyncStep("disconnected")],
        ["BUS:RECONNECT", () => asyncStep("connected again")]
    );
    onRpc("res.users", "callgear_current_calls", () => {
        asyncStep("fetched");
        return [makeTalk({id: 2}), makeLeg({id: 3})];
    });
    const calls = await startCalls({calls: [makeLeg({id: 1}), makeLeg({id: 2})]});
    calls.onNews((leg, before) =>
        asyncStep(`${leg.id}: ${before?.state} → ${leg.state}`)
    );
    await waitForSteps(["connected"]);
    MockServer.env["bus.bus"]._simulateDisconnection(
        WEBSOCKET_CLOSE_CODES.ABNORMAL_CLOSURE
    );
    await waitForSteps(["disconnected"]);
    await advanceTime(10_000);
    await waitForSteps([
        "connected again",
        "fetched",
        "1: ringing → ended",
        "2: ringing → talking",
        "3: undefined → ringing",
    ]);
    expect(ids(calls.current)).toEqual([2, 3]);
});

describe("R7: what has changed of a caller is fetched", () => {
    const TICKET = {number: "HT0", name: "Late", stage: "New", call_icon: null};
    const offering = (id) => [makeLeg({id: 1, open_tickets: [{id, ...TICKET}]})];
    const offered = (calls) => calls.legs[1].open_tickets.map((ticket) => ticket.id);

    /** Questions wait until they are answered: the answers, in their order. */
    function holdAnswers() {
        const answers = [];
        onRpc("res.users", "callgear_current_calls", () => {
            const answer = new Deferred();
            answers.push(answer);
            return answer;
        });
        return answers;
    }

    test("news that come together are one question", async () => {
        const calls = await startCalls({calls: [makeLeg({id: 1})]});
        const answers = holdAnswers();
        await tellPages("callgear.calls");
        await tellPages("callgear.calls");
        expect(answers).toHaveLength(0);
        await advanceTime(300);
        expect(answers).toHaveLength(1);
        answers[0].resolve(offering(8));
        await animationFrame();
        expect(offered(calls)).toEqual([8]);
    });

    test("news that come faster than answers keep none away", async () => {
        const calls = await startCalls({calls: [makeLeg({id: 1})]});
        const answers = holdAnswers();
        await tellPages("callgear.calls");
        await advanceTime(300);
        await tellPages("callgear.calls");
        await advanceTime(300);
        expect(answers).toHaveLength(1, {message: "the next question waits"});
        answers[0].resolve(offering(8));
        await animationFrame();
        expect(offered(calls)).toEqual([8]);
        await advanceTime(300);
        expect(answers).toHaveLength(2);
    });

    test("of several questions each answer counts that is newer", async () => {
        const calls = await startCalls({calls: [makeLeg({id: 1})]});
        const answers = holdAnswers();
        for (let time = 0; time < 3; time++) {
            calls.refresh();
        }
        await waitUntil(() => answers.length === 3);
        const told = [];
        for (const [index, ticket] of [
            [1, 8],
            [0, 7],
            [2, 9],
        ]) {
            answers[index].resolve(offering(ticket));
            await animationFrame();
            told.push(...offered(calls));
        }
        expect(told).toEqual([8, 8, 9]);
    });

    test("a page that nobody looks at waits until somebody does", async () => {
        await startCalls({calls: [makeLeg({id: 1})]});
        const answers = holdAnswers();
        let visibility = "hidden";
        patchWithCleanup(document, {
            get visibilityState() {
                return visibility;
            },
        });
        await tellPages("callgear.calls");
        await advanceTime(1000);
        expect(answers).toHaveLength(0);
        visibility = "visible";
        document.dispatchEvent(new Event("visibilitychange"));
        await advanceTime(300);
        expect(answers).toHaveLength(1);
    });
});

test("news that overtake the fetched state are kept", async () => {
    const calls = await startCalls({calls: [makeLeg({id: 1})]});
    onRpc("res.users", "callgear_current_calls", () => {
        calls.put(makeTalk({id: 1}));
        calls.put(makeLeg({id: 2}));
        return [];
    });
    await calls.fetch();
    expect(ids(calls.current)).toEqual([1, 2]);
});

test("a note finished elsewhere goes when the state is fetched", async () => {
    const note = makeTalk({state: "ended", note: true});
    const calls = await startCalls({calls: [note]});
    onRpc("res.users", "callgear_current_calls", () => []);
    await calls.fetch();
    expect(calls.legs[1].note).toBe(false);
});

test("R57: of many notes that the page knows, none goes unless it is finished", async () => {
    const noteOf = (id) => makeTalk({id, state: "ended", note: true});
    const calls = await startCalls({calls: [1, 2, 3].map(noteOf)});
    onRpc("res.users", "callgear_current_calls", ({args}) => {
        expect.step(`known: ${args[0]}`);
        return [noteOf(4), ...args[0].filter((id) => id !== 2).map(noteOf)];
    });
    await calls.fetch();
    expect.verifySteps(["known: 1,2,3"]);
    const open = Object.values(calls.legs).filter((leg) => leg.note);
    expect(ids(open)).toEqual([1, 3, 4]);
});

test("R6: a call that rings at the agent's other phone, too, is one popup", async () => {
    const calls = await startCalls({calls: [makeLeg()]});
    const {id} = calls.current[0];
    // The server tells of the conversation, whichever of the phones has news.
    send(makeLeg({revision: 2}));
    send(makeTalk({revision: 3}));
    await waitUntil(() => calls.current[0].state === "talking");
    expect(ids(calls.current)).toEqual([id]);
});

test("R6: silenced is the ringing, not the call that goes on at another phone", async () => {
    const calls = await startCalls({calls: [makeLeg()]});
    calls.silence(calls.current[0]);
    expect(calls.closed.has(1)).toBe(true);
    send(makeLeg({revision: 5, state: "ended"}));
    await waitUntil(() => !calls.current.length);
    send(makeLeg({revision: 6}));
    await waitUntil(() => calls.current.length === 1);
    expect(calls.closed.has(1)).toBe(false);
});

describe("what the page itself shows", () => {
    test("a component answers for itself, however often it says so", async () => {
        const calls = await startCalls({calls: [makeTalk({id: 1}), makeTalk({id: 2})]});
        const [form, other] = [Symbol("form"), Symbol("other")];
        const shown = () => ids(calls.current.filter((leg) => calls.isInPage(leg)));
        calls.setInPage(form, [1]);
        calls.setInPage(form, [1]);
        calls.setInPage(other, [1, 2]);
        expect(shown()).toEqual([1, 2]);
        calls.setInPage(other, []);
        calls.setInPage(other, []);
        expect(shown()).toEqual([1]);
        calls.setInPage(form, []);
        expect(shown()).toEqual([]);
        expect(calls.inPage.size).toBe(0);
    });

    test("a phone that rings is always shown, as the page has no keys for it", async () => {
        const calls = await startCalls({calls: [makeLeg()]});
        calls.setInPage(Symbol("form"), [1]);
        expect(calls.isInPage(calls.current[0])).toBe(false);
    });
});

test("seconds are written as a clock does", () => {
    expect(clockText(0)).toBe("0:00");
    expect(clockText(65.9)).toBe("1:05");
    expect(clockText(3600)).toBe("1:00:00");
    expect(clockText(36125)).toBe("10:02:05");
    expect(clockText(-5)).toBe("0:00", {message: "the server's clock may be ahead"});
    expect(clockText(undefined)).toBe("0:00");
    const moment = "2026-03-28T12:30:00Z";
    expect(secondsSince(moment, Date.parse(moment) + 2500)).toBe(2.5);
    expect(secondsSince(moment, Date.parse(moment) - 1)).toBe(0);
    expect(secondsSince(null, Date.now())).toBe(0);
});
