// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {serverNow} from "../../calls/server_time";

const MINUTE_MS = 60000;

/**
 * How long ago, in the two largest units: a list need not tick every second.
 *
 * @param {number} milliseconds
 * @returns {string}
 */
export function agoText(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / MINUTE_MS));
    const hours = Math.floor(minutes / 60);
    const days = Math.floor(hours / 24);
    if (days) {
        return _t("%(days)s d %(hours)s h", {days, hours: hours % 24});
    }
    if (hours) {
        return _t("%(hours)s h %(minutes)s min", {hours, minutes: minutes % 60});
    }
    return _t("%(minutes)s min", {minutes});
}

/** The time since a moment, kept up to date. */
export class SinceField extends Component {
    static template = "callgear_integration.SinceField";
    static props = {...standardFieldProps};

    setup() {
        this.clock = useState({now: serverNow()});
        const timer = browser.setInterval(
            () => (this.clock.now = serverNow()),
            MINUTE_MS / 3
        );
        onWillUnmount(() => browser.clearInterval(timer));
    }

    get moment() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return this.moment ? agoText(this.clock.now - this.moment.toMillis()) : "";
    }

    get title() {
        return this.moment ? formatDateTime(this.moment) : "";
    }
}

registry.category("fields").add("callgear_since", {
    component: SinceField,
    displayName: _t("Time since"),
    supportedTypes: ["datetime"],
});
