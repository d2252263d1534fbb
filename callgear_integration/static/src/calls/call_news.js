// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {onWillUnmount, useExternalListener} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useBus, useService} from "@web/core/utils/hooks";
import {isPageVisible} from "./browser_means";
import {listen} from "./shared_channel";

/** News that come together make a page ask the server once. */
const GATHER_MS = 250;
/** What grows old without news, such as a call whose end was lost, goes by itself. */
const MINUTE_MS = 60000;

/**
 * Refresh a page that lists calls: on news from the server, after a reconnect, once a
 * minute, and when somebody looks at it again.
 *
 * @param {String} channel as in `ir_websocket_lists.py`
 * @param {() => Promise} refresh
 */
export function useCallNews(channel, refresh) {
    const bus = useService("bus_service");
    let timer = null;
    let running = false;
    let again = false;

    async function run() {
        timer = null;
        if (!isPageVisible()) {
            return;
        }
        if (running) {
            again = true;
            return;
        }
        running = true;
        try {
            await refresh();
        } finally {
            running = false;
        }
        if (again) {
            again = false;
            plan();
        }
    }
    // The first message starts the timer, so that a stream of messages cannot delay the refresh.
    function plan() {
        timer ??= browser.setTimeout(run, GATHER_MS);
    }

    const stop = listen(bus, channel, plan);
    useBus(bus, "BUS:RECONNECT", plan);
    useExternalListener(document, "visibilitychange", plan);
    const minute = browser.setInterval(plan, MINUTE_MS);
    onWillUnmount(() => {
        again = false;
        browser.clearTimeout(timer);
        browser.clearInterval(minute);
        stop();
    });
}
