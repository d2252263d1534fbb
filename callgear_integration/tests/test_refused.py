# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: other addons, Studio or the company's rules refuse a ticket, or a stage.

The call and its other tickets do not depend on that. It is shown, tried again, and in the
end it is as if nothing had been refused.
"""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, mute_logger

from odoo.addons.helpdesk_mgmt.models.helpdesk_ticket import HelpdeskTicket

from .case import tagged
from .scenarios import (
    HOUR,
    attended_transfer,
    begun,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    softphone_unanswered,
)
from .snapshot import snapshot
from .test_event_retry import LOGGER, WorkerCase

DAYS = {"days": 3}


@contextmanager
def refused_by_code(method, concerns, error):
    """An override refuses the values that are of concern."""
    original = getattr(HelpdeskTicket, method)

    def refusing(self, vals):
        for values in vals if isinstance(vals, list) else [vals]:
            if concerns(values):
                raise error
        return original(self, vals)

    with patch.object(HelpdeskTicket, method, refusing):
        yield


@tagged("post_install", "-at_install")
class TestRefused(WorkerCase):
    @contextmanager
    def refused_by_database(self, *changes, drop):
        """The table has been changed by somebody."""
        self.env.flush_all()
        for change in changes:
            self.env.cr.execute(SQL("ALTER TABLE helpdesk_ticket %s", SQL(change)))
        with mute_logger("odoo.sql_db"):
            yield
        self.env.cr.execute(SQL("ALTER TABLE helpdesk_ticket %s", SQL(drop)))

    def drain(self, *calls):
        """Let a worker do all that waits; return the notifications."""
        events = self.env["callgear.event"].union(*map(self.receive, calls))
        with mute_logger(LOGGER):
            for _time in range(20):
                self.work(lambda env: env["callgear.event"]._work_on_next())
        self.env.invalidate_all()
        return events

    def as_without(self, *calls):
        """What calls leave behind where nothing is refused."""
        point = self.env.cr.savepoint()
        for call in calls:
            self.drain(call)
        outcome = snapshot(self.env, self.connection)
        point.close(rollback=True)
        self.env.invalidate_all()
        return outcome

    def assertGoesOn(self, expected, *events):
        """Once the reason is gone, all is as if it had never been there."""
        self.cron(**DAYS)
        self.env.invalidate_all()
        for event in self.env["callgear.event"].union(*events):
            self.assertEqual((event.state, event.error), ("done", False))
        self.assertEqual(snapshot(self.env, self.connection), expected)

    def creations_refused(self):
        """All ways in which the creation of a ticket can be refused, by name."""
        for error in (ValidationError("no"), UserError("no"), KeyError("x_plan")):
            yield (
                f"create, {error!r}",
                refused_by_code("create", lambda vals: True, error),
            )
        yield (
            "required field of another addon",
            self.refused_by_database(
                "ADD COLUMN x_plan integer NOT NULL DEFAULT 0",
                "ALTER COLUMN x_plan DROP DEFAULT",
                drop="DROP COLUMN x_plan",
            ),
        )
        yield (
            "constraint of another addon",
            self.refused_by_database(
                "ADD CONSTRAINT x_plan CHECK (category_id IS NOT NULL) NOT VALID",
                drop="DROP CONSTRAINT x_plan",
            ),
        )

    def test_r40_creation_refused(self):
        """Call, conversation and recording are there all the same; the ticket follows."""
        for make in (incoming, missed, softphone):
            expected = self.as_without(make())
            for name, refused in self.creations_refused():
                with self.subTest(name, call=make.__name__):
                    point = self.env.cr.savepoint()
                    with refused:
                        events = self.drain(make())
                    call = self.call_of(make())
                    self.assertEqual(call.state, "ended")
                    self.assertTrue(call.outcome)
                    self.assertEqual(set(call.leg_ids.mapped("state")), {"ended"})
                    self.assertEqual(len(call.recording_ids), make is not missed)
                    self.assertFalse(self.tickets())
                    waiting = events.filtered(lambda event: event.state == "pending")
                    self.assertTrue(all(waiting.mapped("error")))
                    self.assertTrue(waiting)
                    self.assertGoesOn(expected, events)
                    point.close(rollback=True)
                    self.env.invalidate_all()

    def test_r40_stage_refused(self):
        """The missed call's ticket may not be closed: the new conversation has its own."""
        expected = self.as_without(missed(1), incoming(2, HOUR))
        self.drain(missed(1))
        waiting = self.tickets()
        may_not = refused_by_code(
            "write",
            lambda vals: vals.get("stage_id") == self.closed.id,
            ValidationError("Choose a category first."),
        )
        with may_not:
            events = self.drain(second := incoming(2, HOUR))
        self.assertEqual(waiting.stage_id, self.open)
        ticket = self.ticket_of(second, self.sara)
        self.assertEqual(ticket.name, "Incoming call from +971505550123")
        self.assertTrue(self.notes(ticket))
        self.assertIn("pending", events.mapped("state"))
        self.assertIn("Choose a category first.", str(events.mapped("error")))
        self.assertGoesOn(expected, events)
        self.assertEqual(waiting.stage_id, self.closed)

    def test_r40_several_calls_of_a_caller_refused(self):
        """Whatever the order in which they get their tickets in the end."""
        calls = missed(1), missed_in_menu(2, HOUR), incoming(3, 2 * HOUR)
        calls += missed_in_menu(4, 3 * HOUR), softphone_unanswered(5, 4 * HOUR)
        expected = self.as_without(*calls)
        for order in (calls, calls[::-1]):
            point = self.env.cr.savepoint()
            with refused_by_code("create", lambda vals: True, ValidationError("no")):
                events = [self.drain(call) for call in order]
            self.assertFalse(self.tickets())
            self.assertGoesOn(expected, *events)
            point.close(rollback=True)
            self.env.invalidate_all()

    def test_r40_one_of_two_tickets_refused(self):
        """Of a transfer, the conversation whose ticket is not refused has it."""
        expected = self.as_without(attended_transfer())
        for user, other in ((self.sara, self.omar), (self.omar, self.sara)):
            point = self.env.cr.savepoint()
            may_not = refused_by_code(
                "create",
                lambda vals, user=user: vals.get("user_id") == user.id,
                ValidationError("no"),
            )
            with may_not:
                events = self.drain(attended_transfer())
            self.assertEqual(self.tickets().user_id, other)
            self.assertGoesOn(expected, events)
            point.close(rollback=True)
            self.env.invalidate_all()

    def test_r40_popup_though_refused(self):
        """The popup shows the call while it goes on, whatever is refused."""
        call = begun(2, HOUR)
        with refused_by_code("create", lambda vals: True, ValidationError("no")):
            self.drain(incoming(1), call)
        leg = self.leg(call, self.sara)
        self.assertEqual(self.told(leg)["state"], "talking")
