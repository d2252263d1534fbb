# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40, R41: what a notification costs does not grow with what has been before.

5 000 notifications of a call, calls of a caller, legs and messages of a ticket.
"""

from unittest.mock import patch

from odoo.tools import SQL
from odoo.tools.profiler import Profiler

from .builder import MARYAM, SARA, CallBuilder
from .case import tagged
from .scenarios import HOUR, incoming, missed, queue
from .test_query_counts import CountCase

FEW, MANY = 50, 5000
COPIED = ("callgear_call", "callgear_leg", "callgear_event", "mail_message")


class HistoryCase(CountCase):
    def multiply(self, record, count, other=None, **changed):
        """Copy a row many times by SQL; ``n`` counts the copies.

        :param other: SQL of what to make a copy for each row of, instead
        :param changed: column → SQL of its value
        """
        table = SQL.identifier(record._table)
        columns = self.env.execute_query(
            SQL(
                """SELECT column_name FROM information_schema.columns
                    WHERE table_name = %s AND column_name != 'id'""",
                record._table,
            )
        )
        names = [name for [name] in columns]
        values = [
            SQL(changed[name]) if name in changed else SQL.identifier("one", name)
            for name in names
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s AS one, %s WHERE one.id = %s",
                table,
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(values),
                table,
                SQL(other) if other else SQL("generate_series(1, %s) AS n", count),
                record.id,
            )
        )

    def analyze(self):
        for table in COPIED:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env.invalidate_all()

    def repeat(self, leg, count, *moments):
        """Make so many more calls like a leg's, two minutes apart, each with a message.

        :param moments: names of the times that call and leg have
        """
        self.env.flush_all()
        later = "+ n * interval '2 minutes'"
        self.multiply(
            leg.call_id,
            count,
            session_id="'copy-' || n",
            main_leg_id="NULL",
            **{name: f"one.{name} {later}" for name in (*moments, "last_event_at")},
        )
        self.multiply(leg.message_id, count, subject="'copy-' || n", message_id="NULL")
        self.multiply(
            leg,
            count,
            other="""callgear_call AS c JOIN mail_message AS m
                         ON m.subject = c.session_id""",
            call_id="c.id",
            message_id="m.id",
            **{name: f"c.{name}" for name in moments},
        )

    def missed_often(self, count):
        """A caller has called so often in vain: one ticket, with a message for each."""
        call = self.deliver(missed(900, start=-30 * 24 * HOUR))
        leg = call.leg_ids.filtered("entry")
        self.assertEqual(len(call.ticket_ids), 1)
        self.repeat(leg, count, "started_at", "ended_at")
        event = self.env["callgear.event"].search(
            [("session_id", "=", call.session_id)], limit=1
        )
        self.multiply(
            event,
            count,
            other="callgear_call AS c",
            session_id="c.session_id",
            call_id="c.id",
            digest="c.session_id",
        )
        self.analyze()
        ticket = call.ticket_ids
        self.assertEqual(len(ticket.call_leg_ids), count + 1)
        return ticket

    def talked_often(self, count):
        """An agent has noted so many conversations, and messages, in one ticket."""
        call = self.deliver(incoming(900, start=-30 * 24 * HOUR))
        leg = call.leg_ids.filtered("ticket_id")
        self.repeat(leg, count, "started_at", "answered_at", "ended_at")
        self.multiply(leg.message_id, count, subject="'no call'", message_id="NULL")
        self.analyze()
        return leg.ticket_id

    def rung_often(self, count):
        """A call in a queue, of which so much has been told that is absorbed by now."""
        told = queue(20).deliveries[:-5]
        for delivery in told:
            self.post(delivery)
        self.env.flush_all()
        event = self.env["callgear.event"].search([("is_absorbed", "=", True)], limit=1)
        leg = self.env["callgear.leg"].search([("is_absorbed", "=", True)], limit=1)
        self.multiply(event, count, digest="'copy-' || n", leg_key="'copy-' || n")
        self.multiply(leg, count // 2, leg_id="'copy-' || n")
        self.analyze()

    def measured(self, function):
        """(statements, what was recorded of them) of a function."""
        self.prepare()
        with patch("random.random", lambda: 1):
            self.rolled_back(function)  # Odoo's own caches are warm from then on
            self.prepare()
            before = self.env.cr.sql_log_count
            with Profiler(collectors=["sql"], db=None) as profiler:
                function()
                self.env.cr.flush()
            return self.env.cr.sql_log_count - before, profiler

    def most_rows(self, profiler):
        """The most rows of calls and tickets that a statement goes through, and which.

        What Odoo reads of a ticket's messages when it sends an e-mail is its own affair.
        """
        rows = ((self.looked_at(plan), query) for query, plan in self.plans(profiler))
        return max(rows)

    def assertFlat(self, prepare, actions):
        """As many statements beside many as beside few, and none that reads many rows.

        :param prepare: makes so many of something; what it returns is for the actions
        :param actions: name → function
        """

        def measure(count):
            made = prepare(count)
            for name, action in actions.items():
                with self.subTest(name):
                    self.rolled_back(self.check, name, lambda a=action: a(made), count)

        self.few = {}
        for count in (FEW, MANY):
            self.rolled_back(measure, count)

    def check(self, name, action, count):
        statements, profiler = self.measured(action)
        if count == FEW:
            self.few[name] = statements
            return
        # Odoo's order of recomputation varies, and with it a fetch.
        self.assertLessEqual(statements, self.few[name] + 2)
        rows, query = self.most_rows(profiler)
        # Some lists are cut at 500.
        self.assertLess(rows, 600, query[:2000])


@tagged("post_install", "-at_install")
class TestLongHistories(HistoryCase):
    def calls(self, *makers):
        """The next calls of the same caller."""
        return {
            make.__name__: lambda _made, make=make: self.tell(make(1, HOUR))
            for make in makers
        }

    def attach(self, ticket):
        """An agent talks, and has it noted in that ticket."""
        call = CallBuilder(1, MARYAM, start=HOUR).ring(SARA, 1).answer(SARA, 5)
        self.tell(call)
        leg = self.by(self.sara, call)
        leg.attach_to_ticket(ticket.id)
        leg.save_draft(summary="They ask again")
        self.tell(self.ended(call))

    @staticmethod
    def ended(call):
        before = len(call.deliveries)
        call.leave(SARA, 60, talk=55).end(60, talk=55, wait=4)
        del call.deliveries[:before]
        return call

    def test_r41_a_caller_who_was_missed_5000_times(self):
        self.assertFlat(
            self.missed_often,
            self.calls(missed, incoming) | {"attach": self.attach},
        )

    def test_r41_a_ticket_with_5000_conversations_and_10000_messages(self):
        self.assertFlat(
            self.talked_often, self.calls(incoming) | {"attach": self.attach}
        )

    def test_r40_a_call_of_5000_notifications(self):
        told = queue(20).deliveries
        self.assertFlat(
            self.rung_often,
            {
                "is answered": lambda _made: [self.post(one) for one in told[-5:-3]],
                "ends": lambda _made: [self.post(one) for one in told[-5:]],
            },
        )
