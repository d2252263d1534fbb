// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {ownKey, readStored, store} from "../calls/browser_means";
import {isNote, isUnanswered, ticketIdOf} from "../calls/leg";
import {ltr} from "../calls/ltr";

/** What the agent has put away, in all tabs: `{folded: [leg id], silenced: [leg id]}`. */
const STORED = "callgear.phone";
/** More calls than that do not go on at once. */
const MAX_STORED = 50;
/** The order of the stack; a call from Odoo counts as ringing until it is answered. */
const RANKS = {talking: 0, held: 1, ringing: 2};

/**
 * How far a conversation is, for the eye.
 *
 * @param {import("../calls/calls_service").Leg} leg
 * @returns {"talking"|"held"|"ringing"}
 */
export function stateOf(leg) {
    if (leg.state !== "talking") {
        return "ringing";
    }
    return leg.control === "held" ? "held" : "talking";
}

const rings = (leg) => leg.state === "ringing" && leg.direction === "in";

/**
 * The agent's phone in the top bar: what its panel shows, and whether it does. The panel
 * opens by itself for a call that nothing else shows; putting it away is remembered for
 * each call, in all tabs and after a reload.
 */
export class Phone {
    constructor(calls) {
        this.setup(calls);
    }

    setup(calls) {
        this.calls = calls;
        /** Opened by the agent's own hand. */
        this.isOpen = false;
        /** @type {number[]} conversations that the agent has folded away */
        this.folded = [];
        /** @type {number[]} conversations whose tone the agent has stopped */
        this.silenced = [];
        /** The conversation in whose card the agent is, with the cursor or the mouse. */
        this.attended = null;
        /** What a screen reader says of a phone that has begun to ring. */
        this.announcement = "";
        this.announced = new Set();
    }

    start() {
        this.takeStored();
        browser.addEventListener("storage", ({key}) => {
            if (key === ownKey(STORED)) {
                this.takeStored();
            }
        });
        this.legs.forEach((leg) => this.announce(leg));
        this.calls.onNews((leg, before) => {
            if (before?.state === "ended" && leg.state !== "ended") {
                // It goes on at another phone of the agent: what was folded was over.
                this.keep({
                    folded: this.folded.filter((id) => id !== leg.id),
                    silenced: this.silenced.filter((id) => id !== leg.id),
                });
            }
            this.announce(leg);
            if (!this.legs.some((each) => this.announced.has(each.id) && rings(each))) {
                // The next one may have the same words, which nobody would hear again.
                this.announcement = "";
            }
        });
    }

    // ------------------------------------------------------- what it consists of

    /** @returns {import("../calls/calls_service").Leg[]} the talking one first */
    get legs() {
        const rank = (leg) => RANKS[stateOf(leg)];
        return [...this.calls.current].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
    }

    /**
     * Calls whose note is not finished; that of the call that ended last comes first.
     *
     * @returns {import("../calls/calls_service").Leg[]}
     */
    get notes() {
        const end = (leg) => Date.parse(leg.ended_at) || 0;
        return Object.values(this.calls.legs)
            .filter(isNote)
            .sort((a, b) => end(b) - end(a) || b.id - a.id);
    }

    /**
     * A call from Odoo that nobody has answered, until it is put away or another goes on.
     *
     * @returns {import("../calls/calls_service").Leg[]} at most one
     */
    get attempts() {
        const {attempts, legs} = this.calls;
        return this.legs.length
            ? []
            : Object.values(legs)
                  .filter((leg) => attempts.has(leg.id) && isUnanswered(leg))
                  .slice(-1);
    }

    /** What neither the page shows nor the agent has folded: the panel opens for it. */
    get asking() {
        if (!this.calls.preferences.popup) {
            return [];
        }
        // What is over waits below a dialog, and while the page shows a call that goes on,
        // whose keys the panel would cover; unless somebody has begun to write in the panel.
        const isPageBusy = this.legs.some((leg) => this.calls.isInPage(leg));
        const waits = (leg) =>
            leg.state === "ended" &&
            leg.id !== this.attended &&
            (isPageBusy || this.calls.isCovered(leg));
        const isAsking = (leg) =>
            !this.folded.includes(leg.id) && !this.calls.isInPage(leg) && !waits(leg);
        const notes = this.notes.filter(
            (leg) => this.calls.isRecentNote(leg) && isAsking(leg)
        );
        return [
            ...this.legs.filter(isAsking),
            ...this.attempts.filter(isAsking),
            // One who never finishes notes is not to be buried in them; but none goes
            // while somebody is at it.
            ...notes.filter((leg, index) => !index || leg.id === this.attended),
        ];
    }

    /** All that is shown: opened by itself, the panel leaves out older notes. */
    get cards() {
        const over = this.isOpen
            ? [...this.attempts, ...this.notes]
            : this.asking.filter((leg) => leg.state === "ended");
        return [...this.legs, ...over];
    }

    get isShown() {
        return this.isOpen || this.asking.length > 0;
    }

    /** Whether the card of a call is drawn with more than the phone's own keys. */
    showsWhole(leg) {
        const isCard = () => this.cards.some(({id}) => id === leg.id);
        return this.isShown && isCard() && (this.isOpen || !this.calls.isInPage(leg));
    }

    /** Whether the card of a call offers to attach it: then the letter L is that key's. */
    offersTickets(leg) {
        const isAttachable =
            leg.state === "talking" && leg.open_tickets.length && !ticketIdOf(leg);
        return isAttachable && this.showsWhole(leg);
    }

    // ---------------------------------------------------------- what is done to it

    open() {
        this.isOpen = true;
    }

    /** Put the panel away; all of it stays in the icon, and comes back by a click. */
    fold() {
        const {asking} = this;
        this.isOpen = false;
        const ringing = asking.filter((leg) => leg.state === "ringing");
        this.keep({
            folded: [...this.folded, ...asking.map((leg) => leg.id)],
            silenced: [...this.silenced, ...ringing.map((leg) => leg.id)],
        });
    }

    toggle() {
        if (this.isShown) {
            this.fold();
        } else {
            this.open();
        }
    }

    /** Stop the tone of a call; it goes on ringing for the eye. */
    silence(leg) {
        this.keep({silenced: [...this.silenced, leg.id]});
    }

    // ---------------------------------------------------------------- in all tabs

    keep({folded = this.folded, silenced = this.silenced}) {
        const last = (ids) => [...new Set(ids)].slice(-MAX_STORED);
        this.take({folded: last(folded), silenced: last(silenced)});
        const {folded: f, silenced: s} = this;
        store(ownKey(STORED), JSON.stringify({folded: f, silenced: s}));
    }

    takeStored() {
        let stored = null;
        try {
            stored = JSON.parse(readStored(ownKey(STORED)));
        } catch {
            // Whatever has written there: it was not the phone.
        }
        const {folded, silenced} = stored || {};
        if (Array.isArray(folded) && Array.isArray(silenced)) {
            this.take({folded, silenced});
        }
    }

    take({folded, silenced}) {
        Object.assign(this, {folded, silenced});
        for (const leg of this.calls.current) {
            if (leg.state === "ringing" && silenced.includes(leg.id)) {
                this.calls.silence(leg);
            }
        }
    }

    // -------------------------------------------------------------- for the ear

    /** Once for each call, with whom and what number: nothing is said twice. */
    announce(leg) {
        if (
            !rings(leg) ||
            !this.calls.preferences.popup ||
            this.announced.has(leg.id) ||
            this.folded.includes(leg.id)
        ) {
            return;
        }
        this.announced.add(leg.id);
        const number = ltr(leg.number);
        this.announcement = leg.partner
            ? _t("Incoming call: %(name)s, %(number)s", {
                  name: leg.partner.name,
                  number,
              })
            : _t("Incoming call: %s", number);
    }
}

export const phoneService = {
    dependencies: ["callgear.calls"],
    start(env, {"callgear.calls": calls}) {
        const phone = reactive(new Phone(calls));
        if (session.callgear) {
            phone.start();
        }
        return phone;
    },
};

registry.category("services").add("callgear.phone", phoneService);
