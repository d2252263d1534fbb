// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {beforeEach, expect, test} from "@odoo/hoot";
import {animationFrame, Deferred} from "@odoo/hoot-mock";
import {click} from "@odoo/hoot-dom";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {defineCallgearModels, patchSession} from "./callgear_test_helpers";

class CallgearOperatorImport extends models.Model {
    _name = "callgear.operator.import";

    state = fields.Char();
    fetched = fields.Integer();
    total = fields.Integer();
    _records = [{id: 1, state: "fetching", fetched: 0, total: 0}];
}

defineCallgearModels();
defineModels([CallgearOperatorImport]);

const WIDGET = ".o-callgear-OperatorImport";
const ARCH = /* xml */ `
    <form>
        <field name="state" invisible="1"/>
        <widget name="callgear_operator_import" invisible="state != 'fetching'"/>
        <p class="o-ready" invisible="state != 'ready'">Ready</p>
    </form>`;

/** What the server answers, request by request; each is let go when the test says so. */
let answers = [];

beforeEach(() => {
    patchSession();
    answers = [];
    onRpc("callgear.operator.import", "fetch_next", async ({args}) => {
        expect.step(`fetch_next ${args[0]}`);
        answers.push(new Deferred());
        return await answers.at(-1);
    });
});

async function mountForm() {
    return await mountView({
        type: "form",
        resModel: "callgear.operator.import",
        resId: 1,
        arch: ARCH,
    });
}

async function answer(fetched, {total = 1000, done = false, error = null} = {}) {
    answers.at(-1).resolve({fetched, total, done, error});
    await animationFrame();
    await animationFrame();
}

test("R5: begins by itself, and shows how far it is", async () => {
    await mountForm();
    expect(WIDGET).toHaveText(/Asking CallGear…/);
    await answer(500);
    expect(`${WIDGET} [role=status]`).toHaveText("500 of 1000 operators");
    expect(`${WIDGET} [role=progressbar]`).toHaveAttribute("aria-valuenow", "50");
    expect.verifySteps(["fetch_next 1", "fetch_next 1"]);
});

test("R5: the list opens once all are fetched", async () => {
    onRpc("callgear.operator.import", "web_read", ({parent}) => {
        const records = parent();
        if (answers.length) {
            records[0].state = "ready";
        }
        return records;
    });
    await mountForm();
    await answer(1000, {done: true});
    expect(".o-ready").toHaveCount(1);
    expect(WIDGET).toHaveCount(0);
    expect.verifySteps(["fetch_next 1"]);
});

test("R5: can be stopped, and goes on where it was", async () => {
    await mountForm();
    await click(`${WIDGET} .o-callgear-stop`);
    await answer(500);
    expect.verifySteps(["fetch_next 1"]);
    expect(`${WIDGET} [role=status]`).toHaveText("500 of 1000 operators");
    await contains(`${WIDGET} .o-callgear-go-on:contains(Continue)`).click();
    expect.verifySteps(["fetch_next 1"]);
});

test("R4: what CallGear refuses is said in words, and can be tried again", async () => {
    await mountForm();
    await answer(0, {total: 0, error: "CallGear does not accept the API key."});
    expect(`${WIDGET} [role=alert]`).toHaveText(
        "CallGear does not accept the API key."
    );
    expect.verifySteps(["fetch_next 1"]);
    await contains(`${WIDGET} .o-callgear-go-on:contains(Try Again)`).click();
    expect(`${WIDGET} [role=alert]`).toHaveCount(0);
    expect.verifySteps(["fetch_next 1"]);
});

test("an error of the server is said in words too", async () => {
    await mountForm();
    answers.at(-1).reject(
        makeServerError({
            type: "UserError",
            message: "The connection has no API key.",
        })
    );
    await animationFrame();
    await animationFrame();
    expect(`${WIDGET} [role=alert]`).toHaveText("The connection has no API key.");
    expect.verifySteps(["fetch_next 1"]);
});

test("nothing more is fetched once the page is left", async () => {
    const form = await mountForm();
    form.__owl__.app.destroy();
    await answer(500);
    expect.verifySteps(["fetch_next 1"]);
});
