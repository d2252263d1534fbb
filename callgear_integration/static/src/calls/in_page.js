// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    onMounted,
    onRendered,
    onWillDestroy,
    onWillUnmount,
    status,
    useComponent,
} from "@odoo/owl";

/**
 * Tell that the page itself shows conversations, so that the phone's panel need not. Each
 * component answers for itself: whatever becomes of it, nothing can be left over.
 *
 * @param {import("./calls_service").Calls} calls
 * @param {() => number[]} ids of the conversations that the component shows
 */
export function useInPage(calls, ids) {
    const component = useComponent();
    const key = Symbol("in page");
    const tell = () => calls.setInPage(key, ids());
    const leave = () => calls.setInPage(key, []);
    onMounted(tell);
    // Before it is drawn: the panel would be seen for a moment.
    onRendered(() => {
        if (status(component) === "mounted") {
            tell();
        }
    });
    onWillUnmount(leave);
    onWillDestroy(leave);
}
