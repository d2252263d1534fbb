// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {RecordingPlayer} from "@callgear_integration/parts/call_message/recording_player";
import {reactive} from "@odoo/owl";
import {
    animationFrame,
    beforeEach,
    describe,
    expect,
    queryAllTexts,
    test,
} from "@odoo/hoot";
import {
    contains,
    mountWithCleanup,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {defineCallgearModels, makeRecording} from "./callgear_test_helpers";

defineCallgearModels();

const PLAYER = ".o-callgear-RecordingPlayer";
const TIMES = `${PLAYER} .font-monospace`;

/** What was asked of the browser so far. */
let heard = [];

/** Stands for the browser's player: tests hear nothing. */
class FakeAudio extends EventTarget {
    currentTime = 0;
    duration = NaN;
    playbackRate = 1;

    constructor(source) {
        super();
        heard.push(`load ${source.replace(/^https?:\/\/[^/]+/, "")}`);
        FakeAudio.last = this;
    }
    async play() {
        if (FakeAudio.refuses) {
            throw new Error("refused");
        }
        heard.push("play");
        this.tell("play");
    }
    pause() {
        heard.push("pause");
        this.tell("pause");
    }
    tell(event, values) {
        Object.assign(this, values);
        this.dispatchEvent(new Event(event));
    }
}

beforeEach(() => {
    heard = [];
    FakeAudio.last = undefined;
    FakeAudio.refuses = false;
    patchWithCleanup(browser, {Audio: FakeAudio});
});

async function mountPlayer(values) {
    const props = {recording: reactive(makeRecording(values))};
    return mountWithCleanup(RecordingPlayer, {props});
}

test("R9: its length is known, and nothing is loaded before it is played", async () => {
    await mountPlayer();
    expect(queryAllTexts(TIMES)).toEqual(["0:00", "3:29"]);
    expect(`${PLAYER} input`).toHaveAttribute("max", "209");
    expect(`${PLAYER} a`).toHaveAttribute("href", /\/web\/content\/55\?download=1$/);
    expect("audio").toHaveCount(0);
    expect(heard).toEqual([]);
});

test("play, pause, and where it stands", async () => {
    await mountPlayer();
    const button = `${PLAYER} button`;
    expect(button).toHaveAttribute("aria-label", "Play");
    await contains(button).click();
    expect(heard).toEqual(["load /web/content/55", "play"]);
    expect(button).toHaveAttribute("aria-label", "Pause");
    FakeAudio.last.tell("durationchange", {duration: 210.4});
    FakeAudio.last.tell("timeupdate", {currentTime: 65});
    await animationFrame();
    expect(queryAllTexts(TIMES)).toEqual(["1:05", "3:30"]);
    expect(`${PLAYER} input`).toHaveValue(65);
    heard = [];
    await contains(button).click();
    expect(heard).toEqual(["pause"]);
    expect(button).toHaveAttribute("aria-label", "Play");
    await contains(button).click();
    expect(heard).toEqual(["pause", "play"], {message: "loaded once"});
});

test("a stream whose length the browser does not know keeps the known one", async () => {
    await mountPlayer();
    await contains(`${PLAYER} button`).click();
    FakeAudio.last.tell("durationchange", {duration: Infinity});
    await animationFrame();
    expect(queryAllTexts(TIMES)).toEqual(["0:00", "3:29"]);
    expect(heard).toEqual(["load /web/content/55", "play"]);
});

test("speed, also before it is played", async () => {
    await mountPlayer();
    expect(queryAllTexts(`${PLAYER} option`)).toEqual(["1×", "1.25×", "1.5×", "2×"]);
    await contains(`${PLAYER} select`).select("1.5");
    expect(heard).toEqual([], {message: "a speed is chosen: nothing to load"});
    await contains(`${PLAYER} button`).click();
    expect(FakeAudio.last.playbackRate).toBe(1.5);
    await contains(`${PLAYER} select`).select("2");
    expect(FakeAudio.last.playbackRate).toBe(2);
    expect(heard).toEqual(["load /web/content/55", "play"]);
});

test("seek", async () => {
    await mountPlayer();
    await contains(`${PLAYER} input`).edit(100);
    expect(FakeAudio.last.currentTime).toBe(100);
    expect(queryAllTexts(TIMES)).toEqual(["1:40", "3:29"]);
    expect(heard).toEqual(["load /web/content/55"]);
});

test("a browser that does not want to play, or cannot", async () => {
    FakeAudio.refuses = true;
    await mountPlayer();
    await contains(`${PLAYER} button`).click();
    expect(`${PLAYER} button`).toHaveAttribute("aria-label", "Play");
    FakeAudio.last.tell("error");
    await animationFrame();
    expect(PLAYER).toHaveText("The recording cannot be played here. Download it");
    expect(`${PLAYER} button`).toHaveCount(0);
    expect(heard).toEqual(["load /web/content/55"]);
});

describe("R9: what is late says so", () => {
    const cases = {
        awaited: "The recording will be here shortly.",
        late: "The recording is delayed: CallGear has not delivered it yet.",
        deleted: "The recording has been deleted in Odoo.",
        gone: "CallGear no longer has the recording.",
        failed: "The recording could not be fetched from CallGear.",
    };
    for (const [state, text] of Object.entries(cases)) {
        test(state, async () => {
            await mountPlayer({state, attachment_id: null});
            expect(`${PLAYER}[data-state=${state}]`).toHaveText(text);
            expect(`${PLAYER} button`).toHaveCount(0);
        });
    }
});

test("it falls silent when the page is left", async () => {
    const player = await mountPlayer();
    await contains(`${PLAYER} button`).click();
    player.__owl__.app.destroy();
    expect(heard).toEqual(["load /web/content/55", "play", "pause"]);
});
