// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {after, animationFrame, expect, mockDate, test, tick} from "@odoo/hoot";
import {
    getService,
    mockService,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {
    copyText,
    hasFocus,
    isMainTab,
    isPageVisible,
    makeAudio,
    notify,
    ownKey,
    playTone,
    readInTab,
    readStored,
    stopTone,
    store,
    storedKeys,
    storeInTab,
    unstore,
} from "@callgear_integration/calls/browser_means";
import {defineCallgearModels, makeLeg, mountPopups} from "./callgear_test_helpers";

defineCallgearModels();

const refuse = () => {
    throw new Error("not allowed");
};
const refusing = (...names) => Object.fromEntries(names.map((name) => [name, refuse]));

/** Have a property of an object be something else, or throw when it is read. */
function redefine(object, name, get) {
    Object.defineProperty(object, name, {configurable: true, get});
    after(() => delete object[name]);
}

class RefusedNotification {
    static permission = "granted";
    constructor() {
        throw new TypeError(
            "Illegal constructor. Use ServiceWorkerRegistration instead."
        );
    }
}

/** What a browser may be without, or refuse: in what way → how to have it so. */
const WITHOUT = {
    "no notifications": () => patchWithCleanup(browser, {Notification: undefined}),
    "notifications that throw": () =>
        patchWithCleanup(browser, {Notification: RefusedNotification}),
    "no storage": () => patchWithCleanup(browser, {localStorage: undefined}),
    "storage that throws": () =>
        patchWithCleanup(browser, {localStorage: refusing("getItem", "setItem")}),
    "no sound": () => patchWithCleanup(browser, {Audio: undefined}),
    "sound that throws": () => patchWithCleanup(browser, {Audio: refuse}),
    "a tone that throws": () =>
        patchWithCleanup(getService("mail.sound_effects"), refusing("play", "stop")),
    "no visibility": () => redefine(document, "visibilityState", () => undefined),
    "visibility that throws": () => redefine(document, "visibilityState", refuse),
    "no focus": () => redefine(document, "hasFocus", () => undefined),
    "focus that throws": () => redefine(document, "hasFocus", () => refuse),
    "tabs that cannot agree": () =>
        patchWithCleanup(getService("multi_tab"), {isOnMainTab: async () => refuse()}),
};

for (const [lack, arrange] of Object.entries(WITHOUT)) {
    test(`R6, R47: a call and its end are shown, with ${lack}`, async () => {
        mockDate("2026-03-28 12:31:00", 0);
        mockService("multi_tab", {isOnMainTab: async () => true});
        const calls = await mountPopups({
            preferences: {sound: true, desktop_notification: true},
        });
        // Once Odoo itself has started, which does not stand all of this.
        await animationFrame();
        arrange();
        expect(typeof calls.tab.isThis).toBe("boolean");
        calls.put(makeLeg());
        await tick();
        await animationFrame();
        expect(".o-callgear-CallPopup").toHaveText(/Maryam Khalil/);
        window.dispatchEvent(new Event("pointerdown")); // the tab last used is noted
        calls.put(
            makeLeg({
                revision: 2,
                state: "ended",
                outcome: "missed",
                ended_at: "2026-03-28T12:30:40Z",
                missed_notice: "Missed call from Maryam Khalil",
                ticket_id: 21,
            })
        );
        await tick();
        await animationFrame();
        expect(".o-callgear-CallPopup").toHaveCount(0);
        expect(".o_notification.o-callgear-missed").toHaveCount(1);
    });
}

test("without storage nothing is remembered", () => {
    WITHOUT["storage that throws"]();
    store("callgear.x", "1");
    expect(readStored("callgear.x")).toBe(null);
    patchWithCleanup(browser, {localStorage: undefined});
    store("callgear.x", "1");
    unstore("callgear.x");
    expect(readStored("callgear.x")).toBe(null);
    expect(storedKeys("callgear.")).toEqual([]);
    patchWithCleanup(browser, {sessionStorage: undefined});
    storeInTab("callgear.x", "1");
    expect(readInTab("callgear.x")).toBe(null);
});

test("what is stored can be read, and forgotten", () => {
    expect(readStored("callgear.x")).toBe(null);
    store("callgear.x", "1");
    store("other.x", "1");
    expect(readStored("callgear.x")).toBe("1");
    expect(storedKeys("callgear.")).toEqual(["callgear.x"]);
    unstore("callgear.x");
    expect(readStored("callgear.x")).toBe(null);
    expect(storedKeys("callgear.")).toEqual([]);
});

test("what is stored in the tab can be read, and forgotten", () => {
    storeInTab("callgear.x", "1");
    expect([readInTab("callgear.x"), readStored("callgear.x")]).toEqual(["1", null]);
    storeInTab("callgear.x", null);
    expect(readInTab("callgear.x")).toBe(null);
});

test("each user of each database stores on their own", () => {
    expect(ownKey("callgear.x")).toBe(
        `callgear.x.${serverState.db}.${serverState.userId}`
    );
});

test("a page that does not say whether it is seen is taken for seen", () => {
    redefine(document, "visibilityState", () => "hidden");
    expect([isPageVisible(), hasFocus()]).toEqual([false, false]);
    redefine(document, "visibilityState", refuse);
    redefine(document, "hasFocus", () => refuse);
    expect([isPageVisible(), hasFocus()]).toEqual([true, true]);
});

test("a notification that is refused can be closed all the same", () => {
    const close = () => notify("Maryam Khalil", {body: "+50", tag: "callgear-1"})();
    for (const lack of ["no notifications", "notifications that throw"]) {
        WITHOUT[lack]();
        expect(close()).toBe(undefined);
    }
    class Closed extends EventTarget {
        static permission = "granted";
        close = refuse;
    }
    patchWithCleanup(browser, {Notification: Closed});
    expect(close()).toBe(undefined);
});

test("sound that is refused is none", () => {
    playTone(refusing("play"));
    stopTone(refusing("stop"));
    WITHOUT["sound that throws"]();
    expect(makeAudio("/x.mp3")).toBe(null);
});

test("copying says whether it has", async () => {
    patchWithCleanup(browser, {navigator: {clipboard: refusing("writeText")}});
    expect(await copyText("+971505550123")).toBe(false);
    patchWithCleanup(browser, {navigator: {}});
    expect(await copyText("+971505550123")).toBe(false);
    const clipboard = {writeText: async (text) => expect.step(text)};
    patchWithCleanup(browser, {navigator: {clipboard}});
    expect(await copyText("+971505550123")).toBe(true);
    expect.verifySteps(["+971505550123"]);
});

test("tabs that cannot agree each tell of it", async () => {
    expect(await isMainTab({isOnMainTab: refuse})).toBe(true);
    expect(await isMainTab({isOnMainTab: async () => refuse()})).toBe(true);
    expect(await isMainTab({isOnMainTab: async () => false})).toBe(false);
});
