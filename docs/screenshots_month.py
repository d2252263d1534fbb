# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two months of a helpdesk, each thing told at its time; runs in Odoo's shell.

What is counted is then what would have been counted: nothing is dated afterwards.
"""

import itertools
import random
from datetime import timedelta

from freezegun import freeze_time

from odoo.addons.callgear_integration.tests.builder import (
    LINA,
    NOBODY,
    OMAR,
    SARA,
    START,
    CallBuilder,
)

DAYS = 59
LOCAL = timedelta(hours=4)  # the demo's account, and its agents, are in Dubai
TARGETS = {
    "callgear_first_reply_hours": 4,
    "callgear_any_reply_hours": 4,
    "callgear_closing_hours": 48,
    "callgear_call_back_minutes": 30,
    "callgear_unclaimed_minutes": 45,
}
SUBJECTS = ("Order {}", "Order {}: where is it?", "Invoice for order {}")
SUBJECTS += ("Order {} came damaged", "Return of order {}", "Change order {}, please")
# The simulator's sessions have ids below these.
FIRST_SESSION = 900_000_000_000


def minutes(number):
    return timedelta(minutes=number)


class Month:
    """What happens is planned first, and then told in the order of time."""

    def __init__(self, env):
        self.env = env(context={**env.context, "mail_notify_force_send": False})
        self.now = self.env.cr.now().replace(microsecond=0)
        self.chance = random.Random(7)
        self.numbers = itertools.count(1)
        self.plan = []
        self.connection = self.env["callgear.connection"].search([], limit=1)
        self.agents = {
            employee: self.env["callgear.operator"]
            .search([("employee_id", "=", str(employee.id))])
            .user_id
            for employee in (SARA, OMAR, LINA)
        }
        self.maryam = self.env.ref("callgear_integration.partner_maryam")
        # Users, and the account itself, are no customers.
        own = self.env["callgear.virtual.number"].search([]).mapped("number")
        known = self.env["callgear.partner.phone"].search(
            [("partner_id.user_ids", "=", False), ("number", "not in", own)], limit=14
        )
        self.customers = known.partner_id | self.maryam
        self.callers = self.plain(known)
        # Nobody of these calls while pictures are taken.
        ours = self.env["ir.model.data"].search(
            [("module", "=", "callgear_integration"), ("model", "=", "res.partner")]
        )
        self.waiting = self.plain(
            known.filtered(
                lambda phone: phone.partner_id.id not in ours.mapped("res_id")
            )
        )

    def make(self):
        team = self.connection.team_id
        # A promise holds from when it is made; this one was made before all these calls.
        team.write({**TARGETS, "callgear_call_back_settings": False})
        for back in range(DAYS, -1, -1):
            self.day((self.now - timedelta(days=back)).replace(minute=0, second=0))
        self.last_hour()
        # Agents may be deep in work: neither is closed.
        for hours in (30, 7):
            self.mail(self.now - timedelta(hours=hours), self.maryam, closes=False)
        self.tell()
        recordings = self.env["callgear.recording"].search([("state", "=", "pending")])
        recordings.write({"state": "failed"})  # nobody has them

    def plain(self, phones):
        return [number.lstrip("+") for number in phones.mapped("number")]

    def at(self, moment, function, *arguments):
        self.plan.append((moment, next(self.numbers), function, arguments))

    def tell(self):
        cursor = self.env.cr
        with freeze_time(self.now) as clock:
            for moment, _number, function, arguments in sorted(self.plan):
                if moment > self.now:
                    break
                clock.move_to(moment)
                cursor._now = moment  # that of records which are created
                function(*arguments)
            cursor._now = None

    # ------------------------------------------------------------------ a day

    def day(self, day):
        is_weekend = day.weekday() > 4
        for _number in range(self.chance.randint(1, 2 if is_weekend else 4)):
            self.mail(self.moment(day), self.chance.choice(self.customers))
        for _number in range(self.chance.randint(3, 5 if is_weekend else 11)):
            self.call(self.moment(day))

    def moment(self, day):
        """Most comes before noon."""
        hour = self.chance.triangular(8, 20, 11)
        return day.replace(hour=0) - LOCAL + timedelta(hours=hour)

    # ---------------------------------------------------------------- tickets

    def mail(self, moment, customer, closes=None):
        agent = self.chance.choice(list(self.agents.values()))
        kind = self.chance.choice(("email", "email", "web"))
        channel = self.env.ref(f"helpdesk_mgmt.helpdesk_ticket_channel_{kind}")
        subject = self.chance.choice(SUBJECTS).format(2000 + next(self.numbers))
        values = {
            "name": subject,
            "description": "<p>See below.</p>",
            "partner_id": customer.id,
            "user_id": agent.id,
            "team_id": self.connection.team_id.id,
            "channel_id": channel.id,
            "stage_id": self.connection.open_stage_id.id,
        }
        made = {}
        self.at(moment, self.create, made, values)
        turn = moment
        for number in range(self.chance.choice((1, 1, 2))):
            if number:
                turn += timedelta(hours=self.chance.uniform(1, 9))
                self.at(turn, self.write_back, made, customer)
            turn += minutes(self.chance.triangular(10, 330, 60))
            self.at(turn, self.reply, made, agent)
        if closes is None:
            closes = self.chance.random() < 0.85
        if closes:
            turn += timedelta(hours=self.chance.expovariate(1 / 16))
            self.at(turn, self.close, made, agent)

    def create(self, made, values):
        made["ticket"] = self.env["helpdesk.ticket"].create(values)

    def write_back(self, made, customer):
        made["ticket"].message_post(
            body="And when will it be there?",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=customer.id,
        )

    def reply(self, made, agent):
        made["ticket"].with_user(agent).message_post(
            body="It is on its way.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            callgear_writing_seconds=self.chance.randrange(30, 400),
        )

    def close(self, made, agent):
        self.move_to_closed(made["ticket"].with_user(agent))

    def move_to_closed(self, ticket):
        ticket.stage_id = self.connection.closed_stage_id
        # Odoo tells of the change before the commit, as of that moment.
        self.env.flush_all()
        self.env.cr.precommit.run()

    # ------------------------------------------------------------------ calls

    def call(self, moment):
        """Most are answered; who was missed is called back, calls again, or neither."""
        employee = self.chance.choice(list(self.agents))
        caller = self.chance.choice(self.callers)
        kind = self.chance.random()
        if kind < 0.2:
            self.hear(moment, self.outgoing(moment, caller, employee))
        elif kind < 0.9:
            self.hear(moment, self.incoming(moment, caller, employee))
        else:
            self.hear(moment, self.missed(moment, caller, employee))
            later = moment + minutes(self.chance.triangular(3, 40, 10))
            again = self.incoming if kind > 0.98 else self.outgoing
            self.hear(later, again(later, caller, employee))

    def last_hour(self):
        """Who waits to be called back: one too long already, one claimed, one tried."""
        late, claimed, tried = self.waiting[:3]
        for ago, caller, employee in (
            (72, late, OMAR),
            (22, claimed, LINA),
            (19, "971504447788", LINA),
            (16, tried, SARA),
            (9, tried, SARA),
        ):
            moment = self.now - minutes(ago)
            call = self.missed(moment, caller, employee)
            self.hear(moment, call)
            if caller == claimed:
                self.at(moment + minutes(5), self.claim, call)
        moment = self.now - minutes(6)
        self.hear(moment, self.outgoing(moment, tried, SARA, answered=False))

    def claim(self, call):
        found = self.found(call)
        found.ticket_ids.with_user(self.agents[OMAR]).action_callgear_claim()

    def hear(self, moment, call):
        """What is told of a call is known when it is over, and its ticket closed later."""
        last = max(minutes(1), minutes(len(call.deliveries)))
        self.at(moment + last, self.receive, call)
        if self.chance.random() < 0.8:
            later = moment + timedelta(hours=self.chance.expovariate(1 / 5))
            self.at(max(later, moment + 2 * last), self.close_talked, call)

    def receive(self, call):
        for told in call.deliveries:
            receipt = self.connection._receive(told.event, told.body)
            assert receipt.event_id, receipt
        self.env["callgear.refresh"]._refresh(self.connection, str(call.session))

    def close_talked(self, call):
        """Missed calls stay until somebody has talked to the caller."""
        found = self.found(call).filtered(lambda call: call.outcome == "answered")
        for ticket in found.ticket_ids.filtered(lambda ticket: not ticket.closed):
            self.move_to_closed(ticket.with_user(ticket.user_id))

    def found(self, call):
        return self.env["callgear.call"].search(
            [("session_id", "=", str(call.session))]
        )

    def builder(self, moment, caller, direction="in"):
        number = FIRST_SESSION + next(self.numbers)
        start = (moment + LOCAL - START).total_seconds()
        return CallBuilder(number, caller, direction, start=start)

    def incoming(self, moment, caller, employee):
        wait = round(self.chance.triangular(4, 30, 9))
        talk = self.chance.randrange(40, 700)
        over = wait + talk
        call = self.builder(moment, caller).ring(employee, 3).answer(employee, wait)
        call.leave(employee, over, talk=talk, total=over - 3)
        call.end(over, talk=talk, employee=employee, wait=wait)
        return call.record(over + 9, employee=employee, seconds=talk)

    def missed(self, moment, caller, employee):
        over = self.chance.randrange(12, 55)
        call = self.builder(moment, caller).ring(employee, 3)
        return call.leave(employee, over, total=over - 3).end(over, wait=over)

    def outgoing(self, moment, caller, employee, answered=True):
        rang, talk = 14, answered * self.chance.randrange(40, 500)
        over = rang + talk
        call = self.builder(moment, caller, "out").call_out(employee)
        call.ring(employee, 1, leg="contact")
        if answered:
            call.answer(employee, rang, leg="contact")
        party = {"is_operator": False, "leg": "contact"}
        call.leave(NOBODY, over, talk=talk, total=over, **party)
        call.end(over, talk=talk, lost=not answered, employee=employee, wait=rang)
        return call.record(over + 9, employee=employee, seconds=talk) if talk else call
