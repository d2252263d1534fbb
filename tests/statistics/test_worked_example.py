# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34-R39, R46, R47: the worked examples of docs/statistics.md are true."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from .case import StatisticsCase, tagged, within
from .history import Call, Message, Move, Talk, Ticket
from .reference import Promise, Reference

DOCUMENT = Path(__file__).parents[2] / "docs" / "statistics.md"
MONDAY = datetime(2026, 3, 30)
WEEK = (MONDAY, MONDAY + timedelta(days=7))
DAY = MONDAY + timedelta(days=1)  # of the calls
REASONS = {
    "outside hours": "outside_hours",
    "nobody picked up": "not_picked_up",
    "nobody free": "nobody_free",
    "left in the menu or queue": "left_early",
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
KINDS = {"incoming call": "in", "missed call": "missed", "outgoing call": "out"}
PEOPLE = {"customer": "customer", "OdooBot": "bot", "Sara": "sara", "Omar": "omar"}


def table(first_column):
    """The rows of the document's table whose first column has this title."""
    text = DOCUMENT.read_text()
    [block] = re.findall(
        rf"^\| {first_column} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.M
    )
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in block.splitlines()
    ]


def moment(text):
    day, hour = re.match(r"(\w+) (\d\d:\d\d)", text).groups()
    at = datetime.strptime(hour, "%H:%M")
    days = DAYS.index(day) - (7 if "the week before" in text else 0)
    return MONDAY + timedelta(days=days, hours=at.hour, minutes=at.minute)


def histories():
    """The tickets of the example, by number."""
    tickets = {}
    for number, when, who, what in table("ticket"):
        at, person = moment(when), PEOPLE[who]
        if number not in tickets:
            tickets[number] = made(at, person, what)
            continue
        ticket = tickets[number]
        if what == "talks, recorded":
            ticket.talks.append(Talk(at, at, person))
            ticket.messages.append(Message(at, person, note=True))
        elif what in ("writes", "notes"):
            ticket.messages.append(Message(at, person, note=what == "notes"))
        else:
            old, new = {"closes": ("new", "done"), "opens": ("done", "new")}[what]
            ticket.moves.append(Move(at, person, old, new))
    return tickets


def calls():
    """The calls of the example, in order."""
    return [told(*row) for row in table("call")]


def told(_number, began, who, ends, waits, talks, then):
    """A call as the document's row tells it."""
    at = DAY + clock(began)
    wait, talk = (int(text.strip(" s") or 0) for text in (waits, talks))
    how, _, reason = ends.partition(", ")
    call = Call(
        began=at,
        direction="out" if how == "called out" else "in",
        outcome="missed" if how == "missed" else "answered",
        ended=at + timedelta(seconds=wait + talk),
        wait=wait,
        talk=talk,
        missed_reason=REASONS.get(reason),
        agent=None if who == "nobody" else PEOPLE[who],
    )
    if call.outcome == "answered":
        call.answered = at + timedelta(seconds=wait)
    then, unpromised, _ = then.partition(", nothing promised")
    if then:
        call.called_back = DAY + clock(then.removeprefix("called back at "))
    if then and not unpromised:
        call.promised = at + timedelta(minutes=30)
        call.promise = "kept" if call.called_back <= call.promised else "late"
    return call


def clock(text):
    hours, minutes, seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def made(at, person, what):
    how, _, user = what.partition(", for ")
    kind = KINDS.get(how)
    return Ticket(
        made=at,
        creator=person if person != "customer" else "bot",
        user=PEOPLE[user],
        channel="calls" if kind else "mail",
        call_kind=kind,
    )


@tagged("post_install", "-at_install")
class TestWorkedExample(StatisticsCase):
    def test_both_counts_give_the_documents_figures(self):
        self.compare(list(histories().values()), [], table("figure"), 18)

    def test_r46_both_counts_give_the_documents_figures_of_calls(self):
        self.teams["hotline"].callgear_answer_seconds = 20
        self.promises = {**self.promises, "hotline": Promise(answer=20)}
        self.compare([], calls(), table("figure of calls"), 12)

    def compare(self, tickets, made_calls, rows, count):
        self.write_down(tickets, made_calls)
        agents = {self.sara.id: "Sara", self.omar.id: "Omar", False: "nobody"}
        found = {
            agents[user.id]: values
            for (user,), values in self.figures(within(*WEEK), ["user_id"]).items()
        }
        found["all"] = self.figures(within(*WEEK))[()]
        reference = Reference(self.promises, *WEEK)
        counted = reference.figures(tickets, lambda fact: fact.agent, made_calls)
        counted = {"Sara": counted["sara"], "Omar": counted["omar"]}
        counted |= reference.figures(tickets, lambda fact: "all", made_calls)
        self.assertEqual(len(rows), count)
        for name, *values, _because in rows:
            for who, value in zip(("all", "Sara", "Omar"), values, strict=True):
                wanted = 0 if value == "–" else float(value)
                for source in (found, counted):
                    with self.subTest(f"{name}, {who}"):
                        figure = source[who].get(name.strip("`")) or 0
                        self.assertAlmostEqual(figure, wanted, 4)

    def test_the_teams_promises_are_those_of_the_document(self):
        promise = self.promises["hotline"]
        text = " ".join(DOCUMENT.read_text().split())
        self.assertIn(
            f"a first reply within {promise.first_reply} hours, any reply within "
            f"{promise.any_reply} hour, and to close within {promise.closing} hours",
            text,
        )
