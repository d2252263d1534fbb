# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R19 and R52: hang up, hold, resume and pass on, through the Call API."""

from odoo.exceptions import AccessError

from odoo.addons.callgear_integration.tests.builder import OMAR
from odoo.addons.callgear_integration.tests.case import tagged

from ..simulated_case import SimulatedCase


@tagged("post_install", "-at_install")
class TestCallControl(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.plain_ticket().with_user(self.sara).action_callgear_call()
        self.own = self.own_calls()
        [self.asked_for] = self.asked
        self.phone = self.asked_for.hand()

    def talk(self):
        """Both pick up, at the PBX and by its notifications."""
        self.phone.answer()
        self.phone.answer()
        return self.talking(self.own)

    def press(self, action, *args, user=None):
        call = self.own.with_user(user or self.sara)
        return getattr(call, f"action_{action}")(*args)

    def operator(self, employee):
        domain = [("connection_id", "=", self.connection.id)]
        return self.env["callgear.operator"].search(
            [*domain, ("employee_id", "=", str(employee.id))]
        )

    def shown(self):
        [payload] = self.payloads(self.sara)
        return payload["control"], payload["can"]

    def states(self):
        return [leg["state"] for leg in self.phone.view()["legs"]]

    # ---------------------------------------------------------------- hang up

    def test_r19_hang_up_while_dialling(self):
        """The agent hangs up before anybody has answered."""
        self.assertEqual(self.shown(), ("none", ["hang_up"]))
        self.press("hang_up")
        self.assertEqual(self.phone.state, "ended")

    def test_r19_hang_up_while_talking(self):
        self.talk()
        self.press("hang_up")
        self.assertEqual(set(self.states()), {"ended"})

    def test_r22_the_call_is_over_already(self):
        """The agent is told, and no error page is shown."""
        self.talk()
        self.phone.hang_up()
        self.assertIn("over", self.refusal(self.press, "hang_up"))

    def test_r52_nothing_to_press_once_it_is_over(self):
        told = self.talk()
        told.leave(None, 80, talk=60, is_operator=False)
        self.deliver(told.end(81, talk=60))
        self.assertFalse(self.payloads(self.sara))
        self.assertIn("over", self.refusal(self.press, "hang_up"))

    # ----------------------------------------------------------- hold, resume

    def test_r52_hold_and_resume(self):
        """What makes sense follows the state of the other party."""
        self.talk()
        self.assertEqual(self.shown(), ("none", ["hang_up", "hold", "consult"]))
        self.press("hold")
        self.assertEqual(self.shown(), ("held", ["hang_up", "resume", "consult"]))
        self.press("resume")
        self.assertEqual(self.shown(), ("none", ["hang_up", "hold", "consult"]))

    def test_r52_what_makes_no_sense_is_refused(self):
        """No request is sent to CallGear."""
        self.talk()
        for action in ("resume", "connect", "restore"):
            with self.subTest(action=action):
                told = self.refusal(self.press, action)
                self.assertEqual(told, "This is not possible at this moment.")

    def test_r22_refused_by_callgear(self):
        """The state stays what it was."""
        self.talk()
        self.account(api_fault="component_disabled")
        self.assertIn("plan", self.refusal(self.press, "hold"))
        self.assertEqual(self.shown()[0], "none")

    # ------------------------------------------------------------- pass it on

    def test_r52_ask_a_colleague_and_pass_the_call_on(self):
        """The other party waits, the colleague is rung, then the two are joined."""
        self.talk()
        omar = self.operator(OMAR)
        self.press("consult", omar.id)
        control, can = self.shown()
        self.assertEqual(
            (control, can), ("consulting", ["hang_up", "connect", "restore"])
        )
        self.assertEqual(self.payloads(self.sara)[0]["consulted"], omar.name)
        self.assertIn("ringing", self.states())
        self.phone.answer(employee_id=OMAR.id)
        self.press("connect")
        self.assertEqual(self.states()[0], "ended")

    def test_r52_back_to_the_other_party(self):
        self.talk()
        self.press("hold")
        self.press("consult", self.operator(OMAR).id)
        self.press("restore")
        self.assertEqual(self.shown(), ("none", ["hang_up", "hold", "consult"]))

    def test_r52_colleagues_to_choose_from(self):
        """Those of the account, without oneself; who is on the phone is marked."""
        self.talk()
        colleagues = self.own.with_user(self.sara).transfer_targets()
        self.assertNotIn(self.sara.name, [one["name"] for one in colleagues])
        busy = {one["name"]: one["busy"] for one in colleagues}
        self.assertEqual(busy[self.operator(OMAR).name], False)
        self.assertEqual(colleagues, sorted(colleagues, key=lambda one: one["name"]))

    def test_r52_a_stranger_is_no_colleague(self):
        """An operator of another account, or none at all."""
        self.talk()
        other = self.connection.copy({"name": "Other account"})
        stranger = self.env["callgear.operator"].create(
            {
                "connection_id": other.id,
                "employee_id": "9",
                "name": "Stranger",
                "extension": "9",
            }
        )
        for id_ in (stranger.id, 0):
            told = self.refusal(self.press, "consult", id_)
            self.assertIn("no number", told)
        self.assertEqual(self.shown()[0], "none")

    # ------------------------------------------------------------------ rights

    def test_r42_a_foreign_call_cannot_be_steered(self):
        """Nor can a call that does not exist; both get the same answer."""
        self.talk()
        foreign = self.refusal(self.press, "hang_up", user=self.omar)
        gone = self.env["callgear.call"].browse(2**30).with_user(self.omar)
        self.assertEqual(self.refusal(gone.action_hang_up), foreign)
        self.assertIn("talking", self.states())

    def test_r42_without_a_key_nothing_is_offered(self):
        self.talk()
        self.connection.api_key = False
        self.assertEqual(self.shown(), ("none", []))

    def test_r42_an_agent_reads_no_key(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.sara).read(["api_key"])
