// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    advanceTime,
    animationFrame,
    describe,
    expect,
    press,
    queryAllTexts,
    test,
} from "@odoo/hoot";
import {
    contains,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {defineCallgearModels, patchSession, stepCalling} from "./callgear_test_helpers";

defineCallgearModels();
describe.current.tags("desktop");

const MATCHES = [
    {
        name: "Maryam Khalil",
        phone: "+971505550123",
        label: "Qasimi Trading",
        res_model: "res.partner",
        res_id: 7,
    },
    {
        name: "Maryam Rahman",
        phone: null,
        label: "",
        res_model: "res.partner",
        res_id: 8,
    },
];

async function openPalette({isAgent = true} = {}) {
    if (isAgent) {
        patchSession();
    }
    mockService("callgear.phone", () => ({open: () => expect.step("open the phone")}));
    onRpc("res.users", "callgear_search", ({args}) => {
        expect.step(`search ${args.join(" | ")}`);
        return MATCHES;
    });
    await mountWithCleanup(MainComponentsContainer, {noMainContainer: true});
    await press(["control", "k"]);
    await animationFrame();
}

async function type(text) {
    await contains(".o_command_palette_search input").edit(text, {confirm: false});
    await advanceTime(300);
    await animationFrame();
}

test("R56: + finds people and numbers, and Enter calls", async () => {
    stepCalling();
    await openPalette();
    await type("+maryam");
    expect.verifySteps(["search maryam | true"]);
    const [first, second] = queryAllTexts(".o_command");
    expect(first).toMatch(/Maryam Khalil\s*\+971505550123\s*Qasimi Trading/);
    expect(second).toMatch(/Maryam Rahman/);
    await press("Enter");
    await animationFrame();
    expect.verifySteps(["callgear.dialer dial +971505550123 res.partner 7"]);
    expect(".o_command_palette").toHaveCount(0);
});

test("R18: whether the palette's plus is the number's own, the server is not told", async () => {
    await openPalette();
    for (const typed of ["+4951234567", "4951234567", "0505"]) {
        await type(typed);
        expect.verifySteps([`search ${typed.replace("+", "")} | true`]);
    }
});

test("R56: the phone opens from the palette", async () => {
    await openPalette();
    await type("open the phone");
    await press("Enter");
    await animationFrame();
    expect.verifySteps(["open the phone"]);
});

test("R56: from a command to the names", async () => {
    await openPalette();
    await type("call by name");
    await press("Enter");
    await animationFrame();
    expect(".o_command_palette_search input").toHaveAttribute(
        "placeholder",
        "Type a name or number to call…"
    );
    await type("maryam");
    expect.verifySteps(["search maryam | true"]);
});

test("who is no agent sees nothing of it", async () => {
    await openPalette({isAgent: false});
    await type("phone");
    const isOurs = (text) => /Open the phone|Call by name/.test(text);
    expect(queryAllTexts(".o_command").filter(isOurs)).toEqual([]);
    await type("+maryam");
    expect.verifySteps([]);
});
