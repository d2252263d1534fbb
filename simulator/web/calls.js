// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// The cards of the calls: who is on the phone, and the keys to press.

import {$, api, attempt, clock, el, phone} from "./dom.js";
import {t} from "./i18n.js";

const SHOWN_ENDED = 3;
const STATES = {
    menu: "in the menu",
    ringing: "ringing",
    talking: "talking",
    playing: "playing",
    ended: "ended",
};
const PHASES = {
    Hold: "on hold",
    Dialing: "on hold, a colleague is called",
    "Operator talk": "on hold, a colleague is asked",
};
const KEYS = {
    answer: "Answer",
    decline: "Decline",
    transfer: "Transfer",
    hangup: "Hang up",
};
const cards = new Map();
const open = new Map(); // session id → leg whose transfer keys are shown, or "ring"

/** Draw what changed. `hooks`: setup, act (after a press), only (show its log), again (repeat), can (repeat). */
export function drawCalls(calls, hooks) {
    const running = calls.filter((call) => !call.done);
    const shown = [
        ...running,
        ...calls.filter((call) => call.done).slice(0, SHOWN_ENDED),
    ];
    document.querySelector("main").classList.toggle("idle", running.length === 0);
    const alive = new Set(shown.map((call) => call.session_id));
    [...cards.keys()].filter((id) => !alive.has(id)).forEach((id) => cards.delete(id));
    const nodes = shown.map((call) => {
        const id = call.session_id;
        const timeless = JSON.stringify(
            [call, open.get(id), t("Call")],
            (name, value) => (name === "seconds" ? undefined : value)
        );
        if (cards.get(id)?.drawn !== timeless) {
            cards.set(id, {drawn: timeless, node: card(call, hooks)});
        }
        const {node} = cards.get(id);
        for (const leg of call.legs) {
            const time = node.querySelector(`[data-leg="${leg.leg_id}"]`);
            if (time) {
                time.textContent = clock(leg.seconds);
            }
        }
        return node;
    });
    // Only when the list itself changed: moving a node takes the focus from the key under the finger.
    const old = [...$("calls").children];
    if (
        nodes.length !== old.length ||
        nodes.some((node, index) => node !== old[index])
    ) {
        $("calls").replaceChildren(...nodes);
    }
    if (!nodes.length) {
        $("calls").append(
            el(
                "p",
                {class: "empty"},
                t(
                    "No call yet. Choose who calls and press Call: phones ring in Odoo, " +
                        "and here you answer, pass on and hang up."
                )
            )
        );
    }
}

function card(call, hooks) {
    const arrow =
        call.direction === "out" || /softphone|click|internal/.test(call.scenario)
            ? "↗"
            : "↙";
    const who = call.caller_name || phone(call.caller) || t("hidden number");
    const redraw = () => hooks.act();
    const press = (path, body = {}) =>
        attempt(async () => {
            open.delete(call.session_id);
            await api("POST", `calls/${call.session_id}/${path}`, body);
            redraw();
        });
    const toggle = (what) => {
        open.set(
            call.session_id,
            open.get(call.session_id) === what ? undefined : what
        );
        redraw();
    };
    const state = call.stopped ? "stopped" : PHASES[call.phase] || STATES[call.state];
    return el(
        "article",
        {class: `call ${call.state}`},
        el(
            "div",
            {class: "title"},
            el("span", {}, arrow),
            el("b", {}, who),
            el("span", {class: "badge"}, t(state))
        ),
        el(
            "p",
            {class: "hint"},
            [
                call.caller_name ? phone(call.caller) : "",
                call.live ? "" : title(call, hooks.setup),
                `№\u00a0${call.session_id}`,
            ]
                .filter(Boolean)
                .join(" · ")
        ),
        call.legs.map((leg) => legRow(call, leg, who, hooks.setup, press, toggle)),
        el(
            "div",
            {class: "foot"},
            el(
                "span",
                {class: "hint"},
                call.live
                    ? tally(call)
                    : `${t("sent")} ${call.sent} ${t("of")} ${call.total}`
            ),
            footKeys(call, hooks, press, toggle)
        ),
        open.get(call.session_id) === "ring"
            ? choose(call, hooks.setup, (id) => [
                  key("answer", t("Ring"), () => press("ring", {employee_id: id})),
              ])
            : null
    );
}

function legRow(call, leg, who, setup, press, toggle) {
    const name =
        leg.role === "contact"
            ? who
            : leg.name ||
              (leg.employee_id ? String(leg.employee_id) : t("a bare number"));
    const time = el("span", {"data-leg": String(leg.leg_id)}, clock(leg.seconds));
    const over = leg.state === "ended";
    const state = over
        ? leg.answered
            ? "talked"
            : "did not answer"
        : leg.state === "talking"
          ? "on the line"
          : "ringing";
    const keys = leg.actions.map((action) =>
        key(action, t(KEYS[action]), () => {
            if (action === "transfer") {
                toggle(leg.leg_id);
            } else {
                press(action === "answer" ? "answer" : "hangup", {leg_id: leg.leg_id});
            }
        })
    );
    return el(
        "div",
        {class: `leg ${over ? "over" : leg.state}`},
        el("div", {class: "who"}, name, el("small", {}, t(state), " ", time)),
        keys,
        open.get(call.session_id) === leg.leg_id && leg.actions.includes("transfer")
            ? choose(call, setup, (to) =>
                  ["blind", "attended"].map((mode) =>
                      key(mode, t(mode === "blind" ? "At once" : "After asking"), () =>
                          press("transfer", {to, mode, leg_id: leg.leg_id})
                      )
                  )
              )
            : null
    );
}

function choose(call, setup, keys) {
    const busy = new Set(
        call.legs
            .filter((leg) => leg.state !== "ended" && leg.role === "operator")
            .map((leg) => leg.employee_id)
    );
    return el(
        "div",
        {class: "choice"},
        setup.operators
            .filter((operator) => !busy.has(operator.employee_id))
            .map((operator) =>
                el(
                    "div",
                    {},
                    el("span", {}, operator.full_name),
                    keys(operator.employee_id)
                )
            )
    );
}

function footKeys(call, hooks, press, toggle) {
    const keys = [key("quiet", t("Log"), () => hooks.only(call.session_id))];
    if (call.done && hooks.can(call.session_id)) {
        keys.push(key("again", t("Call again"), () => hooks.again(call.session_id)));
    }
    if (!call.done && !call.live) {
        keys.push(key("hangup", t("Stop sending"), () => press("stop")));
    }
    if (call.live && call.state === "menu") {
        keys.push(key("answer", t("Ring an operator"), () => toggle("ring")));
    }
    if (call.live && call.state !== "ended") {
        keys.push(key("hangup solid", t("End the call"), () => press("hangup")));
    }
    return keys;
}

function tally(call) {
    const waiting = call.total - call.sent;
    return waiting && call.state === "ended" && !call.stopped
        ? t("the recording follows")
        : `${t("sent")} ${call.sent}`;
}

function title(call, setup) {
    const scenario = setup.scenarios.find((item) => item.name === call.scenario);
    return scenario ? t(scenario.text).replace(/\.$/, "") : call.scenario;
}

function key(kind, text, onclick) {
    return el("button", {type: "button", class: kind, onclick}, text);
}
