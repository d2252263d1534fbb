// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, markRaw, onMounted, reactive, useState, xml} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {session} from "@web/session";
import {storedKeys} from "../calls/browser_means";

const BUNDLE = "callgear_integration.assets_parts";
const registered = registry.category("callgear_parts");
/** What an agent has typed stands in the browser under such keys until the server has it. */
export const KEPT = "callgear.summary";

/**
 * What is drawn of a call beyond its ringing is no part of each page: it is loaded with the
 * first news of a call, so that it is there when the agent answers, or when something wants
 * it.
 * Without it a call is shown all the same; the next occasion tries again.
 */
export class CallParts {
    constructor() {
        this.isLoaded = registered.contains("SummaryBox");
        /** What came before the services that hear it: of calls, missed ones, offers. */
        this.early = markRaw([]);
    }

    async load() {
        if (this.isLoaded) {
            return;
        }
        try {
            await loadBundle(BUNDLE);
        } catch {
            return;
        }
        this.isLoaded = true;
    }

    /** @returns what is registered in `callgear_parts`, or null before it is there */
    get(name) {
        return this.isLoaded ? registered.get(name, null) : null;
    }

    /** @param {any[]} news its kind, and what it consists of */
    keepEarly(...news) {
        if (!this.isLoaded) {
            this.early.push(news);
        }
    }
}

export const callPartsService = {
    dependencies: ["bus_service", "callgear.calls"],
    start(env, {bus_service, "callgear.calls": calls}) {
        const parts = reactive(new CallParts());
        if (session.callgear) {
            calls.onNews((leg, before) => {
                parts.keepEarly("call", leg, before);
                parts.load();
            });
            bus_service.subscribe("callgear.missed", (missed) =>
                parts.keepEarly("missed", missed)
            );
            bus_service.subscribe("callgear.offer", (offer) => {
                parts.keepEarly("offer", offer);
                parts.load();
            });
        }
        if (Object.keys(calls.legs).length || storedKeys(`${KEPT}.`).length) {
            parts.load();
        }
        return parts;
    },
};

registry.category("services").add("callgear.parts", callPartsService);

/**
 * Stands for a component of that bundle, and draws it once it is there.
 *
 * @param {string} name in the registry `callgear_parts`
 * @param {Object} [options]
 * @param {(props: Object) => boolean} [options.isWanted] whether it is loaded for this
 *  component, without any call
 * @returns {typeof Component}
 */
export function callPart(name, {isWanted = () => false} = {}) {
    return class CallPart extends Component {
        static template = xml`<t t-if="Part" t-component="Part" t-props="props"/>`;
        static props = ["*"];

        setup() {
            this.parts = useState(useService("callgear.parts"));
            onMounted(() => isWanted(this.props) && this.parts.load());
        }

        get Part() {
            return this.parts.get(name);
        }
    };
}
