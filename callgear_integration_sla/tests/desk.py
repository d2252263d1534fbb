# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A helpdesk whose clock the tests set: SLAs go by the time at which things happen."""

from datetime import datetime, timedelta

from odoo.fields import Command

from odoo.addons.callgear_integration.tests.builder import SARA, CallBuilder
from odoo.addons.callgear_integration.tests.case import set_up_helpdesk

MONDAY = datetime(2026, 3, 30, 8)
PERIOD_HOURS = 7 * 24
WEEK = [
    ("date", ">=", MONDAY),
    ("date", "<", MONDAY + timedelta(hours=PERIOD_HOURS)),
]
# Hours within which teams promise a first reply, any reply, and to close.
PROMISES = (1, 3, 100)


class Desk:
    """One team works by SLAs, one does not; both promise times, and work at all hours."""

    def __init__(self, env, clock):
        self.env, self.clock = env, clock
        env["helpdesk.ticket"].with_context(active_test=False).search([]).unlink()
        env["helpdesk.sla"].search([]).unlink()
        made = set_up_helpdesk(env)
        self.connection, self.customer = made["connection"], made["maryam"]
        self.sara = made["sara"]
        self.team = made["team"]
        self.team.write({"use_sla": True, "resource_calendar_id": self._calendar().id})
        self.promise(*PROMISES)
        self.plain_team = self.team.copy({"use_sla": False})
        self.stages = {
            role: self.connection[f"{role}_stage_id"]
            for role in ("open", "pending", "closed")
        }
        # On hold, where the time of SLAs stands still.
        self.stages["hold"] = self.stages["open"].copy({"name": "Waits for parts"})
        self.email = env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")

    def _calendar(self):
        days = [
            Command.create(
                {"name": "Day", "dayofweek": str(day), "hour_from": 0, "hour_to": 24}
            )
            for day in range(7)
        ]
        calendar = self.env["resource.calendar"].create(
            {"name": "Around the clock", "tz": "UTC", "attendance_ids": False}
        )
        calendar.attendance_ids = [Command.clear(), *days]
        return calendar

    def promise(self, first_reply, any_reply, closing, team=None):
        (team or self.team).write(
            {
                "callgear_first_reply_hours": first_reply,
                "callgear_any_reply_hours": any_reply,
                "callgear_closing_hours": closing,
            }
        )

    def sla(self, role, hours, *, team=None, stops=True):
        """Tickets must have reached the stage within so many hours.

        :param stops: whether they are not counted on hold
        """
        return self.env["helpdesk.sla"].create(
            {
                "name": f"{role} in {hours}",
                "team_ids": (team or self.team).ids,
                "stage_id": role and self.stages[role].id,
                "hours": hours,
                "ignore_stage_ids": self.stages["hold"].ids if stops else [],
            }
        )

    # ------------------------------------------------------------ what happens

    def at(self, hours):
        """Set the clock to so many hours after Monday at eight."""
        self.env.flush_all()
        moment = MONDAY + timedelta(hours=hours)
        self.clock.move_to(moment)
        # Dates of creation are the transaction's, in which no time passes.
        self.env.cr._now = moment

    def ticket(self, *steps, **values):
        """A customer's ticket of Monday at eight, and what happened to it.

        :param steps: pairs of hours and ``reply``, ``talk`` or the stage it went to
        """
        self.at(0)
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Delivery",
                "description": "<p/>",
                "partner_id": self.customer.id,
                "team_id": self.team.id,
                "user_id": self.sara.id,
                "channel_id": self.email.id,
                "stage_id": self.stages["open"].id,
                **values,
            }
        )
        self._commit()
        for hours, what in steps:
            self.at(hours)
            self._happens(ticket, what)
        return ticket

    def call_ticket(self, *steps, **values):
        channel_id = self.connection.channel_id.id
        return self.ticket(*steps, channel_id=channel_id, call_kind="in", **values)

    def _happens(self, ticket, what):
        if what == "reply":
            ticket.with_user(self.sara).message_post(
                body="!", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        elif what == "talk":
            self._talk(ticket)
        else:
            ticket.with_user(self.sara).stage_id = self.stages[what]
        self._commit()

    def _talk(self, ticket):
        """A recorded conversation, as a call leaves it behind."""
        now = datetime.now()
        call = self.env["callgear.call"].create(
            {
                "connection_id": self.connection.id,
                "direction": "in",
                "state": "ended",
                "outcome": "answered",
                "started_at": now,
            }
        )
        leg = self.env["callgear.leg"].create(
            {
                "call_id": call.id,
                "leg_id": str(call.id),
                "user_id": self.sara.id,
                "is_operator": True,
                "state": "ended",
                "entry": "conversation",
                "started_at": now,
                "answered_at": now,
                "ticket_id": ticket.id,
            }
        )
        self.env["callgear.recording"].create(
            {
                "call_id": call.id,
                "leg_id": leg.id,
                "url": "https://example.com/recording",
                "state": "failed",
            }
        )

    def _commit(self):
        """Who has changed what is noted before each commit."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def incoming_call(self):
        """A customer calls, talks with Sara, and hangs up."""
        call = CallBuilder(1).ring(SARA, 4).answer(SARA, 11).leave(SARA, 220, talk=209)
        call.end(220, talk=209, employee=SARA)
        for delivery in call.deliveries:
            receipt = self.connection._receive(delivery.event, delivery.body)
            event = self.env["callgear.event"].browse(receipt.event_id)
            event.env["callgear.refresh"]._refresh(self.connection, event.session_id)
        return self.env["callgear.call"].search(
            [("session_id", "=", str(call.session))]
        )

    # ------------------------------------------------------------- what counts

    def count(self, measure, user=None):
        """The tickets that count for a measure."""
        self.env.flush_all()
        Statistics = self.env["callgear.statistics"]
        rows = Statistics.with_user(user or self.env.user)
        return rows.search([*WEEK, (measure, ">", 0)]).sudo().ticket_id
