// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {reactive, toRaw} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {SessionExpiredDialog} from "@web/core/errors/error_dialogs";
import {registry} from "@web/core/registry";
import {readStored, store} from "../calls/browser_means";
import {isRefusal, tellRefusal} from "../calls/refusal";
import {SummaryDraft, TEXTS} from "./summary_draft";

const SAVE_AFTER_MS = 600;
/** Until the server is asked again that could not be reached; twice as long each time. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
const KEPT = "callgear.summary.";

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
        /** @type {Object<number, Promise<boolean>>} the last save of each; they are in order */
        this.saving = {};
        /** Odoo's dialog has asked to log in. */
        this.isLoggedOut = false;
    }

    start() {
        this.calls.onNews((leg) => this.drafts[leg.id]?.hear(leg));
        this.bus.addEventListener("BUS:RECONNECT", () => this.saveAll());
        browser.addEventListener("pagehide", () => this.leave());
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "hidden") {
                this.leave();
            }
        });
        for (const leg of Object.values(this.calls.legs)) {
            if (readStored(KEPT + leg.id)) {
                this.of(leg);
            }
        }
    }

    /**
     * @param {import("../calls/calls_service").Leg} leg
     * @returns {SummaryDraft} its `text`, `subject`, `isSaved`, `failure`
     */
    of(leg) {
        const drafts = toRaw(this.drafts);
        if (!drafts[leg.id]) {
            drafts[leg.id] = new SummaryDraft(leg);
            this.takeUp(drafts[leg.id]);
        }
        return this.drafts[leg.id];
    }

    /** What was not saved when the page was left. */
    takeUp(draft) {
        try {
            const kept = JSON.parse(readStored(KEPT + draft.id) || "{}");
            for (const name of TEXTS) {
                if (typeof kept[name] === "string") {
                    draft.texts[name] = kept[name];
                    draft.isKept = true;
                }
            }
        } catch {
            // It is not ours.
        }
        if (draft.isKept) {
            this.plan(draft.id, 0);
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
        if (draft.failure) {
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
        Object.assign(draft, {failure: null, isTold: false, wasSaved: true});
        delete this.pauses[draft.id];
        this.isLoggedOut = false;
        this.forget(draft);
        return true;
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

    keep(draft) {
        const unsaved = TEXTS.filter((name) => draft.isUnsaved(name));
        const texts = unsaved.map((name) => [name, draft.texts[name]]);
        store(KEPT + draft.id, JSON.stringify(Object.fromEntries(texts)));
        draft.isKept = true;
    }

    forget(draft) {
        if (draft.isKept && draft.isSaved) {
            store(KEPT + draft.id, "");
            draft.isKept = false;
        }
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
