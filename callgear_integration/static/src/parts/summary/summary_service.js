// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {markRaw, reactive, toRaw} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {SessionExpiredDialog} from "@web/core/errors/error_dialogs";
import {registry} from "@web/core/registry";
import {
    isPageVisible,
    ownKey,
    readStored,
    store,
    storedKeys,
    unstore,
} from "../../calls/browser_means";
import {isRefusal, tellRefusal} from "../../calls/refusal";
import {KEPT} from "../../lazy/call_parts";
import {SummaryDraft} from "./summary_draft";

const SAVE_AFTER_MS = 600;
/** Until the server is asked again that could not be reached; twice as long each time. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
/** So long it may take until the next page is drawn. */
const HAND_OVER_MS = 2000;
/** Words that nobody has taken up by then stay in no browser: they tell of customers. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1000;

const keyOf = (id) => `${ownKey(KEPT)}.${id}`;

/** @returns {Object} what stands in the browser's storage, or nothing if it is not ours */
function readKept(key) {
    try {
        return JSON.parse(readStored(key)) || {};
    } catch {
        return {};
    }
}

/** The server no longer knows who it is: Odoo asks to log in again. */
const isLoggedOut = (error) => {
    const dialogs = registry.category("error_dialogs");
    return dialogs.get(error.exceptionName, null) === SessionExpiredDialog;
};

/**
 * What agents type about their conversations: one text for each, wherever it is shown. It
 * is saved while they type, and kept in the browser while the server cannot be reached.
 */
export class Summaries {
    constructor({"callgear.calls": calls, bus_service, notification, orm}) {
        Object.assign(this, {calls, bus: bus_service, notification, orm});
        /** @type {Object<number, SummaryDraft>} */
        this.drafts = {};
        this.timers = {};
        this.pauses = {};
        /** The conversation whose summary the agent goes on with, once a page shows it. */
        this.awaited = null;
        /** @type {Object<number, HTMLTextAreaElement[]>} boxes of each conversation */
        this.boxes = markRaw({});
        /** Where somebody was typing in a box that has gone: `{id, selection, at}`. */
        this.left = null;
        /** @type {Object<number, Promise<boolean>>} the last save of each; they are in order */
        this.saving = {};
        /** Odoo's dialog has asked to log in. */
        this.isLoggedOut = false;
    }

    start() {
        this.calls.onNews((leg) => this.drafts[leg.id]?.hear(leg));
        this.bus.addEventListener("BUS:RECONNECT", () => this.saveAll());
        browser.addEventListener("pagehide", () => this.leave());
        browser.addEventListener("storage", ({key}) => this.hearKept(key));
        document.addEventListener("visibilitychange", () => {
            if (!isPageVisible()) {
                this.leave();
            }
        });
        this.dropOld();
        for (const leg of Object.values(this.calls.legs)) {
            if (readStored(keyOf(leg.id))) {
                this.of(leg);
            }
        }
        this.saveForgotten();
    }

    /** Words about calls that no page brings any more: they are over for too long. */
    async saveForgotten() {
        const ids = storedKeys(`${ownKey(KEPT)}.`)
            .map((key) => Number(key.split(".").at(-1)))
            .filter((id) => id && !this.calls.legs[id]);
        if (!ids.length) {
            return;
        }
        let saved = [];
        try {
            const domain = [["id", "in", ids]];
            const fields = ["subject", "summary"];
            const legs = await this.orm.silent.searchRead(
                "callgear.leg",
                domain,
                fields
            );
            legs.forEach((leg) => this.of(leg));
            saved = await Promise.all(legs.map((leg) => this.save(leg.id)));
            legs.forEach((leg) => this.dropRefused(leg.id));
        } catch {
            return; // they stay in the browser, for the next page
        }
        if (saved.some(Boolean)) {
            this.notification.add(
                _t("What you had typed about an earlier call is saved now."),
                {type: "info"}
            );
        }
    }

    /** Nobody can correct what no page shows: it must not stay in the browser. */
    dropRefused(id) {
        if (this.drafts[id].failure === "refused") {
            unstore(keyOf(id));
        }
    }

    /** Whoever has left them: several people may use a browser. */
    dropOld() {
        for (const key of storedKeys(`${KEPT}.`)) {
            if (!(Date.now() - readKept(key).at < KEEP_MS)) {
                unstore(key);
            }
        }
    }

    /**
     * @param {import("../../calls/calls_service").Leg} leg
     * @returns {SummaryDraft} its `text`, `subject`, `isSaved`, `failure`
     */
    of(leg) {
        const drafts = toRaw(this.drafts);
        if (!drafts[leg.id]) {
            drafts[leg.id] = new SummaryDraft(leg);
            this.takeUp(drafts[leg.id], leg);
        }
        return this.drafts[leg.id];
    }

    /** What was not saved when the page was left. */
    takeUp(draft, leg) {
        const key = keyOf(draft.id);
        if (readStored(key)) {
            draft.isKept = true;
            draft.takeUp(readKept(key), leg);
            this.plan(draft.id, 0);
        }
    }

    /** Another tab keeps words about a conversation: the agent goes on with them here. */
    hearKept(key) {
        const draft = Object.values(this.drafts).find(({id}) => keyOf(id) === key);
        if (!draft || !readStored(key)) {
            return; // the server has them, and tells of them
        }
        const kept = readKept(key);
        if (draft.isKeptAs(kept)) {
            return;
        }
        draft.hearKept(kept);
        draft.isStuck = false;
        draft.isKept = true;
        if (!draft.isKeptAs(kept)) {
            this.keep(draft);
        }
        if (draft.failure !== "away") {
            this.plan(draft.id, SAVE_AFTER_MS); // else it is tried again anyway
        }
    }

    /** The agent has typed a summary. */
    type(leg, text) {
        this.change(leg, "summary", text);
    }

    /** The agent has typed the subject of a new ticket. */
    typeSubject(leg, subject) {
        this.change(leg, "subject", subject);
    }

    change(leg, name, text) {
        const draft = this.of(leg);
        draft.texts[name] = text;
        Object.assign(draft, {isTouched: true, isStuck: false});
        if (draft.failure || draft.isKept) {
            this.keep(draft);
        }
        if (draft.failure !== "away") {
            this.plan(leg.id, SAVE_AFTER_MS); // else it is tried again anyway
        }
    }

    plan(id, pause) {
        browser.clearTimeout(this.timers[id]);
        this.timers[id] = browser.setTimeout(() => this.save(id), pause);
    }

    /** @returns {Promise<boolean>} whether the server has all that was typed until now */
    save(id) {
        const draft = this.drafts[id];
        if (!draft) {
            return Promise.resolve(true);
        }
        browser.clearTimeout(this.timers[id]);
        const before = this.saving[id] || Promise.resolve();
        const send = () => this.send(draft);
        this.saving[id] = before.then(send, send);
        return this.saving[id];
    }

    saveAll() {
        for (const draft of Object.values(this.drafts)) {
            if (!draft.isSaved) {
                this.save(draft.id);
            }
        }
    }

    async send(draft) {
        if (draft.isSaved) {
            this.settle(draft);
            return true;
        }
        if (draft.isStuck) {
            return false;
        }
        const {changes} = draft;
        draft.send(changes);
        try {
            const args = [[draft.id], ...changes];
            await this.orm.silent.call("callgear.leg", "save_draft", args);
        } catch (error) {
            draft.send([null, null]);
            this.fail(draft, changes, error);
            return false;
        }
        draft.accept();
        draft.wasSaved = true;
        this.isLoggedOut = false;
        this.settle(draft);
        return true;
    }

    /** The server has what was typed, or somebody's later words. */
    settle(draft) {
        if (draft.failure && !draft.isSaved) {
            this.plan(draft.id, SAVE_AFTER_MS); // they typed on while it was tried again
        }
        Object.assign(draft, {failure: null, isTold: false});
        delete this.pauses[draft.id];
        if (draft.isKept) {
            this.keep(draft);
        }
    }

    fail(draft, changes, error) {
        this.keep(draft);
        if (isRefusal(error)) {
            Object.assign(draft, {failure: "refused", reason: error.data.message});
            draft.isStuck = String(changes) === String(draft.changes);
            if (!draft.isTold) {
                draft.isTold = true;
                tellRefusal(this.notification, error);
            }
            return;
        }
        if (isLoggedOut(error)) {
            draft.failure = "logged_out";
            if (!this.isLoggedOut) {
                this.isLoggedOut = true;
                Promise.reject(error); // for Odoo's dialog
            }
            return;
        }
        draft.failure = "away";
        const pause = this.pauses[draft.id] || FIRST_PAUSE_MS;
        this.pauses[draft.id] = Math.min(2 * pause, LONGEST_PAUSE_MS);
        this.plan(draft.id, pause);
    }

    /** In the browser's storage, as long as the server does not have it. */
    keep(draft) {
        draft.isKept = !draft.isSaved;
        if (draft.isKept) {
            store(keyOf(draft.id), JSON.stringify({...draft.kept, at: Date.now()}));
        } else {
            unstore(keyOf(draft.id));
        }
    }

    /** A box is drawn: whoever was typing in another one of the conversation goes on here. */
    enter(id, el) {
        this.boxes[id] = [...(this.boxes[id] || []), el];
        if (this.left?.id === id && Date.now() - this.left.at < HAND_OVER_MS) {
            this.resume(el);
        }
    }

    /** A box goes, because another part of the page shows the conversation now. */
    leaveBox(id, el) {
        this.boxes[id] = this.boxes[id].filter((other) => other !== el);
        if (document.activeElement !== el) {
            return;
        }
        const {selectionStart, selectionEnd, selectionDirection} = el;
        const selection = [selectionStart, selectionEnd, selectionDirection];
        this.left = {id, selection, at: Date.now()};
        const [other] = this.boxes[id];
        if (other) {
            // It is still there: nothing can have the focus before it has gone.
            Promise.resolve().then(() => this.resume(other));
        }
    }

    resume(el) {
        if (document.activeElement !== document.body) {
            return; // they have gone elsewhere
        }
        el.focus();
        el.setSelectionRange(...this.left.selection);
        this.left = null;
    }

    /** The page is left, or out of sight: a request may not get through any more. */
    leave() {
        for (const draft of Object.values(this.drafts)) {
            if (!draft.isSaved) {
                this.keep(draft);
            }
        }
        this.saveAll();
    }

    /** The agent is done with the note after the call; it stays if it cannot be saved. */
    async finish(leg) {
        // Whoever asks once more is told once more.
        Object.assign(this.of(leg), {isStuck: false, isTold: false});
        if (!(await this.save(leg.id))) {
            return;
        }
        try {
            await this.calls.call(leg, "finish_note");
        } catch (error) {
            tellRefusal(this.notification, error);
            return;
        }
        const known = this.calls.legs[leg.id];
        if (known) {
            this.calls.put({...known, note: false});
        }
    }
}

export const summariesService = {
    dependencies: ["bus_service", "callgear.calls", "notification", "orm"],
    start(env, services) {
        const summaries = reactive(new Summaries(services));
        summaries.start();
        return summaries;
    },
};

registry.category("services").add("callgear.summaries", summariesService);
