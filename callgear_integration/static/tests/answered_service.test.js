// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {animationFrame, beforeEach, describe, expect, test, waitFor} from "@odoo/hoot";
import {contains, MockServer, mockService} from "@web/../tests/web_test_helpers";
import {defineCallgearModels, mountPopups, stepActions} from "./callgear_test_helpers";

defineCallgearModels();

let isMainTab = true;
beforeEach(() => {
    isMainTab = true;
    mockService("multi_tab", {isOnMainTab: async () => isMainTab});
});

const send = (notice) =>
    MockServer.env["bus.bus"]._sendone("broadcast", "callgear.answered", notice);

const NOTICE = ".o-callgear-answered";
const ANSWERED = {
    call_id: 11,
    text: "Omar Nasser answered a call from Maryam Khalil (+971505550123)",
    ticket_id: 21,
};

describe("R49: a customer's call was answered by a colleague", () => {
    test("it is told quietly, once, and leads to the ticket", async () => {
        stepActions();
        await mountPopups();
        send(ANSWERED);
        send(ANSWERED);
        await waitFor(NOTICE);
        expect(NOTICE).toHaveCount(1);
        expect(`${NOTICE} .o_notification_content`).toHaveText(ANSWERED.text);
        await contains(`${NOTICE} button:contains(Open the ticket)`).click();
        expect.verifySteps(["open helpdesk.ticket,21"]);
        await animationFrame();
        expect(NOTICE).toHaveCount(0);
    });

    test("without a ticket there is none to open", async () => {
        await mountPopups();
        send({...ANSWERED, ticket_id: null});
        await waitFor(NOTICE);
        expect(`${NOTICE} button:contains(Open the ticket)`).toHaveCount(0);
    });

    test("only one of the tabs tells of it", async () => {
        isMainTab = false;
        await mountPopups();
        send(ANSWERED);
        await animationFrame();
        await animationFrame();
        expect(NOTICE).toHaveCount(0);
    });
});
