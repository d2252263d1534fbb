// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {waitForChannels} from "@bus/../tests/bus_test_helpers";
import {
    advanceTime,
    animationFrame,
    click,
    describe,
    expect,
    mockDate,
    press,
    queryAllTexts,
    queryOne,
    test,
} from "@odoo/hoot";
import {
    fields,
    MockServer,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {agoText} from "@callgear_integration/views/call_back/since_field";
import {
    defineCallgearModels,
    HelpdeskTicket,
    patchSession,
    startCalls,
} from "./callgear_test_helpers";

defineCallgearModels();

const BUTTONS = `
    <button name="action_callgear_call_back" type="object" string="Call"/>
    <button name="action_callgear_claim" type="object" string="Claim"/>
    <button name="action_callgear_done" type="object" string="Done"/>`;
const ARCH = {
    list: `
        <list js_class="callgear_call_back_list">
            <field name="name"/>
            <field name="waiting_since" widget="callgear_since"/>
            ${BUTTONS}
        </list>`,
    kanban: `
        <kanban js_class="callgear_call_back_kanban">
            <templates><t t-name="card"><field name="name"/>${BUTTONS}</t></templates>
        </kanban>`,
};

async function mountRows(type = "list") {
    patchSession();
    patchWithCleanup(HelpdeskTicket._fields, {
        waiting_since: fields.Datetime(),
    });
    mockDate("2026-03-28 12:30:00", 0);
    HelpdeskTicket._records = [
        {id: 41, name: "Maryam", waiting_since: "2026-03-28 10:25:00"},
        {id: 42, name: "Yusuf", waiting_since: "2026-03-28 12:27:00"},
    ];
    for (const method of ["call_back", "claim", "done"]) {
        onRpc("helpdesk.ticket", `action_callgear_${method}`, ({args}) => {
            expect.step(`${method} ${args[0].join(",")}`);
            return false;
        });
    }
    await mountView({type, resModel: "helpdesk.ticket", arch: ARCH[type]});
}

/** Tell open pages that something has changed. */
async function tell() {
    await waitForChannels(["callgear.call_back"]);
    MockServer.env["bus.bus"]._sendone("callgear.call_back", "callgear.call_back", {});
    await advanceTime(1000);
    await animationFrame();
}

const row = (number) => queryOne(`.o_data_row:eq(${number}) .o_data_cell:first`);

describe.current.tags("desktop");

describe("R47: keys", () => {
    for (const [key, method] of [
        ["c", "call_back"],
        ["m", "claim"],
        ["d", "done"],
    ]) {
        test(`${key} is ${method} of the row in focus`, async () => {
            await mountRows();
            row(1).focus();
            await press(key);
            await animationFrame();
            expect.verifySteps([`${method} 42`]);
        });
    }

    test("without a row in focus, nobody is called by chance", async () => {
        await mountRows();
        document.activeElement.blur();
        await press("c");
        await animationFrame();
        expect.verifySteps([]);
        expect(row(0)).toBeFocused();
        await press("c");
        await animationFrame();
        expect.verifySteps(["call_back 41"]);
    });

    test("a letter typed into the search is a letter", async () => {
        await mountRows();
        queryOne(".o_searchview_input").focus();
        await press("c");
        await animationFrame();
        expect.verifySteps([]);
        expect(".o_searchview_input").toBeFocused();
    });

    test("the only row that is ticked is meant", async () => {
        await mountRows();
        await click(".o_data_row:eq(1) .o_list_record_selector input");
        await animationFrame();
        queryOne(".o_data_row:eq(1) .o_list_record_selector input").blur();
        await press("m");
        await animationFrame();
        expect.verifySteps(["claim 42"]);
    });

    test("the keys are named above the rows", async () => {
        await mountRows();
        expect(".o-callgear-CallBack-keys").toHaveText(/Ccall back/);
    });
});

describe("R47: it updates itself", () => {
    test("a caller who was talked to disappears", async () => {
        await mountRows();
        MockServer.env["helpdesk.ticket"].unlink([41]);
        await tell();
        expect(queryAllTexts(".o_data_cell[name=name]")).toEqual(["Yusuf"]);
    });

    test("focus and ticks stay where they are", async () => {
        await mountRows();
        await click(".o_data_row:eq(0) .o_list_record_selector input");
        row(1).focus();
        MockServer.env["helpdesk.ticket"].write([42], {name: "Yusuf Rahman"});
        await tell();
        expect(row(1)).toHaveText("Yusuf Rahman");
        expect(row(1)).toBeFocused();
        expect(".o_data_row:eq(0) input").toBeChecked();
        expect(".o_data_row:eq(1) input").not.toBeChecked();
    });

    test("so do the cards", async () => {
        await mountRows("kanban");
        MockServer.env["helpdesk.ticket"].unlink([41]);
        await tell();
        expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(1);
    });
});

test("R47: how long somebody waits is told in words, and goes on", async () => {
    await mountRows();
    expect(queryAllTexts("td[name=waiting_since]")).toEqual(["2 h 5 min", "3 min"]);
    await advanceTime(120000);
    await animationFrame();
    expect(queryAllTexts("td[name=waiting_since]")).toEqual(["2 h 7 min", "5 min"]);
});

test("R47: days, hours and minutes", async () => {
    await startCalls();
    const minute = 60000;
    expect(String(agoText(-minute))).toBe("0 min");
    expect(String(agoText(59 * minute))).toBe("59 min");
    expect(String(agoText(25 * 60 * minute))).toBe("1 d 1 h");
});

describe("R47: what is left of a promise", () => {
    const NOW = "2026-03-28 12:30:00";
    const hours = (...pairs) =>
        pairs.map(([begin, end]) => [`2026-03-${begin}Z`, `2026-03-${end}Z`]);

    async function mountPromises(...promises) {
        patchSession();
        patchWithCleanup(HelpdeskTicket._fields, {
            due_at: fields.Datetime(),
            call_back_hours: fields.Json(),
        });
        mockDate(NOW, 0);
        HelpdeskTicket._records = promises.map(([due_at, call_back_hours], index) => ({
            id: index + 1,
            name: `Caller ${index}`,
            due_at,
            call_back_hours,
        }));
        const arch = `<list><field name="due_at" widget="callgear_promise"/></list>`;
        await mountView({type: "list", resModel: "helpdesk.ticket", arch});
    }

    const CELL = ".o_data_row td[name=due_at]";
    const SHOWN = `${CELL} [aria-hidden]:not(i)`;

    test("it is counted down", async () => {
        const due = "2026-03-28 12:50:00";
        await mountPromises([due, hours(["28T12:30:00", "28T12:50:00"])]);
        expect(SHOWN).toHaveText("20 min left");
        expect(`${CELL} .text-danger`).toHaveCount(0);
        await advanceTime(13 * 60000);
        expect(SHOWN).toHaveText("7 min left");
        expect(`${CELL} .fa-clock-o`).toHaveCount(1, {message: "it is due soon"});
    });

    test("outside working hours it stands still, and says by when", async () => {
        const due = "2026-03-30 05:20:00";
        const open = ["30T05:00:00", "30T05:20:00"];
        await mountPromises([due, hours(["28T12:30:00", "28T12:40:00"], open)]);
        expect(SHOWN).toHaveText("30 min left");
        await advanceTime(11 * 60000);
        const stands = queryAllTexts(SHOWN)[0];
        expect(stands).toMatch(/^Mar 30, \d+:20/);
        await advanceTime(60 * 60000);
        expect(SHOWN).toHaveText(stands);
    });

    test("a broken one is red, has a sign, and is told to those who hear it", async () => {
        await mountPromises(["2026-03-28 12:18:00", false]);
        expect(SHOWN).toHaveText("12 min late");
        expect(`${CELL} .text-danger .fa-exclamation-triangle`).toHaveCount(1);
        expect(`${CELL} .visually-hidden`).toHaveText(/^Promise broken.*12 min late$/);
    });

    test("it breaks while one looks at it", async () => {
        const due = "2026-03-28 12:31:00";
        await mountPromises([due, hours(["28T12:30:00", "28T12:31:00"])]);
        expect(SHOWN).toHaveText("1 min left");
        await advanceTime(3 * 60000);
        expect(SHOWN).toHaveText("2 min late");
        expect(`${CELL} .text-danger`).toHaveCount(1);
    });

    test("nothing is shown where nothing is promised", async () => {
        await mountPromises([false, false]);
        expect(CELL).toHaveText("");
    });
});
