# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R64: journal, tickets, dashboard and CallGear's report are held against each other."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from odoo.addons.callgear_integration.tests.case import tagged

from simulator.people import CONTACTS, Contact

from ..compared_case import ComparedCase

FACT = "callgear_ticket_fact"
REMAINS = "left"
# What goes wrong: the kind of difference it is, of what, in which scenarios it is planted, and
# the statements that do it past Odoo. In them, names are ids of what the call has made.
PLANTED = (
    # Journal and CallGear's report.
    (
        "length",
        "call",
        ("answered", "softphone", "hidden"),
        "UPDATE callgear_call SET talk_seconds = talk_seconds + 60 WHERE id = %(call)s",
    ),
    (
        "recording",
        "call",
        ("answered", "blind-transfer"),
        "DELETE FROM callgear_recording WHERE call_id = %(call)s",
    ),
    (
        "operator",
        "call",
        ("answered", "missed"),
        "UPDATE callgear_leg SET operator_id = %(other_operator)s WHERE id = %(leg)s",
    ),
    (
        "not_ended",
        "call",
        ("answered", "missed"),
        "UPDATE callgear_call SET state = 'talking', ended_at = NULL WHERE id = %(call)s",
    ),
    (
        "answer",
        "call",
        ("answered",),
        "UPDATE callgear_leg SET picked_up_at = NULL, answered_at = NULL "
        "WHERE id = %(leg)s",
    ),
    (
        "leg",
        "call",
        ("group",),
        "DELETE FROM callgear_leg WHERE call_id = %(call)s AND is_operator "
        "AND entry IS NULL",
    ),
    ("missing", "call", ("unmapped",), "DELETE FROM callgear_call WHERE id = %(call)s"),
    ("unreported", "call", ("answered", "missed"), "callgear forgets it"),
    # Journal and tickets.
    (
        "outcome",
        "call",
        ("answered", "softphone"),
        "UPDATE callgear_call SET outcome = 'ignored' WHERE id = %(call)s",
    ),
    (
        "outcome",
        "call",
        ("missed",),
        "UPDATE callgear_call SET history = NULL WHERE id = %(call)s",
    ),
    (
        "no_ticket",
        "call",
        ("answered", "softphone"),
        "UPDATE callgear_leg SET ticket_id = NULL WHERE id = %(leg)s",
    ),
    (
        "no_message",
        "call",
        ("answered", "missed", "softphone-unanswered"),
        "DELETE FROM mail_message WHERE id = %(message)s",
    ),
    (
        "other_place",
        "call",
        ("answered", "missed"),
        "UPDATE mail_message SET res_id = %(other_ticket)s WHERE id = %(message)s",
    ),
    (
        "no_player",
        "call",
        ("answered",),
        "DELETE FROM message_attachment_rel WHERE message_id = %(message)s",
    ),
    (
        "no_file",
        "call",
        ("answered",),
        "UPDATE callgear_recording SET attachment_id = NULL WHERE call_id = %(call)s",
    ),
    (
        "journal",
        "call",
        ("answered",),
        "UPDATE callgear_call SET agent_id = %(other_user)s WHERE id = %(call)s",
    ),
    (
        "journal",
        "call",
        ("missed",),
        "UPDATE callgear_call SET team_id = NULL, has_ticket = FALSE WHERE id = %(call)s",
    ),
    (
        "journal",
        "call",
        ("missed",),
        "UPDATE callgear_call SET missed_ticket_id = NULL WHERE id = %(call)s",
    ),
    (
        "promise",
        "call",
        ("missed",),
        "UPDATE callgear_call SET call_back_state = 'kept' WHERE id = %(call)s",
    ),
    (
        "no_call",
        "ticket",
        ("unmapped",),
        "UPDATE helpdesk_ticket SET call_kind = 'in', call_icon = 'call', "
        "call_made_at = %(started_at)s WHERE id = %(other_ticket)s",
    ),
    (
        "ticket_kind",
        "ticket",
        ("answered", "softphone"),
        "UPDATE helpdesk_ticket SET call_kind = 'missed' WHERE id = %(ticket)s",
    ),
    (
        "ticket_icon",
        "ticket",
        ("answered", "missed"),
        "UPDATE helpdesk_ticket SET call_icon = 'voicemail' WHERE id = %(ticket)s",
    ),
    (
        "waiting",
        "ticket",
        ("missed",),
        "UPDATE helpdesk_ticket SET call_missed_since = NULL, call_waiting_since = NULL "
        "WHERE id = %(ticket)s",
    ),
    (
        "waiting",
        "ticket",
        ("missed",),
        "UPDATE helpdesk_ticket SET call_waiting_since = NULL WHERE id = %(ticket)s",
    ),
    # Dashboard and journal.
    (
        "not_counted",
        "call",
        ("answered", "missed", "softphone"),
        f"DELETE FROM {FACT} WHERE source = 'call' AND source_id = %(call)s",
    ),
    (
        "not_counted",
        "call",
        ("answered",),
        f"DELETE FROM {FACT} WHERE source = 'leg' AND source_id = %(leg)s",
    ),
    (
        "not_counted",
        "ticket",
        ("missed",),
        f"DELETE FROM {FACT} WHERE source = 'ticket' AND source_id = %(ticket)s",
    ),
    (
        "counted_too",
        "call",
        ("unmapped",),
        f"INSERT INTO {FACT} (source, source_id, kind, date, company_id, active, is_call, "
        "state) VALUES ('call', %(call)s, 'incoming', %(started_at)s, %(company)s, TRUE, "
        "TRUE, 'new')",
    ),
    (
        "figure",
        "call",
        ("answered", "softphone"),
        f"UPDATE {FACT} SET talk_seconds = talk_seconds + 60 WHERE source = 'call' "
        "AND source_id = %(call)s",
    ),
    (
        "figure",
        "call",
        ("missed",),
        f"UPDATE {FACT} SET is_answered = TRUE WHERE source = 'call' "
        "AND source_id = %(call)s",
    ),
    (
        "figure",
        "call",
        ("answered",),
        f"UPDATE {FACT} SET date = date + interval '1 day' WHERE source = 'call' "
        "AND source_id = %(call)s",
    ),
    (
        "figure",
        "call",
        ("answered",),
        f"UPDATE {FACT} SET user_id = %(other_user)s WHERE source = 'leg' "
        "AND source_id = %(leg)s",
    ),
    (
        "figure",
        "ticket",
        ("answered",),
        f"UPDATE {FACT} SET team_id = NULL WHERE source = 'ticket' "
        "AND source_id = %(ticket)s",
    ),
)
# Sums of days that nothing else is planted in, how many days ago.
PLANTED_SUMS = (
    ("day", 3, "calls_incoming = calls_incoming + 1 WHERE calls_incoming > 0"),
    ("day", 4, "new_from_customers = new_from_customers + 1 WHERE new_tickets > 0"),
    ("day", 5, None),
)
# Nobody has looked at it, or nothing can be done.
LEFT = {"unreported", "no_file", "no_call"}


@tagged("post_install", "-at_install")
class TestBooks(ComparedCase):
    def setUp(self):
        super().setUp()
        # The demo account would answer for what belongs to no connection.
        others = self.env["callgear.connection"].search(
            [("id", "!=", self.connection.id)]
        )
        others.active = False
        self.hours = 8

    def play_of(self, scenario):
        """A call of a caller of its own, an age of its own, delivered.

        :return: the call
        """
        self.hours += 0.25
        number = f"97150{7000000 + int(self.hours * 4)}"
        contact = Contact(number, "") if scenario != "hidden" else CONTACTS[0]
        self.deliver(*self.play(scenario, hours_ago=self.hours, contact=contact))
        return self.call()

    def store_files(self, calls):
        """Fetch the recordings."""
        for recording in calls.recording_ids:
            recording._fetch()
        self.assertEqual(set(calls.recording_ids.mapped("state")), {"stored"})

    def plant(self, statement, call):
        if statement == "callgear forgets it":
            del self.simulator._calls[int(call.session_id)]
            return None
        leg = call.main_leg_id or call.leg_ids.filtered("is_operator")[:1]
        other = self.plain_ticket(partner_id=False)
        operators = self.connection.operator_ids - leg.operator_id
        self.env.flush_all()
        self.env.cr.execute(
            statement,
            {
                "call": call.id,
                "company": call.company_id.id,
                "started_at": call.started_at,
                "leg": leg.id,
                "message": leg.message_id.id,
                "ticket": leg.ticket_id.id,
                "other_ticket": other.id,
                "other_operator": operators[:1].id,
                "other_user": (self.omar | self.lina - leg.user_id)[-1:].id,
            },
        )
        self.assertTrue(self.env.cr.rowcount, statement)
        return other

    def add_up(self):
        Sum = self.env["callgear.ticket.sum"]
        Sum._begin()
        Sum._add_up(Sum._open_days())

    def plant_sum(self, days_ago, change):
        """Make the sum of a day wrong, or delete it; return the day."""
        Sum = self.env["callgear.ticket.sum"]
        moment = SQL("%s::timestamp", fields.Datetime.now() - timedelta(days=days_ago))
        [[day]] = self.env.execute_query(SQL("SELECT %s", Sum._day(moment)))
        statement = f"UPDATE callgear_ticket_sum SET {change} AND"
        if not change:
            statement = "DELETE FROM callgear_ticket_sum WHERE"
        self.env.cr.execute(
            f"{statement} span = 'day' AND hour IS NULL AND day = %s", [day]
        )
        self.assertTrue(self.env.cr.rowcount, (day, change))
        return day

    def test_r64_fifty_planted_differences_are_named_and_no_others(self):
        self.env["callgear.ticket.fact"]._count_noted_now()
        planted = [
            (kind, what, statement, self.play_of(scenario))
            for kind, what, scenarios, statement in PLANTED
            for scenario in scenarios
        ]
        for _kind, days_ago, _change in PLANTED_SUMS:
            self.deliver(*self.play("answered", hours_ago=24 * days_ago))
        with_files = [
            call for kind, *_, call in planted if kind in ("no_player", "no_file")
        ]
        self.store_files(self.env["callgear.call"].union(*with_files))
        self.add_up()
        expected = []
        for kind, what, statement, call in planted:
            leg, session, ticket = call.main_leg_id, call.session_id, call.ticket_ids
            other = self.plant(statement, call)
            key = session if what == "call" else (ticket or other).id
            expected.append((kind, str(key), REMAINS if kind in LEFT else "completed"))
            self.assertTrue(leg or kind in ("missing", "no_call", "counted_too"))
        for kind, *change in PLANTED_SUMS:
            expected.append((kind, str(self.plant_sum(*change)), "completed"))
        self.assertGreaterEqual(len(expected), 50)
        self.env.invalidate_all()
        now = fields.Datetime.now()
        comparison = self.compare(now - timedelta(days=6), now)
        self.assertEqual((comparison.state, comparison.error), ("done", False))
        found = [
            (one.kind, str(self.place(one)), one.state)
            for one in comparison.difference_ids
        ]
        self.assertEqual(sorted(found), sorted(expected))
        again = self.compare(now - timedelta(days=6), now)
        self.assertEqual(set(again.difference_ids.mapped("kind")), LEFT)

    def place(self, difference):
        """What a difference is of: the day, the ticket, or the session of the call."""
        what, key = difference.key.split(":")[-2:]
        if what == "ticket":
            self.assertEqual(str(difference.ticket_id.id), key)
        elif what != "day":
            return difference.session_id
        else:
            self.assertFalse(difference.action_open())
        return key

    # ------------------------------------------------------- no false differences

    def nothing_differs(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        now = fields.Datetime.now()
        comparison = self.compare(now - timedelta(hours=36), now)
        self.assertFalse(
            [(d.kind, d.one_says, d.other_says) for d in comparison.difference_ids]
        )

    def attach(self, leg, ticket):
        leg.with_user(self.sara).attach_to_ticket(ticket.id, "About the delivery")

    def move(self, leg, ticket):
        leg.with_user(self.sara).move_to_ticket(ticket.id)

    def move_to_new(self, leg, _ticket):
        leg.with_user(self.sara).move_to_new_ticket()

    def merge(self, leg, ticket):
        messages = leg.ticket_id.message_ids
        messages.filtered(lambda m: m.message_type != "notification").write(
            {"res_id": ticket.id}
        )
        leg.ticket_id.active = False

    def take_out(self, leg, _ticket):
        leg.message_id.write({"model": "res.partner", "res_id": self.maryam.id})

    def delete_ticket(self, leg, _ticket):
        leg.ticket_id.unlink()

    def close_ticket(self, leg, _ticket):
        leg.ticket_id.with_user(self.sara).stage_id = self.closed

    def archive(self, leg, _ticket):
        leg.ticket_id.active = False

    def reassign(self, leg, _ticket):
        leg.ticket_id.with_user(self.sara).user_id = self.omar

    def empty_message(self, leg, _ticket):
        leg.ticket_id._message_update_content(leg.message_id, body="")

    def link(self, leg, _ticket):
        leg.with_user(self.sara).link_partner(self.maryam.id)

    def test_r64_what_people_do_is_no_difference(self):
        missed = (
            self.merge,
            self.take_out,
            self.delete_ticket,
            self.close_ticket,
            self.archive,
            self.reassign,
            self.empty_message,
        )
        self.connection.voicemail_tickets = True
        talks = (*missed, self.attach, self.move, self.move_to_new, self.link)
        for scenario, actions in (
            ("answered", talks),
            ("softphone", talks),
            ("missed", missed),
            ("missed-voicemail", missed),
        ):
            for action in actions:
                with self.subTest(scenario, action=action.__name__):
                    leg = self.play_of(scenario).main_leg_id
                    action(leg, self.plain_ticket(partner_id=False))
        self.add_up()
        self.nothing_differs()
