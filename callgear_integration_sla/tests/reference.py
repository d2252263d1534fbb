# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with SLAs in plain Python, hour by hour: what the query is compared with.

It knows neither lines nor states of SLAs, only the rule behind them: an SLA's time runs
until the stage is reached, stands still on hold, and runs on when a ticket is opened
again. A person who comes too late in a stage has missed it, whatever follows.
"""

from dataclasses import dataclass

STAGES = ("open", "hold", "pending", "closed")
# The stages in which an SLA's aim is reached.
REACHED = {"pending": ("pending", "closed"), "closed": ("closed",)}


@dataclass(frozen=True)
class Terms:
    """Hours that hold in a team: of SLAs (None: there is none), and promised."""

    reply_sla: int | None
    closing_sla: int | None
    reply_promise: int
    closing_promise: int


@dataclass(frozen=True)
class History:
    """What happened to a ticket: pairs of hours since it was made, and of words."""

    team: str
    steps: tuple
    is_call: bool = False

    @property
    def moves(self):
        return [(hours, what) for hours, what in self.steps if what in STAGES]

    def times(self, what):
        return [hours for hours, word in self.steps if word == what]


def counts_for(history, terms, end):
    """The SLA measures that a ticket counts for in the hours before ``end``."""
    found = set()
    replied, closed = _first_reply(history, end), _last_closing(history, end)
    if replied is not None:
        late = _first_reply_late(history, terms, replied)
        found |= _measures("first_reply", late)
    if closed is not None:
        late = _closing_late(history, terms, closed)
        found |= _measures("closing", late)
    return found


def _measures(name, late):
    if late is None:
        return set()
    due = {f"sla_{name}_due"}
    return due | {f"sla_{name}_breached"} if late else due


def _first_reply(history, end):
    replies = history.times("reply")
    if history.is_call or not replies or replies[0] >= end:
        return None
    return replies[0]


def _last_closing(history, end):
    closings = [hours for hours in history.times("closed") if hours < end]
    return closings[-1] if closings else None


def _first_reply_late(history, terms, replied):
    """None: nothing says until when."""
    if terms.reply_sla is None:
        return _beyond(replied, terms.reply_promise)
    moves = history.moves
    reached = [hours for hours, what in moves if what in REACHED["pending"]]
    last = reached[0] if reached else (moves[-1][0] if moves else 0)
    missed = _ran(moves, last, "pending") > terms.reply_sla
    # Once the stage was reached in time, the deadline stays where it was.
    if reached and replied > reached[0]:
        needed = _ran(moves, reached[0], "pending") + replied - reached[0]
    else:
        needed = _ran(moves, replied, "pending")
    return missed or needed > terms.reply_sla


def _closing_late(history, terms, closed):
    if terms.closing_sla is None:
        return _beyond(closed, terms.closing_promise)
    return _ran(history.moves, history.moves[-1][0], "closed") > terms.closing_sla


def _beyond(hours, promise):
    return hours > promise if promise else None


def _ran(moves, until, aim):
    """For how many hours, until a moment, an SLA's time ran."""
    total, since, stage = 0, 0, "open"
    for hours, what in [*moves, (until, None)]:
        if hours > until:
            continue
        if stage != "hold" and stage not in REACHED[aim]:
            total += hours - since
        since, stage = hours, what
    return total
