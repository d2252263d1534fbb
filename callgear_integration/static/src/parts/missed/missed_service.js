// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {isMainTab} from "../../calls/browser_means";
import {openForm} from "../../calls/open_form";
import {serverNow} from "../../calls/server_time";

/** A call that is over for longer is no news: it waits in the list of callers. */
export const NEWS_MS = 10 * 60 * 1000;
const MAX_NAMES = 3;
const CALL_BACK_LIST = "callgear_integration.helpdesk_ticket_call_back_action";

const isMissed = (leg) => leg?.outcome === "missed" && Boolean(leg.ticket_id);
const isNews = (leg) =>
    !leg.ended_at || serverNow() - Date.parse(leg.ended_at) < NEWS_MS;

/**
 * Tells of calls that the agent has just missed, in one notice, until somebody acts on them.
 * What somebody has acted on is said by the server, whoever it was: see
 * `callgear.announcer._take_back_missed`.
 */
export class MissedNotices {
    constructor(services) {
        this.calls = services["callgear.calls"];
        this.dialer = services["callgear.dialer"];
        this.action = services.action;
        this.multiTab = services.multi_tab;
        this.notification = services.notification;
        /** @type {Map<number, Object>} what the notice tells of, by conversation */
        this.told = new Map();
        /** @type {Set<number>} calls that somebody has acted on */
        this.attended = new Set();
        /** @type {Set<number>} tickets that are not offered any more */
        this.overOffers = new Set();
        this.close = null;
    }

    hear(leg, before) {
        const known = this.told.get(leg.id);
        if (known && !isMissed(leg)) {
            this.forget((one) => one.id === leg.id);
        } else if (known) {
            // The caller has left a message, or is known by now.
            const missed_notice = leg.missed_notice || known.missed_notice;
            this.told.set(leg.id, {...leg, missed_notice});
            if (missed_notice !== known.missed_notice) {
                this.draw();
            }
        } else if (before && !isMissed(before) && this.isToBeTold(leg)) {
            this.tell(leg);
        }
    }

    isToBeTold(leg) {
        return (
            isMissed(leg) &&
            leg.missed_notice &&
            isNews(leg) &&
            !this.attended.has(leg.call_id) &&
            this.calls.preferences.popup
        );
    }

    async tell({id}) {
        const isFirst = await isMainTab(this.multiTab);
        // By the time that the tabs agree, it may turn out to have been answered.
        const leg = this.calls.legs[id];
        if (isFirst && this.isToBeTold(leg)) {
            this.told.set(id, leg);
            this.draw();
        }
    }

    /** @param {number[]} callIds missed calls that somebody has acted on */
    takeBack(callIds) {
        callIds.forEach((id) => this.attended.add(id));
        this.forget((leg) => this.attended.has(leg.call_id));
    }

    /**
     * A caller waits whom nobody has claimed, and is offered to this agent; or no more.
     *
     * @param {Object} offer see `callgear.offer._tell`
     */
    async hearOffer({ticket_id, is_over, ...offer}) {
        const id = `offer ${ticket_id}`;
        if (is_over) {
            this.overOffers.add(ticket_id);
            this.forget((leg) => leg.id === id);
            return;
        }
        this.overOffers.delete(ticket_id);
        const isFirst = await isMainTab(this.multiTab);
        if (isFirst && !this.overOffers.has(ticket_id)) {
            this.told.set(id, {id, ticket_id, missed_notice: offer.text, ...offer});
            this.draw();
        }
    }

    /** Tell of some of the calls no more. */
    forget(isOver = () => true) {
        const count = this.told.size;
        for (const [id, leg] of this.told) {
            if (isOver(leg)) {
                this.told.delete(id);
            }
        }
        if (this.told.size !== count) {
            this.draw();
        }
    }

    draw() {
        const close = this.close;
        this.close = null;
        close?.();
        const legs = [...this.told.values()];
        if (!legs.length) {
            return;
        }
        const isOneTicket = new Set(legs.map((leg) => leg.ticket_id)).size === 1;
        const last = legs.at(-1);
        this.close = this.notification.add(
            isOneTicket ? last.missed_notice : this.textOf(legs),
            {
                type: "danger",
                sticky: true,
                className: "o-callgear-missed",
                buttons: isOneTicket ? this.buttonsOf(last) : [this.listButton],
                // Unless it is replaced, the agent has closed it.
                onClose: () => this.close && this.dismiss(),
            }
        );
    }

    dismiss() {
        this.close = null;
        this.told.clear();
    }

    textOf(legs) {
        const names = [...new Set(legs.map((leg) => leg.partner?.name || leg.number))];
        const shown = names.slice(0, MAX_NAMES).join(", ");
        return _t("%(count)s missed calls: %(names)s", {
            count: legs.length,
            names: names.length > MAX_NAMES ? `${shown}…` : shown,
        });
    }

    buttonsOf({call_id, phone, ticket_id}) {
        const callBack = {
            name: _t("Call back"),
            icon: "fa-phone",
            primary: true,
            onClick: () => this.dialer.callBack(ticket_id, call_id),
        };
        const openTicket = {
            name: _t("Open the ticket"),
            onClick: () => {
                this.forget();
                openForm(this.action, "helpdesk.ticket", ticket_id);
            },
        };
        return phone ? [callBack, openTicket] : [openTicket];
    }

    get listButton() {
        return {
            name: _t("Open the list"),
            primary: true,
            onClick: () => {
                this.forget();
                this.action.doAction(CALL_BACK_LIST);
            },
        };
    }
}

export const missedService = {
    dependencies: [
        "callgear.calls",
        "callgear.dialer",
        "callgear.parts",
        "action",
        "bus_service",
        "multi_tab",
        "notification",
    ],
    start(env, services) {
        const notices = new MissedNotices(services);
        if (session.callgear) {
            const hear = {
                call: (leg, before) => notices.hear(leg, before),
                missed: ({call_ids}) => notices.takeBack(call_ids),
                offer: (offer) => notices.hearOffer(offer),
            };
            services["callgear.calls"].onNews(hear.call);
            services.bus_service.subscribe("callgear.missed", hear.missed);
            services.bus_service.subscribe("callgear.offer", hear.offer);
            for (const [kind, ...news] of services["callgear.parts"].early.splice(0)) {
                hear[kind](...news);
            }
        }
        return notices;
    },
};

registry.category("services").add("callgear.missed", missedService);
