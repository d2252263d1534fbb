// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onMounted, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {CallControls} from "../call_controls/call_controls";
import {CallTime} from "../../calls/call_time";
import {dialText} from "../../calls/dial_state";
import {keyed} from "../../calls/keys_service";
import {isNote, isUnanswered} from "../../calls/leg";
import {SummaryBox} from "../summary/summary_box";

/**
 * In a ticket, a call that was started from it: how far it is, and once the contact has
 * answered, what it is about.
 */
export class TicketDial extends Component {
    static template = "callgear_integration.TicketDial";
    static components = {CallControls, CallTime, SummaryBox};
    static props = {leg: Object};

    setup() {
        this.calls = useService("callgear.calls");
        this.dialer = useState(useService("callgear.dialer"));
        this.phone = useState(useService("callgear.phone"));
        this.root = useRef("root");
        // An agent who calls from the message editor may have scrolled far below this.
        onMounted(() => this.root.el.scrollIntoView({block: "center"}));
    }

    get leg() {
        return this.props.leg;
    }

    get title() {
        if (isNote(this.leg)) {
            return _t("Call ended: finish your note");
        }
        return this.isOver
            ? _t("Call ended: %s", this.leg.dial_result)
            : dialText(this.leg);
    }

    /** Nobody has answered. */
    get isOver() {
        return isUnanswered(this.leg);
    }

    /** While the list of last calls is there, the letter is that of its first one. */
    get againKey() {
        return this.phone.isOpen ? {} : keyed("k");
    }

    get since() {
        return this.leg.answered_at || this.leg.dial_since;
    }

    get isAnswered() {
        return this.leg.dial === "talking";
    }
}
