// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {tellRefusal} from "../../calls/refusal";
import {isCallable} from "../../click_to_call/chatter_patch";

/** A green handset at the message editor: calls the contact; of several numbers, which? */
export class ChatterCall extends Component {
    static template = "callgear_integration.ChatterCall";
    static components = {Dropdown, DropdownItem};
    static props = {
        resModel: String,
        resId: [Number, {value: false}],
        compact: {type: Boolean, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.dialer = useState(useService("callgear.dialer"));
        this.menu = useDropdownState();
        this.state = useState({numbers: [], isAsking: false});
    }

    get isShown() {
        return isCallable(this.props);
    }

    get isLocked() {
        return !this.props.resId || this.dialer.isBusy || this.state.isAsking;
    }

    get title() {
        return this.props.resId ? _t("Call the contact") : _t("Save it first");
    }

    about({name, label}) {
        return [name, label].filter(Boolean).join(" · ");
    }

    async onClick() {
        if (this.menu.isOpen) {
            this.menu.close();
            return;
        }
        if (this.isLocked) {
            return;
        }
        const {resModel, resId} = this.props;
        const numbers = await this.fetchNumbers(resModel, resId);
        if (numbers.length > 1) {
            this.state.numbers = numbers;
            this.menu.open();
        } else if (numbers.length) {
            await this.dialer.callRecord(resModel, resId, numbers[0].phone);
        }
    }

    async fetchNumbers(resModel, resId) {
        this.state.isAsking = true;
        try {
            const numbers = await this.orm.call(resModel, "callgear_numbers", [
                [resId],
            ]);
            if (!numbers.length) {
                this.notification.add(_t("The contact has no phone number."), {
                    type: "danger",
                });
            }
            return numbers;
        } catch (error) {
            tellRefusal(this.notification, error);
            return [];
        } finally {
            this.state.isAsking = false;
        }
    }

    call({phone}) {
        return this.dialer.callRecord(this.props.resModel, this.props.resId, phone);
    }
}

registry.category("callgear_parts").add("ChatterCall", ChatterCall);
