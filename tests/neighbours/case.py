# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A helpdesk in which each neighbour would send, post and move what it can."""

import textwrap

from odoo.tools import SQL

from odoo.addons.callgear_integration.tests.case import CallgearCase
from odoo.addons.mail.tests.common import MailCommon

# Ways in which code of others reaches a customer, past the ticket too. In what is planned
# for later, ``later`` is in an hour.
WAYS = {
    "comment": """
        record.message_post(
          body='x', subtype_xmlid='mail.mt_comment', partner_ids=partner.ids)""",
    "comment, notified later": """
        record.message_subscribe(partner.ids)
        record.message_post(
          body='x', subtype_xmlid='mail.mt_comment', scheduled_date=later)""",
    "comment on the contact": """
        partner.message_post(
          body='x', subtype_xmlid='mail.mt_comment', partner_ids=partner.ids)""",
    "notice": "record.message_notify(body='x', partner_ids=partner.ids)",
    "planned post": """
        record.message_subscribe(partner.ids)
        env['mail.scheduled.message'].create({'model': record._name,
          'res_id': record.id, 'body': 'x', 'author_id': env.user.partner_id.id,
          'partner_ids': [(6, 0, partner.ids)], 'scheduled_date': later})""",
    "planned post on the contact": """
        env['mail.scheduled.message'].create({'model': partner._name,
          'res_id': partner.id, 'body': 'x', 'author_id': env.user.partner_id.id,
          'partner_ids': [(6, 0, partner.ids)], 'scheduled_date': later})""",
    "e-mail": """
        env['mail.mail'].create(
          {'email_to': partner.email, 'email_cc': partner.email, 'body_html': 'x'})""",
    "e-mail, later": """
        env['mail.mail'].create({'recipient_ids': [(6, 0, partner.ids)],
          'body_html': 'x', 'scheduled_date': str(later)})""",
    "e-mail, addressed afterwards": """
        mail = env['mail.mail'].create({'body_html': 'x'})
        mail.write({'recipient_ids': [(4, partner.id)], 'email_to': partner.email})
        mail.send()""",
    "template": """
        env['mail.template'].search([('name', '=', 'For the customer')])[:1].send_mail(
          record.id, force_send=True)""",
    "SMS on the ticket": "record._message_sms('x')",
    "SMS on the contact": "partner._message_sms('x')",
    "SMS to a number": "record._message_sms('x', sms_numbers=[partner.phone])",
    "SMS, many at once": "record._message_sms_schedule_mass('x')",
    "SMS, many at once, now": """
        partner._message_sms_schedule_mass('x', mass_force_send=True)""",
    "SMS without a post": """
        env['sms.sms'].create({'partner_id': partner.id, 'number': partner.phone,
          'body': 'x'}).send()""",
    "SMS to a mere number": """
        phone = env['callgear.partner.phone'].search([('partner_id', '=', partner.id)])
        if phone:
          env['sms.composer'].create({'composition_mode': 'numbers', 'body': 'x',
            'numbers': phone[0].number}).action_send_sms()""",
    "SMS, sent afterwards": """
        env['sms.sms'].create({'partner_id': partner.id, 'number': partner.phone,
          'body': 'x', 'state': 'error'}).resend_failed()""",
}


def join_field_service(env, *users):
    """Give users what field service wants of everybody who opens a ticket's form."""
    for user in users:
        user.group_ids += env.ref("fieldservice.group_fsm_user_own")


class NeighboursCase(MailCommon, CallgearCase):
    """The customer follows each ticket, and each stage writes to them twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        join_field_service(cls.env, cls.sara)
        stages = cls.open | cls.pending | cls.closed
        stages.mail_template_id = cls.closed.mail_template_id or cls.stage_template()
        stages.rating_mail_template_id = cls.env.ref(
            "helpdesk_mgmt_rating.rating_ticket_email_template"
        )
        cls.template = cls.stage_template()
        cls.sms = cls.env["sms.template"].create(
            {
                "name": "SMS",
                "model_id": cls.env["ir.model"]._get_id("helpdesk.ticket"),
                "body": "We work on it",
            }
        )
        cls.env.flush_all()

    @classmethod
    def stage_template(cls):
        return cls.env["mail.template"].create(
            {
                "name": "For the customer",
                "model_id": cls.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "Your ticket",
                "use_default_to": False,
                "body_html": "<p>We work on it.</p>",
                "partner_to": "{{ object.partner_id.id }}",
                "email_to": "{{ object.partner_email }}",
            }
        )

    @classmethod
    def rule(cls, trigger, model="helpdesk.ticket", **action):
        """An automation rule with one action."""
        model_id = cls.env["ir.model"]._get_id(model)
        values = {
            "name": f"On {trigger}",
            "model_id": model_id,
            "trigger": trigger,
            "action_server_ids": [
                (0, 0, {"name": "Act", "model_id": model_id, **action})
            ],
        }
        return cls.env["base.automation"].create(values)

    @classmethod
    def add_rules(cls):
        """Whatever automation rules can do to customers, on creation and on each change."""
        for trigger in ("on_create", "on_create_or_write"):
            for method in ("email", "comment", "note"):
                cls.rule(
                    trigger,
                    state="mail_post",
                    template_id=cls.template.id,
                    mail_post_method=method,
                )
            for method in ("sms", "comment", "note"):
                rule = cls.rule(
                    trigger, state="sms", sms_template_id=cls.sms.id, sms_method=method
                )
                # Odoo refuses the last two where there is nobody to send to.
                rule.filter_domain = "[('partner_id.phone', '!=', False)]"
            for way in WAYS.values():
                cls.code_rule(trigger, way)

    @classmethod
    def code_rule(cls, trigger, code, model="helpdesk.ticket"):
        """A rule that runs code for each record with a contact, without our context.

        :param code: with the names ``record``, ``partner`` and ``env``
        :param model: of tickets, calls or legs
        """
        head = (
            "env = env(context={})\n"
            "later = datetime.datetime.now() + datetime.timedelta(hours=1)\n"
            "for record in records.with_env(env).filtered('partner_id'):\n"
            "  partner = record.partner_id\n"
        )
        body = textwrap.indent(textwrap.dedent(code), "  ")
        return cls.rule(trigger, model, state="code", code=head + body)

    def later(self):
        """An hour later: what was planned is sent."""
        self.env.flush_all()
        # Odoo refuses dates in the past, and whoever edits a message means to send it.
        for table, column in (
            ("mail_scheduled_message", "scheduled_date"),
            ("mail_message_schedule", "scheduled_datetime"),
        ):
            past = SQL("now() AT TIME ZONE 'UTC' - interval '1 minute'")
            names = SQL.identifier(table), SQL.identifier(column)
            self.env.cr.execute(SQL("UPDATE %s SET %s = %s", *names, past))
        self.env.invalidate_all()
        self.env["mail.scheduled.message"]._post_messages_cron()
        self.env["mail.message.schedule"]._send_notifications_cron()
        self.env.cr.precommit.run()

    def sent(self, customer=None):
        """All that somebody has got so far, of any kind, as a set of records.

        :param customer: their contact; by default the customer
        """
        customer = customer or self.maryam
        digits = customer.phone[-9:].replace(" ", "")
        mails = self.env["mail.mail"].search(
            ["|", ("recipient_ids", "in", customer.ids)]
            + ["|", ("email_to", "ilike", customer.email)]
            + [("email_cc", "ilike", customer.email)]
        )
        notifications = self.env["mail.notification"].search(
            [("res_partner_id", "=", customer.id)]
        )
        addressed = self.env["mail.message"].search(
            [("partner_ids", "in", customer.ids)]
        )
        sms = self.env["sms.sms"].search(
            ["|", ("number", "like", digits), ("partner_id", "=", customer.id)]
            + [("number", "!=", False), ("state", "!=", "canceled")]
        )
        ratings = self.env["rating.rating"].search(
            [("res_model", "=", "helpdesk.ticket"), ("partner_id", "=", customer.id)]
        )
        tracked = self.env["mail.tracking.email"].search(
            [("partner_id", "=", customer.id)]
        )
        found = (mails, notifications, addressed, sms, ratings, tracked)
        return {record for records in found for record in records}

    def deliver(self, *calls):
        """Each notification is a transaction of its own, as it is outside of tests."""
        told = [d for call in calls for d in getattr(call, "deliveries", [call])]
        for delivery in told:
            self.post(delivery)
            self.env.cr.precommit.run()
            self.env.flush_all()
        return self.call_of(calls[-1])
