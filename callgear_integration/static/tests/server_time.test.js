// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {expect, mockDate, test} from "@odoo/hoot";
import {contains, getService, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {session} from "@web/session";
import {PAGE_CAME_AT, serverNow} from "@callgear_integration/calls/server_time";
import {defineCallgearModels, makeLeg, mountPopups} from "./callgear_test_helpers";

defineCallgearModels();

const MINUTE_MS = 60_000;
/** The server was so much ahead of this computer when it wrote the page. */
const serverIsAhead = (milliseconds) =>
    patchWithCleanup(session.callgear, {
        now: new Date(PAGE_CAME_AT + milliseconds).toISOString(),
    });

for (const [clock, skew] of [
    ["late", 7 * MINUTE_MS],
    ["early", -7 * MINUTE_MS],
]) {
    test(`A clock that is ${clock} is set right by the server's`, async () => {
        mockDate("2026-03-28 12:31:00", 0);
        await mountPopups();
        serverIsAhead(skew);
        const right = Date.parse("2026-03-28T12:31:00Z") + skew;
        expect(Math.abs(serverNow() - right)).toBeLessThan(1000);
    });
}

test("The time on its way makes no clock wrong", async () => {
    mockDate("2026-03-28 12:31:00", 0);
    await mountPopups();
    serverIsAhead(-1500);
    expect(serverNow()).toBe(Date.now());
});

test("A page of a wrong clock shows for how long one has talked", async () => {
    mockDate("2026-03-28 12:31:00", 0);
    await mountPopups();
    serverIsAhead(MINUTE_MS * 10);
    const answered_at = "2026-03-28T12:40:30Z";
    getService("callgear.calls").put(makeLeg({state: "talking", answered_at}));
    await contains(".o-callgear-CallCard .o-callgear-time").hover();
    expect(".o-callgear-CallCard .o-callgear-time").toHaveText(/^0:3\d$/);
});
