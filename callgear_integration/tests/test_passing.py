# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R16, R52: what agents see while a call is passed on, whoever has done it, and how."""

from .builder import LINA, OMAR, SARA, SARA_MOBILE, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import begun, group


class PassingCase(CallgearCase):
    def rung(self, call, at_once=False):
        """Sara has had Omar rung from Odoo, and CallGear has taken that."""
        omar = self.env["callgear.operator"].search(
            [
                ("connection_id", "=", self.connection.id),
                ("employee_id", "=", str(OMAR.id)),
            ]
        )
        leg = self.leg(call, self.sara)
        steering = self.env["callgear.steering"]
        after = steering._last_leg_id(leg)
        steering._note(leg, "consulting", omar, after, at_once)

    def shown(self, user, call):
        return self.told(self.leg(call, user))


@tagged("post_install", "-at_install")
class TestPassedBy(PassingCase):
    """The colleague's popup says who passes the call on, and with what summary."""

    def test_r16_who_passes_the_call_on(self):
        call = begun()
        self.deliver(call)
        self.by(self.sara, call).save_draft(None, "Waits since Monday")
        self.rung(call)
        self.deliver(call.ring(OMAR, 60))
        self.assertEqual(
            self.shown(self.omar, call)["passed_by"],
            {"name": "Sara Haddad", "summary": "Waits since Monday"},
        )
        self.assertIsNone(self.shown(self.sara, call)["passed_by"])

    def test_r16_by_telephone_too(self):
        """Both ways: asked first, and blind."""
        for number, left_at in enumerate((None, 60)):
            with self.subTest(left_at=left_at):
                call = begun(number).ring(OMAR, 60)
                if left_at:
                    call.leave(SARA, left_at, talk=49)
                self.deliver(call)
                told = self.shown(self.omar, call)["passed_by"]
                self.assertEqual(told["name"], "Sara Haddad")

    def test_r16_an_operator_without_a_user_has_a_name(self):
        call = begun(employee=WAREHOUSE).ring(OMAR, 60)
        self.deliver(call)
        told = self.shown(self.omar, call)["passed_by"]
        self.assertEqual(told, {"name": "Warehouse", "summary": ""})

    def test_r16_nobody_passes_on_what_rings_at_all(self):
        """Of a group, one has answered; the others' phones rang before that."""
        call = group()
        self.deliver(*call.deliveries[:4])
        for user in (self.sara, self.lina):
            self.assertIsNone(self.shown(user, call)["passed_by"])

    def test_r16_nor_who_has_been_gone_for_long(self):
        call = begun().leave(SARA, 40, talk=29).ring(OMAR, 60)
        self.deliver(call)
        self.assertIsNone(self.shown(self.omar, call)["passed_by"])

    def test_r16_nor_oneself_at_another_phone(self):
        self.add_second_phone()
        call = begun().ring(SARA_MOBILE, 60)
        self.deliver(call)
        self.assertIsNone(self.told(self.leg(call, self.sara)[-1:])["passed_by"])

    def test_r16_the_summary_goes_on_while_it_rings(self):
        """What is typed now reaches the colleague's popup, and the agent's other tabs."""
        call = begun()
        self.deliver(call)
        self.rung(call)
        self.deliver(call.ring(OMAR, 60))
        omar, sara = self.leg(call, self.omar), self.leg(call, self.sara)
        before = omar.revision, sara.revision
        self.by(self.sara, call).save_draft(None, "Waits since Monday")
        self.assertEqual(omar.revision, before[0] + 1)
        self.assertEqual(sara.revision, before[1] + 1)
        told = self.shown(self.omar, call)["passed_by"]
        self.assertEqual(told["summary"], "Waits since Monday")

    def test_r41_typing_costs_little_if_nothing_is_passed_on(self):
        """The words are stored, and the agent's other tabs told."""
        call = begun()
        self.deliver(call)
        own = self.by(self.sara, call)
        own.save_draft(None, "Waits")
        self.env.flush_all()
        with self.assertQueryCount(7):
            own.save_draft(None, "Waits since Monday")
            self.env.flush_all()

    def test_r42_no_contact_that_the_colleague_may_not_read(self):
        """The summary is about their call; the contact's data are not told."""
        rule = {
            "name": "Nobody reads contacts",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "domain_force": "[('id', '!=', %d)]" % self.maryam.id,
        }
        self.env["ir.rule"].create(rule)
        call = begun()
        self.deliver(call.ring(OMAR, 60))
        told = self.shown(self.omar, call)
        self.assertEqual(told["passed_by"]["name"], "Sara Haddad")
        self.assertIsNone(told["partner"])


@tagged("post_install", "-at_install")
class TestConsulting(PassingCase):
    """A colleague's state comes from their own leg."""

    def consult(self, call):
        return self.shown(self.sara, call)["consult"]

    def wish(self, call):
        return self.leg(call, self.sara).control_wish

    def test_r52_calling_then_talking(self):
        call = begun()
        self.deliver(call)
        self.assertIsNone(self.consult(call))
        self.rung(call)
        calling = {"name": "Omar Nasser", "state": "calling", "at_once": False}
        self.assertEqual(self.consult(call), calling)
        self.deliver(call.ring(OMAR, 60))
        self.assertEqual(self.consult(call), calling)
        self.deliver(call.answer(OMAR, 65))
        self.assertEqual(self.consult(call), {**calling, "state": "talking"})
        self.assertFalse(self.wish(call), "the agent decides")

    def test_r52_an_earlier_ring_of_the_colleague_is_of_no_matter(self):
        """Omar's phone rang before Sara answered; later Omar is asked."""
        call = CallBuilder(1).ring(SARA, 1).ring(OMAR, 1, leg="before")
        call.answer(SARA, 5).leave(OMAR, 5, leg="before")
        self.deliver(call)
        self.rung(call)
        self.assertEqual(self.consult(call)["state"], "calling")
        self.assertFalse(self.wish(call))
        self.deliver(call.ring(OMAR, 60).leave(OMAR, 80))
        self.assertEqual(self.wish(call), "restore")

    def test_r52_two_phones_of_the_colleague(self):
        """One of them is enough, and the other one does not end it."""
        call = begun()
        self.deliver(call)
        self.rung(call, at_once=True)
        call.ring(OMAR, 60).ring(OMAR, 60, leg="mobile").leave(OMAR, 62)
        self.deliver(call)
        self.assertFalse(self.wish(call))
        self.deliver(call.answer(OMAR, 65, leg="mobile"))
        self.assertEqual(self.wish(call), "connect")

    def test_r40_the_news_in_any_order(self):
        """The end of the ring comes before its beginning, and twice."""
        call = begun()
        self.deliver(call)
        self.rung(call)
        ring, end = call.ring(OMAR, 60).leave(OMAR, 80).deliveries[-2:]
        self.deliver(end, ring, end)
        self.assertEqual(self.wish(call), "restore")
        told = self.shown(self.sara, call)
        self.assertEqual(told["control"], "held")
        self.assertEqual(
            told["control_note"], "Omar Nasser did not pick up. Your call is on hold."
        )

    def test_r40_another_colleague_changes_nothing(self):
        call = begun()
        self.deliver(call)
        self.rung(call)
        self.deliver(call.ring(LINA, 60).leave(LINA, 62))
        self.assertEqual(self.consult(call)["state"], "calling")
        self.assertFalse(self.wish(call))

    def test_r52_nothing_follows_once_the_call_is_over(self):
        call = begun()
        self.deliver(call)
        self.rung(call, at_once=True)
        call.ring(OMAR, 60).leave(OMAR, 70).leave(SARA, 70, talk=59).end(70, talk=59)
        self.deliver(*reversed(call.deliveries[-4:]))
        self.assertFalse(self.wish(call))
