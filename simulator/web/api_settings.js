// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// The settings of the two APIs: key, plan, limits, faults. Stored when a field is left.

import {$, api, attempt, el} from "./dom.js";
import {field, select} from "./form.js";
import {t} from "./i18n.js";

const FAULTS = {
    ok: "as they should be",
    drop_before: "connection closed, nothing done",
    drop_after: "done, then connection closed",
    truncated: "done, half of the answer",
    http_500: "error 500, nothing done",
    html: "a web page, nothing done",
    empty: "done, empty answer",
    wrong_id: "done, another id",
    damaged: "every second row of a list damaged",
    unreadable: "all rows of a list damaged",
};
const KEY_STATES = {valid: "valid", expired: "expired", blocked: "blocked"};
const COMPONENTS = {
    basic: "Call API: basic set",
    management: "Call API: call management",
    data: "Data API",
};

/** Draw the form from the settings as they are; `errors` are the mnemonics. */
export function drawApiSettings(now, errors) {
    const put = (name, value) =>
        attempt(async () => {
            await api("PUT", "settings", {[name]: value});
            document.dispatchEvent(new Event("settings"));
        });
    const text = (name, hint = "") =>
        el("input", {
            value: now[name],
            placeholder: hint,
            spellcheck: false,
            onchange: (event) => put(name, event.target.value.trim()),
        });
    const number = (name, max) =>
        el("input", {
            type: "number",
            min: "0",
            max: String(max),
            value: String(now[name]),
            onchange: (event) => put(name, Number(event.target.value)),
        });
    const check = (label, checked, change) =>
        el(
            "label",
            {class: "check"},
            el("input", {
                type: "checkbox",
                checked,
                onchange: (event) => change(event.target.checked),
            }),
            t(label)
        );
    const flag = (label, name) => check(label, now[name], (value) => put(name, value));
    const pair = (...children) => el("div", {class: "pair"}, ...children);
    $("api-settings-form").replaceChildren(
        pair(
            field(t("API key"), text("api_key")),
            field(
                t("The key is"),
                select(
                    Object.entries(KEY_STATES).map(([name, label]) => [name, t(label)]),
                    now.api_key_state,
                    (value) => put("api_key_state", value)
                )
            )
        ),
        el(
            "div",
            {class: "checks"},
            Object.entries(COMPONENTS).map(([name, label]) =>
                check(label, now.api_components.includes(name), (value) =>
                    put(
                        "api_components",
                        Object.keys(COMPONENTS).filter((other) =>
                            other === name ? value : now.api_components.includes(other)
                        )
                    )
                )
            ),
            flag("Addresses are allowed", "api_ip_allowed"),
            flag("The account is active", "api_account_active")
        ),
        pair(
            field(t("Points a minute"), number("api_points_minute", 1000000)),
            field(t("Points a day"), number("api_points_day", 1000000))
        ),
        field(t("Answers are"), faults(now.api_fault, errors, put)),
        pair(
            field(t("Times (0: always)"), number("api_fault_count", 3600)),
            field(t("Only of this method"), text("api_fault_method", t("all")))
        ),
        pair(
            field(t("Answers late by, s"), number("api_delay", 3600)),
            field(t("HTTP status of errors"), number("api_error_status", 599))
        ),
        el(
            "div",
            {class: "checks"},
            flag("A notification comes before the answer", "api_webhook_first"),
            flag("No notifications of calls from Odoo", "api_silent")
        ),
        field(t("Further employees"), number("employees_generated", 20000))
    );
    $("api-settings-form").onsubmit = (event) => event.preventDefault();
}

/** Faults in words; errors by the names that the documentation gives them. */
function faults(value, errors, put) {
    const option = (name, label) =>
        el("option", {value: name, selected: name === value}, label);
    return el(
        "select",
        {onchange: (event) => put("api_fault", event.target.value)},
        Object.entries(FAULTS).map(([name, label]) => option(name, t(label))),
        el(
            "optgroup",
            {label: t("an error")},
            errors.map((name) => option(name, name))
        )
    );
}
