# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: nobody is forgotten, nobody dialled twice: ten agents at one list.

The rules alone are tried on ten thousand callers, see ``tests/unit/test_promise.py``.
"""

import random
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError

from odoo.addons.mail.tests.common import mail_new_test_user

from .builder import START
from .case import AGENT_GROUPS, CallgearCase, tagged
from .scenarios import missed_in_menu

CALLERS, AGENTS = 25, 10
BEGAN = START - timedelta(hours=4)


@tagged("post_install", "-at_install")
class TestNobodyForgotten(CallgearCase):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(47)
        self.second = 0
        self.team.callgear_call_back_minutes = 30
        self.team.callgear_call_back_settings = False
        self.agents = [self.sara, self.omar, self.lina]
        for number in range(AGENTS - len(self.agents)):
            self.agents.append(self.one_more_agent(number))
        # When each ticket's caller was dialled last, and by whom.
        self.dialled, self.refused = {}, 0

    def one_more_agent(self, number):
        user = mail_new_test_user(
            self.env, login=f"cg_more{number}", name=f"N {number}", groups=AGENT_GROUPS
        )
        self.env["callgear.operator"].create(
            {
                "connection_id": self.connection.id,
                "employee_id": str(800000 + number),
                "name": user.name,
                "user_id": user.id,
            }
        )
        self.team.user_ids |= user
        return user

    def now(self):
        return BEGAN + timedelta(seconds=self.second)

    def waiting(self):
        domain = [("call_waiting_since", "!=", False), ("team_id", "=", self.team.id)]
        return self.env["helpdesk.ticket"].search(
            domain, order="call_waiting_since, id"
        )

    def miss(self, number):
        """A caller of their own rings in vain, most of them more than once."""
        caller = str(971505560000 + number % CALLERS)
        call = missed_in_menu(number, self.second, caller)
        self.deliver(call)

    def act(self):
        """An agent takes the first caller, or just anybody: the list is some seconds old."""
        agent, rows = self.chance.choice(self.agents), self.seen
        ticket = rows[0] if self.chance.random() < 0.5 else self.chance.choice(rows)
        choice = self.chance.random()
        try:
            with self.env.cr.savepoint():
                if choice < 0.15:
                    ticket.with_user(agent).action_callgear_claim()
                elif choice < 0.25 and not ticket.call_claim_user_id:
                    ticket.with_user(agent).action_callgear_done()
                else:
                    self.dial(agent, ticket)
        except UserError:
            self.refused += 1

    def dial(self, agent, ticket):
        phone = f"+{int(ticket.call_leg_ids.call_id[:1].phone[1:])}"
        dialer = self.env["callgear.dialer"].with_user(agent).sudo()
        call = dialer._prepare_and_announce(
            self.connection.with_user(agent).sudo(),
            agent,
            phone,
            self.env["res.partner"],
            ticket.with_user(agent).sudo(),
            ticket._callgear_call_to_return(),
        )
        last = self.dialled.get(ticket)
        if last and last[0] != agent:
            self.assertGreaterEqual(self.now() - last[1], timedelta(minutes=1))
        self.dialled[ticket] = agent, self.now()
        is_answered = self.chance.random() < 0.6
        call.live_leg_ids.write({"state": "ended", "ended_at": self.now()})
        call.write(
            {
                "state": "ended",
                "reason": "answered" if is_answered else "unanswered",
                "history": "conversation" if is_answered else "attempt",
                "answered_at": is_answered and self.now(),
            }
        )
        if is_answered:
            settlement = self.env["callgear.settlement"]
            settlement._end_waiting_before(call)._callgear_update_from_calls()

    def give_back(self):
        claimed = self.waiting().filtered("call_claimed")
        if claimed:
            claimed[0].with_user(self.sara).user_id = False

    def test_r47_nobody_is_forgotten_and_nobody_dialled_twice(self):
        seen = self.env["helpdesk.ticket"]
        numbers = list(range(CALLERS)) + self.chance.sample(range(CALLERS), 10)
        for turn in range(2_000):
            self.second += self.chance.randint(1, 20)
            with freeze_time(self.now()):
                if turn < len(numbers):
                    self.miss(numbers[turn] + CALLERS * (turn >= CALLERS))
                if turn % 3 == 0:
                    seen = self.waiting()
                self.seen = seen
                if turn % 25 == 24:
                    self.give_back()
                elif seen:
                    self.act()
            if turn > len(numbers) and not self.waiting():
                break
        self.assertFalse(self.waiting())
        self.assertGreater(self.refused, 10)
        promised = self.env["callgear.call"].search(
            [("connection_id", "=", self.connection.id), ("history", "=", "missed")]
        )
        states = set(promised.mapped("call_back_state"))
        self.assertLessEqual(states, {"kept", "late", "done", False})
        self.assertIn("kept", states)
        callers = set(promised.filtered("call_back_state").mapped("phone"))
        self.assertEqual(len(callers), CALLERS)
