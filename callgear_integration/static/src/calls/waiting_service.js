// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {session} from "@web/session";
import {listen} from "./shared_channel";

const CHANNEL = "callgear.call_back";
/**
 * News that come together make a page ask the server once, and not at the same moment as all
 * the other pages that have heard of them.
 */
const GATHER_MS = 1000;
const SPREAD_MS = 2000;

/**
 * How many callers wait whom the agent may call back. The number comes with the page; after
 * that the server is asked when it says that the list has changed, and somebody looks.
 */
export class Waiting {
    constructor(env, services) {
        this.setup(env, services);
    }

    setup(env, {bus_service, orm}) {
        this.bus = bus_service;
        this.orm = orm;
        this.timer = null;
        /** News came while nobody looked. */
        this.isStale = false;
        this.count = 0;
    }

    start() {
        // The page knows which companies are active, the server did not when it sent them.
        const counts = session.callgear.waiting || {};
        for (const {id} of user.activeCompanies) {
            this.count += counts[id] || 0;
        }
        listen(this.bus, CHANNEL, () => this.plan());
        this.bus.addEventListener("BUS:RECONNECT", () => this.plan());
        document.addEventListener("visibilitychange", () => {
            if (this.isStale) {
                this.plan();
            }
        });
    }

    plan() {
        this.timer ??= browser.setTimeout(
            () => this.refresh(),
            GATHER_MS + Math.random() * SPREAD_MS
        );
    }

    async refresh() {
        this.timer = null;
        this.isStale = document.visibilityState === "hidden";
        if (this.isStale) {
            return;
        }
        try {
            this.count = await this.orm.silent.call(
                "res.users",
                "callgear_waiting",
                []
            );
        } catch {
            // The server is away: what is known stays, and the next news asks again.
            this.isStale = true;
        }
    }
}

export const waitingService = {
    dependencies: ["bus_service", "orm"],
    start(env, services) {
        const waiting = reactive(new Waiting(env, services));
        if (session.callgear) {
            waiting.start();
        }
        return waiting;
    },
};

registry.category("services").add("callgear.waiting", waitingService);
