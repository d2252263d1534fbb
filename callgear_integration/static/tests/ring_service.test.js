// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    after,
    beforeEach,
    Deferred,
    expect,
    mockPermission,
    test,
    tick,
} from "@odoo/hoot";
import {
    getService,
    mockService,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {RINGING_MS} from "@callgear_integration/calls/ring_service";
import {
    defineCallgearModels,
    makeLeg,
    makeTalk,
    startCalls,
    tellPages,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();

let mainTab = true;
let notifications = [];
beforeEach(() => {
    mainTab = true;
    notifications = [];
    mockService("mail.sound_effects", {
        play: (name, {loop}) => expect.step(`play ${name}${loop ? " on and on" : ""}`),
        stop: (name) => expect.step(`stop ${name}`),
    });
    mockService("multi_tab", {isOnMainTab: async () => mainTab});
    mockPermission("notifications", "granted");
    class FakeNotification extends EventTarget {
        static permission = "granted";
        constructor(title, {body}) {
            super();
            Object.assign(this, {title, body});
            notifications.push(this);
        }
        close() {
            expect.step("close notification");
        }
    }
    patchWithCleanup(browser, {Notification: FakeNotification});
});

/** What the browser says of a page that nobody looks at. */
function hidePage() {
    Object.defineProperty(document, "visibilityState", {
        configurable: true,
        get: () => "hidden",
    });
    after(() => delete document.visibilityState);
}

const PLAY = "play call-invitation on and on";
const STOP = "stop call-invitation";

test("R49: an agent who wants to hear it hears it, until they answer", async () => {
    const calls = await startCalls({preferences: {sound: true, open_contact: false}});
    calls.put(makeLeg());
    await tick();
    expect.verifySteps([PLAY]);
    calls.put(makeLeg({revision: 2, open_tickets: []}));
    await tick();
    expect.verifySteps([], {message: "news of the same call"});
    calls.put(makeTalk({revision: 3}));
    expect.verifySteps([STOP]);
});

test("R6: it is hushed when another answers, or the caller hangs up", async () => {
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg());
    await tick();
    calls.put(makeLeg({revision: 2, state: "ended"}));
    expect.verifySteps([PLAY, STOP]);
    calls.put(makeLeg({id: 2}));
    await tick();
    calls.put(makeLeg({id: 2, revision: 2, call_state: "ended"}));
    expect.verifySteps([PLAY, STOP]);
});

test("R49: an agent who no longer wants to hear it, said in another tab", async () => {
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg());
    await tick();
    expect.verifySteps([PLAY]);
    await tellPages("callgear.preferences", {sound: false});
    expect.verifySteps([STOP]);
    calls.put(makeLeg({id: 2}));
    await tick();
    expect.verifySteps([]);
});

test("R49: silencing hushes it", async () => {
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg());
    await tick();
    calls.silence(calls.legs[1]);
    expect.verifySteps([PLAY, STOP]);
});

test("it goes on while another call rings", async () => {
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg({id: 1}));
    calls.put(makeLeg({id: 2}));
    await tick();
    expect.verifySteps([PLAY, PLAY]);
    calls.put(makeLeg({id: 1, revision: 2, state: "ended"}));
    expect.verifySteps([]);
    calls.put(makeLeg({id: 2, revision: 2, state: "ended"}));
    expect.verifySteps([STOP]);
});

test("R49: silence is the default", async () => {
    const calls = await startCalls();
    calls.put(makeLeg());
    await tick();
    expect.verifySteps([]);
});

test("only one of the tabs sounds; nothing sounds for the agent's own call", async () => {
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg({id: 1, direction: "out"}));
    await tick();
    mainTab = false;
    calls.put(makeLeg({id: 2}));
    await tick();
    expect.verifySteps([]);
});

test("a call that is over before the tabs agree makes no sound", async () => {
    const agreed = new Deferred();
    mockService("multi_tab", {isOnMainTab: () => agreed});
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg());
    calls.put(makeLeg({revision: 2, state: "ended"}));
    expect.verifySteps([], {message: "the tone may ring for another part of Odoo"});
    agreed.resolve(true);
    await tick();
    expect.verifySteps([]);
});

test("a call that ended while the page was offline is hushed", async () => {
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg());
    await tick();
    calls.orm = {silent: {call: async () => []}};
    await calls.fetch();
    expect.verifySteps([PLAY, STOP]);
});

test("R49: a desktop notification, if the page is not looked at", async () => {
    const calls = await startCalls();
    calls.put(makeLeg({id: 1}));
    await tick();
    expect(notifications).toHaveLength(0);
    hidePage();
    calls.put(makeLeg({id: 2}));
    calls.put(makeLeg({id: 3, ...UNKNOWN}));
    await tick();
    expect(notifications.map(({title, body}) => [title, body])).toEqual([
        ["Maryam Khalil", "+971505550123"],
        ["Unknown caller", "+971505550123"],
    ]);
    calls.put(makeLeg({id: 2, revision: 2, state: "ended"}));
    expect.verifySteps(["close notification"]);
    patchWithCleanup(window, {focus: () => expect.step("look at the page")});
    notifications[1].dispatchEvent(new Event("click"));
    expect.verifySteps(["look at the page", "close notification"]);
});

test("R49: none for an agent who does not want it", async () => {
    const calls = await startCalls({preferences: {desktop_notification: false}});
    hidePage();
    calls.put(makeLeg());
    await tick();
    expect(notifications).toHaveLength(0);
});

// ------------------------------------------------------------------- the tab's title

const WHO = "☎ Maryam Khalil is calling";

/** The titles of the next seconds. */
async function titles(seconds) {
    const shown = [document.title];
    for (let second = 1; second < seconds; second++) {
        await advanceTime(1000);
        shown.push(document.title);
    }
    return shown;
}

async function ringOnPage(params) {
    const calls = await startCalls(params);
    getService("title").setParts({action: "Tickets"});
    calls.put(makeLeg());
    await tick();
    return calls;
}

test("R49: the tab's title flashes until the agent answers", async () => {
    const calls = await ringOnPage();
    expect(await titles(4)).toEqual([WHO, "Tickets", WHO, "Tickets"]);
    await advanceTime(1000);
    calls.put(makeTalk());
    expect(await titles(3)).toEqual(["Tickets", "Tickets", "Tickets"]);
});

test("R49: the title is restored to what it is by now", async () => {
    const calls = await ringOnPage();
    getService("title").setParts({action: "Maryam Khalil"});
    getService("title").setCounters({discuss: 2});
    await advanceTime(1000);
    await advanceTime(1000);
    expect(document.title).toBe(WHO);
    calls.put(makeLeg({revision: 2, state: "ended"}));
    expect(document.title).toBe("(2) Maryam Khalil");
});

test("R49: it stops when the ring is silenced, and goes on for another call", async () => {
    const calls = await ringOnPage();
    calls.put(makeLeg({id: 2, ...UNKNOWN}));
    await advanceTime(2000);
    expect(document.title).toBe("☎ +971505550123 is calling");
    calls.silence(calls.legs[2]);
    await advanceTime(2000);
    expect(document.title).toBe(WHO);
    calls.silence(calls.legs[1]);
    expect(await titles(2)).toEqual(["Tickets", "Tickets"]);
});

test("R49: an agent who wants neither popup nor notification sees no flashing", async () => {
    await ringOnPage({preferences: {popup: false, desktop_notification: false}});
    expect(await titles(2)).toEqual(["Tickets", "Tickets"]);
});

test("R49: all of it has an end, also if that of the call was lost", async () => {
    const calls = await ringOnPage({preferences: {sound: true}});
    expect.verifySteps([PLAY]);
    await advanceTime(RINGING_MS);
    expect.verifySteps([STOP]);
    expect(await titles(2)).toEqual(["Tickets", "Tickets"]);
    calls.put(makeLeg({revision: 2, open_tickets: []}));
    await tick();
    expect.verifySteps([], {message: "news of the same call"});
    expect(await titles(2)).toEqual(["Tickets", "Tickets"]);
});

test("R6: what rings when the page is loaded is heard, too", async () => {
    await startCalls({calls: [makeLeg()], preferences: {sound: true}});
    await tick();
    expect.verifySteps([PLAY]);
    expect(document.title).toBe(WHO);
});

test("two calls that ring at once are both announced", async () => {
    const answers = [];
    mockService("multi_tab", {
        isOnMainTab() {
            // As Odoo's: a question that is asked meanwhile takes the place of the first.
            const answer = new Deferred();
            answers.push(answer);
            return answer;
        },
    });
    const calls = await startCalls({preferences: {sound: true}});
    calls.put(makeLeg({id: 1}));
    calls.put(makeLeg({id: 2}));
    answers.at(-1).resolve(true);
    await tick();
    expect.verifySteps([PLAY, PLAY]);
});
