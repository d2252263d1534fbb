# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R1, R54: teams, channels and stages that are archived, another team's, or deleted."""

from odoo.exceptions import UserError, ValidationError

from .builder import SARA, UNKNOWN
from .case import CallgearCase, tagged
from .scenarios import HOUR, blind_transfer, incoming, missed, softphone

STAGES = ("open_stage_id", "pending_stage_id", "closed_stage_id")
SCENARIOS = (incoming, missed, softphone, blind_transfer)


class PlaceCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = cls.env["callgear.virtual.number"].create(
            {
                "connection_id": cls.connection.id,
                "number": "+97145550100",
                "name": "Sales",
            }
        )
        cls.other_team = cls.env["helpdesk.ticket.team"].create({"name": "Others"})

    def spare(self, name):
        """A record of the kind that a field of the connection takes."""
        values = {"name": f"Spare {name}"}
        if name == "closed_stage_id":
            values["closed"] = True
        return self.env[self.connection._fields[name].comodel_name].create(values)


@tagged("post_install", "-at_install")
class TestConfigured(PlaceCase):
    def test_r01_what_is_archived_is_refused_in_words(self):
        for record in (self.connection, self.number):
            for name in ("team_id", "channel_id", *STAGES):
                with self.subTest(record=record._name, field=name):
                    spare = self.spare(name)
                    spare.active = False
                    with self.assertRaisesRegex(ValidationError, "is archived"):
                        record[name] = spare

    def test_r01_stages_of_another_team_are_refused_in_words(self):
        for record in (self.connection, self.number):
            for name in STAGES:
                with self.subTest(record=record._name, field=name):
                    spare = self.spare(name)
                    spare.team_ids = self.other_team
                    with self.assertRaisesRegex(ValidationError, "belongs to Others"):
                        record[name] = spare
                    spare.team_ids |= self.team
                    record[name] = spare
                    self.assertEqual(record[name], spare)

    def test_r01_a_team_whose_stages_are_others_is_refused(self):
        """In the connection, in a number, and in the connection of such a number."""
        self.open.team_ids = self.team
        for record in (self.connection, self.number):
            with self.assertRaisesRegex(ValidationError, "belongs to Hotline"):
                record.team_id = self.other_team
        with self.assertRaisesRegex(ValidationError, "but the tickets are .* no team"):
            self.connection.team_id = False
        own = self.spare("open_stage_id")
        own.team_ids = self.other_team
        self.number.write({"team_id": self.other_team.id, "open_stage_id": own.id})

    def test_r01_another_companys_is_refused(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for record in (self.connection, self.number):
            for name in ("team_id", "channel_id", *STAGES):
                with self.subTest(record=record._name, field=name):
                    spare = self.spare(name)
                    spare.company_id = company
                    with self.assertRaises(UserError):
                        record[name] = spare

    def test_r44_in_russian(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.env["ir.module.module"]._load_module_terms(
            ["callgear_integration"], ["ru_RU"]
        )
        self.other_team.active = False
        with self.assertRaisesRegex(ValidationError, "в архиве"):
            self.connection.with_context(lang="ru_RU").team_id = self.other_team

    def test_r01_other_fields_can_still_be_changed(self):
        """Also of a connection whose stage was archived afterwards."""
        self.pending.active = False
        self.connection.name = "Renamed"
        self.number.name = "Renamed"
        self.assertEqual(self.connection.name, "Renamed")

    def test_r04_the_test_of_the_connection_names_them(self):
        self.assertFalse(self.connection._unfit_places())
        self.pending.active = False
        self.number.team_id = self.other_team
        self.number.team_id.active = False
        self.number.closed_stage_id = self.spare("closed_stage_id")
        self.number.closed_stage_id.team_ids = self.team
        self.assertEqual(
            self.connection._unfit_places(),
            [
                f"Pending Stage: {self.pending.name}",
                "Sales, Team: Others",
                "Sales, Closed Stage: Spare closed_stage_id",
            ],
        )

    def test_r04_also_what_went_to_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for name in ("team_id", "channel_id", *STAGES):
            with self.subTest(field=name), self.undone():
                place = self.spare(name)
                self.connection[name] = place
                place.company_id = company
                [unfit] = self.connection._unfit_places()
                self.assertIn(place.display_name, unfit)


@tagged("post_install", "-at_install")
class TestArchivedLater(PlaceCase):
    def assertFitting(self, tickets):
        self.assertTrue(tickets)
        for ticket in tickets:
            self.assertTrue(ticket.stage_id.active)
            self.assertIn(
                ticket.stage_id.team_ids, (ticket.team_id, self.open.team_ids)
            )
            self.assertTrue(ticket.channel_id.active)
            self.assertTrue(ticket.is_calls_channel)
            if ticket.team_id:
                self.assertTrue(ticket.team_id.active)

    def test_r54_archived_before_a_call(self):
        """Whichever it is, of the number or the connection, any call gets its ticket."""
        number = 1
        for record in (self.connection, self.number):
            for name in ("team_id", "channel_id", *STAGES):
                for make in SCENARIOS:
                    with self.subTest(record._name, field=name, call=make.__name__):
                        spare = self.spare(name)
                        if name == "team_id":
                            spare.user_ids = self.sara | self.omar
                        record[name] = spare
                        spare.active = False
                        call = make(number, number * 5 * HOUR)
                        self.deliver(call)
                        self.assertFitting(self.call_of(call).ticket_ids)
                        number += 1

    def roles(self, *calls):
        """Whether the stages of calls' tickets are closed ones."""
        return [self.call_of(call).ticket_ids.stage_id.closed for call in calls]

    def test_r29_the_stand_in_plays_the_same_role(self):
        for name in STAGES:
            self.connection[name].active = False
        calls = [missed(1, caller=UNKNOWN), softphone(2, 5 * HOUR)]
        self.deliver(*calls)
        self.assertEqual(self.roles(*calls), [False, True])
        call = incoming(3, 10 * HOUR)
        self.deliver(*call.deliveries[:2])
        ticket = self.make_ticket(self.sara, call)
        self.deliver(*call.deliveries[2:])
        self.assertTrue(ticket.stage_id.active)
        self.assertFalse(ticket.stage_id.closed)

    def test_r29_archived_in_the_middle(self):
        call = incoming(1)
        self.deliver(*call.deliveries[:2])
        ticket = self.make_ticket(self.sara, call)
        self.pending.active = False
        self.deliver(*call.deliveries[2:])
        self.assertTrue(ticket.stage_id.active)
        self.assertNotEqual(ticket.stage_id, self.pending)

    def test_r29_restored(self):
        self.open.active = False
        self.deliver(missed(1))
        self.open.active = True
        self.deliver(missed(2, 5 * HOUR, "447700900199"))
        self.assertEqual(self.tickets()[-1].stage_id, self.open)

    def test_r29_no_stage_is_left(self):
        """A call never fails because of it."""
        self.env["helpdesk.ticket.stage"].search([]).active = False
        for number, make in enumerate(SCENARIOS, start=1):
            self.deliver(make(number, number * 5 * HOUR))
        self.assertTrue(self.tickets())
        self.assertFalse(self.tickets().stage_id.filtered(lambda s: not s.active))

    def test_r29_a_ticket_of_another_team(self):
        """Its own team's stages are used where the connection's are not its."""
        for name in STAGES:
            self.connection[name].team_ids = self.team
        mine = self.env["helpdesk.ticket.stage"].create(
            {"name": "Theirs", "team_ids": self.other_team.ids, "sequence": 99}
        )
        self.other_team.user_ids = self.sara
        ticket = self.plain_ticket(team_id=self.other_team.id, stage_id=mine.id)
        call = incoming(1)
        self.deliver(*call.deliveries[:2])
        self.by(self.sara, call).attach_to_ticket(ticket.id)
        self.deliver(*call.deliveries[2:])
        self.assertIn(
            ticket.stage_id.team_ids, (self.other_team, mine.team_ids.browse())
        )
        self.assertFalse(ticket.stage_id.closed)

    def test_r54_archived_team(self):
        self.number.team_id = self.other_team
        self.other_team.user_ids = self.sara
        self.other_team.active = False
        self.deliver(incoming(1))
        self.assertEqual(self.tickets().team_id, self.team)
        self.team.active = False
        self.deliver(missed(2, 5 * HOUR))
        self.assertFalse(self.tickets()[-1].team_id)


@tagged("post_install", "-at_install")
class TestDeleted(PlaceCase):
    def used(self):
        """A record for each reference that prevents a deletion."""
        leg = self.deliver(incoming()).main_leg_id
        leg.sudo().result_id = self.env["callgear.result"].create({"name": "Solved"})
        self.connection.working_calendar_id = self.env["resource.calendar"].create(
            {"name": "Week"}
        )
        for name in ("team_id", "channel_id", *STAGES):
            self.number[name] = self.spare(name)
            self.connection[name] = self.spare(name)

    def references(self):
        """(model, field, its record) of all that would keep something from deletion."""
        for name in sorted(self.registry.models):
            Model = self.env[name]
            if not name.startswith("callgear.") or Model._abstract or not Model._auto:
                continue
            for field in Model._fields.values():
                if (
                    field.type == "many2one"
                    and field.store
                    and not Model._transient
                    and field.ondelete == "restrict"
                ):
                    yield name, field.name, field.comodel_name

    def test_r44_no_raw_text_of_the_database(self):
        """Whatever our records refer to says in words what uses it, and what to do."""
        self.used()
        found = list(self.references())
        self.assertGreaterEqual(len(found), 6)
        places = [
            (name, field)
            for name in ("callgear.connection", "callgear.virtual.number")
            for field in ("team_id", "channel_id", *STAGES)
        ]
        chosen = {
            (name, field, self.env[name]._fields[field].comodel_name)
            for name, field in places
        }
        for name, field, comodel in sorted({*found, *chosen}):
            user = (
                self.env[name]
                .with_context(active_test=False)
                .search([(field, "!=", False)], order="id desc", limit=1)
            )
            if name.startswith("callgear.virtual"):
                user = self.number
            with self.subTest(name, field=field):
                self.assertTrue(user[field])
                if comodel == "res.company":
                    continue  # Odoo's own matter
                with self.assertRaisesRegex(UserError, "cannot be deleted: ") as caught:
                    user[field].unlink()
                self.assertRegex(str(caught.exception), "first|instead")

    def test_r01_what_is_not_used_can_be_deleted(self):
        for name in ("team_id", "channel_id", *STAGES):
            self.spare(name).unlink()
        self.env["callgear.operator"].search(
            [("employee_id", "=", str(SARA.id)), ("user_id", "=", self.sara.id)]
        ).unlink()
        self.number.unlink()
        self.connection.copy().unlink()
