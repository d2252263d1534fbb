// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Draws attention to a ringing phone: by sound, and if the page is not looked at. */
export const ringService = {
    dependencies: ["callgear.calls", "multi_tab", "mail.sound_effects"],
    start(env, services) {
        const calls = services["callgear.calls"];
        const sound = services["mail.sound_effects"];
        const notifications = {};
        let isSounding = false;
        const isRinging = (leg) =>
            leg.state === "ringing" &&
            leg.call_state !== "ended" &&
            !calls.closed.has(leg.id);

        async function ring(leg) {
            // By the time that the tabs agree, the call may be over.
            if (
                !(await services.multi_tab.isOnMainTab()) ||
                !isRinging(calls.legs[leg.id])
            ) {
                return;
            }
            if (calls.preferences.sound) {
                sound.play("call-invitation", {loop: true});
                isSounding = true;
            }
            if (
                calls.preferences.desktop_notification &&
                document.visibilityState !== "visible" &&
                browser.Notification?.permission === "granted"
            ) {
                const who = leg.partner?.name || _t("Unknown caller");
                const notification = new browser.Notification(who, {
                    body: leg.number,
                    tag: `callgear-${leg.id}`,
                });
                notification.addEventListener("click", () => {
                    window.focus();
                    notification.close();
                });
                notifications[leg.id] = notification;
            }
        }

        function hush(leg) {
            notifications[leg.id]?.close();
            delete notifications[leg.id];
            // The tone is Odoo's own: stop it only if we have started it.
            if (isSounding && !Object.values(calls.legs).some(isRinging)) {
                sound.stop("call-invitation");
                isSounding = false;
            }
        }

        calls.onNews((leg, before) => {
            if (
                leg.direction === "in" &&
                isRinging(leg) &&
                (!before || before.state === "ended")
            ) {
                ring(leg);
            } else if (before && !isRinging(leg)) {
                hush(leg);
            }
        });
    },
};

registry.category("services").add("callgear.ring", ringService);
