# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R46: what the journal is grouped and filtered by is stored, and follows the tickets."""

from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.models import BaseModel
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .builder import SARA, UNKNOWN, VIRTUAL, YUSUF, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    attended_transfer,
    incoming,
    missed,
    missed_in_menu,
    queue,
    softphone,
)
from .test_working_hours import hours

NAME = "callgear_integration"


class JournalCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Call = cls.env["callgear.call"].with_user(cls.sara)
        cls.workshop = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Workshop",
                "user_ids": (cls.sara | cls.omar).ids,
                "company_id": cls.connection.company_id.id,
            }
        )
        cls.web = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")

    def grouped(self, name, model="callgear.call"):
        """The groups of this connection's records: dict, record of a field → number."""
        Model = self.env[model].with_user(self.sara)
        domain = [("connection_id", "=", self.connection.id)]
        rows = Model._read_group(domain, [name], ["__count"])
        return {record.with_env(self.env): count for record, count in rows}

    def found(self, name, typed=None):
        """Sessions of the calls that a filter of the search view finds, or what is typed."""
        view = self.Call.get_view(view_type="search")
        [node] = etree.fromstring(view["arch"]).xpath(f"//search/*[@name='{name}']")
        text = node.get("domain") if typed is None else node.get("filter_domain")
        domain = safe_eval(text, {"self": typed})
        own = [("connection_id", "=", self.connection.id)]
        return {int(call.session_id) for call in self.Call.search([*own, *domain])}


@tagged("post_install", "-at_install")
class TestJournalColumns(JournalCase):
    def test_r46_a_call_counts_for_the_team_and_channel_of_its_ticket(self):
        call = self.deliver(incoming(1))
        ticket = call.ticket_ids
        for model in ("callgear.call", "callgear.leg"):
            with self.subTest(model):
                self.assertEqual(self.grouped("team_id", model)[self.team], 1)
                channels = self.grouped("channel_id", model)
                self.assertEqual(channels[ticket.channel_id], 1)

    def test_r46_the_team_follows_the_ticket(self):
        call = self.deliver(incoming(1))
        call.ticket_ids.with_user(self.sara).team_id = self.workshop
        for model in ("callgear.call", "callgear.leg"):
            with self.subTest(model):
                groups = self.grouped("team_id", model)
                self.assertEqual(groups[self.workshop], 1)
                self.assertNotIn(self.team, groups)

    def test_r46_the_channel_follows_the_ticket(self):
        call = self.deliver(incoming(1))
        call.ticket_ids.with_user(self.sara).channel_id = self.web
        for model in ("callgear.call", "callgear.leg"):
            with self.subTest(model):
                self.assertEqual(self.grouped("channel_id", model)[self.web], 1)

    def test_r46_a_call_that_is_moved_counts_for_the_other_tickets_team(self):
        self.deliver(call := incoming(1))
        other = self.plain_ticket(team_id=self.workshop.id, channel_id=self.web.id)
        self.by(self.sara, call).move_to_ticket(other.id)
        self.assertEqual(self.grouped("team_id"), {self.workshop: 1})
        self.assertEqual(self.grouped("channel_id"), {self.web: 1})

    def test_r46_a_message_that_is_moved_takes_the_calls_team_along(self):
        call = self.deliver(incoming(1))
        other = self.plain_ticket(team_id=self.workshop.id)
        call.leg_ids.message_id.res_id = other.id
        self.assertEqual(self.grouped("team_id"), {self.workshop: 1})

    def test_r46_a_transferred_call_counts_for_the_first_conversations_team(self):
        self.deliver(call := attended_transfer(1))
        self.ticket_of(call, self.omar).team_id = self.workshop
        self.assertEqual(self.grouped("team_id"), {self.team: 1})
        self.ticket_of(call, self.sara).team_id = self.workshop
        self.assertEqual(self.grouped("team_id"), {self.workshop: 1})

    def test_r46_without_its_ticket_a_call_counts_for_the_lines_team(self):
        call = self.deliver(incoming(1))
        call.ticket_ids.write({"team_id": self.workshop.id, "channel_id": self.web.id})
        call.ticket_ids.unlink()
        self.assertEqual(self.grouped("team_id"), {self.team: 1})
        channel = self.connection.channel_id
        self.assertEqual(self.grouped("channel_id"), {channel: 1})

    def test_r46_a_missed_call_outside_the_hours_counts_for_the_lines_team(self):
        """It has no ticket. The line's team goes before the connection's."""
        self.connection.working_calendar_id = self.env["resource.calendar"].create(
            {"name": "Sundays", "attendance_ids": [Command.clear(), *hours("6")]}
        )
        self.connection.virtual_number_ids = [
            Command.create(
                {
                    "name": "Workshop",
                    "number": f"+{VIRTUAL}",
                    "team_id": self.workshop.id,
                    "channel_id": self.web.id,
                }
            )
        ]
        call = self.deliver(missed(1))
        self.assertFalse(call.ticket_ids)
        self.assertEqual(self.grouped("team_id"), {self.workshop: 1})
        self.assertEqual(self.grouped("channel_id"), {self.web: 1})

    def test_r46_a_line_with_another_team_changes_no_call_before(self):
        """Settings are for calls to come."""
        self.connection.virtual_number_ids = [
            Command.create({"name": "Main", "number": f"+{VIRTUAL}"})
        ]
        self.deliver(missed_in_menu(1, with_leg=False))
        self.connection.virtual_number_ids.team_id = self.workshop
        self.deliver(missed_in_menu(2, HOUR, YUSUF, with_leg=False))
        self.assertEqual(self.grouped("team_id"), {self.team: 1, self.workshop: 1})

    def test_r46_a_call_that_rings_has_team_and_channel(self):
        self.deliver(CallBuilder(1).ring(SARA, 1))
        self.assertEqual(self.grouped("team_id"), {self.team: 1})
        self.assertEqual(self.grouped("channel_id"), {self.connection.channel_id: 1})

    def test_r46_a_missed_call_that_was_called_back_keeps_its_agent(self):
        self.deliver(missed(1))
        self.deliver(incoming(2, HOUR, employee=SARA))
        self.assertEqual(self.grouped("agent_id"), {self.omar: 1, self.sara: 1})

    def test_r46_agents_are_in_the_order_of_their_names(self):
        """Also the other way round; calls of nobody come last, as in every list."""
        self.deliver(incoming(1), missed(2, HOUR, YUSUF))
        self.deliver(missed_in_menu(3, 2 * HOUR, UNKNOWN))
        domain = [("connection_id", "=", self.connection.id)]
        nobody = self.env["res.users"]
        for order, expected in (
            ("agent_id", [self.omar, self.sara, nobody]),
            ("agent_id DESC", [nobody, self.sara, self.omar]),
            ("__count DESC, agent_id", [self.omar, self.sara, nobody]),
        ):
            with self.subTest(order):
                rows = self.env["callgear.call"]._read_group(
                    domain, ["agent_id"], ["__count"], order=order
                )
                self.assertEqual([agent for agent, _count in rows], expected)

    def test_r46_a_pivot_has_its_agents_in_the_order_of_their_names(self):
        self.deliver(incoming(1), missed(2, HOUR, YUSUF))
        domain = [("connection_id", "=", self.connection.id)]
        total, agents, both = self.Call.formatted_read_grouping_sets(
            domain, [[], ["agent_id"], ["agent_id", "outcome"]], ["__count"]
        )
        self.assertEqual(total[0]["__count"], 2)
        for groups in (agents, both):
            names = [group["agent_id"][0] for group in groups]
            self.assertEqual(names, [self.omar.id, self.sara.id])


@tagged("post_install", "-at_install")
class TestJournalSearch(JournalCase):
    def test_r46_without_ticket(self):
        with_ticket, without = incoming(1), incoming(2, HOUR, YUSUF)
        self.deliver(with_ticket, without, CallBuilder(3, start=2 * HOUR).ring(SARA, 1))
        self.assertEqual(self.found("without_ticket"), set())
        self.ticket_of(without, self.sara).unlink()
        self.assertEqual(self.found("without_ticket"), {without.session})

    def test_r46_a_transferred_call_has_a_ticket_while_one_part_has(self):
        self.deliver(call := attended_transfer(1))
        self.ticket_of(call, self.sara).unlink()
        self.assertEqual(self.found("without_ticket"), set())
        self.ticket_of(call, self.omar).unlink()
        self.assertEqual(self.found("without_ticket"), {call.session})

    def test_r46_a_call_that_gets_a_ticket_is_not_without(self):
        self.deliver(call := incoming(1))
        self.ticket_of(call, self.sara).unlink()
        self.by(self.sara, call).move_to_ticket(self.plain_ticket().id)
        self.assertEqual(self.found("without_ticket"), set())

    def test_r46_any_part_of_a_number_finds_its_calls(self):
        self.deliver(one := incoming(1), two := incoming(2, HOUR, YUSUF))
        for typed, expected in (
            ("+971505550123", {one.session}),
            ("5550123", {one.session}),
            ("0123", {one.session}),
            ("23", {one.session}),
            ("50555", {one.session, two.session}),
            ("5550199", set()),
        ):
            with self.subTest(typed):
                self.assertEqual(self.found("phone", typed), expected)

    def test_r46_a_short_number_is_found_as_it_came(self):
        """It is no number that has a country."""
        self.deliver(call := incoming(1, caller="907"))
        self.assertEqual(self.found("phone", "907"), {call.session})


@tagged("post_install", "-at_install")
class TestFilledColumns(JournalCase):
    """R46: at an upgrade new columns are filled by SQL, as if they were computed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.virtual_number_ids = [
            Command.create(
                {
                    "name": "Workshop",
                    "number": f"+{VIRTUAL}",
                    "team_id": cls.workshop.id,
                    "channel_id": cls.web.id,
                }
            )
        ]

    def live_through(self):
        """Calls of both lines: in tickets, in some that were moved or deleted, in none."""
        self.deliver(incoming(1), attended_transfer(2, HOUR), softphone(3, 2 * HOUR))
        self.deliver(missed(4, 3 * HOUR), queue(30, 5, 4 * HOUR))
        self.deliver(missed_in_menu(6, 5 * HOUR, YUSUF, with_leg=False))
        gone = self.deliver(incoming(7, 6 * HOUR, caller=UNKNOWN))
        gone.ticket_ids.unlink()
        moved = self.deliver(incoming(8, 7 * HOUR)).ticket_ids
        moved.write({"team_id": self.team.id, "channel_id": self.email_channel().id})
        self.connection.virtual_number_ids.number = "+97145550199"
        self.deliver(CallBuilder(9, 8 * HOUR).ring(SARA, 1))
        self.env.flush_all()

    def email_channel(self):
        return self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")

    def stored(self, model, names):
        """The columns of all records: dict, id → values."""
        columns = SQL(", ").join(map(SQL.identifier, names))
        table = SQL.identifier(self.env[model]._table)
        query = SQL("SELECT id, %s FROM %s", columns, table)
        return {id_: values for id_, *values in self.env.execute_query(query)}

    def drop(self, model, names):
        for name in names:
            table = SQL.identifier(self.env[model]._table)
            column = SQL.identifier(name)
            self.env.cr.execute(SQL("ALTER TABLE %s DROP COLUMN %s", table, column))

    def assertFilled(self, model, *names):
        """Columns that were missing have after an upgrade what the ORM would compute."""
        Model, fields = self.env[model], self.env[model]._fields
        records = Model.with_context(active_test=False).search([])
        for name in names:
            self.env.add_to_compute(fields[name], records)
        self.env.flush_all()
        computed = self.stored(model, names)
        self.assertTrue(any(all(values) for values in computed.values()))
        self.drop(model, names)
        self.env.invalidate_all()
        recompute, by_orm = BaseModel._recompute_field, set()

        def noting(records, field, ids=None):
            if records.env.transaction.tocompute.get(field):
                by_orm.add(field.name)
            return recompute(records, field, ids)

        with patch.object(BaseModel, "_recompute_field", noting):
            self.registry.init_models(self.env.cr, [model], {"module": NAME})
        self.assertFalse(by_orm & {*names})
        self.assertEqual(self.stored(model, names), computed)

    def test_r46_columns_of_calls(self):
        self.live_through()
        names = "agent_id", "team_id", "channel_id", "has_ticket", "missed_ticket_id"
        self.assertFilled("callgear.call", *names)

    def test_r46_columns_of_calls_whose_number_belongs_to_another_connection(self):
        self.live_through()
        numbers = self.env["callgear.call"].search([]).virtual_number_id
        numbers.connection_id = self.connection.copy({"name": "Second account"})
        self.assertFilled("callgear.call", "agent_id", "team_id", "channel_id")

    def test_r41_lines_of_numbers(self):
        self.live_through()
        for model in ("callgear.call", "callgear.partner.phone"):
            with self.subTest(model):
                self.assertFilled(model, "line_key")

    def test_r46_columns_of_conversations(self):
        self.live_through()
        self.assertFilled("callgear.leg", "team_id", "channel_id")

    def test_r47_since_when_callers_wait(self):
        self.live_through()
        self.deliver(missed(10, 9 * HOUR, caller=UNKNOWN))
        self.tickets().filtered("call_missed_since")[:1].stage_id = self.closed
        self.assertFilled("helpdesk.ticket", "call_waiting_since")
