// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    after,
    beforeEach,
    Deferred,
    expect,
    mockPermission,
    test,
    tick,
} from "@odoo/hoot";
import {mockService, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {
    defineCallgearModels,
    makeLeg,
    makeTalk,
    startCalls,
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
