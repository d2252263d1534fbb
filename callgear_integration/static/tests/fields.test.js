// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {expect, queryAllTexts, test} from "@odoo/hoot";
import {MockServer, mountView} from "@web/../tests/web_test_helpers";
import {defineCallgearModels, startCalls} from "./callgear_test_helpers";

defineCallgearModels();

async function mountList(arch, more = []) {
    await startCalls();
    MockServer.env["helpdesk.ticket"].create([
        {name: "One", call_icon: "missed", talk_seconds: 65},
        {name: "Two", call_icon: "call", talk_seconds: 3725},
        {name: "Three", call_icon: false, talk_seconds: 0},
        ...more,
    ]);
    await mountView({type: "list", resModel: "helpdesk.ticket", arch});
}

test("R25, R27: a red handset for a missed call, a green one for others", async () => {
    await mountList(`<list><field name="call_icon" widget="callgear_handset"/></list>`);
    expect(".o-callgear-handset").toHaveCount(2);
    expect(".o-callgear-handset:eq(0)").toHaveClass("text-danger");
    expect(".o-callgear-handset:eq(0)").toHaveAttribute(
        "aria-label",
        "Missed, not called back"
    );
    expect(".o-callgear-handset:eq(1)").toHaveClass("text-success");
    expect(".o-callgear-handset:eq(1)").toHaveAttribute("title", "Call");
});

test("R28: voicemail has a sign of its own, with a text for those who hear it", async () => {
    await mountList(
        `<list><field name="call_icon" widget="callgear_handset"/></list>`,
        [{name: "Four", call_icon: "voicemail"}]
    );
    const sign = ".o-callgear-handset[data-icon=voicemail]";
    expect(sign).toHaveCount(1);
    expect(`${sign} svg`).toHaveCount(1);
    expect(`${sign} .fa-phone`).toHaveCount(0);
    expect(sign).not.toHaveClass("text-danger");
    expect(sign).toHaveAttribute("role", "img");
    expect(sign).toHaveAttribute("aria-label", "Voicemail, not called back");
});

test("a duration is written as a clock does, in rows and in groups", async () => {
    await mountList(
        `<list><field name="talk_seconds" widget="callgear_clock"/></list>`
    );
    expect(queryAllTexts(".o_data_row td[name=talk_seconds]")).toEqual([
        "1:05",
        "1:02:05",
        "0:00",
    ]);
});
