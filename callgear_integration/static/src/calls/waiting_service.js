// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {session} from "@web/session";
import {Gathered} from "./gathered";
import {listen} from "./shared_channel";

const CHANNEL = "callgear.call_back";
/** All pages hear of it at once: they are not to ask at once, too. */
const TIMES = {gather: 1000, spread: 2000};

/**
 * How many callers wait whom the agent may call back. The number comes with the page; after
 * that the server is asked when it says that somebody has begun or ceased to wait, and when
 * somebody looks.
 */
export class Waiting {
    constructor(env, services) {
        this.setup(env, services);
    }

    setup(env, {bus_service, orm}) {
        this.bus = bus_service;
        this.orm = orm;
        this.count = 0;
    }

    start() {
        // Here, and not in setup(): the icon sees what the reactive object is told.
        this.gathered = new Gathered(() => this.refresh(), TIMES);
        // The page knows which companies are active, the server did not when it sent them.
        const counts = session.callgear.waiting || {};
        for (const {id} of user.activeCompanies) {
            this.count += counts[id] || 0;
        }
        listen(this.bus, CHANNEL, ({waiting}) => {
            // Most news change a row of the list, and not how many there are.
            if (waiting) {
                this.gathered.plan();
            }
        });
        this.bus.addEventListener("BUS:RECONNECT", () => this.gathered.plan());
        document.addEventListener("visibilitychange", () => this.gathered.look());
    }

    async refresh() {
        try {
            this.count = await this.orm.silent.call(
                "res.users",
                "callgear_waiting",
                []
            );
        } catch {
            // The server is away: what is known stays, and the next news asks again.
            this.gathered.isStale = true;
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
