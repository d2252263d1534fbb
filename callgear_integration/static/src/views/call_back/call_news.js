// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {onWillUnmount, useExternalListener} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useBus, useService} from "@web/core/utils/hooks";
import {Gathered} from "../../calls/gathered";
import {listen} from "../../calls/shared_channel";

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
    const gathered = new Gathered(refresh);
    const plan = () => gathered.plan();
    const stop = listen(bus, channel, plan);
    useBus(bus, "BUS:RECONNECT", plan);
    useExternalListener(document, "visibilitychange", plan);
    const minute = browser.setInterval(plan, MINUTE_MS);
    onWillUnmount(() => {
        gathered.stop();
        browser.clearInterval(minute);
        stop();
    });
}
