// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// The form that places a call.

import {$, api, attempt, el, phone} from "./dom.js";
import {t} from "./i18n.js";

const choice = {
    live: true,
    kind: "live",
    scenario: "answered",
    caller: null,
    operators: [],
    virtual: null,
    speed: 5,
    talk: 30,
    disturbance: {drop: [], body: "ok"},
    disturbOpen: false,
};

const SPEEDS = [
    [1, "real time"],
    [5, "5 times faster"],
    [20, "20 times faster"],
    [0, "all at once"],
];
const DISORDER = [
    ["shuffle", "In disorder"],
    ["duplicate", "Everything twice"],
    ["parallel", "In parallel, without waiting for answers"],
    ["strings", "Numbers and flags as strings"],
    ["empty_texts", "Empty texts instead of null"],
    ["whole_seconds", "Times without milliseconds"],
    ["text_plain", "Announced as text/plain"],
];
const BODIES = {
    ok: "Bodies as CallGear sends them",
    quotes: 'Bodies with doubled quotes ""in""',
    placeholder: "Bodies with leftover {{placeholders}}",
    form: "Bodies wrapped as a form",
};

/** Draw the form anew; `setup` is what the simulator offers, `placed` learns of every call made. */
export function drawForm(setup, placed) {
    if (choice.caller === null) {
        choice.caller = setup.callers[0].number;
        choice.operators = setup.operators
            .slice(0, 2)
            .map((operator) => operator.employee_id);
        choice.virtual = setup.virtual_numbers[0];
    }
    const redraw = () => {
        // Drawing anew must not take the keyboard away from where it was.
        const fields = () => [
            ...$("order").querySelectorAll("button, input, select, summary"),
        ];
        const index = fields().indexOf(document.activeElement);
        drawForm(setup, placed);
        fields()[index]?.focus({preventScroll: true});
    };
    const set = (name, value) => {
        choice[name] = value;
        redraw();
    };
    $("order").replaceChildren(
        el(
            "div",
            {class: "segments"},
            segment(t("By hand"), choice.live, () => set("live", true)),
            segment(t("By script"), !choice.live, () => set("live", false))
        ),
        courses(setup, set),
        callers(setup, set),
        operators(setup, redraw),
        field(
            t("Number called"),
            select(
                setup.virtual_numbers.map((number) => [number, phone(number)]),
                choice.virtual,
                (value) => (choice.virtual = value)
            )
        ),
        choice.live
            ? ""
            : el(
                  "div",
                  {class: "pair"},
                  field(
                      t("Speed"),
                      select(
                          SPEEDS.map(([value, text]) => [value, t(text)]),
                          choice.speed,
                          (value) => (choice.speed = Number(value))
                      )
                  ),
                  field(
                      t("Talk, seconds"),
                      el("input", {
                          type: "number",
                          min: "1",
                          max: "3600",
                          value: String(choice.talk),
                          oninput: (event) =>
                              (choice.talk = Number(event.target.value) || 1),
                      })
                  )
              ),
        disturbances(setup),
        el("button", {class: "go", type: "submit"}, t("Call"))
    );
    $("order").onsubmit = async (event) => {
        event.preventDefault();
        await attempt(() => place(order(), placed));
    };
}

/** Place a call and tell about it; also used to repeat one. */
export async function place(body, placed) {
    const {session_id} = await api("POST", "calls", body);
    placed(session_id, body);
}

function order() {
    const body = {
        scenario: choice.live ? choice.kind : choice.scenario,
        caller: choice.caller,
        operators: choice.operators,
        virtual_number: choice.virtual,
        disturbance: choice.disturbance,
    };
    return choice.live
        ? body
        : {...body, speed: choice.speed, talk_seconds: choice.talk};
}

function courses(setup, set) {
    const list = choice.live ? setup.live : setup.scenarios;
    const name = choice.live ? "kind" : "scenario";
    const shown = list.find((item) => item.name === choice[name]);
    const label = (text) => t(text).replace(/\.$/, "");
    return el(
        "div",
        {},
        field(
            t("What happens"),
            select(
                list.map((item) => [item.name, label(item.text)]),
                choice[name],
                (value) => set(name, value)
            )
        ),
        // A closed select cuts long texts off.
        choice.live ? "" : el("p", {class: "hint"}, t(shown.text))
    );
}

function callers(setup, set) {
    const known = setup.callers.map((caller) =>
        el(
            "button",
            {
                type: "button",
                "aria-pressed": String(caller.number === choice.caller),
                onclick: () => set("caller", caller.number),
            },
            el("span", {}, caller.full_name || phone(caller.number)),
            el(
                "small",
                {},
                caller.full_name ? `${phone(caller.number)}` : t(caller.note)
            )
        )
    );
    return el(
        "fieldset",
        {},
        el("legend", {}, t("Contact")),
        el("div", {class: "chips"}, known),
        el("input", {
            value: phone(choice.caller),
            "aria-label": t("Another number; empty: hidden"),
            placeholder: t("hidden number"),
            inputmode: "tel",
            onchange: (event) => set("caller", event.target.value.replace(/^\+/, "")),
        }),
        el("p", {class: "hint"}, t("Another number; empty: hidden"))
    );
}

function operators(setup, redraw) {
    const rows = setup.operators.map((operator) => {
        const id = operator.employee_id;
        const position = choice.operators.indexOf(id);
        return el(
            "label",
            {},
            el("input", {
                type: "checkbox",
                checked: position >= 0,
                onchange: () => {
                    const rest = choice.operators.filter((other) => other !== id);
                    const next = position >= 0 ? rest : [...rest, id];
                    // A call needs somebody to ring: the last one cannot be taken away.
                    choice.operators = next.length ? next : choice.operators;
                    redraw();
                },
            }),
            el("span", {}, operator.full_name),
            el(
                "span",
                {class: "order"},
                position >= 0 && choice.operators.length > 1 ? `${position + 1}.` : "",
                ` ${id}`
            )
        );
    });
    return el(
        "fieldset",
        {},
        el("legend", {}, t("Operators")),
        el("div", {class: "options"}, rows),
        el("p", {class: "hint"}, t("Rung in the order in which you tick them."))
    );
}

function disturbances(setup) {
    const wish = choice.disturbance;
    const box = (text, checked, change) =>
        el(
            "label",
            {class: "check"},
            el("input", {
                type: "checkbox",
                checked,
                onchange: (event) => change(event.target.checked),
            }),
            text
        );
    const dropped = setup.events.map((event) =>
        box(event, wish.drop.includes(event), (on) => {
            wish.drop = on
                ? [...wish.drop, event]
                : wish.drop.filter((other) => other !== event);
        })
    );
    return el(
        "details",
        {
            open: choice.disturbOpen,
            ontoggle: (event) => (choice.disturbOpen = event.target.open),
        },
        el("summary", {}, t("Disturb the delivery")),
        el(
            "div",
            {class: "disturb"},
            DISORDER.map(([name, text]) =>
                box(t(text), Boolean(wish[name]), (on) => (wish[name] = on))
            ),
            select(
                Object.keys(setup.bodies).map((name) => [
                    name,
                    t(BODIES[name] || setup.bodies[name]),
                ]),
                wish.body,
                (value) => (wish.body = value)
            ),
            el(
                "fieldset",
                {},
                el("legend", {}, t("Never sent")),
                el("div", {class: "events"}, dropped)
            )
        )
    );
}

function segment(text, pressed, onclick) {
    return el(
        "button",
        {type: "button", "aria-pressed": String(pressed), onclick},
        text
    );
}

export function field(text, control) {
    return el("label", {class: "field"}, el("span", {}, text), control);
}

export function select(options, value, change) {
    return el(
        "select",
        {onchange: (event) => change(event.target.value)},
        options.map(([name, text]) =>
            el("option", {value: String(name), selected: name === value}, text)
        )
    );
}
