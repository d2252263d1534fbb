// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {defineMailModels, patchUiSize} from "@mail/../tests/mail_test_helpers";
import {
    animationFrame,
    beforeEach,
    Deferred,
    describe,
    expect,
    manuallyDispatchProgrammaticEvent,
    mockDate,
    press,
    queryAllAttributes,
    queryAllTexts,
    queryOne,
    test,
    waitFor,
} from "@odoo/hoot";
import {
    contains,
    makeServerError,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {download} from "@web/core/network/download";
import {changeOf, durationStep} from "@callgear_integration/views/dashboard/formats";
import {
    defineDashboardModels,
    makeCalls,
    makeDashboard,
    mountDashboard,
} from "./dashboard_test_helpers";

defineMailModels();
defineDashboardModels();

const PAGE = ".o-callgear-Dashboard";
const section = (key) => `${PAGE} section[data-section=${key}]`;
/** The group of an agent's figures that is chosen, and what chooses one. */
const shown = `${section("team")} .o-callgear-group:not(.d-none)`;
const tab = (key) => `${section("team")} .o-callgear-groups button[data-group=${key}]`;
const card = (key) => `${PAGE} .o-callgear-figure[data-figure=${key}]`;
const MARCH = "2026-03-01 2026-03-31";
const PERIOD = `[["date",">=","2026-03-01 00:00:00"],["date","<","2026-04-01 00:00:00"]`;

beforeEach(() => {
    mockDate("2026-03-28 12:00:00", 0);
    browser.localStorage.removeItem("callgear_integration.dashboard");
});

describe("figures", () => {
    test("R34-R39: six sections, in order", async () => {
        await mountDashboard();
        expect(queryAllTexts(`${PAGE} h2`)).toEqual([
            "General load",
            "Peak load",
            "Channels",
            "Speed",
            "SLA",
            "Team",
        ]);
        expect.verifySteps([MARCH]);
    });

    test("R34: a count and how it has changed, for better or worse", async () => {
        await mountDashboard();
        expect(`${card("new_tickets")} .o-callgear-value`).toHaveText("12");
        expect(`${card("new_tickets")} .o-callgear-change`).toHaveText(/^\+20 %/);
        expect(`${card("new_tickets")} .o-callgear-change`).toHaveClass("text-muted");
        expect(`${card("new_tickets")} .o-callgear-change`).toHaveAttribute(
            "title",
            "Before: 10"
        );
        expect(`${card("reopened")} .o-callgear-change`).toHaveClass("text-danger");
        expect(`${card("worked_on")} .o-callgear-change`).toHaveText(/^−25 %/);
        expect(`${card("worked_on")} .o-callgear-change`).toHaveClass("text-danger");
        expect.verifySteps([MARCH]);
    });

    test("R37: a duration in words, and a dash where there is nothing to average", async () => {
        await mountDashboard();
        expect(`${card("first_reply_hours")} .o-callgear-label`).toHaveText(
            "First Reply"
        );
        expect(`${card("first_reply_hours")} .o-callgear-value`).toHaveText(
            "1 h 30 min"
        );
        expect(`${card("closing_hours")} .o-callgear-value`).toHaveText("–");
        expect(`${card("closing_hours")} button.o-callgear-value`).toHaveCount(0);
        expect.verifySteps([MARCH]);
    });

    test("R38: a part of what was due, or that no target time was set", async () => {
        await mountDashboard();
        expect(`${card("sla_closing_breached")}`).toHaveText(/of 8 \(25.0 %\)/);
        expect(`${card("sla_closing_breached")} .progress-bar`).toHaveStyle({
            width: /px/,
        });
        expect(`${card("sla_first_reply_breached")}`).toHaveText(
            /No target time was set/
        );
        expect.verifySteps([MARCH]);
    });

    test("a click leads to the very tickets", async () => {
        await mountDashboard();
        await contains(`${card("new_tickets")} .o-callgear-value`).click();
        expect.verifySteps([
            MARCH,
            `New, March 2026: [["callgear_statistics_ids","any",${PERIOD},["new_tickets",">",0]]]]`,
        ]);
    });

    test("R37: a click on an average leads to its facts", async () => {
        await mountDashboard();
        await contains(`${card("first_reply_hours")} .o-callgear-value`).click();
        expect.verifySteps([
            MARCH,
            `First Reply, March 2026: ${PERIOD},["first_reply_hours",">",0]]`,
        ]);
    });

    test("what a figure means is told on a click, and by keyboard", async () => {
        await mountDashboard();
        const icon = `${card("new_tickets")} .o-callgear-help`;
        expect(icon).toHaveAttribute("aria-label", "What does “New” mean?");
        queryOne(icon).focus();
        await contains(icon).click();
        await waitFor(".o-callgear-meaning");
        expect(".o-callgear-meaning").toHaveText("New\nWhat New means.");
        await press("Escape");
        await animationFrame();
        expect(".o-callgear-meaning").toHaveCount(0);
        expect.verifySteps([MARCH]);
    });
});

test("R34: a change of less than a per cent is not told as none", () => {
    const change = (value, previous) => changeOf({kind: "count", value, previous}).text;
    expect(change(502, 500)).toBe("+0.4 %");
    expect(change(498, 500)).toBe("−0.4 %");
    expect(change(510, 500)).toBe("+2 %");
    expect(change(10004, 10000)).toBe("+0.04 %");
});

describe("R37: the lines of a chart of durations are whole units apart", () => {
    for (const [kind, values, step] of [
        ["hours", [3, null, 43.5], 12],
        ["hours", [0.2, 50], 12],
        ["hours", [0, 0.06], 1 / 60],
        ["hours", [24 * 30], 24 * 5],
        ["minutes", [0.5, 1.5], 1 / 2],
        ["hours", [24 * 1000], undefined],
        ["count", [3, 43], undefined],
    ]) {
        test(`${kind}: ${values}`, () => {
            expect(durationStep(kind, values)).toBe(step);
        });
    }
});

describe("tables", () => {
    test("R35: weekdays by hours, in the user's order", async () => {
        patchUiSize({width: 1366});
        await mountDashboard();
        const map = `${section("peak")} table`;
        expect(`${map} thead th`).toHaveCount(24);
        expect(queryAllTexts(`${map} tbody th`)[0]).toBe("Sun");
        expect(queryAllTexts(`${map} td button`)).toEqual(["4", "11"]);
        expect(`${map} td button:first`).toHaveAttribute("title", /Sunday, 9.*: 4/);
        await contains(`${map} td button:first`).click();
        expect.verifySteps([
            MARCH,
            `New and Reopened, March 2026: [["callgear_statistics_ids","any",${PERIOD},` +
                `["new_and_reopened",">",0],["date.day_of_week","=",0],["date.hour_number","=",9]]]]`,
        ]);
    });

    test("R35: on a phone the days stand beside each other", async () => {
        patchUiSize({width: 390});
        await mountDashboard();
        expect(`${section("peak")} thead th`).toHaveCount(7);
        expect(`${section("peak")} tbody th`).toHaveCount(24);
        expect.verifySteps([MARCH]);
    });

    test("R35: the other measure", async () => {
        await mountDashboard();
        await contains(`${section("peak")} .btn:contains(Worked On)`).click();
        expect(queryAllTexts(`${section("peak")} td button`)).toEqual(["1"]);
        expect.verifySteps([MARCH]);
    });

    test("R36: a row of a channel leads to its tickets", async () => {
        await mountDashboard();
        await contains(
            `${section("channels")} tr:contains(No channel) td[data-figure=worked_on] button`
        ).click();
        expect.verifySteps([
            MARCH,
            `Worked On, No channel, March 2026: [["callgear_statistics_ids","any",${PERIOD},` +
                `["worked_on",">",0],["channel_id","=",false]]]]`,
        ]);
    });

    test("R39: agents are sorted by a measure; what has none stays at the end", async () => {
        patchUiSize({width: 1366});
        await mountDashboard();
        const names = () => queryAllTexts(`${shown} tbody th`);
        const head = (key) => `${shown} thead th[data-figure=${key}]`;
        expect(names()).toEqual(["Omar Nasser", "Sara Haddad", "No agent"]);
        await contains(`${head("new_and_reopened")} .btn-link:first`).click();
        expect(names()).toEqual(["Sara Haddad", "Omar Nasser", "No agent"]);
        expect(head("new_and_reopened")).toHaveAttribute("aria-sort", "descending");
        await contains(`${head("new_and_reopened")} .btn-link:first`).click();
        expect(names()).toEqual(["No agent", "Omar Nasser", "Sara Haddad"]);
        await contains(tab("speed")).click();
        await contains(`${head("first_reply_hours")} .btn-link:first`).click();
        expect(names()).toEqual(["Sara Haddad", "No agent", "Omar Nasser"]);
        await contains(`${head("first_reply_hours")} .btn-link:first`).click();
        expect(names()).toEqual(["No agent", "Sara Haddad", "Omar Nasser"]);
        expect.verifySteps([MARCH]);
    });

    test("R39: the total is that of the whole, not the sum of the rows", async () => {
        await mountDashboard();
        expect(`${shown} tfoot td`).toHaveText(/15$/);
        await contains(tab("speed")).click();
        expect(`${shown} tfoot td`).toHaveText(/1 h 30 min$/);
        expect(`${shown} tfoot th`).toHaveText("All");
        expect.verifySteps([MARCH]);
    });

    test("R39: figures of agents by section; those of none with the first", async () => {
        const data = makeDashboard();
        data.sections.at(-1).figures = [
            "new_tickets",
            "new_and_reopened",
            "first_reply_hours",
            "sla_closing_breached",
        ];
        await mountDashboard({data});
        expect(queryAllTexts(`${section("team")} .o-callgear-groups button`)).toEqual([
            "General load",
            "Speed",
            "SLA",
        ]);
        const figures = () =>
            queryAllAttributes(`${shown} thead th[data-figure]`, "data-figure");
        expect(tab("load")).toHaveAttribute("aria-pressed", "true");
        expect(figures()).toEqual(["new_tickets", "new_and_reopened"]);
        await contains(tab("sla")).click();
        expect(tab("load")).toHaveAttribute("aria-pressed", "false");
        expect(figures()).toEqual(["sla_closing_breached"]);
        expect.verifySteps([MARCH]);
    });

    test("R39: a section that none of the figures belongs to is left out", async () => {
        await mountDashboard();
        expect(queryAllTexts(`${section("team")} .o-callgear-groups button`)).toEqual([
            "General load",
            "Speed",
        ]);
        expect.verifySteps([MARCH]);
    });

    test("R39: each value has its name beside it, for where agents are blocks", async () => {
        await mountDashboard();
        const names = `${shown} tr:contains(Sara Haddad) td .o-callgear-name`;
        expect(queryOne(names).textContent).toBe("New and Reopened");
        expect(queryOne(`${shown} tfoot .o-callgear-name`).textContent).toBe(
            "New and Reopened"
        );
        expect(`${section("channels")} .o-callgear-name`).toHaveCount(0);
        expect.verifySteps([MARCH]);
    });

    test("R39: blocks are sorted by a list, as they have no headings", async () => {
        await mountDashboard();
        const names = () => queryAllTexts(`${shown} tbody th`);
        const list = queryOne(`${shown} .o-callgear-order select`);
        const choose = async (value) => {
            list.value = value;
            await manuallyDispatchProgrammaticEvent(list, "change");
            await animationFrame();
        };
        expect(list.value).toBe("");
        await choose("new_and_reopened");
        expect(names()).toEqual(["Sara Haddad", "Omar Nasser", "No agent"]);
        await choose("");
        expect(names()).toEqual(["Omar Nasser", "Sara Haddad", "No agent"]);
        expect.verifySteps([MARCH]);
    });

    test("R39: nobody has figures", async () => {
        await mountDashboard({data: makeDashboard({team: []})});
        expect(section("team")).toHaveText(/No agent has figures in this period/);
        expect(`${section("team")} table`).toHaveCount(0);
        expect.verifySteps([MARCH]);
    });

    test("R34: what a chart shows is in a table, too; a day of it becomes the period", async () => {
        await mountDashboard();
        await contains(`${section("load")} summary`).click();
        expect(queryAllTexts(`${section("load")} tbody tr`)).toEqual([
            "Mar 1 5 4 0",
            "Mar 2 10 5 0",
        ]);
        await contains(`${section("load")} tr:contains(Mar 2) td:first button`).click();
        await contains(`${section("load")} tbody button:contains(Mar 2)`).click();
        expect.verifySteps([
            MARCH,
            `New and Reopened, Mar 2, March 2026: [["callgear_statistics_ids","any",${PERIOD},` +
                `["new_and_reopened",">",0],["date",">=","2026-03-02 00:00:00"]]]]`,
            "?unit=custom&date_from=2026-03-02&date_to=2026-03-02",
            "2026-03-02 2026-03-02",
        ]);
    });
});

describe("what is chosen", () => {
    const toggler = `${PAGE} .o-callgear-PeriodPicker .dropdown-toggle`;

    test("a period from the list, the one before, the one after", async () => {
        await mountDashboard();
        expect(toggler).toHaveText("This month: March 2026");
        await contains(`${PAGE} .o-callgear-before`).click();
        expect(toggler).toHaveText("Last month: February 2026");
        await contains(toggler).click();
        await contains(".o-dropdown-item:contains(Yesterday)").click();
        expect(toggler).toHaveText("Yesterday: Mar 27, 2026");
        await contains(`${PAGE} .o-callgear-after`).click();
        expect.verifySteps([
            MARCH,
            "?unit=month&offset=-1",
            "2026-02-01 2026-02-28",
            "?unit=day&offset=-1",
            "2026-03-27 2026-03-27",
            "?unit=day&offset=0",
            "2026-03-28 2026-03-28",
        ]);
    });

    test("chosen days", async () => {
        await mountDashboard();
        await contains(toggler).click();
        await contains(".o-callgear-custom").click();
        await contains("#o-callgear-first").edit("03/15/2026");
        await waitFor(`${PAGE} .dropdown-toggle:contains(Mar 15, 2026)`);
        await contains(`${PAGE} .o-callgear-before`).click();
        expect.verifySteps([
            MARCH,
            "?unit=custom&date_from=2026-03-01&date_to=2026-03-31",
            MARCH,
            "?unit=custom&date_from=2026-03-15&date_to=2026-03-31",
            "2026-03-15 2026-03-31",
            "?unit=custom&date_from=2026-02-26&date_to=2026-03-14",
            "2026-02-26 2026-03-14",
        ]);
    });

    test("without the comparison", async () => {
        await mountDashboard();
        await contains("#o-callgear-compare").click();
        expect.verifySteps([
            MARCH,
            "?unit=month&offset=0&compare=0",
            `${MARCH} | alone`,
        ]);
    });

    test("is kept for the next time", async () => {
        await mountDashboard();
        await contains(`${PAGE} .o-callgear-before`).click();
        expect(
            JSON.parse(browser.localStorage.getItem("callgear_integration.dashboard"))
        ).toEqual({
            period: {unit: "month", offset: -1},
            compare: true,
            team_ids: [],
            user_ids: [],
            channel_ids: [],
        });
        expect.verifySteps([MARCH, "?unit=month&offset=-1", "2026-02-01 2026-02-28"]);
    });

    test("comes back with the address, after a reload", async () => {
        const params = {unit: "week", offset: "-1", compare: "0", team_ids: "1"};
        await mountDashboard({
            props: {action: {type: "ir.actions.client", context: {}, params}},
        });
        expect(`${PAGE} [data-filter=team_ids] .o_tag`).toHaveText("Hotline");
        expect.verifySteps(["2026-03-15 2026-03-21 | team_ids 1 | alone"]);
    });

    test("comes back on the way back", async () => {
        const options = {period: {unit: "year", offset: 0}, channel_ids: [3]};
        await mountDashboard({props: {state: {options}}});
        expect.verifySteps(["2026-01-01 2026-12-31 | channel_ids 3"]);
    });

    test("nonsense in the address does no harm", async () => {
        const params = {unit: "eon", offset: "x", team_ids: "a,-1,"};
        await mountDashboard({
            props: {action: {type: "ir.actions.client", context: {}, params}},
        });
        expect.verifySteps([MARCH]);
    });

    test("R39: a filter offers whom the user may see", async () => {
        const data = makeDashboard({choices: {team_ids: [["id", "in", [2]]]}});
        await mountDashboard({data});
        await contains(`${PAGE} .o-callgear-filters`).click();
        await contains(`${PAGE} [data-filter=team_ids] input`).click();
        expect(queryAllTexts(".o-autocomplete--dropdown-item a")).toEqual(["Callers"]);
        expect.verifySteps([MARCH]);
    });

    test("a filter is chosen, and all are cleared", async () => {
        await mountDashboard();
        await contains(`${PAGE} .o-callgear-filters`).click();
        await contains(`${PAGE} [data-filter=channel_ids] input`).click();
        await contains(".o-autocomplete--dropdown-item:contains(Phone)").click();
        expect(`${PAGE} .o-callgear-filters .badge`).toHaveText("1");
        await contains(`${PAGE} .o-callgear-clear`).click();
        expect.verifySteps([
            MARCH,
            "?unit=month&offset=0&channel_ids=3",
            `${MARCH} | channel_ids 3`,
            "?unit=month&offset=0",
            MARCH,
        ]);
    });
});

describe("states", () => {
    test("nothing happened", async () => {
        const data = makeDashboard();
        for (const figure of Object.values(data.figures)) {
            Object.assign(figure, {value: 0, due: null});
        }
        Object.assign(data, {peak: [], channels: [], team: []});
        await mountDashboard({data});
        expect(".o-callgear-empty").toHaveText(/Nothing happened in this period/);
        expect.verifySteps([MARCH]);
    });

    test("an error is told in words, and can be tried again", async () => {
        let isBroken = true;
        await mountDashboard({
            data: () => {
                if (isBroken) {
                    throw makeServerError({
                        message: "A period of 9999 days is too long.",
                    });
                }
                return makeDashboard();
            },
        });
        expect(`${PAGE} .alert-danger`).toHaveText(/too long/);
        isBroken = false;
        await contains(".o-callgear-retry").click();
        expect(`${PAGE} .alert-danger`).toHaveCount(0);
        expect(`${PAGE} h2`).toHaveCount(6);
        expect.verifySteps([MARCH, MARCH]);
    });

    test("while it loads, what was there is seen; a late answer is not", async () => {
        const slow = new Deferred();
        const answers = [makeDashboard(), slow, makeDashboard()];
        answers[2].figures.new_tickets.value = 77;
        await mountDashboard({data: () => answers.shift()});
        await contains(`${PAGE} .o-callgear-before`).click();
        expect(".o-callgear-sections").toHaveAttribute("aria-busy", "true");
        expect(`${card("new_tickets")} .o-callgear-value`).toHaveText("12");
        await contains(`${PAGE} .o-callgear-before`).click();
        expect(`${card("new_tickets")} .o-callgear-value`).toHaveText("77");
        slow.resolve(makeDashboard());
        await animationFrame();
        expect(`${card("new_tickets")} .o-callgear-value`).toHaveText("77");
        expect(".o-callgear-sections").toHaveAttribute("aria-busy", "false");
        expect.verifySteps([
            MARCH,
            "?unit=month&offset=-1",
            "2026-02-01 2026-02-28",
            "?unit=month&offset=-2",
            "2026-01-01 2026-01-31",
        ]);
    });

    test("the export asks for what is seen", async () => {
        patchWithCleanup(download, {
            _download: async ({url, data}) => {
                const {date_from, compare} = JSON.parse(data.data);
                expect.step(`${url} ${date_from} ${compare}`);
            },
        });
        await mountDashboard();
        await contains(".o-callgear-export").click();
        expect.verifySteps([MARCH, "/callgear/dashboard/export_xlsx 2026-03-01 true"]);
    });
});

describe("calls", () => {
    const withCalls = () => {
        const {figures, section: calls, hour} = makeCalls();
        const data = makeDashboard();
        Object.assign(data.figures, figures);
        data.sections.push(calls);
        const teams = [
            {id: 3, label: "Hotline", domain: [["team_id", "=", 3]]},
            {id: false, label: "No team", domain: [["team_id", "=", false]]},
        ].map((row) => ({...row, values: hour.values}));
        return {...data, calls_by_hour: [hour], teams};
    };

    test("R46: a share is shown with what it is a part of", async () => {
        await mountDashboard({data: withCalls()});
        expect(`${card("calls_abandoned")} .o-callgear-value`).toHaveText("25.0 %");
        expect(card("calls_abandoned")).toHaveText(/2 of 8/);
        // From 50 % to 25 %.
        expect(`${card("calls_abandoned")} .o-callgear-change`).toHaveText(/−50 %/);
        expect(`${card("calls_abandoned")} .o-callgear-change`).toHaveClass(
            "text-success"
        );
        expect(`${card("calls_in_time")} .o-callgear-value`).toHaveText("–");
        expect.verifySteps([MARCH]);
    });

    test("R46: a figure leads to its calls", async () => {
        await mountDashboard({data: withCalls()});
        await contains(`${card("calls_missed")} .o-callgear-value`).click();
        expect.verifySteps([
            MARCH,
            `Missed Calls, March 2026: [["callgear_statistics_ids","any",${PERIOD},["calls_missed",">",0]]]]`,
        ]);
    });

    test("R46: by hour of the day", async () => {
        await mountDashboard({data: withCalls()});
        await contains(`${section("calls")} summary`).click();
        const cells = `${section("calls")} details .o-callgear-FigureTable tbody td`;
        expect(queryAllTexts(cells)).toEqual(["8", "3", "25.0 %", "–"]);
        expect.verifySteps([MARCH]);
    });

    test("R46: by team", async () => {
        await mountDashboard({data: withCalls()});
        const rows = `${section("calls")} .o-callgear-teams tbody`;
        expect(queryAllTexts(`${rows} th`)).toEqual(["Hotline", "No team"]);
        await contains(`${rows} tr:first td[data-figure=calls_missed] button`).click();
        expect.verifySteps([
            MARCH,
            `Missed Calls, Hotline, March 2026: [["callgear_statistics_ids","any",${PERIOD},["calls_missed",">",0],["team_id","=",3]]]]`,
        ]);
    });

    test("R46: no table of teams without a team", async () => {
        await mountDashboard({data: {...withCalls(), teams: []}});
        expect(`${section("calls")} .o-callgear-teams`).toHaveCount(0);
        expect.verifySteps([MARCH]);
    });
});
