// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// The settings; each is stored when its field is left.

import {drawApiSettings} from "./api_settings.js";
import {$, api, attempt, el} from "./dom.js";
import {field, select} from "./form.js";
import {t} from "./i18n.js";

const MODES = {
    ok: "good audio",
    missing: "never there (404)",
    error: "server error (500)",
    html: "a web page instead of audio",
    huge: "300 MB",
    slow: "very slow",
    redirect: "behind a redirect",
};

/** Draw the forms from the settings as they are. */
export async function drawSettings(setup) {
    const now = await api("GET", "settings");
    const put = (name, value) =>
        attempt(async () => {
            await api("PUT", "settings", {[name]: value});
            document.dispatchEvent(new Event("settings"));
        });
    const text = (name, hint) =>
        el("input", {
            value: now[name],
            placeholder: hint,
            spellcheck: false,
            onchange: (event) => put(name, event.target.value.trim()),
        });
    const number = (name) =>
        el("input", {
            type: "number",
            min: "0",
            max: "3600",
            value: String(now[name]),
            onchange: (event) => put(name, Number(event.target.value)),
        });
    $("settings-form").replaceChildren(
        field(
            t("Webhook address (without the event)"),
            text("webhook_url", "http://127.0.0.1:8069/callgear/…")
        ),
        field(t("Time zone of the account"), text("tz", "Asia/Dubai")),
        el(
            "div",
            {class: "pair"},
            field(t("Phones ring, s"), number("ring_seconds")),
            field(t("Answer awaited, s"), number("timeout"))
        ),
        field(
            t("Recordings are"),
            select(
                Object.entries(MODES).map(([name, label]) => [name, t(label)]),
                now.recording_mode,
                (value) => put("recording_mode", value)
            )
        ),
        el(
            "div",
            {class: "pair"},
            field(t("Told after, s"), number("recording_delay")),
            field(t("404 for, s"), number("recording_ready_after"))
        ),
        field(
            t("After a transfer"),
            select(
                [
                    ["each", t("one notification per file")],
                    ["one", t("one for all files")],
                ],
                now.recording_style,
                (value) => put("recording_style", value)
            )
        ),
        el(
            "label",
            {class: "check"},
            el("input", {
                type: "checkbox",
                checked: now.caller_endleg,
                onchange: (event) => put("caller_endleg", event.target.checked),
            }),
            t("Tell the end of the caller's own leg")
        )
    );
    drawApiSettings(now, setup.api_errors);
    $("settings-form").onsubmit = (event) => event.preventDefault();
    if (!now.webhook_url) {
        $("settings").open = true;
        $("health").className = "badge bad";
        $("health").textContent = t("Set the webhook address first");
    }
    return now;
}
