// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {toLocaleDateTimeString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {serverNow} from "../../calls/server_time";
import {agoText} from "./since_field";

const MINUTE_MS = 60000;
const SOON_MS = 10 * MINUTE_MS;

/**
 * What is left of a promise: it only passes in working hours.
 *
 * @param {number} due milliseconds
 * @param {Array<[string, string]>} hours working hours until then, ISO 8601
 * @param {number} now milliseconds
 * @returns {{left: number, runs: boolean}} milliseconds of working time; whether they pass
 */
export function leftOf(due, hours, now) {
    let [left, runs] = [0, false];
    for (const [begin, end] of hours.map((pair) => pair.map(Date.parse))) {
        left += Math.max(0, Math.min(end, due) - Math.max(begin, now));
        runs ||= begin <= now && now < end;
    }
    return {left, runs};
}

/** Counts down to the time by which a caller was promised to be called back (R47). */
export class PromiseField extends Component {
    static template = "callgear_integration.PromiseField";
    static props = {...standardFieldProps};

    setup() {
        this.clock = useState({now: serverNow()});
        const timer = browser.setInterval(
            () => (this.clock.now = serverNow()),
            MINUTE_MS / 6
        );
        onWillUnmount(() => browser.clearInterval(timer));
    }

    get due() {
        return this.props.record.data[this.props.name];
    }

    get isBroken() {
        return this.clock.now > this.due.toMillis();
    }

    get rest() {
        const hours = this.props.record.data.call_back_hours || [];
        return leftOf(this.due.toMillis(), hours, this.clock.now);
    }

    get isSoon() {
        const {left, runs} = this.rest;
        return !this.isBroken && runs && left <= SOON_MS;
    }

    get text() {
        if (this.isBroken) {
            const late = agoText(this.clock.now - this.due.toMillis());
            return _t("%(time)s late", {time: late});
        }
        const {left, runs} = this.rest;
        if (!runs) {
            return this.dueText;
        }
        // The last minute has begun, but is not over.
        const rounded = Math.ceil(left / MINUTE_MS) * MINUTE_MS;
        return _t("%(time)s left", {time: agoText(rounded)});
    }

    get dueText() {
        return toLocaleDateTimeString(this.due);
    }

    get title() {
        return this.isBroken
            ? _t("Promise broken: to be called back by %s", this.dueText)
            : _t("To be called back by %s", this.dueText);
    }
}

registry.category("fields").add("callgear_promise", {
    component: PromiseField,
    displayName: _t("Time left of a promise"),
    supportedTypes: ["datetime"],
    fieldDependencies: [{name: "call_back_hours", type: "json", readonly: true}],
});
