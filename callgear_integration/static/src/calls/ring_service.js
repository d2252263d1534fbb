// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Draws attention to a ringing phone: by sound, and if the page is not looked at. */
export const ringService = {
    dependencies: ["callgear.calls", "multi_tab", "mail.sound_effects"],
    start(env, services) {
        const calls = services["callgear.calls"];
        const sound = services["mail.sound_effects"];
        const notifications = {};

        async function ring(leg) {
            if (!(await services.multi_tab.isOnMainTab())) {
                return;
            }
            if (calls.preferences.sound) {
                sound.play("call-invitation", { loop: true });
            }
            if (
                calls.preferences.desktop_notification &&
                document.visibilityState !== "visible" &&
                browser.Notification?.permission === "granted"
            ) {
                const who = leg.partner?.name || _t("Unknown caller");
                notifications[leg.id] = new browser.Notification(who, {
                    body: leg.number,
                    tag: `callgear-${leg.id}`,
                });
            }
        }

        function hush(leg) {
            notifications[leg.id]?.close();
            delete notifications[leg.id];
            if (!calls.current.some((other) => other.state === "ringing")) {
                sound.stop("call-invitation");
            }
        }

        calls.onNews((leg, before) => {
            if (leg.direction === "in" && leg.state === "ringing" && !before) {
                ring(leg);
            } else if (leg.state !== "ringing" && before?.state === "ringing") {
                hush(leg);
            }
        });
    },
};

registry.category("services").add("callgear.ring", ringService);
