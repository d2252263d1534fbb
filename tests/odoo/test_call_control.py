# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R19, R21 and R52: hang up, hold, resume and pass on, through the Call API."""

import inspect
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime

from odoo.addons.callgear_integration.services.presence import _answers
from odoo.addons.callgear_integration.services.steering import PAUSES, RINGING
from odoo.addons.callgear_integration.tests.builder import (
    LINA,
    NOBODY,
    OMAR,
    SARA,
    WAREHOUSE,
    CallBuilder,
)
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.scenarios import begun
from odoo.addons.callgear_integration.tests.test_security_agents import PUBLIC
from odoo.addons.callgear_integration.tools.chosen_id import chosen_id

from ..simulated_case import SimulatedCase

# What a client could send instead of an id or a text.
ODD = (None, "x", [], [1], {}, {"id": 1}, 1e400, -1, 2**70, True, "9" * 30)
ODD += ("\0x\0", "x\ud800x")  # PostgreSQL cannot store them
TALKING = ["hang_up", "hold", "consult", "transfer"]


class ControlCase(SimulatedCase):
    """Sara has called a contact from a ticket."""

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

    def omar_is_rung(self, action="consult"):
        """Sara passes the call on to Omar, whose phone rings; return what was told."""
        told = self.talk()
        self.press(action, self.operator(OMAR).id)
        self.deliver(told.ring(OMAR, 30))
        return told

    def omar_picks_up(self, told, at=35):
        self.phone.answer(employee_id=OMAR.id)
        self.deliver(told.answer(OMAR, at))

    def omar_stops_ringing(self, told, at=50):
        self.phone.hang_up(employee_id=OMAR.id)
        self.deliver(told.leave(OMAR, at))

    def carry_out(self):
        """Have done what follows by itself, as a worker does once all is committed."""
        legs = self.own.leg_ids.filtered("control_wish")
        self.env["callgear.steering"]._carry_out(legs)

    def told_to_sara(self):
        [payload] = self.payloads(self.sara)
        return payload

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


@tagged("post_install", "-at_install")
class TestCallControl(ControlCase):
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
        self.assertEqual(self.shown(), ("none", TALKING))
        self.press("hold")
        self.assertEqual(
            self.shown(), ("held", ["hang_up", "resume", "consult", "transfer"])
        )
        self.press("resume")
        self.assertEqual(self.shown(), ("none", TALKING))

    def test_r52_what_makes_no_sense_is_refused(self):
        """No request is sent to CallGear."""
        self.talk()
        for action in ("resume", "connect", "restore"):
            with self.subTest(action=action):
                told = self.refusal(self.press, action)
                self.assertEqual(told, "This is not possible at the moment.")

    def test_r22_refused_by_callgear(self):
        """The state stays what it was."""
        self.talk()
        self.account(api_fault="component_disabled")
        self.assertIn("plan", self.refusal(self.press, "hold"))
        self.assertEqual(self.shown()[0], "none")

    def test_r52_an_uncertain_hold_can_be_taken_back(self):
        """CallGear may have done it, though no answer came: nobody waits for ever."""
        self.talk()
        self.account(api_fault="drop_after", api_fault_method="hold.call")
        self.refusal(self.press, "hold")
        self.assertEqual(self.phone.phase, "Hold")
        self.press("resume")
        self.assertEqual(self.phone.phase, "Talk")
        self.assertEqual(self.shown(), ("none", TALKING))

    def test_r52_who_is_on_hold_already_can_be_taken_off(self):
        """CallGear refuses to do it twice."""
        self.talk()
        self.press("hold")
        self.own.leg_ids.control = False
        self.refusal(self.press, "hold")
        self.press("resume")
        self.assertEqual(self.phone.phase, "Talk")

    # ------------------------------------------------------------- pass it on

    def test_r52_ask_a_colleague_and_pass_the_call_on(self):
        """The other party waits, the colleague is rung, then the two are joined."""
        told = self.omar_is_rung()
        omar = self.operator(OMAR)
        # CallGear would end the call if it were passed on while the phone rings.
        self.assertEqual(self.shown(), ("consulting", ["hang_up", "restore"]))
        calling = {"name": omar.name, "state": "calling", "at_once": False}
        self.assertEqual(self.told_to_sara()["consult"], calling)
        self.omar_picks_up(told)
        self.assertEqual(
            self.shown(), ("consulting", ["hang_up", "connect", "restore"])
        )
        self.assertEqual(self.told_to_sara()["consult"]["state"], "talking")
        self.press("connect")
        self.assertEqual(self.states()[0], "ended")

    def test_r52_nothing_is_offered_for_a_call_that_is_passed_on(self):
        """Until CallGear tells that the agent has left: it is not theirs any more."""
        self.omar_picks_up(self.omar_is_rung())
        self.press("connect")
        self.assertEqual(self.shown(), ("passed", []))
        self.assertEqual(self.told_to_sara()["consulted"], self.operator(OMAR).name)

    def test_r52_back_to_the_other_party(self):
        self.talk()
        self.press("hold")
        self.press("consult", self.operator(OMAR).id)
        self.press("restore")
        self.assertEqual(self.shown(), ("none", TALKING))

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

    def test_r21_the_agent_hangs_up_before_picking_up(self):
        """It was the agent who ended it, not their phone that nobody picked up."""
        told = self.told_of(self.own).ring(SARA, 1)
        self.deliver(told)
        self.press("hang_up")
        call = self.deliver(told.leave(SARA, 8, total=7).end(8))
        self.assertEqual(call.reason, "agent_cancelled")
        note = self.notes(call.ticket_ids).body
        self.assertIn(f"not made, {self.sara.name} cancelled it", note)
        self.assertEqual(self.last_state(), "cancelled")

    def test_r21_the_agent_hangs_up_while_it_rings_at_the_contact(self):
        told = self.told_of(self.own).ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6)
        self.deliver(told)
        self.press("hang_up")
        told.leave(NOBODY, 15, is_operator=False).leave(SARA, 15).end(15)
        call = self.deliver(told)
        self.assertEqual(call.reason, "agent_hung_up")
        note = self.notes(call.ticket_ids).body
        self.assertIn(f"{self.sara.name} hung up before it was answered", note)
        self.assertIn("rang 0:09", note)
        self.assertEqual(self.last_state(), "cancelled: rang 0:09")

    def last_state(self):
        """Return what the agent's phone says about their last call (R56)."""
        return (
            self.env["res.users"]
            .with_user(self.sara)
            .callgear_phone()["last"][0]["state"]
        )

    def test_r21_a_hang_up_that_is_refused_is_none(self):
        self.account(api_fault="forbidden")
        self.refusal(self.press, "hang_up")
        self.assertFalse(self.own.hung_up_by_id)

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


@tagged("post_install", "-at_install")
class TestOddValues(ControlCase):
    """R42: whatever a client sends, it is told in words what is wrong."""

    def methods(self):
        """Yield the public methods that take values, for Sara's call; and how many."""
        leg = self.own.leg_ids.filtered(lambda leg: leg.user_id == self.sara)
        for record in (leg, self.own, self.env["res.users"]):
            record = record.with_user(self.sara)
            for name in sorted(PUBLIC[record._name]):
                method = getattr(record, name)
                if count := len(inspect.signature(method).parameters):
                    yield name, method, count

    def test_r42_odd_values_are_answered_in_words(self):
        self.talk()
        self.env["callgear.result"].create({"name": "Order placed"})
        called = set()
        for name, method, count in self.methods():
            for value in ODD:
                with self.subTest(method=name, value=value):
                    with suppress(UserError):
                        method(*[value] * count)
                    called.add(name)
        self.assertGreaterEqual(called, {"action_consult", "set_result"})
        self.assertEqual(self.shown(), ("none", TALKING))
        self.assertFalse(self.own.leg_ids.filtered("result_id"))

    def test_r42_ids_that_are_none(self):
        """What looks like one, but is not."""
        for value in (*ODD, 0, False, 1.0, "1.0", "", 2**31):
            with self.subTest(value=value):
                self.assertIs(chosen_id(value), False)
        self.assertEqual((chosen_id(7), chosen_id("7")), (7, 7))


@tagged("post_install", "-at_install")
class TestColleague(ControlCase):
    """R52: a colleague is rung; what becomes of it."""

    def assertBack(self, note):
        """The caller is with the agent again, who is told why."""
        self.assertEqual(self.phone.phase, "Talk")
        self.assertEqual(self.shown(), ("none", TALKING))
        told = self.told_to_sara()
        self.assertEqual((told["control_note"], told["consult"]), (note, None))

    def test_r52_a_colleague_who_does_not_pick_up(self):
        """The caller is taken off hold without the agent's doing."""
        self.omar_stops_ringing(self.omar_is_rung())
        self.carry_out()
        self.assertBack("Omar Nasser did not pick up: you are back on the call.")

    def test_r52_a_colleague_who_is_to_take_it_does_not_pick_up(self):
        """At once, or asked first: the call is never lost by it."""
        self.omar_stops_ringing(self.omar_is_rung("transfer"))
        self.carry_out()
        self.assertBack("Omar Nasser did not pick up: you are back on the call.")

    def test_r52_a_colleague_whose_phone_is_in_use(self):
        """Known from our own calls: the agent is told so."""
        self.account(busy_employees=[str(OMAR.id)])
        self.deliver(begun(7, employee=OMAR))
        told = self.omar_is_rung()
        self.deliver(told.leave(OMAR, 31))
        self.carry_out()
        self.assertBack("Omar Nasser is on another call: you are back on the call.")

    def test_r52_a_colleague_who_cannot_be_rung(self):
        """CallGear refuses: told at once, and the caller does not wait."""
        self.talk()
        self.operator(OMAR).extension = "777"
        told = self.refusal(self.press, "consult", self.operator(OMAR).id)
        self.assertIn("no phone to ring", told)
        self.assertBack("Omar Nasser cannot be reached: you are back on the call.")

    def test_r52_a_colleague_who_hangs_up_after_being_asked(self):
        told = self.omar_is_rung()
        self.omar_picks_up(told)
        self.omar_stops_ringing(told)
        self.carry_out()
        self.assertBack("Omar Nasser hung up: you are back on the call.")

    def test_r52_the_caller_is_taken_off_hold_at_a_second_try(self):
        told = self.omar_is_rung()
        self.account(api_fault="http_500", api_fault_count=1)
        self.omar_stops_ringing(told)
        self.carry_out()
        self.assertBack("Omar Nasser did not pick up: you are back on the call.")

    def test_r52_nobody_says_that_the_caller_is_back_who_is_not(self):
        """CallGear refuses: the agent is told, and has the key for it."""
        told = self.omar_is_rung()
        self.omar_stops_ringing(told)
        self.account(api_fault="forbidden")
        self.carry_out()
        self.assertEqual(
            self.told_to_sara()["control_note"],
            "Omar Nasser did not pick up. Your call is on hold.",
        )
        self.account(api_fault="ok")
        self.press("resume")
        self.assertEqual(self.phone.phase, "Talk")

    def test_r52_what_is_begun_is_finished_by_another_process(self):
        """The one that had the news has died: the scheduled action does it."""
        told = self.omar_is_rung()
        self.omar_stops_ringing(told)
        self.env["callgear.steering"]._cron_carry_out()
        self.assertEqual(self.phone.phase, "Talk")
        self.assertEqual(self.shown()[0], "none")

    def test_r52_back_to_the_caller_whatever_has_been_lost(self):
        """No notification of the colleague came, and CallGear has given up already."""
        self.talk()
        self.press("consult", self.operator(OMAR).id)
        self.phone.hang_up(employee_id=OMAR.id)
        self.assertEqual(self.phone.phase, "Hold")
        self.press("restore")
        self.assertEqual(self.phone.phase, "Talk")
        self.assertEqual(self.shown(), ("none", TALKING))

    def test_r52_at_once_means_when_the_colleague_has_picked_up(self):
        """Not before: CallGear would end the call if they did not."""
        told = self.omar_is_rung("transfer")
        self.carry_out()
        self.assertEqual(self.phone.phase, "Dialing")
        # The agent is done with the call, so it is not to be ended by mistake.
        self.assertEqual(self.shown(), ("consulting", ["restore"]))
        self.omar_picks_up(told)
        # Nor while the two are being connected.
        self.assertEqual(self.shown(), ("consulting", ["restore"]))
        self.carry_out()
        self.assertEqual(self.phone.phase, "Talk")
        self.assertEqual(self.states()[0], "ended")
        self.assertEqual(self.shown(), ("passed", []))

    def test_r52_at_once_though_the_agent_has_put_the_handset_down(self):
        """They have said to whom the call is to go: it goes there."""
        told = self.omar_is_rung("transfer")
        self.phone.hang_up(employee_id=SARA.id)
        self.deliver(told.leave(SARA, 33, talk=13))
        self.omar_picks_up(told)
        self.carry_out()
        self.assertEqual(self.phone.phase, "Talk")

    def test_r52_the_colleague_was_quicker_than_the_answer(self):
        """Who picks up before the request is answered is connected all the same."""
        told = self.talk()
        note = type(self.env["callgear.steering"])._write_control

        def late(steering, leg, values, restore=False):
            if values["control"] == "consulting":
                self.phone.answer(employee_id=OMAR.id)
                self.deliver(told.ring(OMAR, 30).answer(OMAR, 31))
            return note(steering, leg, values, restore)

        self.patch(type(self.env["callgear.steering"]), "_write_control", late)
        self.press("transfer", self.operator(OMAR).id)
        self.assertEqual(self.shown()[0], "passed")
        self.assertEqual(self.states()[0], "ended")

    def test_r52_not_connected_by_itself(self):
        """The colleague is with the agent, who has the key to connect the two."""
        told = self.omar_is_rung("transfer")
        self.omar_picks_up(told)
        self.account(api_fault="forbidden")
        self.carry_out()
        self.assertEqual(
            self.shown(), ("consulting", ["hang_up", "connect", "restore"])
        )
        self.assertIn("press Connect", self.told_to_sara()["control_note"])

    def test_r52_several_phones_of_the_colleague_in_turn(self):
        """The caller is not taken back while the next phone is about to ring."""
        self.operator(OMAR).phone_numbers = "+971501112233, +971501112244"
        told = self.omar_is_rung()
        self.deliver(told.leave(OMAR, 50))
        self.carry_out()
        self.assertEqual(self.shown()[0], "consulting")
        told.legs[OMAR] += 50
        self.deliver(told.ring(OMAR, 51))
        self.assertFalse(self.own.leg_ids.filtered("control_wish"))
        self.deliver(told.leave(OMAR, 70))
        self.phone.hang_up(employee_id=OMAR.id)
        self.own.leg_ids.filtered("control_wish").control_due_at = Datetime.now()
        self.carry_out()
        self.assertBack("Omar Nasser did not pick up: you are back on the call.")

    def rung_for_long(self):
        """The colleague was rung so long ago that there should be news."""
        leg = self.own.leg_ids.filtered("control")
        leg.consulted_at = Datetime.now() - timedelta(seconds=RINGING)
        self.env["callgear.steering"]._cron_carry_out()

    def test_r52_nothing_is_heard_of_the_colleague(self):
        """The end of the ringing was lost: the caller does not wait for ever."""
        self.omar_is_rung("transfer")
        self.env["callgear.steering"]._cron_carry_out()
        self.assertEqual(self.shown()[0], "consulting")
        self.phone.hang_up(employee_id=OMAR.id)
        self.rung_for_long()
        self.assertBack("Omar Nasser did not pick up: you are back on the call.")

    def assertNotCutOff(self, action):
        """The colleague has picked up, but the news is late: the agent decides."""
        self.omar_is_rung(action)
        self.phone.answer(employee_id=OMAR.id)
        self.rung_for_long()
        self.assertEqual(self.phone.phase, "Operator talk")
        shown = self.told_to_sara()
        self.assertIn("Back to the call", shown["control_note"])
        self.assertEqual(shown["control"], "consulting")
        self.assertIn("restore", shown["can"])
        self.assertNotIn("connect", shown["can"])
        self.press("restore")
        self.assertEqual(self.phone.phase, "Talk")
        self.assertEqual(self.shown(), ("none", TALKING))

    def test_r52_who_is_asked_unheard_is_not_cut_off(self):
        self.assertNotCutOff("consult")

    def test_r52_who_is_to_take_it_unheard_is_not_cut_off(self):
        self.assertNotCutOff("transfer")

    def test_r52_a_pick_up_that_is_heard_late(self):
        """What was said of it goes, and the agent can connect the two."""
        told = self.omar_is_rung()
        self.phone.answer(employee_id=OMAR.id)
        self.rung_for_long()
        self.deliver(told.answer(OMAR, 35))
        self.assertFalse(self.told_to_sara()["control_note"])
        self.assertIn("connect", self.shown()[1])

    def test_r52_a_transfer_at_once_whose_pick_up_is_heard_late(self):
        told = self.omar_is_rung("transfer")
        self.phone.answer(employee_id=OMAR.id)
        self.rung_for_long()
        self.deliver(told.answer(OMAR, 35))
        self.carry_out()
        self.assertEqual(self.shown(), ("passed", []))
        self.assertEqual(self.states()[0], "ended")

    def test_r52_the_next_phone_may_be_in_use_unheard(self):
        """Of several phones only the end of the first is known: nobody is cut off."""
        self.operator(OMAR).phone_numbers = "+971501112233, +971501112244"
        told = self.omar_is_rung()
        self.phone.answer(employee_id=OMAR.id)
        self.deliver(told.leave(OMAR, 50))
        self.own.leg_ids.filtered("control_wish").control_due_at = Datetime.now()
        self.carry_out()
        self.assertEqual(self.phone.phase, "Operator talk")
        self.assertEqual(self.shown()[0], "consulting")
        self.assertFalse(self.told_to_sara()["control_note"])

    def test_r52_clocks_of_several_servers(self):
        """Of the one that was asked, and of the one that works on notifications."""
        self.omar_picks_up(self.omar_is_rung())
        leg = self.own.leg_ids.filtered("control")
        for ahead in (3, -6):
            with self.subTest(ahead=ahead):
                leg.consulted_at += timedelta(seconds=ahead)
                self.assertEqual(self.told_to_sara()["consult"]["state"], "talking")

    def test_r52_a_colleague_who_is_asked_once_more(self):
        """What became of it the first time does not count, by whichever clock."""
        told = self.omar_is_rung()
        self.press("restore")
        self.deliver(told.leave(OMAR, 50))
        self.own.leg_ids.known_at = Datetime.now() + timedelta(seconds=3)
        self.press("hold")
        self.press("consult", self.operator(OMAR).id)
        self.deliver(told.ring(LINA, 60))  # any news
        self.assertFalse(self.own.leg_ids.filtered("control_wish"))
        self.assertEqual(self.told_to_sara()["consult"]["state"], "calling")

    # ------------------------------------------- an answer of CallGear that was lost

    def lose_answers(self, times, method="transfer.talk"):
        """CallGear does what it is asked for, but its answer does not arrive."""
        self.account(
            api_fault="drop_after", api_fault_count=times, api_fault_method=method
        )

    def test_r52_connected_though_the_answer_was_lost(self):
        """CallGear refuses to do it twice: that is no failure."""
        told = self.omar_is_rung("transfer")
        self.omar_picks_up(told)
        self.lose_answers(1)
        self.carry_out()
        self.assertEqual(self.states()[0], "ended")
        self.assertEqual(self.shown(), ("passed", []))

    def test_r52_connected_by_another_process_that_had_no_answer(self):
        told = self.omar_is_rung("transfer")
        self.omar_picks_up(told)
        self.lose_answers(len(PAUSES) + 1)
        self.carry_out()
        leg = self.own.leg_ids.filtered("control_wish")
        leg.control_due_at = Datetime.now()
        self.env["callgear.steering"]._cron_carry_out()
        self.assertEqual(self.shown(), ("passed", []))

    def test_r52_the_key_connect_after_an_answer_that_was_lost(self):
        self.omar_picks_up(self.omar_is_rung())
        self.lose_answers(1)
        self.refusal(self.press, "connect")
        self.assertEqual(self.shown()[0], "consulting")
        self.press("connect")
        self.assertEqual(self.shown(), ("passed", []))

    def test_r52_not_connected_is_not_taken_for_done(self):
        """Nothing was asked for before that CallGear could have done."""
        self.omar_picks_up(self.omar_is_rung())
        self.phone.hang_up(employee_id=OMAR.id)
        self.refusal(self.press, "connect")
        self.assertEqual(self.shown()[0], "consulting")

    def test_r52_a_colleague_who_left_after_an_answer_that_was_lost(self):
        """They were not connected, as it turns out: the agent has the caller again."""
        told = self.omar_is_rung()
        self.omar_picks_up(told)
        self.account(
            api_fault="drop_before", api_fault_count=1, api_fault_method="transfer.talk"
        )
        self.refusal(self.press, "connect")
        self.phone.hang_up(employee_id=OMAR.id)
        self.press("connect")
        self.deliver(told.leave(OMAR, 50))
        self.carry_out()
        self.assertBack("Omar Nasser hung up: you are back on the call.")

    # ----------------------------------------------------- threads that ask for it

    def test_r52_nobody_waits_for_what_is_asked_for_already(self):
        """News of the call meanwhile takes no thread; nor does what is due later."""
        self.omar_picks_up(self.omar_is_rung("transfer"))
        leg = self.own.leg_ids.filtered("control_wish")
        steering = self.env["callgear.steering"]
        self.assertEqual(steering._due_soon(leg), {leg: 0})
        self.assertTrue(steering._claim(leg))
        self.assertFalse(steering._due_soon(leg))

    def test_r52_who_talks_with_a_colleague_goes_on_talking(self):
        """However long ago the colleague was rung."""
        self.omar_picks_up(self.omar_is_rung())
        self.rung_for_long()
        self.assertEqual(self.shown()[0], "consulting")
        self.assertFalse(self.told_to_sara()["control_note"])

    def test_r52_what_the_agent_does_meanwhile_counts(self):
        """Nothing is asked for once more after they have taken the caller back."""
        told = self.omar_is_rung("transfer")
        self.omar_picks_up(told)
        self.account(
            api_fault="http_500", api_fault_count=1, api_fault_method="transfer.talk"
        )
        sleep = time.sleep

        def meanwhile(seconds):
            if seconds == PAUSES[0] and self.own.leg_ids.filtered("control_wish"):
                self.press("restore")
            sleep(seconds)

        self.patch(time, "sleep", meanwhile)
        self.carry_out()
        self.assertEqual(self.shown(), ("none", TALKING))
        self.assertEqual(self.states()[0], "talking")

    def test_r52_the_next_attempt_forgets_the_last_one(self):
        told = self.omar_is_rung()
        self.omar_stops_ringing(told)
        self.carry_out()
        self.press("hold")
        self.assertFalse(self.told_to_sara()["control_note"])
        self.press("consult", self.operator(OMAR).id)
        self.assertEqual(self.told_to_sara()["consult"]["state"], "calling")


@tagged("post_install", "-at_install")
class TestPresence(ControlCase):
    """R52 and R56: who is free, by CallGear's statuses and by our own calls."""

    def setUp(self):
        super().setUp()
        self.forget()
        self.simulator.statuses.clear()

    def forget(self):
        """As if some time had passed."""
        presence = self.env["callgear.presence"]
        _answers.forget(presence._key(self.connection))

    def age(self):
        """As if an answer had just become too old."""
        key = self.env["callgear.presence"]._key(self.connection)
        _answers.put(key, _answers.get(key)[0], 0)

    def targets(self):
        """What Sara may choose from: (name, state, status)."""
        targets = self.own.with_user(self.sara).transfer_targets()
        return [(one["name"], one["state"], one["status"]) for one in targets]

    def names(self):
        return [name for name, _state, _status in self.targets()]

    def test_r52_free_ones_come_first(self):
        """Then those in a call, and who is away; oneself is not among them."""
        self.talk()
        self.simulator.statuses[OMAR.id] = 2
        self.deliver(begun(7, employee=WAREHOUSE))
        self.assertEqual(
            self.targets(),
            [
                ("Lina Petrova", "free", "Available"),
                ("Warehouse", "talking", ""),
                ("Omar Nasser", "away", "Break"),
            ],
        )

    def test_r52_a_status_of_the_accounts_own(self):
        """Whether colleagues may ring somebody with it says what it means."""
        self.talk()
        self.simulator.statuses[LINA.id] = 20411
        self.assertIn(("Lina Petrova", "away", "Training"), self.targets())

    def test_r52_without_statuses_nothing_is_said(self):
        """Not on the plan: only our own calls tell."""
        self.talk()
        self.account(api_fault="method_component_disabled")
        self.deliver(CallBuilder(7).ring(OMAR, 2))
        states = {name: state for name, state, _status in self.targets()}
        self.assertEqual(
            states,
            {"Lina Petrova": None, "Warehouse": None, "Omar Nasser": "ringing"},
        )

    def test_r52_nobody_waits_for_the_statuses(self):
        """For both requests together no longer than for one."""
        self.talk()
        for delay in (10, 1.2):
            with self.subTest(delay=delay):
                self.forget()
                self.account(api_delay=delay)
                began = time.monotonic()
                self.assertEqual({state for _n, state, _s in self.targets()}, {None})
                self.assertLess(time.monotonic() - began, 5)

    def test_r52_statuses_are_kept_for_a_moment(self):
        """Each opening of the list does not cost the account its points."""
        self.talk()
        self.names()
        self.simulator.statuses[OMAR.id] = 2
        self.assertIn(("Omar Nasser", "free", "Available"), self.targets())
        self.forget()
        self.assertIn(("Omar Nasser", "away", "Break"), self.targets())

    def test_r56_the_own_status(self):
        own = self.env["res.users"].with_user(self.sara)
        status = own.callgear_status()
        self.assertEqual((status["name"], status["state"]), ("Available", "free"))
        self.assertTrue(status["can_set"])
        options = {option["name"]: option["id"] for option in status["options"]}
        self.assertNotIn("Unknown", options)
        after = own.callgear_set_status(options["Break"])
        self.assertEqual((after["name"], after["state"]), ("Break", "away"))
        self.assertEqual(self.simulator.statuses, {SARA.id: 2})

    def test_r56_another_process_knows_at_once(self):
        """One that has asked CallGear a moment ago, and will not again so soon."""
        own = self.env["res.users"].with_user(self.sara)
        own.callgear_status()
        key = self.env["callgear.presence"]._key(self.connection)
        before, _is_good = _answers.get(key)
        own.callgear_set_status("2")
        _answers.put(key, before, 30)
        self.assertEqual(own.callgear_status()["name"], "Break")

    def test_r56_what_is_set_in_callgear_later_counts(self):
        own = self.env["res.users"].with_user(self.sara)
        own.callgear_set_status("2")
        self.operator(SARA).status_set_at -= timedelta(seconds=1)
        self.simulator.statuses[SARA.id] = 1
        self.forget()
        self.assertEqual(own.callgear_status()["name"], "Available")

    def test_r52_which_statuses_there_are_is_asked_for_once(self):
        """They seldom change; one that is not known yet is asked for."""
        self.talk()
        self.names()
        self.age()
        self.account(api_fault="http_500", api_fault_method="get.statuses")
        self.simulator.statuses[OMAR.id] = 2
        self.assertIn(("Omar Nasser", "away", "Break"), self.targets())

    def test_r56_a_status_that_cannot_be_set(self):
        """The agent is told in words why."""
        own = self.env["res.users"].with_user(self.sara)
        self.assertIn("no longer", self.refusal(own.callgear_set_status, "777"))
        self.account(api_fault="forbidden", api_fault_method="update.employees")
        self.assertIn("not allow", self.refusal(own.callgear_set_status, "2"))

    def test_r56_a_status_while_callgear_cannot_be_asked(self):
        """The agent is told that, now and a moment later, when nobody asks again."""
        own = self.env["res.users"].with_user(self.sara)
        self.account(
            api_fault="method_component_disabled", api_fault_method="get.employees"
        )
        for _time in range(2):
            self.assertIn("plan", self.refusal(own.callgear_set_status, "2"))

    def test_r56_a_status_that_nobody_knows_yet(self):
        """Somebody else has just asked for the first time."""
        own = self.env["res.users"].with_user(self.sara)
        with self.somebody_asks():
            told = self.refusal(own.callgear_set_status, "2")
        self.assertIn("try again", told)
        self.assertFalse(self.simulator.statuses)

    def test_r56_what_was_set_is_shown_whatever_happens_then(self):
        """CallGear cannot be asked any more: the status is set all the same."""
        own = self.env["res.users"].with_user(self.sara)
        own.callgear_status()
        for method in ("get.employees", "get.statuses"):
            self.account(api_fault="http_500", api_fault_method=method)
            after = own.callgear_set_status("2")
            self.assertEqual((after["name"], after["state"]), ("Break", "away"))
            self.assertTrue(after["options"])

    @contextmanager
    def somebody_asks(self):
        """Another thread waits for CallGear's answer."""
        key = self.env["callgear.presence"]._key(self.connection)
        self.assertTrue(_answers.begin(key))
        try:
            yield
        finally:
            _answers.end(key)

    def test_r52_one_asks_at_a_time(self):
        """Others get what was known before, at once."""
        self.talk()
        with self.somebody_asks():
            self.assertEqual({state for _n, state, _s in self.targets()}, {None})
        self.names()
        self.age()
        self.simulator.statuses[OMAR.id] = 2
        with self.somebody_asks():
            self.assertIn(("Omar Nasser", "free", "Available"), self.targets())
        self.assertIn(("Omar Nasser", "away", "Break"), self.targets())

    def test_r56_no_status_without_an_operator_or_the_plan(self):
        Users = self.env["res.users"]
        self.operator(OMAR).user_id = False
        self.assertIsNone(Users.with_user(self.omar).callgear_status())
        self.account(api_fault="method_component_disabled")
        self.assertIsNone(Users.with_user(self.sara).callgear_status())
