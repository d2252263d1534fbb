// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    onMounted,
    onRendered,
    onWillDestroy,
    onWillUnmount,
    status,
    useComponent,
} from "@odoo/owl";
import {useBus, useService} from "@web/core/utils/hooks";

/** Where a call belongs is asked in a dialog that the panel does not cover (`phone.scss`). */
const OWN_DIALOG = ".o_dialog .o-callgear-Move";

/**
 * Whether a dialog lies above a part of the page, so that no mouse gets there. Menus lie
 * above it as well, but go with the first click.
 *
 * @param {Object} env of the part, which may be in a dialog itself
 */
function isCovered({dialogId}) {
    const top = [...document.querySelectorAll(".o_dialog")].at(-1);
    return Boolean(top) && top.id !== dialogId && !document.querySelector(OWN_DIALOG);
}

/**
 * Tell that the page itself shows conversations, so that the phone's panel need not. Each
 * component answers for itself: whatever becomes of it, nothing can be left over. Below a
 * dialog it shows them to nobody who has a mouse.
 *
 * @param {import("../../calls/calls_service").Calls} calls
 * @param {() => number[]} ids of the conversations that the component shows
 */
export function useInPage(calls, ids) {
    const component = useComponent();
    const key = Symbol("in page");
    const tell = () => calls.setInPage(key, ids(), isCovered(component.env));
    const leave = () => calls.setInPage(key, []);
    onMounted(tell);
    // Before it is drawn: the panel would be seen for a moment.
    onRendered(() => {
        if (status(component) === "mounted") {
            tell();
        }
    });
    useBus(useService("ui").bus, "active-element-changed", tell);
    onWillUnmount(leave);
    onWillDestroy(leave);
}
