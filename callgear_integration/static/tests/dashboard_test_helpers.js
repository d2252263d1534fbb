// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {expect} from "@odoo/hoot";
import {
    defineModels,
    fields,
    makeMockEnv,
    mockService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {getDefaultConfig} from "@web/views/view";
import {CallgearDashboard} from "@callgear_integration/views/dashboard/dashboard";

class Named extends models.Model {
    name = fields.Char();
    share = fields.Boolean();
}

class Team extends Named {
    _name = "helpdesk.ticket.team";
    _records = [
        {id: 1, name: "Hotline"},
        {id: 2, name: "Callers"},
    ];
}

class Channel extends Named {
    _name = "helpdesk.ticket.channel";
    _records = [{id: 3, name: "Phone"}];
}

export const defineDashboardModels = () => defineModels([Team, Channel]);

const COUNT = {
    kind: "count",
    better: null,
    previous: null,
    due_key: null,
    due: null,
    previous_due: null,
    model: "helpdesk.ticket",
};

export function makeFigure(key, label, values = {}) {
    return {
        ...COUNT,
        key,
        label,
        help: `What ${label} means.`,
        value: 0,
        domain: [[key, ">", 0]],
        ...values,
    };
}

const HOURS = {kind: "hours", better: "less", model: "callgear.statistics"};

const CALLS = {model: "callgear.call", better: "less"};

/** What the server tells of calls, to be put into the rest. */
export function makeCalls() {
    const figures = [
        makeFigure("calls_incoming", "Incoming Calls", {...CALLS, value: 8}),
        makeFigure("calls_missed", "Missed Calls", {...CALLS, value: 3}),
        makeFigure("calls_abandoned", "Abandoned", {
            ...CALLS,
            kind: "share",
            value: 2,
            due_key: "calls_offered",
            due: 8,
            previous: 2,
            previous_due: 4,
        }),
        makeFigure("calls_in_time", "Service Level", {
            ...CALLS,
            kind: "share",
            better: "more",
            due_key: "calls_in_time_due",
            due: 0,
        }),
    ];
    const values = {
        calls_incoming: 8,
        calls_missed: 3,
        calls_abandoned: 2,
        calls_offered: 8,
        calls_in_time: 0,
        calls_in_time_due: 0,
    };
    return {
        figures: Object.fromEntries(figures.map((figure) => [figure.key, figure])),
        section: {
            key: "calls",
            label: "Calls",
            figures: figures.map(({key}) => key),
            over_time: [],
        },
        hour: {hour: 9, domain: [["date.hour_number", "=", 9]], values},
    };
}

/** What the server tells: `callgear.dashboard.get_data`. */
export function makeDashboard(values = {}) {
    const figures = [
        makeFigure("new_tickets", "New", {value: 12, previous: 10}),
        makeFigure("reopened", "Reopened", {value: 3, previous: 2, better: "less"}),
        makeFigure("new_and_reopened", "New and Reopened", {value: 15}),
        makeFigure("worked_on", "Worked On", {value: 9, previous: 12, better: "more"}),
        makeFigure("closed", "Closed", {value: 0, previous: 0}),
        makeFigure("first_reply_hours", "First Reply (h)", {...HOURS, value: 1.5}),
        makeFigure("closing_hours", "Closing (h)", {...HOURS, value: null}),
        makeFigure("sla_closing_breached", "Closed Late", {
            value: 2,
            due_key: "sla_closing_due",
            due: 8,
        }),
        makeFigure("sla_first_reply_breached", "First Reply Late", {
            due_key: "sla_first_reply_due",
            due: 0,
        }),
    ];
    const row = (new_and_reopened, worked_on, closed, first_reply_hours = null) => ({
        new_and_reopened,
        worked_on,
        closed,
        first_reply_hours,
    });
    return {
        choices: {team_ids: [], user_ids: [["share", "=", false]]},
        options: {
            date_from: "2026-03-01",
            date_to: "2026-03-31",
            compare: true,
            team_ids: [],
            user_ids: [],
            channel_ids: [],
        },
        previous: {date_from: "2026-01-29", date_to: "2026-02-28"},
        domain: [
            ["date", ">=", "2026-03-01 00:00:00"],
            ["date", "<", "2026-04-01 00:00:00"],
        ],
        figures: Object.fromEntries(figures.map((figure) => [figure.key, figure])),
        sections: [
            {
                key: "load",
                label: "General load",
                figures: ["new_tickets", "reopened", "worked_on", "closed"],
                over_time: ["new_and_reopened", "worked_on", "closed"],
            },
            {
                key: "peak",
                label: "Peak load",
                figures: ["new_and_reopened", "worked_on"],
                over_time: [],
            },
            {
                key: "channels",
                label: "Channels",
                figures: ["new_and_reopened", "worked_on", "closed"],
                over_time: [],
            },
            {
                key: "speed",
                label: "Speed",
                figures: ["first_reply_hours", "closing_hours"],
                over_time: ["first_reply_hours"],
            },
            {
                key: "sla",
                label: "SLA",
                figures: ["sla_first_reply_breached", "sla_closing_breached"],
                over_time: [],
            },
            {
                key: "team",
                label: "Team",
                figures: ["new_and_reopened", "first_reply_hours"],
                over_time: [],
            },
        ],
        over_time: {
            granularity: "day",
            rows: [
                {start: "2026-03-01T00:00", domain: [], values: row(5, 4, 0, 1.5)},
                {
                    start: "2026-03-02T00:00",
                    domain: [["date", ">=", "2026-03-02 00:00:00"]],
                    values: row(10, 5, 0),
                },
            ],
        },
        peak: [
            {
                day: 0,
                hour: 9,
                domain: [
                    ["date.day_of_week", "=", 0],
                    ["date.hour_number", "=", 9],
                ],
                values: {new_and_reopened: 4, worked_on: 1},
            },
            {
                day: 6,
                hour: 16,
                domain: [
                    ["date.day_of_week", "=", 6],
                    ["date.hour_number", "=", 16],
                ],
                values: {new_and_reopened: 11, worked_on: 0},
            },
        ],
        channels: [
            {
                id: 3,
                label: "Phone",
                domain: [["channel_id", "=", 3]],
                values: row(10, 7, 0),
            },
            {
                id: false,
                label: "No channel",
                domain: [["channel_id", "=", false]],
                values: row(5, 2, 0),
            },
        ],
        team: [
            {
                id: 21,
                label: "Omar Nasser",
                domain: [["user_id", "=", 21]],
                values: row(4, 4, 0),
            },
            {
                id: 22,
                label: "Sara Haddad",
                domain: [["user_id", "=", 22]],
                values: row(10, 5, 0, 2),
            },
            {
                id: false,
                label: "No agent",
                domain: [["user_id", "=", false]],
                values: row(1, 0, 0, 0.5),
            },
        ],
        ...values,
    };
}

/** Mount the page; write down for what the server is asked, and what is opened. */
export async function mountDashboard({data = makeDashboard(), props = {}} = {}) {
    onRpc("callgear.dashboard", "get_data", ({args: [options]}) => {
        const {date_from, date_to, ...rest} = options;
        const filters = Object.entries(rest).filter(([, ids]) => ids.length);
        expect.step(
            [
                `${date_from} ${date_to}`,
                ...filters.map(([name, ids]) => `${name} ${ids}`),
            ]
                .concat(rest.compare ? [] : ["alone"])
                .join(" | ")
        );
        return typeof data === "function" ? data(options) : data;
    });
    mockService("action", {
        async doAction(action) {
            expect.step(`${action.name}: ${JSON.stringify(action.domain)}`);
        },
    });
    return mountWithCleanup(CallgearDashboard, {
        env: await makeMockEnv({config: getDefaultConfig()}),
        props: {
            action: {type: "ir.actions.client", tag: "callgear_dashboard", context: {}},
            updateActionState: (state) => {
                const told = Object.entries(state).filter(([, value]) => value);
                expect.step(`?${told.map((pair) => pair.join("=")).join("&")}`);
            },
            ...props,
        },
    });
}
