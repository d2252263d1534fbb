// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// What was sent and what came back, newest first.

import {$, el} from "./dom.js";
import {t} from "./i18n.js";

const KEPT = 500;
const rows = new Map();
let only = null;

/** Take in new or changed entries (newest first, as they come). */
export function takeEntries(entries) {
    for (const entry of [...entries].reverse()) {
        const node = row(entry);
        const old = rows.get(entry.id);
        if (old) {
            node.open = old.open;
            old.replaceWith(node);
        } else {
            $("log").prepend(node);
        }
        rows.set(entry.id, node);
    }
    for (const id of [...rows.keys()].slice(0, Math.max(0, rows.size - KEPT))) {
        rows.get(id).remove();
        rows.delete(id);
    }
}

export function clearEntries() {
    rows.clear();
    $("log").replaceChildren();
}

/** Show the entries of one call only; null: of all. */
export function showOnly(sessionId) {
    only = sessionId;
    for (const node of rows.values()) {
        node.hidden = only !== null && node.dataset.session !== String(only);
    }
    $("all").hidden = only === null;
    $("all").textContent = t("Show all calls");
    if (only !== null) {
        $("sent").scrollIntoView({behavior: "smooth", block: "start"});
    }
}

/** How the latest delivery went, for the head of the page. */
export function health(entry) {
    const badge = $("health");
    badge.className = `badge ${kind(entry)}`;
    badge.textContent = entry.error || `Odoo: ${entry.status} · ${entry.ms} ms`;
    badge.title = entry.answer;
}

function kind(entry) {
    if (!entry.done) {
        return "wait";
    }
    if (entry.api && entry.error) {
        return "bad";
    }
    return entry.status >= 200 && entry.status < 300 ? "good" : "bad";
}

function row(entry) {
    const time = new Date(entry.sent_at).toLocaleTimeString("en-GB");
    const result = entry.done
        ? entry.error || `${entry.status} · ${entry.ms} ms`
        : t("waiting");
    const node = el(
        "details",
        {class: entry.api ? "entry asked" : "entry"},
        el(
            "summary",
            {},
            el("time", {datetime: entry.sent_at}, time),
            el("span", {class: "event"}, entry.event),
            el("span", {class: "who"}, entry.api ? "" : entry.employee || ""),
            el(
                "span",
                {class: "session", title: String(entry.session_id || "")},
                entry.session_id ? `…${String(entry.session_id).slice(-6)}` : ""
            ),
            el("span", {class: `badge ${kind(entry)}`}, result)
        )
    );
    node.dataset.session = String(entry.session_id);
    node.hidden = only !== null && only !== entry.session_id;
    // Most entries are never opened: their inside is made when it is wanted.
    node.addEventListener("toggle", () => {
        if (node.open && node.children.length === 1) {
            node.append(
                el(
                    "div",
                    {class: "inside"},
                    el("h3", {}, heading(entry)),
                    el("pre", {}, entry.api ? pretty(entry.body) : entry.body),
                    el("h3", {}, t("Answer")),
                    el("pre", {}, answered(entry) || "—")
                )
            );
        }
    });
    return node;
}

function heading(entry) {
    const path = {call: "/v4.0", data: "/v2.0"}[entry.api] || `…/${entry.event}`;
    return `POST ${path} · ${entry.content_type}`;
}

/** An API's error has an answer too; a notification that failed has none. */
function answered(entry) {
    const text = pretty(entry.answer);
    return entry.api ? text || entry.error : entry.error || text;
}

function pretty(text) {
    try {
        return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        return text;
    }
}
