# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34: facts are added up while others change the same tickets."""

from threading import Thread

import pytest

from odoo.addons.callgear_integration.transaction import read_committed

from ..waiting import wait_until
from .live import LiveDatabase

WAITS = """
    SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.fixture
def database():
    database = LiveDatabase("sums")
    try:
        yield database
    finally:
        database.drop()


def old_ticket(database):
    """Make a ticket of last month, and return its id."""
    with database.env() as env:
        values = {"name": "Old", "description": "<p/>"}
        ticket = env["helpdesk.ticket"].create(values)
        env.cr.flush()
        env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = create_date - interval '30 days' "
            "WHERE id = %s",
            [ticket.id],
        )
        env["callgear.ticket.fact"]._note(ticket.ids)
        env["callgear.ticket.fact"]._count_noted_now()
    return ticket.id


def is_waited_for(database):
    with database.env() as env:
        env.cr.execute(WAITS)
        return bool(env.cr.rowcount)


@pytest.mark.parametrize("what", ["changed", "deleted"])
def test_r34_a_ticket_changes_while_it_is_added_up(database, what):
    """As notifications are processed: its statements see what others have committed."""
    ticket_id = old_ticket(database)

    def change():
        with database.env() as env:
            read_committed(env)
            ticket = env["helpdesk.ticket"].browse(ticket_id)
            if what == "deleted":
                ticket.unlink()
            else:
                ticket.user_id = env.ref("base.user_admin")
                env["callgear.ticket.fact"]._count_noted_now()

    other = Thread(target=change)
    with database.env() as env:
        days = env["callgear.ticket.sum"]._open_days()
        assert days
        env["callgear.ticket.sum"]._add_up(days)
        other.start()
        wait_until(lambda: is_waited_for(database))
    other.join()
    with database.env() as env:
        Sum = env["callgear.ticket.sum"]
        env.cr.execute("SELECT state FROM callgear_ticket_fact WHERE state != 'summed'")
        assert ("cancelled",) in env.cr.fetchall()
        assert not [day for day in days if Sum._differs(day)]
