# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Puts histories into the database with the dates they have, many at once."""

from psycopg2.extras import execute_values

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.callgear_integration.tests.case import (
    AGENT_GROUPS,
    CallgearCase,
    tagged,
    within,
)
from odoo.addons.mail.tests.common import mail_new_test_user

from .history import START, Call
from .reference import AVERAGED, COUNTED, GREATEST, SUMMED, Promise

MEASURES = {
    **dict.fromkeys(COUNTED, "count_distinct"),
    **dict.fromkeys(SUMMED, "sum"),
    **dict.fromkeys(AVERAGED, "avg"),
    **dict.fromkeys(GREATEST, "max"),
}
SPECS = [f"{name}:{how}" for name, how in MEASURES.items()]


class StatisticsCase(CallgearCase):
    """Has everybody and everything that histories name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket"].with_context(active_test=False).search([]).unlink()
        cls.Statistics = cls.env["callgear.statistics"]
        retired = mail_new_test_user(cls.env, login="cg_retired", groups=AGENT_GROUPS)
        retired.active = False
        gone = mail_new_test_user(cls.env, login="cg_gone", groups=AGENT_GROUPS)
        partner_of_gone = gone.partner_id
        gone.unlink()
        portal = mail_new_test_user(
            cls.env, login="cg_portal", groups="base.group_portal"
        )
        bot = cls.env.ref("base.user_root")
        cls.users = {
            "sara": cls.sara,
            "omar": cls.omar,
            "lina": cls.lina,
            "retired": retired,
            "portal": portal,
            "bot": bot,
        }
        cls.partners = {name: user.partner_id for name, user in cls.users.items()}
        cls.partners |= {"customer": cls.maryam, "gone": partner_of_gone}
        stages = cls.env["helpdesk.ticket.stage"]
        cls.stages = {
            "new": cls.open,
            "pending": cls.pending,
            "done": cls.closed,
            "cancelled": stages.create({"name": "Cancelled", "closed": True}),
        }
        cls.promises = {
            "hotline": Promise(2, 1, 26, answer=30),
            "backoffice": Promise(answer=0),
        }
        cls.teams = {
            "hotline": cls.team,
            "backoffice": cls.team.create(
                {"name": "Back office", "user_ids": [Command.set(cls.omar.ids)]}
            ),
        }
        for name, promise in cls.promises.items():
            cls.teams[name].write(promise.settings)
        cls.channels = {
            "calls": cls.connection.channel_id,
            "mail": cls.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email"),
        }
        cls.env.flush_all()

    # ------------------------------------------------------------- writing

    def write_down(self, tickets, calls=()):
        """Write histories by SQL; the first id of each table is as good as any."""
        rows = {name: [] for name in _COLUMNS}
        first = {name: self._next_id(name) for name in _COLUMNS}
        # The talks of all tickets stand in a call that goes on.
        going_on = Call(tickets[0].made if tickets else START, over=False)
        for call in (going_on, *calls):
            rows["callgear_call"].append(self._call_row(call, rows, first))
        for ticket in tickets:
            ticket.id = first["helpdesk_ticket"] + len(rows["helpdesk_ticket"])
            rows["helpdesk_ticket"].append(self._ticket_row(ticket))
            self._message_rows(ticket, rows, first)
            self._change_rows(ticket, rows, first)
            self._talk_rows(ticket, rows, first)
        for name, columns in _COLUMNS.items():
            if rows[name]:
                execute_values(
                    self.env.cr._obj,
                    f"INSERT INTO {name} ({columns}) VALUES %s",
                    rows[name],
                    page_size=5000,
                )
        if len(tickets) > 100:  # what is known of the tables is out of date now
            self.env.cr.execute(f"ANALYZE {', '.join(_COLUMNS)}")
        self.env["callgear.ticket.fact"]._count(
            SQL("ticket.id >= %s", first["helpdesk_ticket"]),
            SQL("call.id >= %s", first["callgear_call"]),
            SQL("fact.source_id >= %s", first["callgear_call"]),
        )

    def _next_id(self, table):
        self.env.cr.execute(f"SELECT COALESCE(MAX(id), 0) + 1000 FROM {table}")
        return self.env.cr.fetchone()[0]

    def _call_row(self, call, rows, first):
        return (
            first["callgear_call"] + len(rows["callgear_call"]),
            self.connection.id,
            self.env.company.id,
            call.direction,
            call.began,
            call.outcome,
            "ended" if call.over else "talking",
            call.answered,
            call.ended,
            call.wait,
            call.talk,
            call.unknown,
            call.internal,
            call.missed_reason,
            self._id(self.users, call.agent),
            self._id(self.teams, call.team),
            self._id(self.channels, call.channel),
            call.called_back,
            call.promised,
            call.promise,
            call.ticked_off,
        )

    def _ticket_row(self, ticket):
        return (
            ticket.id,
            f"T{ticket.id}",
            "History",
            "<p/>",
            self.env.company.id,
            ticket.made,
            self._id(self.users, ticket.creator),
            self._id(self.partners, ticket.customer),
            self._id(self.users, ticket.user),
            self._id(self.teams, ticket.team),
            self._id(self.channels, ticket.channel),
            ticket.call_kind,
            ticket.active,
            self.stages[ticket.stage].id,
            ticket.closed_untracked,
            self.stages[ticket.began].closed,
            ticket.channel == "calls",
            ticket.called,
            ticket.closed_by_call,
        )

    def _message_rows(self, ticket, rows, first):
        fields = self.env["ir.model.fields"]._get_ids("helpdesk.ticket")
        note = self.env.ref("mail.mt_note").id
        comment = self.env.ref("mail.mt_comment").id
        messages, values = rows["mail_message"], rows["mail_tracking_value"]

        def add(thing, *columns):
            message_id = first["mail_message"] + len(messages)
            author = self._id(self.partners, thing.author)
            where = ("helpdesk.ticket", ticket.id, thing.at, author)
            messages.append((message_id, *where, *columns))
            return message_id

        def track(message_id, name, old, new):
            value_id = first["mail_tracking_value"] + len(values)
            values.append((value_id, message_id, fields[name], old, new))

        for message in ticket.messages:
            subtype = note if message.note else comment
            columns = (message.kind, subtype, message.internal, message.writing)
            message_id = add(message, *columns)
            if message.changed:
                track(message_id, "user_id", None, self.sara.id)
        for move in ticket.moves:
            message_id = add(move, "notification", note, True, 0)
            stages = (self.stages[move.old].id, self.stages[move.new].id)
            track(message_id, "stage_id", *stages)
            track(message_id, "team_id", None, self.team.id)

    def _change_rows(self, ticket, rows, first):
        for change in ticket.changes:
            change_id = first["callgear_ticket_change"] + len(
                rows["callgear_ticket_change"]
            )
            author = self._id(self.users, change.author)
            row = (change_id, ticket.id, author, change.at)
            rows["callgear_ticket_change"].append(row)

    def _talk_rows(self, ticket, rows, first):
        legs, recordings = rows["callgear_leg"], rows["callgear_recording"]
        call_id = first["callgear_call"]
        for talk in ticket.talks:
            leg_id = first["callgear_leg"] + len(legs)
            agent = self._id(self.users, talk.agent)
            times = (talk.started, talk.started, talk.answered)
            what = (agent, *times, talk.entry, "ended")
            legs.append((leg_id, call_id, str(leg_id), ticket.id, *what))
            for _ in range(talk.recordings):
                recording_id = first["callgear_recording"] + len(recordings)
                url = f"https://example.com/{recording_id}"
                recordings.append((recording_id, call_id, leg_id, url, "stored"))

    @staticmethod
    def _id(records, name):
        return records[name].id if name else None

    # ------------------------------------------------------------- reading

    def figures(self, domain=(), groupby=None, statistics=None):
        """All measures, of each group as the reference has them."""
        statistics = self.Statistics if statistics is None else statistics
        found = statistics._read_group(list(domain), groupby or [], SPECS)
        size = len(groupby or [])
        return {
            row[:size]: dict(zip(MEASURES, row[size:], strict=True)) for row in found
        }

    def assertFigures(self, found, expected, message=""):
        self.assertEqual(set(found), set(expected), message)
        for group, figures in found.items():
            for name, value in figures.items():
                wanted = expected[group].get(name) or 0
                self.assertAlmostEqual(
                    value or 0, wanted, 6, f"{message} {group} {name}"
                )


_COLUMNS = {
    "helpdesk_ticket": "id, number, name, description, company_id, create_date, "
    "create_uid, partner_id, user_id, team_id, channel_id, call_kind, active, "
    "stage_id, closed_date, callgear_made_closed, is_calls_channel, call_made_at, "
    "call_closed_at",
    "callgear_ticket_change": "id, ticket_id, user_id, date",
    "mail_message": "id, model, res_id, date, author_id, message_type, subtype_id, "
    "is_internal, callgear_writing_seconds",
    "mail_tracking_value": "id, mail_message_id, field_id, old_value_integer, "
    "new_value_integer",
    "callgear_call": "id, connection_id, company_id, direction, started_at, outcome, "
    "state, answered_at, ended_at, wait_seconds, talk_seconds, length_unknown, "
    "is_internal, missed_reason, agent_id, team_id, channel_id, called_back_at, "
    "call_back_due_at, call_back_state, call_back_done_at",
    "callgear_leg": "id, call_id, leg_id, ticket_id, user_id, started_at, "
    "known_at, answered_at, entry, state",
    "callgear_recording": "id, call_id, leg_id, url, state",
}
__all__ = ["StatisticsCase", "tagged", "within"]
