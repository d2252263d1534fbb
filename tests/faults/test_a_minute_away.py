# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50: PostgreSQL is away for a minute, by the clock, and CallGear repeats nothing."""

import re
import shutil
import threading
import time
from contextlib import contextmanager

import pytest

from odoo.sql_db import close_db

from odoo.addons.callgear_integration.domain.comparison import file_id
from odoo.addons.callgear_integration.tests.builder import Delivery

from devtools.server import OdooServer
from simulator.order import Order
from simulator.people import contact_by_number
from simulator.server import Server
from simulator.settings import Settings

from ..server.test_dialling_live import connect
from ..waiting import wait_until
from .own_postgres import OwnPostgres, folder_of_own

AWAY, PROMISED = 60, 300
# When a call begins, in seconds after PostgreSQL has gone; what happens; for how long.
CALLS = [
    (-20, "answered", {"ring_seconds": 4, "talk_seconds": 55}),
    (-8, "answered", {"ring_seconds": 8, "talk_seconds": 90}),
    (5, "missed", {"ring_seconds": 6}),
    (10, "softphone", {"ring_seconds": 4, "talk_seconds": 20}),
    (15, "blind-transfer", {"ring_seconds": 4, "talk_seconds": 12}),
    (20, "missed-voicemail", {}),
    (25, "answered", {"ring_seconds": 5, "talk_seconds": 45}),
    (40, "answered", {"ring_seconds": 5, "talk_seconds": 140}),
    (50, "missed", {"ring_seconds": 9}),
]
# When somebody talked, and for how long, in a message.
TIMES = re.compile(r"\d+:\d\d")


@pytest.fixture(scope="module")
def postgres():
    folder = folder_of_own()
    try:
        with OwnPostgres(folder) as own:
            yield own
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def left_behind(database, recordings=None):
    """What there is of all calls, but for their lengths; and these, by call.

    CallGear's report tells whole seconds, and ids of legs that notifications leave out.

    :param recordings: what is said of their state; None: what it is
    """
    with database.env() as env:
        calls = env["callgear.call"].search([], order="session_id")
        return (
            [_call(call, recordings) for call in calls],
            sorted(_ticket(ticket) for ticket in calls.ticket_ids),
            [_lengths(call) for call in calls],
        )


def _call(call, state):
    legs = call.leg_ids.filtered("is_operator")
    return (
        call.session_id,
        (call.direction, call.phone, call.partner_id.name, call.virtual_phone),
        (call.state, call.outcome, call.reason, call.is_lost, call.given_up_at),
        sorted(
            (leg.user_id.login, leg.state, leg.entry or "", leg.ticket_id.name or "")
            for leg in legs
        ),
        sorted(
            (file_id(one.url), one.leg_id.user_id.login or "", state or one.state)
            for one in call.recording_ids
        ),
    )


def _ticket(ticket):
    messages = ticket.call_leg_ids.message_id
    return (
        (ticket.name, ticket.partner_id.name or "", ticket.user_id.login or ""),
        (ticket.stage_id.name, ticket.call_kind, ticket.call_icon or ""),
        bool(ticket.call_waiting_since),
        sorted(TIMES.sub("", str(message.body)) for message in messages),
    )


def _lengths(call):
    talks = call.leg_ids.filtered("entry").sorted("started_at").mapped("talk_seconds")
    return [call.talk_seconds, call.total_seconds, *talks]


def is_as(found, wanted):
    """Return whether both are the same, but for rounded lengths."""
    *facts, lengths = found
    *wanted_facts, wanted_lengths = wanted
    return facts == wanted_facts and all(
        len(one) == len(other)
        and all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))
        for one, other in zip(lengths, wanted_lengths, strict=True)
    )


class Minute:
    """The calls, the minute without a database, and what is there at each moment."""

    def __init__(self, postgres, database, odoo, pbx):
        self.postgres, self.database = postgres, database
        self.odoo, self.board = odoo, pbx.switchboard
        self.placed = []
        self._gone_at = time.monotonic() - CALLS[0][0]  # the first call begins now
        self._seen = []

    def go_through(self):
        """Have it happen."""
        self._place_until(0)
        self.postgres.stop("fast")
        self._gone_at = time.monotonic()
        try:
            self._place_until(AWAY)
        finally:
            self.postgres.start()
            close_db(self.database.name)
        self.back_at = time.monotonic()
        self.away = self.back_at - self._gone_at

    def _place_until(self, seconds):
        """Place the calls that begin until then, each at its time."""
        while len(self.placed) < len(CALLS):
            begins, scenario, lengths = CALLS[len(self.placed)]
            if begins >= seconds:
                break
            self._wait(begins)
            caller = contact_by_number(f"9715044400{len(self.placed):02}")
            order = Order(scenario, caller, seconds=lengths)
            self.placed.append(self.board.place(order))
        self._wait(seconds)

    def _wait(self, seconds):
        time.sleep(max(0, self._gone_at + seconds - time.monotonic()))

    def look(self):
        """Note what is there now."""
        time.sleep(1)
        self._seen.append((time.monotonic() - self.back_at, left_behind(self.database)))
        return self._seen[-1][1]

    def seconds_until(self, wanted):
        """Return after how long all was as wanted, and remained so.

        :return: seconds since the database was back; the same of the latest call, since it
            was over as well
        """
        after = self._seconds_until(lambda seen: is_as(seen, wanted))
        late = []
        for (begins, *_rest), placed in zip(CALLS, self.placed, strict=True):
            [call] = [call for call in wanted[0] if call[0] == str(placed.session_id)]
            over = begins + placed.session.ended_at - self.away
            there = self._seconds_until(lambda seen, call=call: call in seen[0])
            late.append(there - max(over, 0))
        return after, max(late)

    def _seconds_until(self, is_there):
        missing = [not is_there(seen) for _seconds, seen in self._seen]
        return self._seen[len(missing) - missing[::-1].index(True)][0]

    def told(self):
        """All notifications, in the order in which they were posted, with the answers."""
        _revision, entries = self.board.log.since()
        return [
            (
                Delivery(entry["event"], entry["body"]),
                entry["status"],
                entry["session_id"],
            )
            for entry in reversed(entries)
            if not entry["api"]
        ]

    def comparisons(self):
        with self.database.env() as env:
            return env["callgear.comparison"].search([]).read()


def last_looked_at(database):
    """When the action that looks for interruptions has been started last."""
    with database.env() as env:
        return env.ref("callgear_integration.ir_cron_notice_gap").lastcall


@contextmanager
def kept_running(odoo):
    """Start it again whenever it has ended, as systemd does.

    With workers, Odoo ends if the database is away when it replaces one.
    """
    done = threading.Event()

    def keep():
        while not done.wait(1):
            if not odoo.alive():
                odoo.start_again()

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


@pytest.mark.full
@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "two workers"])
def test_r50_all_is_back_within_five_minutes(postgres, workers, record_property):
    """Calls that have begun before, in or at the end of the minute, and ended whenever."""
    with (
        Server(Settings(recording_delay=1)) as pbx,
        postgres.database() as database,
        postgres.database("undisturbed") as undisturbed,
    ):
        with (
            OdooServer(postgres.environment, database.name, workers=workers) as odoo,
            kept_running(odoo),
        ):
            connect(database, odoo, pbx)
            # It has been running for a while.
            wait_until(lambda: last_looked_at(database), seconds=120)
            minute = Minute(postgres, database, odoo, pbx)
            minute.go_through()
            assert AWAY <= minute.away < AWAY + 30
            wait_until(
                lambda: minute.look() and all(p.player.done for p in minute.placed),
                seconds=PROMISED,
            )
            told = minute.told()
            if not workers:
                assert {status for _delivery, status, _session in told} == {200, 503}
            lost = {session for _delivery, status, session in told if status != 200}
            assert lost == {placed.session_id for placed in minute.placed}
            undisturbed.deliver_in_order([delivery for delivery, *_ in told])
            wanted = left_behind(undisturbed, recordings="stored")
            left = PROMISED - (time.monotonic() - minute.back_at)
            wait_until(
                lambda: is_as(minute.look(), wanted),
                seconds=left,
                what=lambda: (wanted, minute.look(), minute.comparisons()),
            )
        seconds, late = minute.seconds_until(wanted)
        record_property("seconds", seconds)
        print(
            f"\nall calls were there {seconds:.0f} s after the database was back, each "
            f"{late:.0f} s after it was over as well"
        )
        assert seconds < PROMISED
