# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R41: numbers of contacts are read at installation, and kept in step after."""

from io import BytesIO

from odoo.addons.callgear_integration.callgear.download import Audio
from odoo.addons.callgear_integration.hooks import post_init_hook, uninstall_hook
from odoo.addons.callgear_integration.models import callgear_partner_phone
from odoo.addons.callgear_integration.models.callgear_partner_phone import BATCH

from .builder import MARYAM
from .case import CallgearCase, tagged
from .roles import make_roles
from .scenarios import incoming, missed

PHONE_LOGGER = "odoo.addons.callgear_integration.models.callgear_partner_phone"


@tagged("post_install", "-at_install")
class TestLearning(CallgearCase):
    def old_contacts(self, count):
        """Contacts from before the installation: nobody has told the index of them."""
        self.env.cr.execute(
            """INSERT INTO res_partner (name, complete_name, phone, active, type)
               SELECT 'Old ' || n, 'Old ' || n, '+9715055' || (10000 + n), n %% 7 > 0,
                      'contact'
                 FROM generate_series(1, %s) AS n
            RETURNING id""",
            [count],
        )
        return self.env["res.partner"].browse(id for (id,) in self.env.cr.fetchall())

    def numbers(self, partner, **equal):
        domain = [("partner_id", "=", partner.id)]
        domain += [(name, "=", value) for name, value in equal.items()]
        return self.env["callgear.partner.phone"].search(domain).mapped("number")

    def recognised(self, number):
        return self.env["callgear.partner.phone"]._find_partners(
            self.connection, number
        )

    def test_r41_installation_reads_all_contacts_in_batches(self):
        contacts = self.old_contacts(BATCH + 10)
        with self.assertLogs(PHONE_LOGGER, 20) as log:
            post_init_hook(self.env)
        rows = self.env["callgear.partner.phone"].search(
            [("partner_id", "in", contacts.ids)]
        )
        self.assertEqual(len(rows), BATCH + 10)
        self.assertEqual(set(rows.mapped("origin")), {"field"})
        self.assertEqual(len(log.output), 2)
        self.assertIn(f"{BATCH} of ", log.output[0])

    def test_r41_contacts_of_a_batch_are_read_by_their_own_countries(self):
        contacts = self.old_contacts(3)
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "country_id": self.env.ref("base.uk").id}
        )
        self.env.cr.execute(
            """UPDATE res_partner SET phone = '020 7946 0123',
                      country_id = CASE id WHEN %s THEN %s END,
                      company_id = CASE id WHEN %s THEN %s END
                WHERE id IN %s""",
            [
                contacts[0].id,
                self.env.ref("base.uk").id,
                contacts[1].id,
                company.id,
                contacts._ids,
            ],
        )
        self.env.invalidate_all()
        post_init_hook(self.env)
        self.assertEqual(self.numbers(contacts[0]), ["+442079460123"])
        self.assertEqual(self.numbers(contacts[1]), ["+442079460123"])
        self.assertNotIn("+442079460123", self.numbers(contacts[2]))

    def test_r41_installation_needs_a_few_statements_a_batch(self):
        """However many contacts there are: ids, numbers, rows, and what was read before."""
        self.patch(callgear_partner_phone, "BATCH", 10)
        Phone = self.env["callgear.partner.phone"]

        def statements(count):
            with self.undone():
                self.old_contacts(count)
                Phone._sync_with_all_partners()  # warms up
                self.env.cr.execute("DELETE FROM callgear_partner_phone")
                before = self.env.cr.sql_log_count
                Phone._sync_with_all_partners()
                return self.env.cr.sql_log_count - before

        self.assertLessEqual(statements(400) - statements(200), 20 * 20)

    def test_r41_once_more_changes_nothing(self):
        self.old_contacts(20)
        post_init_hook(self.env)
        before = self.env["callgear.partner.phone"].search([])
        post_init_hook(self.env)
        self.assertEqual(self.env["callgear.partner.phone"].search([]), before)

    def test_r41_archived_contact_is_known_once_active_again(self):
        partner = self.old_contacts(7)[-1]
        self.assertFalse(partner.active)
        post_init_hook(self.env)
        self.assertFalse(self.recognised(partner.phone))
        partner.active = True
        self.assertEqual(self.recognised(partner.phone), partner)

    def test_r41_new_contact(self):
        partner = self.env["res.partner"].create(
            {"name": "New", "phone": "+447700900111"}
        )
        self.assertEqual(self.recognised("+447700900111"), partner)

    def test_r41_several_numbers_in_one_field(self):
        partner = self.env["res.partner"].create(
            {"name": "New", "phone": "+44 7700 900111, 00971 50 555 0188"}
        )
        self.assertEqual(
            sorted(self.numbers(partner)), ["+447700900111", "+971505550188"]
        )

    def test_r41_changed_number(self):
        self.maryam.phone = "+971505550199"
        self.assertFalse(self.recognised(f"+{MARYAM}"))
        self.assertEqual(self.recognised("+971505550199"), self.maryam)

    def test_r41_emptied_number(self):
        self.maryam.phone = False
        self.assertEqual(self.numbers(self.maryam), [])

    def test_r41_national_number_follows_the_contacts_country(self):
        partner = self.env["res.partner"].create(
            {
                "name": "New",
                "phone": "020 7946 0123",
                "country_id": self.env.ref("base.uk").id,
            }
        )
        self.assertIn("+442079460123", self.numbers(partner))

    def test_r41_national_number_follows_a_changed_country(self):
        partner = self.env["res.partner"].create(
            {"name": "New", "phone": "020 7946 0123"}
        )
        partner.country_id = self.env.ref("base.uk")
        self.assertIn("+442079460123", self.numbers(partner))

    def test_r41_national_number_follows_a_changed_company(self):
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "country_id": self.env.ref("base.uk").id}
        )
        partner = self.env["res.partner"].create(
            {"name": "New", "phone": "020 7946 0123"}
        )
        partner.company_id = company
        self.assertIn("+442079460123", self.numbers(partner))

    def test_r41_archived_contact_is_not_recognised(self):
        self.maryam.active = False
        self.assertFalse(self.recognised(f"+{MARYAM}"))
        self.maryam.active = True
        self.assertEqual(self.recognised(f"+{MARYAM}"), self.maryam)

    def test_r41_deleted_contact_leaves_nothing(self):
        number = self.maryam.id
        self.maryam.unlink()
        self.assertFalse(
            self.env["callgear.partner.phone"].search([("partner_id", "=", number)])
        )

    def test_r13_number_added_from_a_call_outlives_changes_of_the_field(self):
        self.env["callgear.partner.phone"]._find_or_create(self.maryam, "+447700900111")
        self.maryam.phone = "+971505550199"
        self.assertEqual(self.recognised("+447700900111"), self.maryam)

    def test_users_without_rights_to_the_index_keep_it_in_step(self):
        partner = (
            self.env["res.partner"]
            .with_user(self.sara)
            .create({"name": "New", "phone": "+447700900111"})
        )
        partner.phone = "+447700900112"
        self.assertEqual(self.numbers(partner), ["+447700900112"])

    # ------------------------------------------------------------------- merge

    def merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)
        self.env.invalidate_all()

    def test_r41_merged_contacts_with_the_same_number(self):
        twin = self.env["res.partner"].create({"name": "Twin", "phone": f"+{MARYAM}"})
        self.merge(twin, self.maryam)
        self.assertFalse(twin.exists())
        self.assertEqual(self.numbers(self.maryam), [f"+{MARYAM}"])

    def test_r41_merged_contacts_keep_all_their_numbers(self):
        twin = self.env["res.partner"].create({"name": "Twin", "phone": f"+{MARYAM}"})
        self.env["callgear.partner.phone"]._find_or_create(twin, "+447700900111")
        other = self.env["res.partner"].create(
            {"name": "Other", "phone": "+447700900222"}
        )
        self.merge(twin, self.maryam)
        self.merge(other, self.maryam)
        for number in (f"+{MARYAM}", "+447700900111", "+447700900222"):
            self.assertEqual(self.recognised(number), self.maryam)

    def test_r41_merged_contacts_keep_their_calls(self):
        call = self.deliver(incoming())
        twin = self.env["res.partner"].create({"name": "Twin", "phone": f"+{MARYAM}"})
        self.merge(self.maryam, twin)
        self.assertEqual(call.partner_id, twin)
        self.assertEqual(call.ticket_ids.partner_id, twin)

    def test_r41_merged_contact_was_last_spoken_to_when_either_was(self):
        self.deliver(incoming())
        Phone = self.env["callgear.partner.phone"]
        moment = Phone.search([("partner_id", "=", self.maryam.id)]).last_spoken_at
        twin = self.env["res.partner"].create({"name": "Twin", "phone": f"+{MARYAM}"})
        self.merge(self.maryam, twin)
        row = Phone.search([("partner_id", "=", twin.id)])
        self.assertTrue(moment)
        self.assertEqual(row.last_spoken_at, moment)


@tagged("post_install", "-at_install")
class TestUninstallation(CallgearCase):
    def stored(self, call):
        recording = call.recording_ids
        recording._keep(Audio(BytesIO(b"ID3 sound"), "audio/mpeg"))
        return recording.attachment_id

    def test_r53_recordings_become_attachments_of_their_tickets(self):
        call = self.deliver(incoming())
        attachment = self.stored(call)
        uninstall_hook(self.env)
        self.assertEqual(attachment.res_model, "helpdesk.ticket")
        self.assertEqual(attachment.res_id, call.ticket_ids.id)
        self.assertEqual(attachment.raw, b"ID3 sound")

    def test_r53_voicemail_goes_to_its_ticket(self):
        self.connection.voicemail_tickets = True
        call = self.deliver(missed().record(60, kind="voice_mail"))
        attachment = self.stored(call)
        uninstall_hook(self.env)
        self.assertEqual(attachment.res_id, self.tickets().id)

    def test_r53_messages_keep_their_players(self):
        call = self.deliver(incoming())
        attachment = self.stored(call)
        uninstall_hook(self.env)
        self.assertEqual(call.leg_ids.message_id.attachment_ids, attachment)

    def test_r53_those_who_read_the_ticket_read_the_file(self):
        roles = make_roles(self.env)
        call = self.deliver(incoming())
        call.ticket_ids.write({"team_id": False, "user_id": roles["own"].id})
        attachment = self.stored(call)
        uninstall_hook(self.env)
        self.assertTrue(attachment.with_user(roles["own"]).has_access("read"))
        self.assertFalse(attachment.with_user(roles["other_own"]).has_access("read"))

    def test_r53_recording_without_a_ticket_does_no_harm(self):
        call = self.deliver(incoming())
        call.ticket_ids.unlink()
        attachment = self.stored(call)
        uninstall_hook(self.env)
        self.assertEqual(attachment.res_model, "callgear.recording")
