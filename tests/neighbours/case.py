# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A helpdesk in which each neighbour would send, post and move what it can."""

from odoo.addons.callgear_integration.tests.case import CallgearCase
from odoo.addons.mail.tests.common import MailCommon


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
    def rule(cls, trigger, **action):
        """An automation rule on tickets with one action."""
        model_id = cls.env["ir.model"]._get_id("helpdesk.ticket")
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
            cls.rule(trigger, state="sms", sms_template_id=cls.sms.id, sms_method="sms")
            cls.rule(
                trigger,
                state="code",
                code="for record in records.with_context({}):\n"
                "  record.message_post(body='Hello', subtype_xmlid='mail.mt_comment',"
                " partner_ids=record.partner_id.ids)\n"
                "  env(context={})['mail.mail'].create("
                "{'email_to': record.partner_email, 'body_html': 'x'})",
            )

    def sent(self):
        """All that customers have got so far, of any kind, as a set of records."""
        customer = self.maryam
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
            [("number", "!=", False), ("partner_id", "=", customer.id)]
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
