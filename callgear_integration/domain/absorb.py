# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which facts of a call later folds can do without, so that a long call stays cheap.

A queue may ring phones for hours, and each notification folds its call anew. So the
facts that can change nothing any more are *absorbed*: kept, but not read again.

- A *spare* fact is outdone by others of the same leg or kind, whatever else may come.
- A *whole leg* that has ended unanswered, and that no rule asks for, goes with all its
  facts. Its record stays as the last fold has made it. A later fact that names the leg
  revives it.

Both hold for incoming calls. What may come and upset them is for ``needs_all`` to see;
all facts are read then, and absorbed anew. In this way a fold of what is left, and of
what comes, always is what the fold of everything would be, but for the absorbed legs.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..callgear.notification import LEG_EVENTS
from .facts import Fact, ordered
from .legs import Frame, Leg, Place, leg_places, named_by_party, party_of
from .timeline import TEXTS, Timeline

# All that the places of an incoming call's leg facts depend on is that it is one.
_INCOMING = Frame(
    outgoing=False,
    by_api=False,
    is_lost=False,
    talked=False,
    started_at=datetime.min,
    end=None,
)

# Where facts name no leg, those that come out of turn cost a reading of all, unless the
# legs that they may belong to are still there.
OUT_OF_TURN = timedelta(minutes=1)


@dataclass(frozen=True)
class Absorbed:
    """What is remembered of a call's absorbed facts.

    ``until``: the latest time of a leg fact whose place must not change any more.
    ``loose``: some leg fact of the call names no leg.
    ``latest``: ``{(is operator, employee id): the order of their last absorbed leg}``.
    """

    until: datetime | None = None
    loose: bool = False
    latest: dict[tuple[bool, str | None], tuple] = field(default_factory=dict)

    def dumps(self) -> str:
        """Write as text, to be stored with the call."""
        latest = [
            [*whose, started_at.isoformat(), number, key]
            for whose, (started_at, number, key) in self.latest.items()
        ]
        until = self.until and self.until.isoformat()
        return json.dumps({"until": until, "loose": self.loose, "latest": latest})

    @classmethod
    def loads(cls, text: str | None) -> "Absorbed | None":
        """Read what was stored; None if nothing was."""
        if not text:
            return None
        data = json.loads(text)
        latest = {
            (side, employee): (datetime.fromisoformat(started_at), number, key)
            for side, employee, started_at, number, key in data["latest"]
        }
        until = data["until"] and datetime.fromisoformat(data["until"])
        return cls(until, data["loose"], latest)


@dataclass(frozen=True)
class Absorption:
    """What a fold has made superfluous, by index into its facts.

    ``legs``: ``{leg key: indexes}`` of whole legs; ``absorbed``: what to remember of
    all that is absorbed by now, None if nothing is.
    """

    absorbed: Absorbed | None = None
    spare: list[int] = field(default_factory=list)
    legs: dict[str, list[int]] = field(default_factory=dict)


def revived(new: Iterable[Fact]) -> set[str]:
    """Return the keys of legs whose absorbed facts must be read with these new facts."""
    return {
        fact.notification.leg_id
        for fact in new
        if fact.notification.leg_id
        and (fact.event in LEG_EVENTS or fact.event == "recording")
    }


def needs_all(
    timeline: Timeline, new: Sequence[Fact], kept: Sequence[Fact], absorbed: Absorbed
) -> bool:
    """Whether the new facts upset what was absorbed, so that all must be read again.

    :param timeline: the fold of the kept and the new facts
    :param kept: the facts that are not absorbed, and those of revived legs
    """
    # Whose leg is their last matters: who talked, if no leg tells, and whom a call's
    # end names. An absorbed leg must not become the last by a change of another.
    last = _last_of_each(timeline)
    outlived = all(
        whose in last and last[whose].order > order
        for whose, order in absorbed.latest.items()
    )
    return timeline.direction == "out" or not outlived or _moves(new, kept, absorbed)


def _moves(new: Sequence[Fact], kept: Sequence[Fact], absorbed: Absorbed) -> bool:
    """Whether loose facts might move from leg to leg if all were read.

    They belong to the leg of their party that was the last to have begun, so it takes
    loose facts as well as named ones for this to happen.
    """
    told = [fact for fact in new if fact.event in LEG_EVENTS]
    loose = [fact for fact in told if not fact.notification.leg_id]
    if not absorbed.loose:
        # So far nobody has seen to it that they find their leg.
        return bool(loose)
    before = named_by_party(ordered(kept), _INCOMING)
    after = named_by_party(ordered([*kept, *new]), _INCOMING)
    if not after:
        return False
    until = absorbed.until or datetime.min
    return (
        any(fact.at <= until for fact in told)
        or not _party_of_each(before).items() <= _party_of_each(after).items()
        or any(_is_before_last(fact, before, until) for fact in loose)
    )


def _party_of_each(parties: dict[str, list[tuple[datetime, str]]]) -> dict[str, str]:
    return {key: party for party, legs in parties.items() for _at, key in legs}


def _is_before_last(
    fact: Fact, parties: dict[str, list[tuple[datetime, str]]], until: datetime
) -> bool:
    """Whether a loose fact may belong to an absorbed leg, being older than the last."""
    legs = parties.get(party_of([fact], _INCOMING), [])
    begun = [at for at, _key in legs if at <= fact.at]
    return len(begun) < len(legs) and (not begun or begun[-1] <= until)


def absorb(
    facts: Sequence[Fact], timeline: Timeline, absorbed: Absorbed | None = None
) -> Absorption:
    """Find what later folds can do without.

    :param facts: those that were folded: kept, revived and new ones, or all
    :param timeline: what they were folded into, its times not cut
    :param absorbed: what is remembered of facts that were not folded, if there are any
    """
    if timeline.direction == "out":
        return Absorption(absorbed)
    known = ordered(facts)
    places = dict(leg_places(known, _INCOMING))
    needed = _needed(known)
    loose = any(not fact.notification.leg_id for fact in places)
    loose |= bool(absorbed and absorbed.loose)
    settled = datetime.max
    if loose and any(fact.notification.leg_id for fact in places):
        settled = known[-1].at - OUT_OF_TURN
    legs = _finished_legs(timeline, places, needed, settled)
    gone = {fact: place.key for fact, place in places.items() if place.key in legs}
    spare, fixed = set(), set(gone)
    left = [fact for fact in known if fact not in gone]
    for kind, group in _groups(left, places, settled).items():
        outdone = set(group) - needed - _telling(kind, group)
        spare |= outdone
        if outdone and _is_loose(kind):
            # What outdoes them must not leave for another leg without them.
            fixed.update(group)
    if gone or spare or len(known) < len(facts):
        absorbed = absorbed or Absorbed()
    return Absorption(
        absorbed and _remember(absorbed, loose, legs, fixed),
        *_indexes(facts, spare, gone),
    )


def _groups(
    facts: Sequence[Fact], places: dict[Fact, Place], settled: datetime
) -> dict[Place | str, list[Fact]]:
    """Group facts of which some may outdo the others: by place in a leg, or by kind."""
    groups: dict[Place | str, list[Fact]] = {}
    for fact in facts:
        kind = places.get(fact, fact.event)
        if fact.at < settled or not _is_loose(kind):
            groups.setdefault(kind, []).append(fact)
    return groups


def _is_loose(kind: Place | str) -> bool:
    return isinstance(kind, Place) and kind.party is not None


def _remember(
    absorbed: Absorbed, loose: bool, legs: dict[str, Leg], fixed: set[Fact]
) -> Absorbed:
    """Add to what is remembered: these legs, and the facts whose place is fixed."""
    latest = dict(absorbed.latest)
    for leg in legs.values():
        latest[_whose(leg)] = max(latest.get(_whose(leg), leg.order), leg.order)
    times = [fact.at for fact in fixed] + [absorbed.until or datetime.min]
    return Absorbed(
        until=max(times) if fixed else absorbed.until,
        loose=loose,
        latest=latest,
    )


def _indexes(
    facts: Sequence[Fact], spare: set[Fact], gone: dict[Fact, str]
) -> tuple[list[int], dict[str, list[int]]]:
    """Return the indexes of spare facts, of which a repeat is one, and of legs' facts."""
    seen: set[Fact] = set()
    spare_at: list[int] = []
    legs: dict[str, list[int]] = {}
    for index, fact in enumerate(facts):
        if fact in spare or fact in seen:
            spare_at.append(index)
        elif fact in gone:
            legs.setdefault(gone[fact], []).append(index)
        seen.add(fact)
    return spare_at, legs


# ------------------------------------------------------------------ legs as a whole


def _finished_legs(
    timeline: Timeline,
    places: dict[Fact, Place],
    needed: set[Fact],
    settled: datetime,
) -> dict[str, Leg]:
    """The legs of which nothing more is asked, by key."""
    kept = {leg.key for leg in _last_of_each(timeline).values()}
    kept |= {places[fact].key for fact in needed if fact in places}
    kept |= {fact.notification.leg_id for fact in needed if fact.event == "recording"}
    # Loose facts to come belong to the last leg of their party.
    parties = named_by_party(list(places), _INCOMING)
    kept |= {legs[-1][1] for legs in parties.values()}
    # An end that is not its own may be taken back.
    ended = {place.key for fact, place in places.items() if fact.event == "endleg"}
    return {
        leg.key: leg
        for leg in timeline.legs
        if leg.key in ended - kept
        and _is_numbered(leg)
        and leg.ended_at < settled
        and not leg.picked_up_at
        and not leg.answered_at
    }


def _last_of_each(timeline: Timeline) -> dict[tuple[bool, str | None], Leg]:
    """The last leg of each operator, and of the other party."""
    return {_whose(leg): leg for leg in timeline.legs if _is_numbered(leg)}


def _whose(leg: Leg) -> tuple[bool, str | None]:
    return (leg.is_operator, leg.employee_id)


def _is_numbered(leg: Leg) -> bool:
    """Whether the leg has an id that is no placeholder: loose facts cannot turn up in it."""
    return leg.key.isdigit()


# --------------------------------------------------------------- facts that tell most


def _needed(facts: Sequence[Fact]) -> set[Fact]:
    """The facts that say something of the call as a whole.

    The last ones tell whether a call goes on that was given up.
    """
    of_legs = [fact for fact in facts if fact.event in LEG_EVENTS]
    return {
        facts[-1],
        *of_legs[-1:],
        min(facts, key=lambda fact: fact.began),
        max(facts, key=lambda fact: len(fact.notification.tags)),
        *_first_of_each(facts, _call_marks),
        *_recordings(facts),
    }


def _call_marks(fact: Fact) -> Iterable[Hashable]:
    yield "first"
    yield from (name for name in TEXTS if getattr(fact.notification, name))
    if fact.notification.employee_id and fact.notification.employee_name:
        yield ("name of", fact.notification.employee_id)


def _recordings(facts: Sequence[Fact]) -> set[Fact]:
    """The first and the last of those that say the same."""
    told = [fact for fact in facts if fact.event == "recording"]
    return _first_of_each(told, _recording_marks) | _first_of_each(
        reversed(told), _recording_marks
    )


def _recording_marks(fact: Fact) -> Iterable[Hashable]:
    notification = fact.notification
    yield (
        *(notification.leg_id, notification.employee_id),
        *(notification.file_url, notification.file_urls, notification.file_seconds),
        bool(notification.talk_seconds),
    )


def _telling(kind: Place | str, facts: Sequence[Fact]) -> set[Fact]:
    """Those of a leg's, or of one kind of a call's, facts that outdo the others."""
    if isinstance(kind, Place):
        ends = [fact for fact in facts if fact.event == "endleg"]
        return {
            min(facts, key=lambda fact: fact.began),
            *_first_of_each(facts, _leg_marks),
            *ends[-1:],
            *_longest(ends, "talk_seconds"),
        }
    if kind == "end":
        return {
            facts[-1],
            *_first_of_each(facts, lambda fact: [fact.notification.is_lost]),
            *_longest(facts, "talk_seconds"),
            *_longest(facts, "total_seconds"),
            *_longest(facts, "wait_seconds"),
        }
    return set()


def _leg_marks(fact: Fact) -> Iterable[Hashable]:
    yield fact.event
    if fact.notification.is_operator is not None:
        yield fact.notification.is_operator
    yield from (
        n for n in ("employee_id", "employee_name") if getattr(fact.notification, n)
    )


def _first_of_each(
    facts: Iterable[Fact], marks: Callable[[Fact], Iterable[Hashable]]
) -> set[Fact]:
    """For each mark the first fact that bears it."""
    found: dict[Hashable, Fact] = {}
    for fact in facts:
        for mark in marks(fact):
            found.setdefault(mark, fact)
    return set(found.values())


def _longest(facts: Sequence[Fact], name: str) -> set[Fact]:
    """A fact that tells the longest duration of this name."""
    longest = max(
        facts, key=lambda fact: getattr(fact.notification, name) or 0, default=None
    )
    return {longest} if longest else set()
