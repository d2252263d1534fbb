// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {effect} from "@web/core/utils/reactive";
import {isMainTab, isPageVisible, notify, playTone, stopTone} from "./browser_means";

/** No phone rings longer. If the end of a call was lost, there is silence all the same. */
export const RINGING_MS = 5 * 60 * 1000;
const FLASH_MS = 1000;

/** Draws attention to a ringing phone: by sound, by the tab's title, and by the browser. */
class Ring {
    constructor(services) {
        this.calls = services["callgear.calls"];
        this.sounds = services["mail.sound_effects"];
        this.multiTab = services.multi_tab;
        this.title = services.title;
        /** @type {Map<number, {expiry: number, close: () => void}>} by conversation */
        this.ringing = new Map();
        this.isSounding = false;
        this.flashing = null;
    }

    /** @returns {boolean} whether attention is to be drawn to a conversation */
    concerns(leg) {
        return (
            leg.direction === "in" &&
            leg.state === "ringing" &&
            leg.call_state !== "ended" &&
            !this.calls.closed.has(leg.id)
        );
    }

    hear(leg, before) {
        const isNew = !before || before.state === "ended";
        if (isNew && this.concerns(leg)) {
            this.begin(leg);
        } else if (!this.concerns(leg)) {
            this.end(leg.id);
        }
    }

    begin(leg) {
        this.end(leg.id);
        this.ringing.set(leg.id, {
            expiry: browser.setTimeout(() => this.end(leg.id), RINGING_MS),
            close: () => {},
        });
        this.flash();
        this.sound(leg);
    }

    async sound(leg) {
        const isFirst = await isMainTab(this.multiTab);
        // By the time that the tabs agree, the call may be over.
        const ring = this.ringing.get(leg.id);
        if (!isFirst || !ring) {
            return;
        }
        const {preferences} = this.calls;
        if (preferences.sound) {
            playTone(this.sounds);
            this.isSounding = true;
        }
        if (preferences.desktop_notification && !isPageVisible()) {
            ring.close = notify(leg.partner?.name || _t("Unknown caller"), {
                body: leg.number,
                tag: `callgear-${leg.id}`,
            });
        }
    }

    end(id) {
        const ring = this.ringing.get(id);
        if (!ring) {
            return;
        }
        this.ringing.delete(id);
        browser.clearTimeout(ring.expiry);
        ring.close();
        if (this.ringing.size) {
            return;
        }
        this.hush();
        if (this.flashing !== null) {
            browser.clearInterval(this.flashing);
            this.flashing = null;
            this.showTitle();
        }
    }

    /** The tone is Odoo's own: stop it only if we have started it. */
    hush() {
        if (this.isSounding) {
            stopTone(this.sounds);
            this.isSounding = false;
        }
    }

    /** Show who calls as the tab's title, and the page's own title, in turn. */
    flash() {
        const {popup, desktop_notification} = this.calls.preferences;
        if (this.flashing !== null || !(popup || desktop_notification)) {
            return;
        }
        let isShown = false;
        const turn = () => {
            isShown = !isShown;
            if (isShown) {
                document.title = this.text;
            } else {
                this.showTitle();
            }
        };
        this.flashing = browser.setInterval(turn, FLASH_MS);
        turn();
    }

    get text() {
        const last = this.calls.legs[[...this.ringing.keys()].at(-1)];
        return _t("☎ %s is calling", last.partner?.name || last.number);
    }

    /** Have Odoo write the title again, which may be another one by now. */
    showTitle() {
        this.title.setParts({});
    }
}

export const ringService = {
    dependencies: ["callgear.calls", "multi_tab", "mail.sound_effects", "title"],
    start(env, services) {
        const ring = new Ring(services);
        services["callgear.calls"].onNews((leg, before) => ring.hear(leg, before));
        for (const leg of services["callgear.calls"].current) {
            ring.hear(leg); // it rings already when the page is loaded
        }
        // They may be changed in another tab while it rings.
        effect(
            ({sound}) => {
                if (!sound) {
                    ring.hush();
                }
            },
            [services["callgear.calls"].preferences]
        );
    },
};

registry.category("services").add("callgear.ring", ringService);
