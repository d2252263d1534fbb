# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R12-R15: an incoming call from a number that belongs to nobody yet."""

from odoo.exceptions import AccessError, UserError

from .builder import UNKNOWN
from .case import CallgearCase, tagged
from .scenarios import begun, incoming, over

NUMBER = f"+{UNKNOWN}"


@tagged("post_install", "-at_install")
class TestUnknownCaller(CallgearCase):
    def setUp(self):
        super().setUp()
        self.call = begun(caller=UNKNOWN)
        self.deliver(self.call)

    def numbers(self, partner):
        return sorted(
            self.env["callgear.partner.phone"]
            .search([("partner_id", "=", partner.id)])
            .mapped("number")
        )

    def test_r12_the_popup_says_unknown(self):
        """No contact is guessed for an unknown number."""
        [state] = self.env["res.users"].with_user(self.sara).callgear_current_calls()
        self.assertEqual(state["phone"], NUMBER)
        self.assertIsNone(state["partner"])
        self.assertEqual(state["partners"], [])

    def test_r13_number_goes_into_an_empty_phone_field(self):
        """The number is added to the contact, and the next call is recognised."""
        partner = self.env["res.partner"].create({"name": "Ann"})
        action = self.by(self.sara, self.call).link_partner(partner.id)
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", partner.id)
        )
        self.assertEqual(self.call_of(self.call).partner_id, partner)
        self.assertEqual(partner.phone, NUMBER)
        again = self.deliver(incoming(2, start=3600, caller=UNKNOWN))
        self.assertEqual(again.partner_id, partner)

    def test_r13_no_number_is_lost(self):
        """A number that the contact has already stays, and both are recognised."""
        self.by(self.sara, self.call).link_partner(self.maryam.id)
        self.assertEqual(self.maryam.phone, "050 555 0123")
        self.assertEqual(self.numbers(self.maryam), [NUMBER, "+971505550123"])
        again = self.deliver(incoming(2, start=3600, caller=UNKNOWN))
        self.assertEqual(again.partner_id, self.maryam)
        again = self.deliver(incoming(3, start=7200))
        self.assertEqual(again.partner_id, self.maryam)

    def test_r13_text_in_the_phone_field_is_kept(self):
        """A text that is not recognised as a number is not overwritten either."""
        partner = self.env["res.partner"].create({"name": "Ann", "phone": "ask Bob"})
        self.by(self.sara, self.call).link_partner(partner.id)
        self.assertEqual(partner.phone, "ask Bob")
        self.assertEqual(self.numbers(partner), [NUMBER])

    def test_r13_added_number_outlives_the_phone_field(self):
        """Editing the contact's phone later does not take the added number away."""
        self.by(self.sara, self.call).link_partner(self.maryam.id)
        self.maryam.phone = "+971 50 555 0199"
        self.assertEqual(self.numbers(self.maryam), [NUMBER, "+971505550199"])

    def test_r13_linked_after_the_call(self):
        """The automatic ticket gets the contact too."""
        self.deliver(over(self.call))
        ticket = self.tickets()
        self.assertFalse(ticket.partner_id)
        self.by(self.sara, self.call).link_partner(self.maryam.id)
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.partner_email, self.maryam.email)

    def test_r13_then_as_r07(self):
        """After linking, a new ticket has the contact."""
        self.by(self.sara, self.call).link_partner(self.maryam.id)
        self.assertEqual(self.open_form(self.sara, self.call).partner_id, self.maryam)

    def test_r13_linked_twice_by_mistake(self):
        """A correction: the call and the ticket go to the second contact."""
        wrong = self.env["res.partner"].create({"name": "Wrong"})
        self.deliver(over(self.call))
        self.by(self.sara, self.call).link_partner(wrong.id)
        self.by(self.sara, self.call).link_partner(self.maryam.id)
        self.assertEqual(self.tickets().partner_id, self.maryam)
        self.assertEqual(self.call_of(self.call).partner_id, self.maryam)

    def test_r13_agent_without_rights_to_contacts(self):
        """Linking adds the number also if the agent may not edit contacts."""
        self.sara.group_ids -= self.env.ref("base.group_partner_manager")
        self.by(self.sara, self.call).link_partner(self.maryam.id)
        self.assertIn(NUMBER, self.numbers(self.maryam))

    def test_r13_only_contacts_they_may_see(self):
        """Not a contact of another company, nor one that is gone."""
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["res.partner"].create(
            {"name": "F", "company_id": company.id}
        )
        gone = self.env["res.partner"].create({"name": "G"})
        gone.unlink()
        with self.assertRaises(AccessError):
            self.by(self.sara, self.call).link_partner(foreign.id)
        with self.assertRaises(UserError):
            self.by(self.sara, self.call).link_partner(gone.id)
        self.assertFalse(self.call_of(self.call).partner_id)

    def test_r14_contact_is_made_of_the_number(self):
        """*New ticket* creates the contact and fills the form with it."""
        form = self.open_form(self.sara, self.call)
        partner = form.partner_id
        self.assertEqual(partner.phone, NUMBER)
        form.name = "New customer"
        ticket = form.save()
        self.assertEqual(ticket.partner_id, partner)
        self.assertEqual(self.call_of(self.call).partner_id, partner)

    def test_r14_one_contact_however_often(self):
        """Pressing the button again makes no second contact."""
        first = self.open_form(self.sara, self.call).partner_id
        self.assertEqual(self.open_form(self.sara, self.call).partner_id, first)
        self.assertEqual(
            len(self.env["callgear.partner.phone"].search([("number", "=", NUMBER)])), 1
        )

    def test_r14_agent_without_rights_to_contacts(self):
        """The contact is created also for an agent who may not create contacts."""
        self.sara.group_ids -= self.env.ref("base.group_partner_manager")
        ticket = self.make_ticket(self.sara, self.call, name="New customer")
        self.assertEqual(ticket.partner_id.phone, NUMBER)

    def test_r14_hidden_number(self):
        """Of a hidden number no contact is made, but a ticket is."""
        self.deliver(call := begun(2, start=3600, caller=""))
        ticket = self.make_ticket(self.sara, call, name="Anonymous")
        self.assertFalse(ticket.partner_id)
        with self.assertRaises(UserError):
            self.by(self.sara, call).create_partner()
        self.deliver(over(call))
        self.assertEqual(self.ticket_of(call, self.sara), ticket)
        self.assertEqual(len(self.notes(ticket)), 1)

    def test_r44_the_popup_speaks_the_agents_language(self):
        """Also when a webhook, which has no language, brings it."""
        self.env["res.lang"]._activate_lang("ru_RU")
        self.sara.lang = "ru_RU"
        self.deliver(call := begun(2, start=3600, caller=""))
        self.assertEqual(
            self.told(self.leg(call, self.sara))["number"],
            "скрытый номер",
        )


@tagged("post_install", "-at_install")
class TestDraft(CallgearCase):
    def setUp(self):
        super().setUp()
        self.call = begun()
        self.deliver(self.call)

    def draft(self, subject=None, summary=None):
        return self.by(self.sara, self.call).save_draft(subject, summary)

    def test_r15_draft_becomes_the_ticket(self):
        """The call ends before *Create*: the ticket takes over what was typed."""
        self.assertFalse(self.draft("Lost parcel", "Parcel 12"))
        self.deliver(over(self.call))
        ticket = self.tickets()
        self.assertEqual(ticket.name, "Lost parcel")
        self.assertIn("Parcel 12", self.notes(ticket).body)
        self.assertEqual(ticket.user_id, self.sara)

    def test_r15_summary_only(self):
        """Without a typed subject it is the standard one."""
        self.draft(summary="Parcel 12")
        self.deliver(over(self.call))
        self.assertEqual(self.tickets().name, "Incoming call from +971505550123")
        self.assertIn("Parcel 12", self.notes(self.tickets()).body)

    def test_r15_draft_is_in_the_form(self):
        """A form opened anew goes on with what was typed; its box shows the call's words."""
        self.draft("Lost parcel", "Parcel 12")
        form = self.open_form(self.sara, self.call)
        self.assertEqual(form.name, "Lost parcel")
        ticket = form.save()
        self.assertIn("Parcel 12", self.notes(ticket).body)

    def test_r15_create_after_the_end(self):
        """*Create* in the form still open turns it into the ticket that was made."""
        form = self.open_form(self.sara, self.call)
        form.name, form.call_summary = "Lost", "Parcel"
        self.draft("Lost", "Parcel")
        self.deliver(over(self.call))
        made = self.tickets()
        form.name, form.call_summary = "Lost parcel", "Parcel 12"
        form.description, form.priority = "<p>Ask the carrier</p>", "3"
        ticket = form.save()
        self.assertEqual(ticket, made)
        self.assertEqual(self.tickets(), made)
        self.assertEqual((ticket.name, ticket.priority), ("Lost parcel", "3"))
        self.assertIn("Ask the carrier", ticket.description)
        self.assertIn("Parcel 12", self.notes(ticket).body)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r15_typing_goes_on_after_the_end(self):
        """Drafts after the end go into the ticket; *Create* is still the same one."""
        form = self.open_form(self.sara, self.call)
        self.deliver(over(self.call))
        made = self.tickets()
        self.assertEqual(self.draft("Lost parcel", "Parcel 12"), made.id)
        self.assertEqual(made.name, "Lost parcel")
        self.assertIn("Parcel 12", self.notes(made).body)
        form.name, form.call_summary = "Lost parcel!", "Parcel 12!"
        ticket = form.save()
        self.assertEqual(ticket, made)
        self.assertEqual(self.tickets(), made)
        self.assertEqual(ticket.name, "Lost parcel!")

    def test_r15_a_colleague_was_there_before(self):
        """A colleague comments on the automatic ticket; *Create* uses the same one."""
        form = self.open_form(self.sara, self.call)
        self.deliver(over(self.call))
        made = self.tickets()
        made.with_user(self.omar).message_post(
            body="I know them", message_type="comment"
        )
        form.name = "Lost parcel"
        self.assertEqual(form.save(), made)
        self.assertEqual(self.tickets(), made)

    def test_r15_empty_summary_field_loses_nothing(self):
        """The summary typed in the popup is kept by a form that knows nothing of it."""
        form = self.open_form(self.sara, self.call)
        self.draft(summary="Parcel 12")
        form.name = "Lost parcel"
        self.assertIn("Parcel 12", self.notes(form.save()).body)

    def test_r15_the_stage_chosen_in_the_form(self):
        """A stage that the agent chooses in the form stays."""
        form = self.open_form(self.sara, self.call)
        self.deliver(over(self.call))
        form.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        ticket = form.save()
        self.assertEqual(ticket, self.tickets())
        self.assertEqual(ticket.stage_id.name, "In Progress")

    def test_r15_contact_changed_in_the_form(self):
        """A contact chosen in the form is that of the ticket, also later on."""
        other = self.env["res.partner"].create({"name": "Wife"})
        form = self.open_form(self.sara, self.call)
        form.partner_id = other
        ticket = form.save()
        self.deliver(over(self.call))
        self.assertEqual(ticket.partner_id, other)

    def test_r15_markup_is_text(self):
        """What is typed is text: it makes no markup in the message."""
        self.draft("a", "<b>bold</b><script>x</script>")
        self.deliver(over(self.call))
        self.assertIn("&lt;b&gt;bold", str(self.notes(self.tickets()).body))
