# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: all that can go wrong with single calls, at the same time, beside good traffic."""

import time

import pytest

from odoo.addons.callgear_integration.tests.scenarios import incoming, missed

from devtools.server import OdooServer

from ..server.live import LiveDatabase
from ..waiting import wait_until
from .test_faults import row_lock
from .traffic import insisting, own_caller, settle, undisturbed

POISONED, HANGING, LOCKED = (range(900 + 10 * n, 903 + 10 * n) for n in range(3))
# The work on some callers' tickets always fails, or never comes back.
FAULT = """
    CREATE FUNCTION test_fault() RETURNS trigger AS $$
    BEGIN
        IF NEW.name ~ '97150000090[0-9]' THEN RAISE EXCEPTION 'poisoned'; END IF;
        IF NEW.name ~ '97150000091[0-9]' THEN PERFORM pg_sleep(3600); END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER test_fault BEFORE INSERT ON helpdesk_ticket
        FOR EACH ROW EXECUTE FUNCTION test_fault()
"""


def bad_calls(make, first, numbers):
    """The deliveries of calls of some callers."""
    calls = (make(first + number, start=5 * number) for number in numbers)
    return [
        d for call, n in zip(calls, numbers, strict=True) for d in own_caller(call, n)
    ]


@pytest.mark.full
@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "two workers"])
def test_r40_good_traffic_does_not_notice(told, workers):
    """Poisoned and hanging calls, a locked ticket and a locked call; all ends well."""
    before = bad_calls(missed, 30_000, LOCKED)
    bad = [
        delivery
        for numbers in (POISONED, HANGING, LOCKED)
        for delivery in bad_calls(incoming, 40_000, numbers)
    ]
    database = LiveDatabase("beside")
    try:
        database.deliver_in_order(before)
        database.environment.sql(database.name, FAULT)
        with OdooServer(database.environment, database.name, workers=workers) as server:
            with row_lock(database, "helpdesk_ticket", "name ~ '97150000092[0-9]'"):
                with insisting(database, server, deliveries=bad):
                    pass
                began = time.monotonic()
                with insisting(database, server, deliveries=told):
                    pass
                good = len(before) + len(told)
                wait_until(
                    lambda: done_of(database, "15000009") == (good - len(before), 0),
                    seconds=60,
                    what=database.states,
                )
                took = time.monotonic() - began
                assert database.states()["pending"] > 0
            database.environment.sql(
                database.name, "DROP FUNCTION test_fault() CASCADE"
            )
            settle(database, good + len(bad))
        left = database.snapshot()
    finally:
        database.drop()
    assert took < 30
    with undisturbed([*before, *bad, *told]) as expected:
        assert left == expected


def done_of(database, not_of):
    """How many notifications of other callers are done, and how many are not."""
    [[done, waiting]] = database.environment.sql(
        database.name,
        "SELECT count(*) FILTER (WHERE state = 'done'), "
        "count(*) FILTER (WHERE state != 'done') FROM callgear_event "
        f"WHERE payload NOT LIKE '%{not_of}%'",
    )
    return done, waiting
