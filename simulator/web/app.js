// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// Starts the page and keeps it up to date.

import {drawCalls} from "./calls.js";
import {$, api, attempt, toast} from "./dom.js";
import {drawForm, place} from "./form.js";
import {language, nextLanguage, setLanguage, t} from "./i18n.js";
import {clearEntries, health, showOnly, takeEntries} from "./log.js";
import {drawSettings} from "./settings.js";

const EVERY = 800;
const orders = new Map(); // what this page has placed, so that it can be repeated
let setup;
let revision = 0;
let lost = false;
let drawing = Promise.resolve();

const hooks = {
    get setup() {
        return setup;
    },
    act: () => refresh(),
    only: showOnly,
    can: (id) => orders.has(id),
    again: (id) => attempt(() => place(orders.get(id), placed)),
};

async function placed(id, body) {
    orders.set(id, structuredClone(body));
    await refresh();
    if (matchMedia("(max-width: 900px)").matches) {
        $("running").scrollIntoView({behavior: "smooth", block: "start"});
    }
}

/** Fetch and draw; one after the other, so that an old answer never replaces a newer one. */
function refresh() {
    drawing = drawing.then(async () => {
        try {
            const [calls, log] = await Promise.all([
                api("GET", "calls"),
                api("GET", `log?after=${revision}`),
            ]);
            if (log.revision < revision) {
                // The simulator was started anew: so is the log.
                revision = 0;
                clearEntries();
                return;
            }
            revision = log.revision;
            drawCalls(calls, hooks);
            takeEntries(log.entries);
            const latest = log.entries.find((entry) => entry.done && !entry.api);
            if (latest) {
                health(latest);
            }
            lost = false;
        } catch (error) {
            if (!lost) {
                toast(t(error.message));
            }
            lost = true;
        }
    });
    return drawing;
}

async function drawAll() {
    document.documentElement.lang = language();
    for (const node of document.querySelectorAll("[data-t]")) {
        node.dataset.t ||= node.textContent;
        node.textContent = t(node.dataset.t);
    }
    $("language").textContent = nextLanguage().toUpperCase();
    drawForm(setup, placed);
    await attempt(() => drawSettings(setup));
    await refresh();
}

async function start() {
    setup = await api("GET", "setup");
    $("language").addEventListener("click", () => {
        setLanguage(nextLanguage());
        drawAll();
    });
    $("all").addEventListener("click", () => showOnly(null));
    $("clear").addEventListener("click", () =>
        attempt(async () => {
            await api("DELETE", "log");
            clearEntries();
        })
    );
    document.addEventListener("settings", () => attempt(() => drawSettings(setup)));
    await drawAll();
    setInterval(() => document.hidden || refresh(), EVERY);
}

attempt(start);
