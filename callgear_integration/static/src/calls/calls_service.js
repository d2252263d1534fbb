// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {Gathered} from "./gathered";
import {LastUsedTab} from "./last_used_tab";
import {isNote} from "./leg";
import {serverNow} from "./server_time";

/** Until the server is asked again that could not be reached; twice as long each time. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
const RECENT_MS = 10 * 60 * 1000;

/**
 * One conversation of the user; fields as in `callgear.leg._payload`.
 * @typedef {Object} Leg
 */

/**
 * The user's conversations. What is shown is drawn from here and never from a message:
 * each message holds the whole state, and after a reconnect it is fetched again.
 */
export class Calls {
    constructor(env, services) {
        this.setup(env, services);
    }

    setup(env, services) {
        this.env = env;
        this.orm = services.orm;
        this.bus = services.bus_service;
        this.preferences = {popup: true, ...session.callgear?.preferences};
        this.tab = new LastUsedTab();
        /** @type {Object<number, Leg>} */
        this.legs = {};
        /** @type {Set<number>} conversations whose ringing the agent has silenced or folded */
        this.closed = new Set();
        /** @type {Set<number>} conversations whose note may be shown by itself */
        this.recentNotes = new Set();
        /** @type {Set<number>} calls from Odoo that ended without an answer while it was open */
        this.attempts = new Set();
        /**
         * @type {Map<symbol, {ids: number[], isCovered: boolean}>} conversations that the
         *  page shows, by component; `isCovered`: below a dialog
         */
        this.inPage = new Map();
        /** How many open forms hold unsaved work; kept by `unsaved_work.js`. */
        this.unsavedForms = 0;
        this.listeners = new Set();
        /** How often the server was asked, and which question its last answer was to. */
        this.fetches = 0;
        this.answered = 0;
        /** @type {Map<number, Leg>} states that the bus has brought at this moment */
        this.received = new Map();
    }

    start() {
        for (const leg of session.callgear?.calls || []) {
            this.put(leg, {silent: true});
        }
        this.bus.subscribe("callgear.call", (leg) => this.receive(leg));
        // Here, and not in setup(): the components see what the reactive object is told.
        this.gathered = new Gathered(() => this.refresh());
        this.bus.subscribe("callgear.calls", () => this.gathered.plan());
        document.addEventListener("visibilitychange", () => this.gathered.look());
        this.bus.subscribe("callgear.preferences", (preferences) =>
            Object.assign(this.preferences, preferences)
        );
        this.bus.addEventListener("BUS:RECONNECT", () => this.refresh());
        this.bus.start();
    }

    /**
     * Messages that come together are handled as one: a browser that logs in gets those of the
     * last minute again, and must not act on a call that is long over.
     */
    receive(leg) {
        if (!this.received.size) {
            Promise.resolve().then(() => {
                const legs = [...this.received.values()];
                this.received.clear();
                legs.forEach((each) => this.put(each));
            });
        }
        if (!(this.received.get(leg.id)?.revision > leg.revision)) {
            this.received.set(leg.id, leg);
        }
    }

    /** Take over a state, unless a newer one is known. */
    put(leg, {silent = false} = {}) {
        const known = this.legs[leg.id];
        if (known && known.revision > leg.revision) {
            return;
        }
        if (known?.state === "ended" && leg.state !== "ended") {
            // It goes on at another phone of the agent: what was silenced was over.
            this.closed.delete(leg.id);
        }
        this.judgeNote(leg, known);
        this.judgeAttempt(leg, known);
        this.legs[leg.id] = leg;
        if (!silent) {
            for (const listener of this.listeners) {
                listener(leg, known);
            }
        }
    }

    /**
     * Ask the server for the state: messages may have been missed, or what is shown of a
     * caller has changed. If it is away, again.
     */
    async refresh(pause = FIRST_PAUSE_MS) {
        browser.clearTimeout(this.retry);
        try {
            await this.fetch();
        } catch {
            const next = Math.min(2 * pause, LONGEST_PAUSE_MS);
            this.retry = browser.setTimeout(() => this.refresh(next), pause);
        }
    }

    async fetch() {
        const turn = ++this.fetches;
        const before = Object.values(this.legs).filter(
            (leg) => leg.state !== "ended" || leg.note
        );
        // There are more than the server tells of by itself: one that it does not return
        // is finished, and is taken away from whoever writes in it.
        const notes = before.filter(isNote).map((leg) => leg.id);
        const legs = await this.orm.silent.call("res.users", "callgear_current_calls", [
            notes,
        ]);
        if (turn < this.answered) {
            return; // What was asked for later is newer, and is there already.
        }
        this.answered = turn;
        const current = new Set(legs.map((leg) => leg.id));
        for (const leg of before) {
            // A newer state may have come while the answer was on its way.
            if (!current.has(leg.id) && this.legs[leg.id].revision === leg.revision) {
                this.put({...leg, state: "ended", note: false});
            }
        }
        legs.forEach((leg) => this.put(leg));
    }

    /** @param {(leg: Leg, before: Leg|undefined) => void} listener told of each news */
    onNews(listener) {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    /** @returns {Leg[]} conversations that ring or go on, the oldest first */
    get current() {
        return Object.values(this.legs)
            .filter((leg) => leg.state !== "ended" && leg.call_state !== "ended")
            .sort((a, b) => a.id - b.id);
    }

    /**
     * Whether a note is of a call that has just ended: it is shown by itself. Older ones are
     * in the phone, for who opens it. It stays so while somebody works on it, however long.
     */
    isRecentNote(leg) {
        return isNote(leg) && this.recentNotes.has(leg.id);
    }

    /** Once, when the note is first known: of a call that went on here, or has just ended. */
    judgeNote(leg, known) {
        if (!isNote(leg)) {
            this.recentNotes.delete(leg.id);
        } else if (!known || !isNote(known)) {
            const wentOnHere = Boolean(known) && known.state !== "ended";
            const age = serverNow() - Date.parse(leg.ended_at);
            if (wentOnHere || !(age > RECENT_MS)) {
                this.recentNotes.add(leg.id);
            }
        }
    }

    /** Of a call from Odoo: whether it ends without an answer, or one before it is forgotten. */
    judgeAttempt(leg, known) {
        if (leg.state !== "ended") {
            if (leg.dial && !known) {
                this.attempts.clear();
            }
        } else if (known?.dial && known.state !== "ended" && leg.dial !== "talking") {
            this.attempts.add(leg.id);
        }
    }

    /** Of a conversation that rings: its tone stops in this tab, whatever else is shown. */
    silence(leg) {
        if (!this.closed.has(leg.id)) {
            this.closed.add(leg.id);
            this.put({...this.legs[leg.id]});
        }
    }

    /**
     * @param {symbol} component
     * @param {number[]} ids of the conversations that it shows now
     * @param {boolean} isCovered whether a dialog lies above it
     */
    setInPage(component, ids, isCovered = false) {
        const known = this.inPage.get(component) || {ids: [], isCovered};
        if (known.ids.join() === ids.join() && known.isCovered === isCovered) {
            return;
        }
        if (ids.length) {
            this.inPage.set(component, {ids, isCovered});
        } else {
            this.inPage.delete(component);
        }
    }

    /** Whether the page itself shows a conversation, with its keys and its note. */
    isInPage(leg) {
        return this.shownBy(leg).some(({isCovered}) => !isCovered);
    }

    /** Whether the page shows it below a dialog, and nowhere else. */
    isCovered(leg) {
        const shown = this.shownBy(leg);
        return shown.length > 0 && shown.every(({isCovered}) => isCovered);
    }

    /** Parts of the page that show a conversation; they have no keys for one that rings. */
    shownBy(leg) {
        return leg.state === "talking" || leg.dial || leg.note
            ? [...this.inPage.values()].filter(({ids}) => ids.includes(leg.id))
            : [];
    }

    /** Call a method of a conversation; the news comes by the bus. */
    call(leg, method, ...args) {
        return this.orm.call("callgear.leg", method, [[leg.id], ...args]);
    }
}

export const callsService = {
    dependencies: ["bus_service", "orm"],
    start(env, services) {
        const calls = reactive(new Calls(env, services));
        if (session.callgear) {
            calls.start();
        }
        return calls;
    },
};

registry.category("services").add("callgear.calls", callsService);
