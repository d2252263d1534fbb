// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {useInPage} from "@callgear_integration/parts/call_bar/in_page";
import {animationFrame, describe, expect, queryOne, test} from "@odoo/hoot";
import {Component, xml} from "@odoo/owl";
import {contains, getService, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dialog} from "@web/core/dialog/dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {useService} from "@web/core/utils/hooks";
import {defineCallgearModels, makeTalk, startCalls} from "./callgear_test_helpers";

defineCallgearModels();

const PANEL = ".o-callgear-PhonePanel";
const CARD = `${PANEL} .o-callgear-CallCard`;
const NOTE = {revision: 5, state: "ended", note: true};

/** A page, or a part of one, that shows the call. */
class Page extends Component {
    static template = xml`
        <Dropdown>
            <button class="menu">Menu</button>
            <t t-set-slot="content"><p>Content</p></t>
        </Dropdown>`;
    static components = {Dropdown};
    static props = ["*"];

    setup() {
        useInPage(useService("callgear.calls"), () => [1]);
    }
}

class PageInDialog extends Component {
    static template = xml`<Dialog><Page/></Dialog>`;
    static components = {Dialog, Page};
    static props = ["*"];
}

class MoveDialog extends Component {
    static template = xml`<Dialog><p class="o-callgear-Move"/></Dialog>`;
    static components = {Dialog};
    static props = ["*"];
}

async function mountPage() {
    const calls = await startCalls({calls: [makeTalk({can: ["hang_up"]})]});
    await mountWithCleanup(Page);
    expect(PANEL).toHaveCount(0);
    return calls;
}

/** First the dialog, then what follows from it. */
async function drawAll() {
    await animationFrame();
    await animationFrame();
}

/** @returns {Promise<() => Promise>} closes it */
async function openDialog(dialog = ConfirmationDialog) {
    const close = getService("dialog").add(dialog, {body: "Are you sure?"});
    await drawAll();
    return async () => {
        close();
        await drawAll();
    };
}

describe("R6: a dialog over the page that shows the call", () => {
    test("a small card has what is out of reach: keys and summary", async () => {
        await mountPage();
        const close = await openDialog();
        expect(CARD).toHaveClass("o-callgear-compact");
        expect(`${CARD} .o-callgear-hang-up`).toHaveCount(1);
        expect(`${CARD} .o-callgear-SummaryBox`).toHaveCount(1);
        expect(`${CARD} .card-footer`).toHaveCount(0);
        await close();
        expect(PANEL).toHaveCount(0);
    });

    test("it stays until the last of several has gone", async () => {
        await mountPage();
        const closeFirst = await openDialog();
        const closeSecond = await openDialog();
        await closeSecond();
        expect(CARD).toHaveCount(1);
        await closeFirst();
        expect(PANEL).toHaveCount(0);
    });

    test("folded, it does not come up with the next dialog", async () => {
        await mountPage();
        const close = await openDialog();
        await contains(`${PANEL} .o-callgear-fold`).click();
        expect(PANEL).toHaveCount(0);
        await close();
        await openDialog();
        expect(PANEL).toHaveCount(0);
    });

    test("R57: a note waits until it has gone", async () => {
        const calls = await mountPage();
        await openDialog();
        calls.put(makeTalk(NOTE));
        await animationFrame();
        expect(PANEL).toHaveCount(0);
    });

    test("R57: whoever has begun to write goes on when the call ends", async () => {
        const calls = await mountPage();
        await openDialog();
        const box = queryOne(`${CARD} textarea`);
        await contains(box).edit("Wants an inv", {confirm: false});
        calls.put(makeTalk(NOTE));
        await animationFrame();
        expect(box).toBeFocused();
        expect(`${CARD} .o-callgear-done`).toHaveCount(1);
    });

    test("R11: where the call belongs is asked without the panel", async () => {
        await mountPage();
        await openDialog(MoveDialog);
        expect(PANEL).toHaveCount(0);
    });

    test("what stands in the dialog shows the call itself", async () => {
        await mountPage();
        await openDialog(PageInDialog);
        expect(PANEL).toHaveCount(0);
        await openDialog();
        expect(CARD).toHaveCount(1);
    });

    test("a menu covers nothing", async () => {
        await mountPage();
        await contains(".menu").click();
        expect(".o-dropdown--menu").toHaveCount(1);
        expect(PANEL).toHaveCount(0);
    });
});
