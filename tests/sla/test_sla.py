# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 and R55: beside helpdesk_mgmt_sla, whose deadlines the statistics then use.

On a database of their own, as the ordinary one is without that module. A few moments of
each ticket are set by SQL: what the module computes goes by the clock.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

import polib
import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config

from devtools import installed_database
from devtools.environment import VARIABLE, Environment
from devtools.paths import BRIDGE

from ..builder import SARA, CallBuilder
from ..case import set_up_helpdesk

MONDAY = datetime(2026, 3, 30, 8)
WEEK = [("date", ">=", MONDAY), ("date", "<", MONDAY + timedelta(days=7))]


@pytest.fixture(scope="module")
def database():
    environment = Environment.load(Path(os.environ[VARIABLE]))
    with installed_database.temporary(environment, "sla") as database:
        database.install("helpdesk_mgmt_sla")
        yield database
        Registry.delete(database.name)
        close_db(database.name)


@pytest.fixture
def env(database):
    """A transaction that leaves nothing behind."""
    enabled, config["test_enable"] = config["test_enable"], False
    try:
        registry = Registry(database.name)
    finally:
        config["test_enable"] = enabled
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
        cr.rollback()


class Desk:
    """A helpdesk with one team that works by SLAs and promises times, too."""

    def __init__(self, env):
        self.env = env
        env["helpdesk.ticket"].with_context(active_test=False).search([]).unlink()
        env["helpdesk.sla"].search([]).unlink()
        self.made = set_up_helpdesk(env)
        self.connection = self.made["connection"]
        self.team, self.sara = self.made["team"], self.made["sara"]
        self.team.write(
            {
                "use_sla": True,
                "callgear_first_reply_hours": 1,
                "callgear_any_reply_hours": 3,
                "callgear_closing_hours": 100,
            }
        )
        self.stages = {
            role: self.connection[f"{role}_stage_id"]
            for role in ("open", "pending", "closed")
        }
        self.email = env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")

    def sla(self, role, hours):
        """Tickets must have reached the stage within so many hours."""
        return self.env["helpdesk.sla"].create(
            {
                "name": f"{role} in {hours}",
                "team_ids": self.team.ids,
                "stage_id": self.stages[role].id,
                "hours": hours,
            }
        )

    def ticket(self, deadlines=(), replied=None, closed=None, **values):
        """A ticket of Monday at eight, with what happened so many hours later.

        :param deadlines: hours of its SLA lines, in the order of their creation
        """
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Delivery",
                "description": "<p/>",
                "partner_id": self.made["maryam"].id,
                "team_id": self.team.id,
                "user_id": self.sara.id,
                "channel_id": self.email.id,
                "stage_id": self.stages["open"].id,
                **values,
            }
        )
        self.commit()
        lines = ticket.ticket_sla_ids.sorted("id")
        if replied is not None:
            message = ticket.with_user(self.sara).message_post(
                body="!", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            self.set_time("mail_message", "date", replied, message)
        if closed is not None:
            ticket.with_user(self.sara).stage_id = self.stages["closed"]
            self.commit()
            moved = ticket.message_ids.filtered("tracking_value_ids")
            self.set_time("mail_message", "date", closed, moved)
        self.set_time("helpdesk_ticket", "create_date", 0, ticket)
        for line, hours in zip(lines, deadlines, strict=True):
            self.set_time("helpdesk_ticket_sla", "deadline", hours, line)
        return ticket

    def commit(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def set_time(self, table, column, hours, records):
        self.env.flush_all()
        moment = MONDAY + timedelta(hours=hours)
        query = f"UPDATE {table} SET {column} = %s WHERE id IN %s"
        self.env.cr.execute(query, [moment, tuple(records.ids)])
        records.invalidate_recordset()

    def count(self, measure):
        """The tickets that count for a measure."""
        self.env.flush_all()
        rows = self.env["callgear.statistics"].search([*WEEK, (measure, ">", 0)])
        return rows.ticket_id

    def call(self):
        """Somebody calls, talks with Sara, and hangs up."""
        call = CallBuilder(1).ring(SARA, 4).answer(SARA, 11).leave(SARA, 220, talk=209)
        call.end(220, talk=209, employee=SARA)
        for delivery in call.deliveries:
            receipt = self.connection._receive(delivery.event, delivery.body)
            event = self.env["callgear.event"].browse(receipt.event_id)
            event.env["callgear.call"]._refresh(self.connection, event.session_id)
        return self.env["callgear.call"].search(
            [("session_id", "=", str(call.session))]
        )


@pytest.fixture
def desk(env):
    return Desk(env)


def test_r55_the_bridge_installs_itself(env):
    module = env["ir.module.module"].search([("name", "=", BRIDGE.name)])
    assert module.state == "installed"


def test_r38_first_reply_by_the_sla(desk):
    """Within two hours by the SLA, though the team itself promises one."""
    desk.sla("pending", 2)
    late = desk.ticket(deadlines=[2], replied=2.5)
    in_time = desk.ticket(deadlines=[2], replied=1.5)
    assert desk.count("sla_first_reply_due") == late | in_time
    assert desk.count("sla_first_reply_breached") == late


def test_r38_of_several_deadlines_the_earliest(desk):
    desk.sla("pending", 2)
    desk.sla("pending", 4)
    late = desk.ticket(deadlines=[2, 4], replied=3)
    assert desk.count("sla_first_reply_breached") == late


def test_r38_closing_by_the_sla(desk):
    """An SLA that leads to a closed stage; the one for the reply is another matter."""
    desk.sla("pending", 2)
    desk.sla("closed", 8)
    late = desk.ticket(deadlines=[2, 8], closed=9)
    in_time = desk.ticket(deadlines=[2, 8], closed=7)
    assert desk.count("sla_closing_due") == late | in_time
    assert desk.count("sla_closing_breached") == late


def test_r38_a_deadline_put_off_by_a_hold(desk):
    """The module moves the deadline of a ticket on hold: what it says counts."""
    desk.sla("closed", 8)
    desk.ticket(deadlines=[30], closed=29)
    assert not desk.count("sla_closing_breached")


def test_r38_without_an_sla_the_team_promises(desk):
    """No SLA fits the ticket."""
    late = desk.ticket(replied=2, closed=3)
    assert desk.count("sla_first_reply_breached") == late
    assert not desk.count("sla_closing_breached")


def test_r38_an_sla_says_nothing_of_later_replies(desk):
    desk.sla("pending", 50)
    late = desk.ticket(deadlines=[50], replied=4)
    assert desk.count("sla_any_reply_breached") == late
    assert not desk.count("sla_first_reply_breached")


def test_r38_call_tickets_have_no_reply_times(desk):
    desk.sla("pending", 2)
    desk.ticket(deadlines=[2], replied=9, channel_id=desk.connection.channel_id.id)
    assert not desk.count("sla_first_reply_due")


def test_r38_the_same_as_counted_by_hand(desk):
    """Every mixture of deadline, promise and closing, one ticket each."""
    desk.sla("closed", 1)
    expected = desk.env["helpdesk.ticket"]
    for deadline in (5, 10, 20, 120):
        for closed in (4, 5, 6, 19, 21, 110):
            ticket = desk.ticket(deadlines=[deadline], closed=closed)
            if closed > deadline:
                expected |= ticket
    assert desk.count("sla_closing_breached") == expected


def test_r55_calls_go_on_as_before(desk):
    """A call makes its ticket, with the lines of the SLAs that fit it."""
    desk.sla("pending", 2)
    ticket = desk.call().ticket_ids
    assert ticket.user_id == desk.sara
    assert len(ticket.ticket_sla_ids) == 1
    assert ticket.stage_id == desk.stages["open"]


def test_r55_a_stage_that_a_call_sets_fulfils_the_sla(desk):
    desk.sla("pending", 2)
    call = desk.call()
    leg = call.leg_ids.filtered("user_id")
    leg.with_user(desk.sara).attach_to_ticket(call.ticket_ids.id, "Told her")
    assert call.ticket_ids.stage_id == desk.stages["pending"]
    assert call.ticket_ids.ticket_sla_ids.state == "accomplished"


def test_r55_a_month_is_counted_without_reading_all_slas(desk):
    """The lines of a ticket are found by an index."""
    desk.env.cr.execute(
        "SELECT 1 FROM pg_indexes WHERE tablename = 'helpdesk_ticket_sla'"
        " AND indexdef LIKE '%(ticket_id)%'"
    )
    assert desk.env.cr.fetchone()


def test_r44_the_bridge_is_translated(env):
    """All its texts, and no others."""
    russian = polib.pofile(str(BRIDGE / "i18n" / "ru.po"))
    terms = {
        field.get_description(env, ["help"])["help"]
        for name in (
            "sla_first_reply_breached",
            "sla_first_reply_due",
            "sla_closing_breached",
            "sla_closing_due",
        )
        for field in [env["callgear.statistics"]._fields[name]]
    }
    assert terms <= {entry.msgid for entry in russian if entry.msgstr}
    assert [e.msgid for e in russian.untranslated_entries()] in ([], ["ID"])
    assert not russian.fuzzy_entries()
