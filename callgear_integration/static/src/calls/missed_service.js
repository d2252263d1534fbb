// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Tells of a call that the agent has just missed, until they call back or look at it. */
export const missedService = {
    dependencies: [
        "callgear.calls",
        "callgear.dialer",
        "action",
        "multi_tab",
        "notification",
    ],
    start(env, services) {
        const {action, multi_tab, notification} = services;
        const calls = services["callgear.calls"];
        const dialer = services["callgear.dialer"];
        /** @type {Map<number, {leg: Object, close: () => void}>} by conversation */
        const shown = new Map();
        const isMissed = (leg) => leg?.outcome === "missed" && Boolean(leg.ticket_id);
        const isCallBack = (leg, missed) =>
            leg.direction === "out" &&
            (leg.origin_ticket?.id === missed.ticket_id ||
                (leg.phone && leg.phone === missed.phone));

        async function show(leg) {
            // By the time that the tabs agree, it may turn out to have been answered.
            if (!(await multi_tab.isOnMainTab()) || !isMissed(calls.legs[leg.id])) {
                return;
            }
            const openTicket = {
                name: _t("Open ticket"),
                onClick: () => {
                    close();
                    action.doAction({
                        type: "ir.actions.act_window",
                        res_model: "helpdesk.ticket",
                        res_id: leg.ticket_id,
                        views: [[false, "form"]],
                    });
                },
            };
            const callBack = {
                name: _t("Call back"),
                icon: "fa-phone",
                primary: true,
                onClick: () => dialer.callRecord("helpdesk.ticket", leg.ticket_id),
            };
            const close = notification.add(leg.missed_notice, {
                type: "danger",
                sticky: true,
                className: "o-callgear-missed",
                buttons: leg.phone ? [callBack, openTicket] : [openTicket],
                onClose: () => shown.delete(leg.id),
            });
            shown.set(leg.id, {leg, close});
        }

        calls.onNews((leg, before) => {
            for (const missed of [...shown.values()]) {
                if (
                    isCallBack(leg, missed.leg) ||
                    (leg.id === missed.leg.id && !isMissed(leg))
                ) {
                    missed.close();
                } else if (
                    leg.id === missed.leg.id &&
                    leg.missed_notice !== missed.leg.missed_notice
                ) {
                    // The caller has left a message, or is known by now.
                    missed.close();
                    show(leg);
                }
            }
            if (
                before &&
                isMissed(leg) &&
                !isMissed(before) &&
                calls.preferences.popup
            ) {
                show(leg);
            }
        });
    },
};

registry.category("services").add("callgear.missed", missedService);
