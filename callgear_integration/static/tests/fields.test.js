// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {expect, queryAllTexts, test} from "@odoo/hoot";
import {MockServer, mountView} from "@web/../tests/web_test_helpers";
import {registry} from "@web/core/registry";
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

test("R50: a length that is not known is said to be so, not 0:00", async () => {
    const clock = `<field name="talk_seconds" widget="callgear_clock"
        options="{'unknown': 'length_unknown'}"/>`;
    await mountList(`<list>${clock}</list>`, [{name: "Four", length_unknown: true}]);
    expect(queryAllTexts(".o_data_row td[name=talk_seconds]")).toEqual([
        "1:05",
        "1:02:05",
        "0:00",
        "unknown",
    ]);
});

test("R50: in pivots and graphs, where nothing is known there is no length", () => {
    const format = registry.category("formatters").get("callgear_clock");
    expect(format(65)).toBe("1:05");
    expect(format(0)).toBe("0:00");
    expect(format(62.7)).toBe("1:02");
    expect(format(false)).toBe("");
    expect(format(undefined)).toBe("");
});
