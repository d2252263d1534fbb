# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A store of facts that are absorbed, as the database is one; and calls to put there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from odoo.addons.callgear_integration.callgear.notification import EVENTS, Notification
from odoo.addons.callgear_integration.domain.absorb import (
    Absorbed,
    absorb,
    needs_all,
    revived,
)
from odoo.addons.callgear_integration.domain.facts import Fact
from odoo.addons.callgear_integration.domain.timeline import build_timeline

NOON = datetime(2026, 3, 29, 12)


class Store:
    """Facts and legs of one call. ``loaded``: how many facts each delivery has read."""

    def __init__(self):
        self.told: list[Fact] = []  # everything, to compare with
        self.kept: list[Fact] = []
        self.spare: list[Fact] = []
        self.absorbed_legs: dict[str, list[Fact]] = {}
        self.absorbed: str | None = None
        self.legs: dict = {}
        self.loaded: list[int] = []
        self.read_all = 0

    def deliver(self, new: Sequence[Fact], given_up_at=None):
        """Fold what is kept and new; return the timeline and the legs it lacks."""
        self.told += new
        absorbed = Absorbed.loads(self.absorbed)
        for key in revived(new) & self.absorbed_legs.keys():
            self.kept += self.absorbed_legs.pop(key)
        known = [*self.kept, *new]
        timeline = build_timeline(known, given_up_at=given_up_at)
        if absorbed and needs_all(timeline, new, self.kept, absorbed):
            self.read_all += 1
            self.absorbed_legs, self.spare, absorbed = {}, [], None
            known = list(self.told)
            timeline = build_timeline(known, given_up_at=given_up_at)
        self.loaded.append(len(known))
        lacking = set(self.absorbed_legs)
        self.legs = {key: self.legs[key] for key in lacking}
        self.legs |= {leg.key: leg for leg in timeline.legs}
        self._absorb(known, absorb(known, timeline, absorbed))
        return timeline, lacking

    def _absorb(self, known, absorption):
        gone = set(absorption.spare).union(*absorption.legs.values())
        self.spare += [known[index] for index in absorption.spare]
        for key, indexes in absorption.legs.items():
            self.absorbed_legs[key] = [known[index] for index in indexes]
        self.kept = [one for index, one in enumerate(known) if index not in gone]
        self.absorbed = absorption.absorbed and absorption.absorbed.dumps()

    def check(self, new: Sequence[Fact], given_up_at=None):
        """Deliver, and compare with the fold of everything."""
        timeline, lacking = self.deliver(new, given_up_at)
        full = build_timeline(self.told, given_up_at=given_up_at)
        left = tuple(leg for leg in full.legs if leg.key not in lacking)
        assert timeline == replace(full, legs=left)
        # A leg id that looks like a placeholder may be there twice, as it always could.
        assert set(self.legs.values()) <= set(full.legs)
        assert self.legs.keys() == {leg.key for leg in full.legs}
        absorbed = sum(map(len, self.absorbed_legs.values()))
        assert len(self.told) == len(self.kept) + len(self.spare) + absorbed


def fact(at, event, **said):
    """``at``: seconds after noon."""
    return Fact(NOON + timedelta(seconds=at), Notification(event, "7", **said))


def queue(rounds, employees=3, loose=(), answered=True):
    """Phones ring for 19 s in each round, in the last one somebody may answer.

    :param loose: the events whose template names no leg
    """
    facts = []
    for number in range(rounds * employees):
        at, whose = number // employees * 20, str(number % employees)
        told = {"employee_id": whose, "employee_name": f"Employee {whose}"}

        def tell(after, event, number=number, told=told, at=at, **said):
            leg_id = None if event in loose else str(1000 + number)
            facts.append(fact(at + after, event, leg_id=leg_id, **told | said))

        tell(int(whose) / 10, "legout", direction="in", contact_phone="971505550123")
        if answered and number == rounds * employees - 1:
            tell(8, "handset")
            tell(68, "endleg", is_operator=True, talk_seconds=60, total_seconds=68)
        else:
            tell(19, "endleg", is_operator=True, talk_seconds=0, total_seconds=19)
    talk = 60 if answered else 0
    facts.append(fact(rounds * 20 + 48, "end", talk_seconds=talk, is_lost=not answered))
    if answered:
        facts.append(fact(rounds * 20 + 60, "recording", file_urls=("u1",)))
    return sorted(facts, key=lambda one: one.at)


# ------------------------------------------------------------------- calls by chance


class Chance:
    """Makes up a call. Its habits are those of one account, and stay through it."""

    def __init__(self, random):
        self.random = random
        self.loose = random.choice([0, 0, 0.5, 1])
        self.employees = [*"1234"[: random.choice([1, 2, 2, 4])], None]
        self.habit = {event: random.random() < 0.4 for event in ("legout", "endleg")}
        self.chatty = self.maybe(0.5)
        self.stray = self.maybe(0.05)

    def maybe(self, chance):
        return self.random.random() < chance

    def one(self, *values):
        return self.random.choice(values)

    def leg_id(self, event, number):
        if self.loose == 0.5 and event in self.habit:
            return None if self.habit[event] else str(number)
        return None if self.maybe(self.loose) else str(number)

    def call_says(self):
        """What any notification of the call may say of it."""
        said = {"direction": self.one(None, "in")}
        names = ("external_id", "contact_phone", "contact_name", "scenario_name")
        for name in names if self.chatty else ():
            said[name] = self.one(None, None, None, "a", "b")
        if self.chatty:
            said["tags"] = self.one((), (), (), ("t",), ("u",), ("t", "u"))
        if self.stray and self.maybe(0.05):
            said |= self.one({"direction": "out"}, {"call_source": "callapi"})
        return said

    def employee_says(self, employee):
        if employee and self.maybe(0.1):
            employee = self.one(*self.employees)
        if not employee or self.maybe(0.1):
            return {}
        name = self.one(None, f"Employee {employee}", f"Employee {employee}", "Other")
        return {"employee_id": employee, "employee_name": name}

    def of_leg(self, at, event, number, employee, **said):
        said = self.call_says() | self.employee_says(employee) | said
        if self.maybe(0.2):
            said["is_operator"] = self.one(True, True, True, False)
        return fact(at, event, leg_id=self.leg_id(event, number), **said)

    def leg(self, number, at, employee):
        """A phone rings; seldom somebody answers; not everything is told."""
        ends = at + self.one(5, 19, 19, 60)
        talk = self.one(None, 0, 0)
        if self.maybe(0.9):
            yield self.of_leg(at, "legout", number, employee)
        if self.maybe(0.08):
            yield self.of_leg(at + 4, "handset", number, employee)
            talk = self.one(None, 0, ends - at - 4)
        for _time in range(self.one(0, 1, 1, 1, 1, 2)):
            total = self.one(None, ends - at, ends - at + 1, 100)
            told = {"talk_seconds": talk, "total_seconds": total}
            yield self.of_leg(ends, "endleg", number, employee, **told)
            ends += self.one(0, 1)

    def rest(self, at, count):
        """End and recordings, early or late, of the call or of a leg."""
        while self.maybe(0.6):
            said = self.call_says() | self.employee_says(self.one(*self.employees))
            said["talk_seconds"] = self.one(None, 0, 0, 30)
            at += self.one(0, 1)
            early = self.one(0, 0, at // 2)
            if self.maybe(0.5):
                said |= {"is_lost": self.one(None, True, False)}
                said |= {"total_seconds": at, "wait_seconds": self.one(None, 5)}
                yield fact(at - early, "end", **said)
            else:
                number = self.one(None, None, 10 + self.random.randrange(count))
                said |= {"leg_id": number and str(number)}
                said |= {"file_seconds": self.one(None, 4, 5)}
                said |= {"file_url": self.one(None, "u1", "u2")}
                urls = self.one((), ("u1",), ("u1", "u2"), ("u2",), ("/voice_mail/3",))
                yield fact(at - early, "recording", file_urls=urls, **said)

    def call(self):
        facts, at, legs = [], 0, self.one(1, 3, 6, 12)
        for number in range(legs):
            facts += self.leg(10 + number, at, self.one(*self.employees))
            at += self.one(0, 0, 5, 20, 120)
        facts += self.rest(at, legs)
        facts = facts or [fact(0, "end")]
        for one in self.random.sample(facts, len(facts) // 4):
            facts.append(self.one(one, self._later(one), self._later(one)))
        return facts

    def noise(self):
        """Many facts that differ in a few values only."""
        span = self.one(10, 60, 1800)
        events = self.random.sample(EVENTS[:5], self.one(1, 2, 4))
        legs = self.one("1 2", "11 12 13 14 15 16", "9 11 a1 e1").split()
        return [
            self._noise(self.random.randrange(span), self.one(*events), self.one(*legs))
            for _number in range(self.random.randint(3, 40))
        ]

    def _noise(self, at, event, leg):
        said = self.call_says() | self.employee_says(self.one(*self.employees))
        said["leg_id"] = self.leg_id(event, leg)
        for name in ("talk_seconds", "total_seconds", "wait_seconds"):
            said[name] = self.one(None, None, 0, 5, 30)
        said["is_operator"] = self.one(None, None, None, True, False)
        said["is_lost"] = self.one(None, False, False, True)
        if event == "recording":
            said["leg_id"] = self.one(None, None, leg)
            said["file_seconds"] = self.one(None, 4, 5)
            said["file_url"] = self.one(None, "u1", "u2")
            said["file_urls"] = self.one((), ("u1",), ("u1", "u2"), ("u2",))
        return fact(at, event, **said)

    def _later(self, one):
        return replace(one, at=one.at + timedelta(seconds=self.one(-30, -1, 1, 1, 60)))

    def batches(self, facts):
        """Deliver in turn, about in turn, or in any order; one by one or together."""
        delay = self.one(0, 0, 30, 100000)
        facts = sorted(
            facts,
            key=lambda one: (
                one.at
                + timedelta(seconds=self.maybe(0.4) and self.random.uniform(0, delay))
            ),
        )
        while facts:
            size = self.one(1, 1, 1, 2, 5)
            yield facts[:size]
            facts = facts[size:]
