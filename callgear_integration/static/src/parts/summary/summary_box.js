// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    Component,
    onMounted,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useAutoresize} from "@web/core/utils/autoresize";
import {useService} from "@web/core/utils/hooks";
import {keyed, keyName} from "../../calls/keys_service";
import {tellRefusal} from "../../calls/refusal";

const {DateTime} = luxon;
/** Told on the bus of the page. */
export const FOLLOW_UP_PLANNED = "CALLGEAR:FOLLOW-UP-PLANNED";
/** Two lines. */
const LEAST_HEIGHT = 58;

/**
 * Show a text in a box without taking the cursor from who writes in it.
 *
 * @param {HTMLTextAreaElement} el
 * @param {string} text
 */
function setText(el, text) {
    const shown = text.replaceAll("\r\n", "\n");
    if (el.value === shown) {
        return;
    }
    const {selectionStart, selectionEnd, selectionDirection} = el;
    el.value = shown;
    if (document.activeElement === el) {
        el.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
    }
}

/**
 * What a conversation was about, in the agent's words, and what is to follow. The text is
 * the same wherever the conversation is shown, and is saved by itself.
 */
export class SummaryBox extends Component {
    static template = "callgear_integration.SummaryBox";
    static components = {Dropdown, DropdownItem};
    static props = {
        leg: Object,
        autofocus: {type: Boolean, optional: true},
        id: {type: String, optional: true},
    };

    setup() {
        this.calls = useService("callgear.calls");
        this.notification = useService("notification");
        this.summaries = useState(useService("callgear.summaries"));
        this.box = useRef("box");
        this.keyed = keyed;
        this.keyName = keyName;
        useEffect(setText, () => [this.box.el, this.draft.text]);
        useAutoresize(this.box, {minimumHeight: LEAST_HEIGHT});
        onMounted(() => {
            if (this.props.autofocus) {
                this.box.el.focus();
                this.summaries.awaited = null;
            }
            this.summaries.enter(this.leg.id, this.box.el);
        });
        onWillUnmount(() => {
            this.summaries.leaveBox(this.leg.id, this.box.el);
            // The page is left: what was typed must not wait any longer.
            this.summaries.save(this.leg.id);
        });
        this.tomorrow = {label: _t("Tomorrow"), when: () => "tomorrow"};
        this.days = [
            {id: "today", label: _t("Today"), when: () => "today"},
            {
                id: "week",
                label: _t("In a week"),
                when: () => DateTime.local().plus({weeks: 1}).toISODate(),
            },
        ];
    }

    get leg() {
        return this.props.leg;
    }

    get draft() {
        return this.summaries.of(this.leg);
    }

    /** Told to screen readers when it changes, which is not with each word. */
    get savedText() {
        const {failure, reason, wasSaved} = this.draft;
        if (failure === "refused") {
            return _t("Not saved: %s", reason);
        }
        if (failure === "away") {
            return _t(
                "Not saved yet: the server cannot be reached. Your text is kept in this browser."
            );
        }
        if (failure === "logged_out") {
            return _t(
                "Not saved yet: you are logged out. Your text is kept in this browser."
            );
        }
        return wasSaved ? _t("Saved") : "";
    }

    get canFollowUp() {
        return Boolean(this.leg.ticket_id || this.leg.partner);
    }

    onInput(ev) {
        this.summaries.type(this.leg, ev.target.value);
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey) && this.leg.note) {
            ev.preventDefault();
            ev.stopPropagation();
            this.done();
        }
    }

    async ask(method, ...args) {
        try {
            await this.calls.call(this.leg, method, ...args);
            return true;
        } catch (error) {
            tellRefusal(this.notification, error);
            return false;
        }
    }

    chooseResult({id}) {
        return this.ask("set_result", id !== this.leg.result_id && id);
    }

    async followUp({label, when}) {
        if (await this.ask("plan_follow_up", when())) {
            this.env.bus.trigger(FOLLOW_UP_PLANNED);
            this.notification.add(_t("Follow-up planned: %s", label), {
                type: "success",
            });
        }
    }

    done() {
        return this.summaries.finish(this.leg);
    }
}

registry.category("callgear_parts").add("SummaryBox", SummaryBox);
