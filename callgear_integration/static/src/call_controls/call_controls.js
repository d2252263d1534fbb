// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {tellRefusal} from "../calls/refusal";
import {TransferList} from "./transfer_list";

/**
 * The buttons of a telephone: hang up, hold, transfer. The server says with the conversation
 * which of them are possible; the result arrives by the bus.
 */
export class CallControls extends Component {
    static template = "callgear_integration.CallControls";
    static components = {TransferList};
    static props = {leg: Object};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({isBusy: false, targets: null});
    }

    get leg() {
        return this.props.leg;
    }

    /** Without an API key nothing is possible, and nothing is shown. */
    get isShown() {
        return this.leg.can?.length > 0;
    }

    get isConsulting() {
        return this.leg.control === "consulting";
    }

    get isHeld() {
        return this.leg.control === "held";
    }

    get holdKey() {
        return this.isHeld
            ? {name: "resume", icon: "fa-play", label: _t("Resume")}
            : {name: "hold", icon: "fa-pause", label: _t("Hold")};
    }

    get status() {
        if (this.isConsulting) {
            return _t("The caller waits: you are with %s", this.leg.consulted || "");
        }
        return this.isHeld ? _t("On hold") : "";
    }

    isPossible(name) {
        return this.leg.can.includes(name) && !this.state.isBusy;
    }

    /** Why a key is locked, or nothing if it is not. */
    reason(name) {
        if (this.leg.can.includes(name)) {
            return "";
        }
        if (name === "connect") {
            return _t("Your colleague has not answered yet.");
        }
        if (this.leg.state !== "talking") {
            return _t("This is possible once you are talking.");
        }
        return _t("This is not possible at the moment.");
    }

    async ask(method, ...args) {
        if (this.state.isBusy) {
            return false;
        }
        this.state.isBusy = true;
        try {
            return await this.orm.call("callgear.call", method, [
                [this.leg.call_id],
                ...args,
            ]);
        } catch (error) {
            tellRefusal(this.notification, error);
            return false;
        } finally {
            this.state.isBusy = false;
        }
    }

    press(name) {
        return this.ask(`action_${name}`);
    }

    async toggleTransfer() {
        if (this.state.targets) {
            this.closeTransfer();
        } else {
            this.state.targets = (await this.ask("transfer_targets")) || null;
        }
    }

    closeTransfer() {
        this.state.targets = null;
    }

    consult(colleague) {
        this.closeTransfer();
        return this.ask("action_consult", colleague.id);
    }
}
