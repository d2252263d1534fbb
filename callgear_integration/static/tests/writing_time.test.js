// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    click,
    insertText,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {advanceTime, beforeEach, describe, expect, test, waitFor} from "@odoo/hoot";
import {onRpc} from "@web/../tests/web_test_helpers";
import {defineCallgearModels, patchSession} from "./callgear_test_helpers";

defineCallgearModels();

const INPUT = ".o-mail-Composer-input";

describe("R37: how long a reply was written", () => {
    beforeEach(() => {
        onRpc("/mail/message/post", async (request) => {
            const {params} = await request.json();
            const {subtype_xmlid, callgear_writing_seconds} = params.post_data;
            expect.step(`${subtype_xmlid} ${callgear_writing_seconds}`);
        });
    });

    async function openComposer(button, model = "helpdesk.ticket") {
        patchSession();
        const pyEnv = await startServer();
        const id = pyEnv[model].create({name: "Delivery is late"});
        await start();
        await openFormView(model, id, {
            arch: `<form><field name="name"/><chatter/></form>`,
        });
        await click("button", {text: button});
        await waitFor(INPUT);
    }

    async function send(button = "Send") {
        await click(".o-mail-Composer button:enabled", {text: button});
        await waitFor(".o-mail-Message");
    }

    test("from the first key to the sending", async () => {
        await openComposer("Send message");
        await advanceTime(30000);
        await insertText(INPUT, "We look");
        await advanceTime(60000);
        await insertText(INPUT, " into it");
        await advanceTime(15000);
        await send();
        expect.verifySteps(["mail.mt_comment 75"]);
    });

    test("the next reply begins anew", async () => {
        await openComposer("Send message");
        await insertText(INPUT, "One");
        await advanceTime(20000);
        await send();
        await advanceTime(40000);
        await click("button", {text: "Send message"});
        await insertText(INPUT, "Two");
        await advanceTime(5000);
        await click(".o-mail-Composer button:enabled", {text: "Send"});
        await waitFor(".o-mail-Message:contains(Two)");
        expect.verifySteps(["mail.mt_comment 20", "mail.mt_comment 5"]);
    });

    test("a text that was emptied begins anew", async () => {
        await openComposer("Send message");
        await insertText(INPUT, "No");
        await advanceTime(100000);
        await insertText(INPUT, " ", {replace: true});
        await advanceTime(1000);
        await insertText(INPUT, "Yes", {replace: true});
        await advanceTime(10000);
        await send();
        expect.verifySteps(["mail.mt_comment 10"]);
    });

    test("a note is no reply", async () => {
        await openComposer("Log note");
        await insertText(INPUT, "For us");
        await advanceTime(10000);
        await send("Log");
        expect.verifySteps(["mail.mt_note undefined"]);
    });

    test("other records than tickets are left alone", async () => {
        await openComposer("Send message", "res.partner");
        await insertText(INPUT, "Hello");
        await advanceTime(10000);
        await send();
        expect.verifySteps(["mail.mt_comment undefined"]);
    });
});
