# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R49: whose customer was answered by a colleague is told so."""

import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .builder import OMAR, SARA, START, UNKNOWN, WAREHOUSE
from .case import CallgearCase, tagged
from .scenarios import begun, incoming


def seconds_since_start(ago):
    """When a call has begun so long ago, as seconds of the builder."""
    here = datetime.now(timezone.utc).astimezone(ZoneInfo("Asia/Dubai"))
    return (here.replace(tzinfo=None) - ago - START).total_seconds()


JUST_NOW = timedelta(seconds=30)


@tagged("post_install", "-at_install")
class TestAnsweredNotice(CallgearCase):
    def setUp(self):
        super().setUp()
        self.ticket = self.plain_ticket(user_id=self.omar.id)
        self.env["bus.bus"].search([]).unlink()

    def answered(self, number=1, ago=JUST_NOW, **options):
        call = begun(number, seconds_since_start(ago), **options)
        self.deliver(call)
        return call

    def notices(self, user):
        """What a user was told on the bus."""
        self.env.cr.precommit.run()  # the bus writes its rows before the commit
        told = [
            json.loads(row.message)
            for row in self.env["bus.bus"].search([], order="id")
            if json.loads(row.channel)[1:] == ["res.partner", user.partner_id.id]
        ]
        return [t["payload"] for t in told if t["type"] == "callgear.answered"]

    def test_r49_whose_ticket_it_is(self):
        call = self.answered()
        [notice] = self.notices(self.omar)
        self.assertEqual(
            notice,
            {
                "call_id": self.call_of(call).id,
                "text": "Sara Haddad answered a call from Maryam Khalil "
                "(+971505550123)",
                "ticket_id": self.ticket.id,
            },
        )
        self.assertFalse(self.notices(self.sara))

    def test_r49_whose_contact_it_is(self):
        """Without an open ticket, the salesperson is."""
        self.ticket.stage_id = self.closed
        self.maryam.user_id = self.lina
        self.answered()
        [notice] = self.notices(self.lina)
        self.assertIsNone(notice["ticket_id"])
        self.assertFalse(self.notices(self.omar))

    def test_r49_once_a_call(self):
        """Whatever is told of it later."""
        call = self.answered()
        call.leave(SARA, 25, talk=14).end(25, talk=14)
        self.deliver(call)
        self.assertEqual(len(self.notices(self.omar)), 1)

    def test_r49_not_for_who_has_answered(self):
        self.answered(employee=OMAR)
        self.assertFalse(self.notices(self.omar))

    def test_r49_not_for_old_news(self):
        """A call of this morning that is delivered now, or one of last month."""
        self.answered(ago=timedelta(minutes=20))
        self.deliver(incoming(2))
        self.assertFalse(self.notices(self.omar))

    def test_r49_not_for_who_wants_no_popups(self):
        self.omar.callgear_popup = False
        self.answered()
        self.assertFalse(self.notices(self.omar))

    def test_r49_nobody_looks_after_a_stranger(self):
        self.answered(caller=UNKNOWN)
        self.assertFalse(self.notices(self.omar))

    def test_r49_not_for_who_works_in_another_company(self):
        """A salesperson of the group's other company: the call goes on as ever."""
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self.env["res.users"].create(
            {
                "name": "Stranger",
                "login": "stranger@example.com",
                "company_id": other.id,
                "company_ids": [(6, 0, other.ids)],
            }
        )
        self.ticket.stage_id = self.closed
        self.maryam.user_id = stranger
        call = self.answered()
        self.assertFalse(self.notices(stranger))
        self.assertEqual(self.call_of(call).state, "talking")

    def test_r49_a_notice_that_fails_does_not_stop_the_call(self):
        """Whatever another addon does when it is sent."""

        Partner = type(self.env["res.partner"])
        bus_send = Partner._bus_send

        def broken(partner, kind, *args, **options):
            if kind == "callgear.answered":
                raise ValueError("by another addon")
            return bus_send(partner, kind, *args, **options)

        self.patch(Partner, "_bus_send", broken)
        with self.assertLogs("odoo.addons.callgear_integration.services", "WARNING"):
            call = self.answered()
        self.assertEqual(self.call_of(call).state, "talking")
        self.assertTrue(self.leg(call, self.sara).announced)

    def test_r49_whoever_looks_for_the_colleague_may_fail_as_well(self):
        """Another addon may have its say in which companies a user is in."""

        def broken(user):
            raise ValueError("by another addon")

        call = self.call_of(self.answered())
        call.answered_told = False
        notice = self.env["callgear.answered.notice"]
        self.patch(type(self.omar), "_get_company_ids", broken)
        with self.assertLogs("odoo.addons.callgear_integration.services", "WARNING"):
            notice._tell(call)
        self.assertTrue(call.answered_told)

    def test_r49_an_operator_without_a_user_is_no_colleague(self):
        self.answered(employee=WAREHOUSE)
        self.assertFalse(self.notices(self.omar))

    def test_r42_no_contact_that_the_user_may_not_read(self):
        rule = {
            "name": "Nobody reads this contact",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "domain_force": f"[('id', '!=', {self.maryam.id})]",
        }
        self.env["ir.rule"].create(rule)
        self.answered()
        [notice] = self.notices(self.omar)
        self.assertEqual(
            notice["text"], "Sara Haddad answered a call from +971505550123"
        )
