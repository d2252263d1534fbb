// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {ownKey} from "@callgear_integration/calls/browser_means";
import {callPartsService} from "@callgear_integration/lazy/call_parts";
import {missedService} from "@callgear_integration/parts/missed/missed_service";
import {
    animationFrame,
    beforeEach,
    Deferred,
    describe,
    expect,
    mockDate,
    test,
    waitFor,
} from "@odoo/hoot";
import {
    getService,
    makeMockEnv,
    mockService,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {assets} from "@web/core/assets";
import {browser} from "@web/core/browser/browser";
import {
    defineCallgearModels,
    HelpdeskTicket,
    makeLeg,
    makeTalk,
    mountPhone,
    patchSession,
    tellPages,
} from "./callgear_test_helpers";

defineCallgearModels();

const CARD = ".o-callgear-CallCard";
const LOAD = "load callgear_integration.assets_parts";
const OFFER = {ticket_id: 21, call_id: 11, text: "Maryam Khalil waits", phone: "+9715"};

let loaded = null;
beforeEach(() => {
    mockDate("2026-03-28 12:31:00", 0);
    mockService("multi_tab", {isOnMainTab: async () => true});
    loaded = new Deferred();
    patchWithCleanup(assets, {
        loadBundle(name) {
            expect.step(`load ${name}`);
            return loaded;
        },
    });
});

/** As a page is before a phone has rung: here all of it is loaded from the beginning. */
const unload = () => (getService("callgear.parts").isLoaded = false);

async function finish() {
    loaded.resolve();
    await animationFrame();
    await animationFrame();
}

describe("R6, R41: what belongs to a call beyond its ringing is no part of each page", () => {
    test("a phone that rings is shown, and loads it meanwhile", async () => {
        const {put} = await mountPhone();
        unload();
        await put(makeLeg());
        expect.verifySteps([LOAD]);
        expect(CARD).toHaveText(/Maryam Khalil/);
        await put(makeTalk());
        expect(`${CARD} textarea`).toHaveCount(0);
        await finish();
        expect(`${CARD} textarea`).toHaveCount(1);
        expect.verifySteps([LOAD], {message: "asked again, which Odoo answers once"});
    });

    test("without it calls are shown; the next news asks again", async () => {
        const {put} = await mountPhone();
        unload();
        loaded.reject(new Error("no server"));
        await put(makeLeg());
        expect(CARD).toHaveCount(1);
        loaded = new Deferred();
        await put(makeTalk());
        await finish();
        expect(`${CARD} textarea`).toHaveCount(1);
        expect.verifySteps([LOAD, LOAD]);
    });

    test("R47: so does a call that is over at once: it may be a missed one", async () => {
        const {put} = await mountPhone();
        unload();
        await put(makeLeg({state: "ended"}));
        expect.verifySteps([LOAD]);
    });

    /** Start the service once more, in a page like this one. */
    async function stepLoading({kept = null, ...params} = {}) {
        patchSession(params);
        const env = await makeMockEnv();
        if (kept) {
            browser.localStorage.setItem(`${ownKey("callgear.summary")}.1`, kept);
        }
        patchWithCleanup(Object.getPrototypeOf(getService("callgear.parts")), {
            load: () => expect.step("load"),
        });
        callPartsService.start(env, env.services);
    }

    test("a page without calls loads nothing", async () => {
        await stepLoading();
        expect.verifySteps([]);
    });

    test("R57: words that the server does not have yet load it", async () => {
        await stepLoading({kept: "{}"});
        expect.verifySteps(["load"]);
    });

    test("a page that is opened during a call loads it at once", async () => {
        await stepLoading({calls: [makeTalk()]});
        expect.verifySteps(["load"]);
    });

    test("the form of a ticket loads it, whoever reads it", async () => {
        HelpdeskTicket._records = [{id: 21, name: "Parcel is late"}];
        await makeMockEnv();
        unload();
        await mountView({type: "form", resModel: "helpdesk.ticket", resId: 21});
        await finish();
        expect.verifySteps([LOAD]);
    });

    describe("R47: told of before who tells of it is there", () => {
        const NOTICE = ".o-callgear-missed";

        /** What the services have heard that are there from the beginning here. */
        async function forget() {
            await waitFor(NOTICE);
            getService("callgear.missed").forget();
            await animationFrame();
            expect(NOTICE).toHaveCount(0);
        }

        function startMissed() {
            missedService.start({}, getService("callgear.calls").env.services);
        }

        test("an offer", async () => {
            await mountPhone();
            unload();
            await tellPages("callgear.offer", OFFER);
            expect.verifySteps([LOAD]);
            await forget();
            startMissed();
            await waitFor(NOTICE);
            expect(NOTICE).toHaveText(/Maryam Khalil waits/);
        });

        test("a missed call, which had rung here for a moment", async () => {
            const {put} = await mountPhone();
            unload();
            await put(makeLeg());
            await put(
                makeLeg({
                    revision: 2,
                    state: "ended",
                    outcome: "missed",
                    ended_at: "2026-03-28T12:30:40Z",
                    missed_notice: "Missed call from Maryam Khalil",
                    ticket_id: 21,
                })
            );
            expect.verifySteps([LOAD, LOAD]);
            await forget();
            startMissed();
            await waitFor(NOTICE);
            expect(NOTICE).toHaveText(/Missed call from Maryam Khalil/);
        });
    });
});
