// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {CHOICES, customPeriod, daysOf, labelOf, shifted} from "./periods";

/** Chooses a period: from a list, one before or after, or day by day. */
export class PeriodPicker extends Component {
    static template = "callgear_integration.PeriodPicker";
    static components = {DateTimeInput, Dropdown, DropdownItem};
    static props = {period: Object, onChange: Function};

    get choices() {
        const {unit, offset} = this.props.period;
        return CHOICES.map(([choice, back, name]) => ({
            period: {unit: choice, offset: back},
            name: name.toString(),
            isChosen: unit === choice && offset === back,
        }));
    }

    get isCustom() {
        return this.props.period.unit === "custom";
    }

    get days() {
        return daysOf(this.props.period);
    }

    /** "This month: November 2026", and the bare days where there is no name for them. */
    get label() {
        const days = labelOf(this.props.period);
        const chosen = this.choices.find(({isChosen}) => isChosen);
        return chosen ? _t("%(name)s: %(days)s", {name: chosen.name, days}) : days;
    }

    step(by) {
        this.props.onChange(shifted(this.props.period, by));
    }

    chooseCustom() {
        const {first, last} = this.days;
        this.props.onChange(customPeriod(first, last));
    }

    /** A first day after the last one moves the last one along, and the other way round. */
    setDay(name, day) {
        if (day) {
            const days = {...this.days, [name]: day};
            if (days.first > days.last) {
                days.first = days.last = day;
            }
            this.props.onChange(customPeriod(days.first, days.last));
        }
    }
}
