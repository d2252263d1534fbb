// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {session} from "@web/session";
import {CallTime} from "../calls/call_time";
import {PANEL} from "../calls/focus";
import {keyed, keyName} from "../calls/keys_service";
import {stateOf} from "./phone_service";

/** The phone in the top bar: what goes on, and the key to its panel. */
export class PhoneIcon extends Component {
    static template = "callgear_integration.PhoneIcon";
    static components = {CallTime};
    static props = {};

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.phone = useState(useService("callgear.phone"));
        this.waiting = useState(useService("callgear.waiting"));
        this.keyed = keyed;
    }

    toggle({currentTarget}) {
        if (document.activeElement.closest(PANEL)) {
            currentTarget.focus(); // where they were is folded
        }
        this.phone.toggle();
    }

    /** A phone that rings goes before a call that goes on, unless it was silenced. */
    get state() {
        const [leg] = this.phone.legs;
        const rings = this.phone.legs.some(
            ({id, state}) => state === "ringing" && !this.calls.closed.has(id)
        );
        if (rings) {
            return "rings";
        }
        if (leg) {
            return {talking: "talking", held: "held", ringing: "silenced"}[
                stateOf(leg)
            ];
        }
        const hasNote = this.phone.notes.some((note) => this.calls.isRecentNote(note));
        return hasNote ? "note" : "idle";
    }

    get icon() {
        return {held: "fa-pause", note: "fa-pencil"}[this.state] || "fa-phone";
    }

    /** Since when the agent talks, if they do. */
    get since() {
        const [leg] = this.phone.legs;
        return leg?.state === "talking" && leg.answered_at;
    }

    get title() {
        return _t("Phone (%s)", keyName("p"));
    }

    /** All of it in words, but the clock. */
    get label() {
        const texts = {
            talking: (who) => _t("on a call with %s", who),
            held: (who) => _t("on hold: %s", who),
            ringing: (who) => _t("ringing: %s", who),
            calling: (who) => _t("calling %s", who),
        };
        const textOf = (leg) => {
            const state = stateOf(leg);
            const isCalling = state === "ringing" && leg.direction === "out";
            return texts[isCalling ? "calling" : state];
        };
        const {legs, notes} = this.phone;
        const {count: waiting} = this.waiting;
        return [
            _t("Phone"),
            ...legs.map((leg) => textOf(leg)(leg.partner?.name || leg.number)),
            notes.length ? _t("notes to finish: %s", notes.length) : "",
            waiting ? _t("callers waiting: %s", waiting) : "",
        ]
            .filter(Boolean)
            .join("; ");
    }
}

registry
    .category("systray")
    .add(
        "callgear.phone",
        {Component: PhoneIcon, isDisplayed: () => Boolean(session.callgear)},
        {sequence: 28}
    );
