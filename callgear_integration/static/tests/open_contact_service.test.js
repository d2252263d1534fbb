// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    animationFrame,
    beforeEach,
    describe,
    edit,
    expect,
    getFixture,
    manuallyDispatchProgrammaticEvent,
    test,
} from "@odoo/hoot";
import {onRendered} from "@odoo/owl";
import {
    contains,
    getService,
    mountView,
    mountWithCleanup,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {FormController} from "@web/views/form/form_controller";
import {
    defineCallgearModels,
    HelpdeskTicket,
    makeLeg,
    makeTalk,
    startCalls,
    stepActions,
    tellPages,
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

test("R49: nor any longer, said in another tab", async () => {
    const calls = await startCalls();
    await tellPages("callgear.preferences", {open_contact: false});
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

describe("R7: not over what somebody writes, which no form knows of", () => {
    /** @returns {HTMLElement} the text box in it */
    function show(html) {
        getFixture().insertAdjacentHTML("beforeend", html);
        return getFixture().lastElementChild.querySelector(
            "input, textarea, [contenteditable]"
        );
    }

    const composer = (box) => `<div class="o-mail-Composer">${box}</div>`;
    const quickCreate = `<div class="o_kanban_quick_create"><input/></div>`;
    for (const [where, html, isFocused] of [
        ["the search of a list", "<p><input type='search'/></p>", true],
        ["any other text box", "<p><textarea></textarea></p>", true],
        ["an editor", "<p><span contenteditable='true'></span></p>", true],
        ["a message", composer("<textarea></textarea>"), false],
        ["a formatted message", composer("<p contenteditable='true'></p>"), false],
        ["a new card of a kanban view", quickCreate, false],
    ]) {
        test(`${where}: not while there is text in it`, async () => {
            const calls = await startCalls();
            const box = show(html);
            const write = (text) =>
                (box["value" in box ? "value" : "innerText"] = text);
            if (isFocused) {
                box.focus();
            }
            write("Good morn");
            calls.put(makeTalk({id: 1}));
            expect.verifySteps([]);
            write("");
            calls.put(makeTalk({id: 2}));
            expect.verifySteps(OPENED);
        });
    }

    test("an empty line of Odoo's editor is no text", async () => {
        const calls = await startCalls();
        show(composer("<p contenteditable='true'>\u200b</p>"));
        calls.put(makeTalk());
        expect.verifySteps(OPENED);
    });

    test("a box is no text, ticked or not", async () => {
        const calls = await startCalls();
        show("<p><input type='checkbox' checked='checked'/></p>").focus();
        calls.put(makeTalk());
        expect.verifySteps(OPENED);
    });

    test("what waits in a chat window stays there anyway", async () => {
        const calls = await startCalls();
        const html = `<textarea>Good morn</textarea>`;
        show(`<div class="o-mail-Composer o-chatWindow">${html}</div>`);
        calls.put(makeTalk());
        expect.verifySteps(OPENED);
    });

    test("nor over a dialog, which another page would close", async () => {
        const calls = await startCalls();
        await mountWithCleanup(MainComponentsContainer, {noMainContainer: true});
        const close = getService("dialog").add(ConfirmationDialog, {body: "Sure?"});
        await animationFrame();
        calls.put(makeTalk({id: 1}));
        expect.verifySteps([]);
        close();
        await animationFrame();
        calls.put(makeTalk({id: 2}));
        expect.verifySteps(OPENED);
    });
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
