// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    animationFrame,
    Deferred,
    describe,
    edit,
    expect,
    fill,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAll,
    queryOne,
    test,
} from "@odoo/hoot";
import {Component, reactive, useState, xml} from "@odoo/owl";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {ConnectionLostError} from "@web/core/network/rpc";
import {useService} from "@web/core/utils/hooks";
import {SummaryBox} from "@callgear_integration/parts/summary/summary_box";
import {
    defineCallgearModels,
    leavePage,
    makeTalk,
    refuse,
    startCalls,
    stepLegMethods,
} from "./callgear_test_helpers";

defineCallgearModels();

const BOX = "textarea.o-callgear-summary";
const KEPT = `callgear.summary.${serverState.db}.${serverState.userId}.1`;

/** What is kept in this browser of the words about a conversation. */
const readKept = () => JSON.parse(browser.localStorage.getItem(KEPT));

/** A page was left with these words; the server had `base`. */
function leaveKept(text, base, at = Date.now()) {
    const kept = {summary: {text, base: [base]}, at};
    browser.localStorage.setItem(KEPT, JSON.stringify(kept));
}

/** One box or several of the conversation, as in panel and ticket. */
class Boxes extends Component {
    static template = xml`
        <t t-if="calls.legs[1]">
            <SummaryBox t-foreach="[...Array(props.count).keys()]" t-as="n" t-key="n"
                leg="calls.legs[1]" autofocus="props.autofocus"/>
        </t>`;
    static components = {SummaryBox};
    static props = {count: Number, autofocus: Boolean};

    setup() {
        this.calls = useState(useService("callgear.calls"));
    }
}

async function mountBoxes(leg = makeTalk(), {count = 1, autofocus = false} = {}) {
    // The phone's panel would show a box, too.
    const calls = await startCalls({calls: [leg], preferences: {popup: false}});
    await mountWithCleanup(Boxes, {props: {count, autofocus}});
    return calls;
}

const ENDED = {state: "ended", note: true, ticket_id: 21, ticket_choice: "auto"};

test("R57: it is saved as one types, after a pause", async () => {
    stepLegMethods();
    await mountBoxes();
    await contains(BOX).click();
    await edit("The par");
    await advanceTime(500);
    await edit("The parcel");
    await advanceTime(500);
    expect.verifySteps([]);
    await advanceTime(200);
    expect.verifySteps(["save_draft 1 |  | The parcel"]);
    expect(".o-callgear-saved").toHaveText("Saved");
});

test("R57: the same text wherever it is shown; the cursor stays", async () => {
    stepLegMethods();
    const calls = await mountBoxes(makeTalk({summary: "Late"}), {count: 2});
    expect(queryAll(BOX).map((el) => el.value)).toEqual(["Late", "Late"]);
    await contains(`${BOX}:first`).click();
    await edit("Late parcel");
    await animationFrame();
    const [first, second] = queryAll(BOX);
    expect(second.value).toBe("Late parcel");
    first.setSelectionRange(2, 4);
    calls.put(makeTalk({revision: 3, ...ENDED, summary: "Late"}));
    await animationFrame();
    expect(queryAll(BOX)).toEqual([first, second]);
    expect(first.value).toBe("Late parcel");
    expect([first.selectionStart, first.selectionEnd]).toEqual([2, 4]);
    expect(document.activeElement).toBe(first);
    await advanceTime(700);
    expect.verifySteps(["save_draft 1 |  | Late parcel"]);
});

test("R57: what is typed in another tab is shown, unless more was typed here", async () => {
    stepLegMethods();
    const calls = await mountBoxes();
    calls.put(makeTalk({revision: 3, summary: "From there"}));
    await animationFrame();
    expect(BOX).toHaveValue("From there");
    await contains(BOX).click();
    await edit("From here");
    calls.put(makeTalk({revision: 4, summary: "From there, too"}));
    await animationFrame();
    expect(BOX).toHaveValue("From here");
    await advanceTime(700);
    expect.verifySteps(["save_draft 1 |  | From here"]);
});

test("R9: an answer that was on its way while the words were saved", async () => {
    stepLegMethods();
    const calls = await mountBoxes();
    await contains(BOX).click();
    await edit("The first words");
    await advanceTime(700);
    expect.verifySteps(["save_draft 1 |  | The first words"]);
    calls.put(makeTalk());
    await animationFrame();
    expect(BOX).toHaveValue("The first words");
});

test("R9: late news of one's own words take nothing back", async () => {
    stepLegMethods();
    const calls = await mountBoxes();
    await contains(BOX).click();
    for (const text of ["One ", "One two "]) {
        await edit(text);
        await advanceTime(700);
    }
    calls.put(makeTalk({revision: 3, summary: "One"}));
    await animationFrame();
    expect(BOX).toHaveValue("One two ");
    calls.put(makeTalk({revision: 4, summary: "One two"}));
    await animationFrame();
    expect(BOX).toHaveValue("One two ", {message: "the server cuts the space"});
    calls.put(makeTalk({revision: 5, summary: "One"}));
    await animationFrame();
    expect(BOX).toHaveValue("One", {message: "this is somebody's change"});
    expect.verifySteps(["save_draft 1 |  | One ", "save_draft 1 |  | One two "]);
});

/** Saves wait until they are let through. */
function holdSaves() {
    const saves = [];
    onRpc("callgear.leg", "save_draft", async ({args}) => {
        expect.step(args[2]);
        const answer = new Deferred();
        saves.push(answer);
        return answer;
    });
    return saves;
}

test("R57: words taken back while they are being saved stay taken back", async () => {
    const saves = holdSaves();
    const calls = await mountBoxes(makeTalk({summary: "abc"}));
    await contains(BOX).click();
    await edit("abcd");
    await advanceTime(700);
    await edit("abc");
    calls.put(makeTalk({revision: 3, summary: "abcd"}));
    await animationFrame();
    expect(BOX).toHaveValue("abc", {message: "one's own news come before the answer"});
    expect.verifySteps(["abcd"]);
    saves[0].resolve(false);
    await advanceTime(700);
    expect.verifySteps(["abc"]);
});

test("R57: words taken back while they are being saved are kept", async () => {
    holdSaves();
    await mountBoxes(makeTalk({summary: "abc"}));
    await contains(BOX).click();
    await edit("abcd");
    await advanceTime(700);
    await edit("abc");
    leavePage();
    expect(readKept().summary).toEqual({text: "abc", base: ["abc", "abcd"]});
    expect.verifySteps(["abcd"]);
});

test("R9: news before the answer: somebody's change back to earlier words", async () => {
    const saves = holdSaves();
    const calls = await mountBoxes(makeTalk({summary: "One"}));
    await contains(BOX).click();
    await edit("One two");
    await advanceTime(700);
    calls.put(makeTalk({revision: 3, summary: "One two"}));
    await animationFrame();
    saves[0].resolve(false);
    await animationFrame();
    expect(BOX).toHaveValue("One two");
    calls.put(makeTalk({revision: 4, summary: "One"}));
    await animationFrame();
    expect(BOX).toHaveValue("One");
    await advanceTime(700);
    expect.verifySteps(["One two"]);
});

test("R57: while the server is away, it is kept here and tried again", async () => {
    let isAway = true;
    onRpc("callgear.leg", "save_draft", ({args}) => {
        expect.step(isAway ? "away" : args[2]);
        if (isAway) {
            throw new ConnectionLostError("/");
        }
        return false;
    });
    await mountBoxes();
    await contains(BOX).click();
    await edit("The parcel");
    await advanceTime(700);
    expect(".o-callgear-saved").toHaveText(/^Not saved yet/);
    expect(readKept().summary).toEqual({text: "The parcel", base: [""]});
    await edit("The parcel is late");
    expect(readKept().summary.text).toBe("The parcel is late");
    await advanceTime(1500);
    expect.verifySteps(["away"]);
    await advanceTime(500);
    expect.verifySteps(["away"]);
    isAway = false;
    await advanceTime(3900);
    expect.verifySteps([], {message: "the pauses grow"});
    await advanceTime(200);
    expect.verifySteps(["The parcel is late"]);
    expect(".o-callgear-saved").toHaveText("Saved");
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
});

test("R57: words that the server refuses stay, and do not look saved", async () => {
    let isRefused = true;
    onRpc("callgear.leg", "save_draft", ({args}) => {
        expect.step(args[2]);
        if (isRefused) {
            throw makeServerError({message: "The call is not yours."});
        }
        return false;
    });
    await mountBoxes();
    patchWithCleanup(getService("notification"), {
        add: (message) => expect.step(`told: ${message}`),
    });
    await contains(BOX).click();
    await edit("The par");
    await advanceTime(700);
    expect.verifySteps(["The par", "told: The call is not yours."]);
    expect(BOX).toHaveValue("The par");
    expect(".o-callgear-saved").toHaveText("Not saved: The call is not yours.");
    expect(readKept().summary.text).toBe("The par");
    await advanceTime(600_000);
    expect.verifySteps([], {message: "the same words would be refused again"});
    await edit("The parcel");
    await advanceTime(700);
    expect.verifySteps(["The parcel"], {message: "told once"});
    expect(readKept().summary.text).toBe("The parcel");
    isRefused = false;
    await edit("The parcel is late");
    await advanceTime(700);
    expect.verifySteps(["The parcel is late"]);
    expect(".o-callgear-saved").toHaveText("Saved");
});

test("R57: logged out, it is kept, and Odoo's own dialog comes once", async () => {
    const errorName = "odoo.http.SessionExpiredException";
    let isLoggedIn = false;
    onRpc("callgear.leg", "save_draft", ({args}) => {
        expect.step(args[2]);
        if (!isLoggedIn) {
            throw makeServerError({errorName, message: "Odoo Session Expired"});
        }
        return false;
    });
    expect.errors(1);
    const calls = await mountBoxes();
    await contains(BOX).click();
    await edit("The par");
    await advanceTime(700);
    await animationFrame();
    expect.verifySteps(["The par"]);
    expect.verifyErrors([/Odoo Session Expired/]);
    expect(".o-callgear-saved").toHaveText(/^Not saved yet: you are logged out/);
    expect(readKept().summary.text).toBe("The par");
    await advanceTime(600_000);
    expect.verifySteps([], {message: "it is not asked again and again"});
    getService("callgear.summaries").type(calls.legs[1], "The parcel");
    await advanceTime(700);
    await animationFrame();
    expect.verifySteps(["The parcel"]);
    expect(readKept().summary.text).toBe("The parcel");
    isLoggedIn = true;
    getService("callgear.summaries").type(calls.legs[1], "The parcel is late");
    await advanceTime(700);
    expect.verifySteps(["The parcel is late"]);
    expect(".o-callgear-saved").toHaveText("Saved");
});

test("R57: a reload takes up what was not saved", async () => {
    stepLegMethods();
    leaveKept("Half a sen", "Half");
    await startCalls({calls: [makeTalk({summary: "Half"})]});
    await advanceTime(100);
    expect.verifySteps(["save_draft 1 |  | Half a sen"]);
    await mountWithCleanup(Boxes, {props: {count: 1, autofocus: false}});
    expect(BOX).toHaveValue("Half a sen");
});

test("R57: what the server has after all is no longer kept", async () => {
    stepLegMethods();
    leaveKept("Half a sen ", "Half");
    const calls = await startCalls({calls: [makeTalk({summary: "Half a sen"})]});
    await advanceTime(100);
    expect.verifySteps([]);
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
    calls.put(makeTalk({revision: 3, summary: "Something else"}));
    await mountWithCleanup(Boxes, {props: {count: 1, autofocus: false}});
    expect(BOX).toHaveValue("Something else");
});

test("R57: what was written elsewhere meanwhile stays, with what was kept", async () => {
    stepLegMethods();
    leaveKept("Half a sen", "Half");
    await startCalls({calls: [makeTalk({summary: "They want it back"})]});
    await advanceTime(100);
    expect.verifySteps(["save_draft 1 |  | They want it back\nHalf a sen"]);
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
});

for (const [server, kept] of [
    ["Half a sentence", "Half a sen"],
    ["They want it back", ""],
]) {
    test(`R57: kept words that stand in “${server}” add nothing`, async () => {
        stepLegMethods();
        leaveKept(kept, "Half");
        await startCalls({calls: [makeTalk({summary: server})]});
        await advanceTime(100);
        expect.verifySteps([]);
        expect(browser.localStorage.getItem(KEPT)).toBe(null);
    });
}

test("R57: what is kept is as new as what is typed", async () => {
    const saves = holdSaves();
    await mountBoxes();
    await contains(BOX).click();
    await edit("Half");
    leavePage();
    await animationFrame();
    expect(readKept().summary).toEqual({text: "Half", base: [""]});
    await edit("Half a sen");
    expect(readKept().summary).toEqual({text: "Half a sen", base: ["", "Half"]});
    saves[0].resolve(false);
    await animationFrame();
    expect(readKept().summary).toEqual({text: "Half a sen", base: ["Half"]});
    await advanceTime(700);
    saves[1].resolve(false);
    await animationFrame();
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
    expect.verifySteps(["Half", "Half a sen"]);
});

describe("R57: two tabs, while the server is away", () => {
    const retype = (text) => edit(text, {confirm: false});

    async function mountAway() {
        onRpc("callgear.leg", "save_draft", () => {
            throw new ConnectionLostError("/");
        });
        await mountBoxes();
        await contains(BOX).click();
    }

    /** Another tab keeps this text, which it has made of one of ours. */
    async function keepElsewhere(text, over) {
        const kept = {summary: {text, base: [""], over}, at: Date.now()};
        browser.localStorage.setItem(KEPT, JSON.stringify(kept));
        await manuallyDispatchProgrammaticEvent(window, "storage", {key: KEPT});
        await animationFrame();
    }

    test("the text of the one is there in the other", async () => {
        await mountAway();
        await keepElsewhere("The parcel");
        expect(BOX).toHaveValue("The parcel");
    });

    test("what was typed over it goes back to the first", async () => {
        await mountAway();
        await retype("The parcel");
        await advanceTime(700);
        await keepElsewhere("The", "The parcel");
        expect(BOX).toHaveValue("The");
    });

    test("what was taken over is taken over again, also if it is shorter", async () => {
        await mountAway();
        await keepElsewhere("The parcel");
        await keepElsewhere("The");
        expect(BOX).toHaveValue("The");
    });

    test("it says over which text of the other tab something was typed", async () => {
        await mountAway();
        await keepElsewhere("The");
        queryOne(BOX).setSelectionRange(3, 3);
        await fill(" parcel");
        expect(readKept().summary.text).toBe("The parcel");
        expect(readKept().summary.over).toBe("The");
    });

    test("of what was typed in both at once nothing is lost", async () => {
        await mountAway();
        await retype("From here");
        await keepElsewhere("From there");
        expect(BOX).toHaveValue("From there\nFrom here");
        expect(readKept().summary.text).toBe("From there\nFrom here");
    });

    test("words that the server has got by the other tab change nothing", async () => {
        await mountAway();
        await retype("From here");
        browser.localStorage.removeItem(KEPT);
        await manuallyDispatchProgrammaticEvent(window, "storage", {key: KEPT});
        expect(BOX).toHaveValue("From here");
    });

    test("it is saved from here as well, as soon as that is possible", async () => {
        stepLegMethods();
        await mountBoxes();
        await keepElsewhere("The parcel");
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | The parcel"]);
        expect(browser.localStorage.getItem(KEPT)).toBe(null);
    });
});

test("R57: words typed while a save is tried again are saved, too", async () => {
    const saves = holdSaves();
    await mountBoxes();
    await contains(BOX).click();
    await edit("Half");
    await advanceTime(700);
    saves[0].reject(new ConnectionLostError("/"));
    await animationFrame();
    await advanceTime(2100);
    await edit("Half a sen");
    saves[1].resolve(false);
    await animationFrame();
    await advanceTime(700);
    expect.verifySteps(["Half", "Half", "Half a sen"]);
});

test("R57: kept words of another user, or another database, are not taken up", async () => {
    stepLegMethods();
    const {db, userId} = serverState;
    const kept = {summary: {text: "Half a sen", base: ["Half"]}, at: Date.now()};
    for (const whose of [`${db}.${userId + 1}`, `other.${userId}`]) {
        browser.localStorage.setItem(
            `callgear.summary.${whose}.1`,
            JSON.stringify(kept)
        );
    }
    await startCalls({calls: [makeTalk({summary: "Half"})]});
    await advanceTime(100);
    expect.verifySteps([]);
});

test("R57: words that nobody takes up stay in the browser for a week", async () => {
    const DAY = 24 * 60 * 60 * 1000;
    leaveKept("A week ago", "", Date.now() - 7 * DAY);
    await startCalls({calls: []});
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
    leaveKept("Six days ago", "", Date.now() - 6 * DAY);
    getService("callgear.summaries").dropOld();
    expect(readKept().summary.text).toBe("Six days ago");
});

test("A16: a browser that stores nothing", async () => {
    stepLegMethods();
    await mountBoxes();
    await contains(BOX).click();
    await edit("The parcel");
    patchWithCleanup(browser.localStorage, {
        setItem(key, value) {
            if (key.startsWith("callgear.summary")) {
                throw new Error("Access is denied");
            }
            super.setItem(key, value);
        },
    });
    leavePage();
    await animationFrame();
    expect.verifySteps(["save_draft 1 |  | The parcel"]);
});

test("R57: Done ends the note, with the last words", async () => {
    stepLegMethods();
    const calls = await mountBoxes(makeTalk(ENDED), {autofocus: true});
    expect(BOX).toBeFocused();
    expect(".o-callgear-done").toHaveText("Done");
    await edit("Twenty chairs");
    await contains(".o-callgear-done").click();
    await animationFrame();
    expect.verifySteps(["save_draft 1 |  | Twenty chairs", "finish_note 1"]);
    expect(calls.legs[1].note).toBe(false);
    expect(".o-callgear-done").toHaveCount(0);
});

test("R57: a note whose words are not saved is not done", async () => {
    stepLegMethods();
    let isAway = true;
    onRpc("callgear.leg", "save_draft", () => {
        if (isAway) {
            expect.step("away");
            throw new ConnectionLostError("/");
        }
    });
    const calls = await mountBoxes(makeTalk(ENDED), {autofocus: true});
    await edit("Twenty chairs");
    await contains(".o-callgear-done").click();
    await animationFrame();
    expect.verifySteps(["away"]);
    expect(calls.legs[1].note).toBe(true);
    expect(".o-callgear-saved").toHaveText(/^Not saved yet/);
    isAway = false;
    await contains(".o-callgear-done").click();
    await animationFrame();
    expect.verifySteps(["save_draft 1 |  | Twenty chairs", "finish_note 1"]);
    expect(calls.legs[1].note).toBe(false);
});

test("R57: what is refused when the note is done is told; the note stays", async () => {
    onRpc("callgear.leg", "finish_note", refuse("The call is not yours."));
    const calls = await mountBoxes(makeTalk(ENDED));
    patchWithCleanup(getService("notification"), {
        add: (message) => expect.step(`told: ${message}`),
    });
    await contains(".o-callgear-done").click();
    await animationFrame();
    expect.verifySteps(["told: The call is not yours."]);
    expect(calls.legs[1].note).toBe(true);
});

test("R57: a save that breaks down does not stand in the way of the next", async () => {
    stepLegMethods();
    await mountBoxes();
    const summaries = getService("callgear.summaries");
    const broken = Promise.reject(new Error("It is broken"));
    broken.catch(() => {});
    summaries.saving[1] = broken;
    await contains(BOX).click();
    await edit("The parcel");
    await advanceTime(700);
    expect.verifySteps(["save_draft 1 |  | The parcel"]);
});

test("R57: Ctrl+Enter is Done", async () => {
    stepLegMethods();
    await mountBoxes(makeTalk(ENDED), {autofocus: true});
    await press(["Control", "Enter"]);
    await animationFrame();
    expect.verifySteps(["finish_note 1"]);
});

test("R57: results of the team's choice", async () => {
    stepLegMethods();
    const results = [
        {id: 4, name: "Order placed"},
        {id: 5, name: "Wrong number"},
    ];
    const calls = await mountBoxes(makeTalk({results}));
    await contains(".o-callgear-results button:contains(Wrong number)").click();
    expect.verifySteps(["set_result 1 | 5"]);
    calls.put(makeTalk({revision: 3, results, result_id: 5}));
    await animationFrame();
    expect(".o-callgear-results [aria-pressed=true]").toHaveText("Wrong number");
    await contains(".o-callgear-results button:contains(Wrong number)").click();
    expect.verifySteps(["set_result 1 | false"]);
    calls.put(makeTalk({revision: 4}));
    await animationFrame();
    expect(".o-callgear-results").toHaveCount(0);
});

test("R57: a follow-up in one click, once there is something to plan it for", async () => {
    stepLegMethods();
    const calls = await mountBoxes(makeTalk({partner: null}));
    expect(".o-callgear-follow-up").toHaveCount(0);
    calls.put(makeTalk({revision: 3, partner: null, ticket_id: 21}));
    await animationFrame();
    expect(".o-callgear-follow-up").toHaveText("Follow up tomorrow");
    await contains(".o-callgear-follow-up").click();
    expect.verifySteps(["plan_follow_up 1 | tomorrow"]);
    await contains(".o-callgear-follow-up-day").click();
    await contains(".o-dropdown-item:contains(Today)").click();
    expect.verifySteps(["plan_follow_up 1 | today"]);
});

describe("R57: a conversation moves from one part of the page to another", () => {
    /** As panel and page: each shows the box of the conversation, or not. */
    class Places extends Component {
        static template = xml`
            <div class="panel">
                <SummaryBox t-if="places.panel" leg="calls.legs[1]"/>
            </div>
            <div class="page">
                <SummaryBox t-if="places.page" leg="calls.legs[1]"/>
                <input/>
            </div>`;
        static components = {SummaryBox};
        static props = {places: Object};

        setup() {
            this.calls = useState(useService("callgear.calls"));
            this.places = useState(this.props.places);
        }
    }

    async function mountPlaces() {
        stepLegMethods();
        const places = reactive({panel: true, page: false});
        await startCalls({calls: [makeTalk()], preferences: {popup: false}});
        await mountWithCleanup(Places, {props: {places}});
        await contains(`.panel ${BOX}`).click();
        await edit("The parcel");
        queryOne(`.panel ${BOX}`).setSelectionRange(3, 6);
        return async (shown) => {
            Object.assign(places, shown);
            await animationFrame();
        };
    }

    async function goOn() {
        const box = queryOne(`.page ${BOX}`);
        expect(box).toBeFocused();
        expect([box.selectionStart, box.selectionEnd]).toEqual([3, 6]);
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | The parcel"]);
    }

    test("the page shows it before the panel gives way", async () => {
        const show = await mountPlaces();
        await show({page: true});
        await show({panel: false});
        await goOn();
    });

    test("the panel gives way before the page shows it", async () => {
        const show = await mountPlaces();
        await show({panel: false});
        await show({page: true});
        await goOn();
    });

    test("who has gone elsewhere is left there", async () => {
        const show = await mountPlaces();
        await show({panel: false});
        queryOne(".page input").focus();
        await show({page: true});
        expect(".page input").toBeFocused();
        await advanceTime(700);
        expect.verifySteps(["save_draft 1 |  | The parcel"]);
    });
});

test("R57: words about a call that no page brings any more are saved, too", async () => {
    stepLegMethods();
    onRpc("callgear.leg", "search_read", ({kwargs}) => {
        expect.step(`read ${JSON.stringify(kwargs.domain)}`);
        return [{id: 1, subject: false, summary: "The parcel"}];
    });
    leaveKept("The parcel is lost", "The parcel");
    await startCalls();
    await advanceTime(100);
    expect.verifySteps([
        'read [["id","in",[1]]]',
        "save_draft 1 |  | The parcel is lost",
    ]);
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
});

test("R51: what is refused, and no page can show, does not stay in the browser", async () => {
    onRpc("callgear.leg", "search_read", () => [
        {id: 1, subject: false, summary: false},
    ]);
    onRpc("callgear.leg", "save_draft", refuse("The call was erased."));
    leaveKept("The parcel is lost", "The parcel");
    await startCalls();
    await advanceTime(100);
    expect(browser.localStorage.getItem(KEPT)).toBe(null);
});

test("nothing is asked for if no words were left behind", async () => {
    onRpc("callgear.leg", "search_read", () => expect.step("read"));
    await startCalls();
    await advanceTime(100);
    expect.verifySteps([]);
});

test("A9: each key has its letter", async () => {
    stepLegMethods();
    await mountBoxes(makeTalk(ENDED));
    expect(queryOne(BOX).dataset.callgearKey).toBe("e");
    expect(`${BOX}[data-callgear-key=e] + kbd`).toHaveText("E");
    expect(".o-callgear-done[data-callgear-key=d]").toHaveCount(1);
    expect(".o-callgear-follow-up[data-callgear-key=w]").toHaveCount(1);
    await press(["alt", "shift", "e"]);
    await animationFrame();
    expect(BOX).toBeFocused();
});
