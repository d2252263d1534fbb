// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    beforeEach,
    describe,
    edit,
    expect,
    getFixture,
    manuallyDispatchProgrammaticEvent,
    test,
} from "@odoo/hoot";
import {onRendered} from "@odoo/owl";
import {contains, mountView, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {FormController} from "@web/views/form/form_controller";
import {
    defineCallgearModels,
    HelpdeskTicket,
    makeLeg,
    makeTalk,
    startCalls,
    stepActions,
    UNKNOWN,
} from "./callgear_test_helpers";

defineCallgearModels();
beforeEach(() => stepActions());

const OPENED = ["open res.partner,7"];

test("R7: the contact opens when the agent answers, once", async () => {
    const calls = await startCalls();
    calls.put(makeLeg());
    expect.verifySteps([]);
    calls.put(makeTalk());
    expect.verifySteps(OPENED);
    calls.put(makeTalk({revision: 3, summary: "Typed"}));
    calls.put(makeTalk({revision: 4, state: "ended"}));
    expect.verifySteps([]);
});

test("R7: also when nothing was heard of the ringing", async () => {
    const calls = await startCalls();
    calls.put(makeTalk());
    expect.verifySteps(OPENED);
});

test("R6: a reload during the conversation opens nothing", async () => {
    const calls = await startCalls({calls: [makeTalk()]});
    calls.put(makeTalk({revision: 3}));
    expect.verifySteps([]);
});

test("R7: only the tab that was last used opens it", async () => {
    const calls = await startCalls({calls: [makeLeg({id: 1}), makeLeg({id: 2})]});
    browser.localStorage.setItem("callgear.last_used_tab", "another one");
    calls.put(makeTalk({id: 1}));
    expect.verifySteps([]);
    await manuallyDispatchProgrammaticEvent(window, "focus");
    calls.put(makeTalk({id: 2}));
    expect.verifySteps(OPENED);
});

test("R49: not for an agent who does not want it", async () => {
    const calls = await startCalls({preferences: {open_contact: false}});
    calls.put(makeTalk());
    expect.verifySteps([]);
});

test("not for an unknown caller, nor for a call that has its ticket", async () => {
    const calls = await startCalls();
    calls.put(makeTalk({id: 1, ...UNKNOWN}));
    calls.put(makeTalk({id: 2, ticket_id: 21, ticket_choice: "origin"}));
    expect.verifySteps([]);
});

test("R57: not while the agent types the summary of another call", async () => {
    const calls = await startCalls();
    const box = document.createElement("div");
    box.className = "o-callgear-SummaryBox";
    box.innerHTML = "<textarea></textarea>";
    getFixture().append(box);
    box.firstChild.focus();
    calls.put(makeTalk({id: 1}));
    expect.verifySteps([]);
    box.firstChild.blur();
    calls.put(makeTalk({id: 2}));
    expect.verifySteps(OPENED);
});

describe("R7: unsaved work", () => {
    const arch = `<form><field name="name"/><field name="number"/></form>`;

    test("typing is unsaved work, before the field is left", async () => {
        const calls = await startCalls();
        await mountView({type: "form", resModel: "helpdesk.ticket", arch});
        await contains("[name=name] input").focus();
        calls.put(makeTalk({id: 1}));
        expect.verifySteps(OPENED);
        await edit("Half a sent");
        calls.put(makeTalk({id: 2}));
        expect.verifySteps([]);
        expect(calls.unsavedForms).toBe(1);
    });

    test("a changed form is, until it is saved", async () => {
        const calls = await startCalls();
        await mountView({type: "form", resModel: "helpdesk.ticket", arch});
        await contains("[name=name] input").edit("Done");
        expect(calls.unsavedForms).toBe(1);
        await contains(".o_form_button_save").click();
        expect(calls.unsavedForms).toBe(0);
        calls.put(makeTalk());
        expect.verifySteps(OPENED);
    });

    test("a form that is discarded is none any more", async () => {
        const calls = await startCalls();
        patchWithCleanup(history, {back() {}});
        await mountView({
            type: "form",
            resModel: "helpdesk.ticket",
            arch,
            resId: false,
        });
        await contains("[name=name] input").edit("Done");
        await contains(".o_form_button_cancel").click();
        expect(calls.unsavedForms).toBe(0);
    });

    test("R55: the form is drawn no oftener for being counted", async () => {
        HelpdeskTicket._records = [{id: 21, name: "Router"}];
        await startCalls();
        let drawn = 0;
        patchWithCleanup(FormController.prototype, {
            setup() {
                super.setup();
                onRendered(() => drawn++);
            },
        });
        await mountView({
            type: "form",
            resModel: "helpdesk.ticket",
            arch: `<form><field name="length_unknown"/></form>`,
            resId: 21,
        });
        await contains("[name=length_unknown] input").click();
        drawn = 0;
        await contains(".o_form_button_cancel").click();
        expect("[name=length_unknown] input").not.toBeChecked();
        expect(drawn).toBe(1);
    });
});
