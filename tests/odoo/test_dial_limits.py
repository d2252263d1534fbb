# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18, R22: how much and where to agents may call, in case a login is stolen."""

from datetime import timedelta

from odoo.exceptions import UserError

from odoo.addons.callgear_integration.services.dial_limits import ACTIVITY
from odoo.addons.callgear_integration.tests.case import tagged

from ..simulated_case import SimulatedCase

HOME, GERMANY, FRANCE = "+9715055501", "+49301234567", "+33123456789"


@tagged("post_install", "-at_install")
class TestDialLimits(SimulatedCase):
    def dial(self, *numbers, user=None, record=None):
        """Make calls one after the other: each is over before the next."""
        where = (record._name, record.id) if record else ()
        dialer = self.env["callgear.dialer"].with_user(user or self.sara)
        for number in numbers:
            dialer.dial(number, *where)
            made = self.own_calls()[-1]
            made.leg_ids.write({"state": "ended", "ended_at": made.started_at})
            made.state = "ended"

    def homes(self, count, first=10):
        return [f"{HOME}{number}" for number in range(first, first + count)]

    def told(self):
        return self.connection.activity_search([ACTIVITY])

    def test_r22_so_many_calls_an_hour(self):
        """Each agent has their own; the oldest of them stop counting after an hour."""
        self.connection.dial_limit = 3
        self.dial(*self.homes(3))
        for _time in range(3):
            refused = self.refusal(self.dial, f"{HOME}99")
            self.assertIn("as many calls within an hour", refused)
        self.assertEqual(len(self.own_calls()), 3)
        self.dial(f"{HOME}99", user=self.omar)
        self.own_calls()[0].write({"started_at": "2020-01-01"})
        self.assertRaises(UserError, self.dial, f"{HOME}99")
        self.env.cr.execute(
            "UPDATE callgear_call SET create_date = create_date - %s WHERE id = %s",
            [timedelta(minutes=61), self.own_calls()[0].id],
        )
        self.env.invalidate_all()
        self.dial(f"{HOME}99")

    def test_r22_a_refused_call_is_told_to_the_admin_once(self):
        """Not for each try, but for each agent."""
        self.connection.dial_limit = 1
        self.dial(f"{HOME}10")
        for _time in range(4):
            self.refusal(self.dial, f"{HOME}11")
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.told().note.count("Sara Haddad"), 1)
        self.dial(f"{HOME}10", user=self.omar)
        self.refusal(self.dial, f"{HOME}11", user=self.omar)
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.told().note.count("<p>"), 2)

    def test_r22_the_trouble_is_over_after_a_quiet_day(self):
        self.connection.dial_limit = 1
        self.dial(f"{HOME}10")
        self.refusal(self.dial, f"{HOME}11")
        trouble = self.env["callgear.trouble"]._open(self.connection, [ACTIVITY])
        limits = self.env["callgear.dial.limits"]
        limits._gc_quiet()
        self.assertFalse(trouble.over_at)
        trouble.seen_at -= timedelta(hours=25)
        limits._gc_quiet()
        self.assertTrue(trouble.over_at)
        self.assertFalse(self.told())

    def test_r22_without_limits_everything_may_be_called(self):
        self.connection.dial_limit_abroad = 0
        self.dial(*self.homes(5), GERMANY, FRANCE)
        self.assertEqual(len(self.own_calls()), 7)

    def test_r22_calls_abroad_have_a_limit_of_their_own(self):
        """The connection's and the contact's own country are not abroad."""
        self.connection.dial_limit_abroad = 1
        german = self.env["res.partner"].create(
            {"name": "Jo", "phone": "+49307654321", "country_id": self.germany.id}
        )
        self.dial("+49307654321", record=german)
        self.dial("+49307654321")  # the number says whose it is
        self.dial(GERMANY, *self.homes(3))
        refused = self.refusal(self.dial, FRANCE)
        self.assertIn("calls abroad", refused)
        self.dial(f"{HOME}77")
        self.assertEqual(self.own_calls().mapped("dialled_abroad").count(True), 1)

    @property
    def germany(self):
        return self.env.ref("base.de")

    def test_r22_allowed_countries(self):
        """Those chosen, and the connection's own; the contact's own, unless it is off."""
        self.connection.dial_country_ids = self.germany
        french = self.env["res.partner"].create(
            {"name": "Lou", "phone": FRANCE, "country_id": self.env.ref("base.fr").id}
        )
        self.dial(f"{HOME}10", GERMANY)
        self.dial(FRANCE, record=french)
        self.assertIn("Italy", self.refusal(self.dial, "+390612345678"))
        self.connection.dial_contact_country = False
        self.assertIn("France", self.refusal(self.dial, FRANCE, record=french))
        self.assertEqual(self.told().note.count("<p>"), 2)

    def test_r22_islands_with_the_code_of_a_country_are_not_that_country(self):
        self.connection.dial_country_ids = self.env.ref("base.us")
        self.dial("+12025550123")
        self.assertIn("Jamaica", self.refusal(self.dial, "+18765550123"))
