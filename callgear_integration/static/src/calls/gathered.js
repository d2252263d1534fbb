// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";
import {isPageVisible} from "./browser_means";

const GATHER_MS = 250;

/** News that come together make a page ask the server once, and not while nobody looks. */
export class Gathered {
    /**
     * @param {() => Promise} ask
     * @param {Object} [times]
     * @param {number} [times.gather] from the first news to the question, in ms
     * @param {number} [times.spread] up to so much later, so that not all pages that have
     *  heard of it ask at the same moment
     */
    constructor(ask, {gather = GATHER_MS, spread = 0} = {}) {
        this.ask = ask;
        this.gather = gather;
        this.spread = spread;
        this.timer = null;
        this.isAsking = false;
        this.isAskedAgain = false;
        /** News came while nobody looked, or the server could not be asked. */
        this.isStale = false;
    }

    /** The first news start the timer, so that a stream of them cannot delay the question. */
    plan() {
        this.timer ??= browser.setTimeout(
            () => this.run(),
            this.gather + Math.random() * this.spread
        );
    }

    /** Somebody may be looking again. */
    look() {
        if (this.isStale) {
            this.plan();
        }
    }

    async run() {
        this.timer = null;
        this.isStale = !isPageVisible();
        if (this.isStale) {
            return;
        }
        if (this.isAsking) {
            this.isAskedAgain = true;
            return;
        }
        this.isAsking = true;
        try {
            await this.ask();
        } finally {
            this.isAsking = false;
        }
        if (this.isAskedAgain) {
            this.isAskedAgain = false;
            this.plan();
        }
    }

    stop() {
        this.isAskedAgain = false;
        browser.clearTimeout(this.timer);
    }
}
