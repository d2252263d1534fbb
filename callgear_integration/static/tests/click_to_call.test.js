// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {openFormView, start, startServer} from "@mail/../tests/mail_test_helpers";
import {ChatterCall} from "@callgear_integration/parts/click_to_call/chatter_call";
import {
    animationFrame,
    Deferred,
    describe,
    expect,
    press,
    queryAllTexts,
    test,
    waitFor,
} from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    defineCallgearModels,
    patchSession,
    refuse,
    stepActions,
    stepCalling,
} from "./callgear_test_helpers";

class Lead extends models.Model {
    name = fields.Char();
    phone = fields.Char();

    _records = [
        {id: 1, name: "Chairs", phone: "050 555 0123"},
        {id: 2, name: "Tables", phone: false},
    ];
}

defineCallgearModels();
defineModels([Lead]);

const HANDSET = ".o-callgear-CallHandset";
const NOTICE = ".o_notification";
const FORM = `
    <form>
        <field name="name"/>
        <field name="phone" widget="phone"/>
    </form>`;

const openLead = (values = {}) =>
    mountView({type: "form", resModel: "lead", resId: 1, arch: FORM, ...values});

describe("R18: beside a phone number", () => {
    test("a handset calls it, and saves nothing", async () => {
        patchSession();
        stepCalling();
        onRpc("lead", "web_save", () => expect.step("saved"));
        await openLead();
        await contains("[name=name] input").edit("Armchairs");
        expect(HANDSET).toHaveCount(1);
        await contains(HANDSET).click();
        expect.verifySteps(["callgear.dialer dial 050 555 0123 lead 1"]);
        expect("[name=name] input").toHaveValue("Armchairs");
    });

    test("it is the only one, and stands directly at the number", async () => {
        patchSession();
        await openLead();
        await contains("[name=phone] input").click();
        expect("[name=phone] .fa-phone:visible").toHaveCount(1);
        expect(`${HANDSET} + input`).toHaveCount(1);
    });

    test("the number that is only read stays a link of its owner's", async () => {
        patchSession();
        await openLead({readonly: true});
        expect(`a.o_form_uri + ${HANDSET}`).toHaveCount(1);
        expect("[name=phone] .fa-phone:visible").toHaveCount(1);
        expect("a.o_form_uri").toHaveAttribute("href", "tel:0505550123");
        expect("a.o_form_uri").toHaveText("050 555 0123");
    });

    test("one that is only read has one, too", async () => {
        patchSession();
        stepCalling();
        await openLead({readonly: true});
        expect(HANDSET).toHaveCount(1);
        await contains(HANDSET).click();
        expect.verifySteps(["callgear.dialer dial 050 555 0123 lead 1"]);
    });

    test("a record that is not saved yet", async () => {
        patchSession();
        stepCalling();
        await openLead({resId: undefined});
        expect(HANDSET).toHaveCount(0, {message: "no number, no handset"});
        await contains("[name=phone] input").edit("+7 916 123-45-67");
        await contains(HANDSET).click();
        expect.verifySteps(["callgear.dialer dial +7 916 123-45-67 lead false"]);
    });

    test("in a list, without opening the record", async () => {
        patchSession();
        stepCalling();
        await mountView({
            type: "list",
            resModel: "lead",
            arch: `<list><field name="name"/><field name="phone" widget="phone"/></list>`,
            selectRecord: () => expect.step("opened"),
        });
        expect(HANDSET).toHaveCount(1);
        await contains(HANDSET).click();
        expect.verifySteps(["callgear.dialer dial 050 555 0123 lead 1"]);
    });

    test("by the keyboard", async () => {
        patchSession();
        stepCalling();
        await openLead();
        await contains(HANDSET).focus();
        await press("Enter");
        await animationFrame();
        expect.verifySteps(["callgear.dialer dial 050 555 0123 lead 1"]);
        expect(HANDSET).toHaveAttribute("aria-label", "Call with CallGear");
    });

    test("it is locked while it is asked for: nobody is dialled twice", async () => {
        patchSession();
        const answered = new Deferred();
        onRpc("callgear.dialer", "dial", async () => {
            expect.step("dial");
            await answered;
            return false;
        });
        await openLead();
        await contains(HANDSET).focus();
        await press("Enter");
        await animationFrame();
        expect(HANDSET).toHaveAttribute("aria-disabled", "true");
        expect(HANDSET).toBeFocused();
        await press("Enter");
        answered.resolve();
        await animationFrame();
        expect(HANDSET).toHaveAttribute("aria-disabled", "false");
        expect.verifySteps(["dial"]);
    });

    test("what the server asks for in return is opened", async () => {
        patchSession();
        stepActions();
        stepCalling({type: "ir.actions.act_window", res_model: "callgear.choice"});
        await openLead();
        await contains(HANDSET).click();
        expect.verifySteps([
            "callgear.dialer dial 050 555 0123 lead 1",
            "open callgear.choice,new",
        ]);
    });

    test("R22: a refusal is told in words at once, and the handset is free", async () => {
        patchSession();
        onRpc("callgear.dialer", "dial", refuse("There is not enough money."));
        await openLead();
        await contains(HANDSET).click();
        await waitFor(`${NOTICE}:contains(There is not enough money.)`);
        expect(`${NOTICE} .bg-danger`).toHaveCount(2, {message: "bar and progress"});
        expect(".o_error_dialog").toHaveCount(0);
        expect(HANDSET).toHaveAttribute("aria-disabled", "false");
    });

    test("a fault of the server is no refusal", async () => {
        expect.errors(1);
        patchSession();
        onRpc("callgear.dialer", "dial", () => {
            throw new Error("division by zero");
        });
        await openLead();
        await contains(HANDSET).click();
        await animationFrame();
        expect.verifyErrors([/division by zero/]);
        expect(NOTICE).toHaveCount(0);
        expect(HANDSET).toHaveAttribute("aria-disabled", "false");
    });

    test("a user who has nothing to do with calls has none", async () => {
        await openLead();
        await contains("[name=phone] input").click();
        expect(".o_phone_form_link").toBeVisible({message: "Odoo's own, as ever"});
        expect(".o_phone_form_link").toHaveAttribute("href", "tel:0505550123");
        expect(HANDSET).toHaveCount(0);
    });
});

describe("R18: at the message editor", () => {
    const BUTTON = ".o-mail-Chatter .o-callgear-ChatterCall";
    const NUMBERS = [
        {phone: "+971505550123", label: "Phone", name: "Maryam Khalil"},
        {phone: "+97142220000", label: "Further number", name: "Maryam Khalil"},
    ];

    async function openTicket(model = "helpdesk.ticket") {
        const pyEnv = await startServer();
        const id = pyEnv[model].create({name: "Delivery is late"});
        patchSession();
        await start();
        await openFormView(model, id);
        await waitFor(".o-mail-Chatter-logNote");
        return id;
    }

    test("the contact's only number is called", async () => {
        stepCalling(false, NUMBERS.slice(0, 1));
        const id = await openTicket();
        await contains(BUTTON).click();
        await animationFrame();
        expect.verifySteps([
            `helpdesk.ticket action_callgear_call [${id}] +971505550123`,
        ]);
    });

    test("of several numbers the agent chooses", async () => {
        stepCalling(false, NUMBERS);
        const id = await openTicket();
        await contains(BUTTON).click();
        await waitFor(".o-dropdown-item");
        expect(queryAllTexts(".o-dropdown-item")).toEqual([
            "+971505550123 Maryam Khalil · Phone",
            "+97142220000 Maryam Khalil · Further number",
        ]);
        expect.verifySteps([]);
        await contains(".o-dropdown-item:last").click();
        expect.verifySteps([
            `helpdesk.ticket action_callgear_call [${id}] +97142220000`,
        ]);
    });

    test("a second click calls nobody", async () => {
        stepCalling(false, NUMBERS);
        await openTicket();
        await contains(BUTTON).click();
        await waitFor(".o-dropdown-item");
        await press("Escape");
        await animationFrame();
        expect(".o-dropdown-item").toHaveCount(0);
        expect.verifySteps([]);
    });

    test("a contact without numbers", async () => {
        stepCalling();
        await openTicket();
        await contains(BUTTON).click();
        await waitFor(`${NOTICE}:contains(The contact has no phone number.)`);
        expect.verifySteps([]);
    });

    test("R22: a refusal is told in words", async () => {
        stepCalling(refuse("Your phone is not known to CallGear."), NUMBERS.slice(1));
        const id = await openTicket();
        await contains(BUTTON).click();
        await waitFor(`${NOTICE}:contains(Your phone is not known to CallGear.)`);
        expect.verifySteps([
            `helpdesk.ticket action_callgear_call [${id}] +97142220000`,
        ]);
        expect(BUTTON).toHaveAttribute("aria-disabled", "false");
    });

    test("it stands in a contact, too", async () => {
        stepCalling(false, NUMBERS.slice(0, 1));
        const id = await openTicket("res.partner");
        await contains(BUTTON).click();
        await animationFrame();
        expect.verifySteps([`res.partner action_callgear_call [${id}] +971505550123`]);
    });

    test("nowhere else", async () => {
        patchSession();
        await mountWithCleanup(ChatterCall, {props: {resModel: "lead", resId: 1}});
        expect(".o-callgear-ChatterCall").toHaveCount(0);
    });

    test("a ticket that is not saved has nobody to call yet", async () => {
        await startServer();
        patchSession();
        await start();
        await openFormView("helpdesk.ticket");
        await waitFor(BUTTON);
        expect(BUTTON).toHaveAttribute("aria-disabled", "true");
        expect(BUTTON).toHaveAttribute("title", "Save it first");
    });
});
