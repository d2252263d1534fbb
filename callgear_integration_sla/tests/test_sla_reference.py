# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38: made-up histories, counted by the query and by the reference.

They do what agents do: from hold a ticket goes on first, and only in a team without SLAs
for replies is it opened again. The module itself loses count in other cases.
"""

import random
from collections import defaultdict

from odoo.tests import tagged

from .case import SlaCase
from .desk import PERIOD_HOURS
from .reference import History, Terms, counts_for

MEASURES = (
    "sla_first_reply_due",
    "sla_first_reply_breached",
    "sla_closing_due",
    "sla_closing_breached",
)
TEAMS = {
    "both": Terms(reply_sla=6, closing_sla=20, reply_promise=1, closing_promise=1),
    "closing": Terms(
        reply_sla=None, closing_sla=14, reply_promise=5, closing_promise=0
    ),
    "reply": Terms(reply_sla=8, closing_sla=None, reply_promise=0, closing_promise=16),
    "none": Terms(
        reply_sla=None, closing_sla=None, reply_promise=4, closing_promise=18
    ),
}
ENDS = (
    ["hold", "reply"],
    ["pending", "reply"],
    ["pending", "closed"],
    ["closed"],
    ["closed"],
)
EACH = 15


def made_up(rng, team):
    """A history; moments are half hours, deadlines whole ones: never both at once."""
    words = []
    for _ in range(rng.choice((0, 0, 1, 2))):
        words += ["hold", "open"]
    words += rng.choice(ENDS)
    opened_again = words[-1:] == ["closed"] and TEAMS[team].reply_sla is None
    if opened_again and rng.random() < 0.5:
        words += rng.choice(
            (["open"], ["open", "closed"], ["open", "pending", "closed"])
        )
    for word in ("reply", "reply", "talk"):
        if rng.random() < 0.5:
            words.insert(rng.randrange(len(words) + 1), word)
    hours, steps = -0.5, []
    for word in words:
        hours += rng.choice((1, 1, 2, 3, 5, 8, 70))
        steps.append((hours, word))
    return History(team, tuple(steps), is_call=rng.random() < 0.3)


@tagged("post_install", "-at_install")
class TestReference(SlaCase):
    def test_r38_histories_are_counted_like_the_reference(self):
        rng = random.Random(38)
        teams = {}
        for name, terms in TEAMS.items():
            teams[name] = team = self.desk.team.copy({"name": name, "use_sla": True})
            self.desk.promise(terms.reply_promise, 0, terms.closing_promise, team=team)
            for role, hours in (
                ("pending", terms.reply_sla),
                ("closed", terms.closing_sla),
            ):
                if hours is not None:
                    self.desk.sla(role, hours, team=team)
        expected, told = defaultdict(set), {}
        for name in TEAMS:
            for _ in range(EACH):
                history = made_up(rng, name)
                make = self.desk.call_ticket if history.is_call else self.desk.ticket
                ticket = make(*history.steps, team_id=teams[name].id)
                told[ticket.id] = history
                for measure in counts_for(history, TEAMS[name], PERIOD_HOURS):
                    expected[measure].add(ticket.id)
        for measure in MEASURES:
            # Otherwise the comparison would show little.
            self.assertGreater(len(expected[measure]), EACH / 2, measure)
            found = set(self.desk.count(measure).ids)
            wrong = {told[ticket_id] for ticket_id in found ^ expected[measure]}
            self.assertFalse(wrong, measure)
