// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onPatched, onWillPatch, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {CALL_PLACES, firstPlace} from "../../calls/focus";
import {keyed} from "../../calls/keys_service";
import {tellRefusal} from "../../calls/refusal";
import {TransferList} from "./transfer_list";

const HANG_UP = "action_hang_up";
const TARGETS = "transfer_targets";

/**
 * The buttons of a telephone: hang up, hold, transfer. The server says with the conversation
 * which of them are possible; the result arrives by the bus.
 */
export class CallControls extends Component {
    static template = "callgear_integration.CallControls";
    static components = {TransferList};
    static props = {leg: Object};

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({targets: null});
        /** @type {Set<string>} methods whose answer is not there yet */
        this.asked = useState(new Set());
        this.keyed = keyed;
        this.root = useRef("root");
        this.keepFocus();
    }

    /** A key that is replaced by another one must not take the focus with it. */
    keepFocus() {
        let hadFocus = false;
        onWillPatch(() => {
            hadFocus = Boolean(this.root.el?.contains(document.activeElement));
        });
        onPatched(() => {
            const root = this.root.el;
            if (hadFocus && root && !root.contains(document.activeElement)) {
                firstPlace(root, CALL_PLACES)?.focus();
            }
        });
    }

    get leg() {
        return this.props.leg;
    }

    /** Without an API key nothing is possible, and nothing is shown. */
    get isShown() {
        return this.leg.can?.length > 0 || Boolean(this.status || this.note);
    }

    get isConsulting() {
        return this.leg.control === "consulting";
    }

    /** A colleague is rung who gets the call without being asked. */
    get isPassing() {
        return this.isConsulting && Boolean(this.leg.consult?.at_once);
    }

    get isHeld() {
        return this.leg.control === "held";
    }

    /**
     * Somebody waits on hold beside another call, or the note of the last one: a letter that
     * was meant for that must not cut them off, so Hang up has one only at this call itself.
     */
    get isAside() {
        const {current, legs} = this.calls;
        const hasOther = () =>
            current.length > 1 ||
            Object.values(legs).some((leg) => this.calls.isRecentNote(leg));
        return this.isHeld && hasOther();
    }

    get isPassed() {
        return this.leg.control === "passed";
    }

    get holdKey() {
        return this.isHeld
            ? {name: "resume", icon: "fa-play", label: _t("Resume")}
            : {name: "hold", icon: "fa-pause", label: _t("Hold")};
    }

    get status() {
        const {consult, consulted} = this.leg;
        if (this.isPassed) {
            return consulted ? _t("Transferred to %s", consulted) : _t("Transferred");
        }
        if (this.isConsulting && consult) {
            const isThere = consult.state === "talking";
            if (this.isPassing) {
                return isThere
                    ? _t("Transferring the call to %s…", consult.name)
                    : _t(
                          "Calling %s. The call is transferred as soon as they pick up…",
                          consult.name
                      );
            }
            return isThere
                ? _t("You are talking to %s. Your call is on hold.", consult.name)
                : _t("Calling %s…", consult.name);
        }
        return this.isHeld ? _t("On hold") : "";
    }

    /** What has become of the last attempt to pass the call on. */
    get note() {
        return this.leg.control_note || "";
    }

    isPossible(name) {
        return this.leg.can.includes(name) && !this.isLocked(`action_${name}`);
    }

    /**
     * Whether it has to wait for an answer. The call can be ended whatever else CallGear is
     * asked; and looking for a colleague changes nothing, however long it takes.
     */
    isLocked(method) {
        if (method === HANG_UP || method === TARGETS) {
            return this.asked.has(method);
        }
        return [...this.asked].some((each) => each !== TARGETS);
    }

    get isTransferPossible() {
        return this.isPossible("consult") && !this.isLocked(TARGETS);
    }

    /** Why a key is locked; or what to know before it is pressed; or nothing. */
    reason(name) {
        if (this.leg.can.includes(name)) {
            const isWaiting =
                name === "consult" ? !this.isTransferPossible : !this.isPossible(name);
            if (isWaiting) {
                return _t("Waiting for CallGear…");
            }
            return name === "hang_up" && this.isConsulting
                ? _t("This ends the whole call.")
                : "";
        }
        if (name === "connect") {
            return _t("Your colleague has not answered yet.");
        }
        if (name === "hang_up" && this.isPassing) {
            return _t("The call is being transferred. Go back to the call to end it.");
        }
        if (this.leg.state !== "talking") {
            return _t("This is possible once you are talking.");
        }
        return _t("This is not possible at the moment.");
    }

    async ask(method, ...args) {
        if (this.isLocked(method)) {
            return false;
        }
        this.asked.add(method);
        try {
            return await this.orm.call("callgear.call", method, [
                [this.leg.call_id],
                ...args,
            ]);
        } catch (error) {
            tellRefusal(this.notification, error);
            return false;
        } finally {
            this.asked.delete(method);
        }
    }

    press(name) {
        return this.isPossible(name) && this.ask(`action_${name}`);
    }

    async toggleTransfer() {
        if (this.state.targets) {
            this.closeTransfer();
        } else if (this.isTransferPossible) {
            this.state.targets = (await this.ask(TARGETS)) || null;
        }
    }

    closeTransfer() {
        this.state.targets = null;
        // Whoever goes on writing elsewhere goes on.
        if (this.root.el.contains(document.activeElement)) {
            this.root.el.querySelector(".o-callgear-transfer")?.focus();
        }
    }

    /**
     * @param {Object} colleague one of `transfer_targets`
     * @param {boolean} atOnce without being asked first
     */
    async passOn(colleague, atOnce) {
        const method = atOnce ? "action_transfer" : "action_consult";
        if (!this.isLocked(method)) {
            this.closeTransfer();
            await this.ask(method, colleague.id);
        }
    }
}

registry.category("callgear_parts").add("CallControls", CallControls);
