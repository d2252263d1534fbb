# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Find the facts of a call that later folds do not need, so that long calls stay cheap.

A queue may ring phones for hours, and each notification folds its call anew. So facts
that cannot change the result any more are *absorbed*: they stay stored, but later folds
do not read them.

- A *spare* fact is one that other facts of the same leg or kind make superfluous,
  whatever notifications are still to come.
- A *whole leg* that has ended unanswered, and that no rule needs, is absorbed with all its
  facts. Its record stays as the last fold has left it. A later fact with the leg's id
  *revives* it: its facts are read again.

Only facts of incoming calls are absorbed. ``needs_all`` finds out whether new facts make
an absorption wrong; then all facts are read, and absorbed anew. So a fold of the kept and
the new facts gives the same result as a fold of all facts, except for the absorbed legs.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..callgear.notification import LEG_EVENTS
from .facts import Fact, ordered
from .legs import Frame, Leg, Place, leg_places, named_by_party, party_of
from .timeline import TEXTS, Timeline

# The places of leg facts depend on nothing of the frame but the direction of the call.
_INCOMING = Frame(
    outgoing=False,
    by_api=False,
    is_lost=False,
    talked=False,
    started_at=datetime.min,
    end=None,
)

# Facts without a leg id that arrive out of order cause all facts to be read, unless the
# legs that they may belong to are still kept. Legs stay kept for this long.
OUT_OF_TURN = timedelta(minutes=1)


@dataclass(frozen=True)
class Absorbed:
    """What later folds must know about a call's absorbed facts.

    ``until``: the latest time of a leg fact whose place must not change any more.
    ``loose``: whether some leg fact of the call is loose, that is, has no leg id.
    ``latest``: ``{(is operator, employee id): Leg.order of their last absorbed leg}``.
    """

    until: datetime | None = None
    loose: bool = False
    latest: dict[tuple[bool, str | None], tuple] = field(default_factory=dict)

    def dumps(self) -> str:
        """Return the content as JSON text, to be stored with the call."""
        latest = [
            [*whose, started_at.isoformat(), number, key]
            for whose, (started_at, number, key) in self.latest.items()
        ]
        until = self.until and self.until.isoformat()
        return json.dumps({"until": until, "loose": self.loose, "latest": latest})

    @classmethod
    def loads(cls, text: str | None) -> "Absorbed | None":
        """Return the content of a text from ``dumps``; None if there is no text."""
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
    """The facts to absorb after a fold, as indexes into the facts that were folded.

    ``spare``: indexes of spare facts. ``legs``: ``{leg key: indexes}`` of whole legs.
    ``absorbed``: what to store about all absorbed facts, None if there are none.
    """

    absorbed: Absorbed | None = None
    spare: list[int] = field(default_factory=list)
    legs: dict[str, list[int]] = field(default_factory=dict)


def revived(new: Iterable[Fact]) -> set[str]:
    """Return the keys of the legs that new facts revive."""
    return {
        fact.notification.leg_id
        for fact in new
        if fact.notification.leg_id
        and (fact.event in LEG_EVENTS or fact.event == "recording")
    }


def needs_all(
    timeline: Timeline, new: Sequence[Fact], kept: Sequence[Fact], absorbed: Absorbed
) -> bool:
    """Return whether the new facts make an absorption wrong: all must be read again.

    :param timeline: the fold of the kept and the new facts
    :param new: the facts that arrived since the last fold
    :param kept: the facts that are not absorbed, and those of revived legs
    :param absorbed: what was stored about the absorbed facts
    """
    # Rules refer to the last leg of a person: who talked, if no leg shows it, and who is
    # named by the end of the call. So an absorbed leg must not become the last one.
    last = _last_of_each(timeline)
    outlived = all(
        whose in last and last[whose].order > order
        for whose, order in absorbed.latest.items()
    )
    return timeline.direction == "out" or not outlived or _moves(new, kept, absorbed)


def _moves(new: Sequence[Fact], kept: Sequence[Fact], absorbed: Absorbed) -> bool:
    """Return whether loose facts might belong to another leg if all facts were read.

    A loose fact belongs to the leg of its party that began last before it. So this
    happens only if a call has loose facts as well as facts with a leg id.
    """
    of_legs = [fact for fact in new if fact.event in LEG_EVENTS]
    loose = [fact for fact in of_legs if not fact.notification.leg_id]
    if not absorbed.loose:
        # Legs were absorbed without regard to loose facts, as there were none.
        return bool(loose)
    before = named_by_party(ordered(kept), _INCOMING)
    after = named_by_party(ordered([*kept, *new]), _INCOMING)
    if not after:
        return False
    until = absorbed.until or datetime.min
    return (
        any(fact.at <= until for fact in of_legs)
        or not _party_of_each(before).items() <= _party_of_each(after).items()
        or any(_is_before_last(fact, before, until) for fact in loose)
    )


def _party_of_each(parties: dict[str, list[tuple[datetime, str]]]) -> dict[str, str]:
    return {key: party for party, legs in parties.items() for _at, key in legs}


def _is_before_last(
    fact: Fact, parties: dict[str, list[tuple[datetime, str]]], until: datetime
) -> bool:
    """Return whether a loose fact may belong to an absorbed leg.

    It can if it is older than the last leg of its party.
    """
    legs = parties.get(party_of([fact], _INCOMING), [])
    begun = [at for at, _key in legs if at <= fact.at]
    return len(begun) < len(legs) and (not begun or begun[-1] <= until)


def absorb(
    facts: Sequence[Fact], timeline: Timeline, absorbed: Absorbed | None = None
) -> Absorption:
    """Return the facts that later folds do not need.

    :param facts: the facts that were folded: kept, revived and new ones, or all
    :param timeline: the result of the fold, with microseconds
    :param absorbed: what was stored about facts that were not folded; None: all were
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
        superfluous = set(group) - needed - _decisive(kind, group)
        spare |= superfluous
        if superfluous and _is_loose(kind):
            # The facts that make them superfluous must stay in this leg, too.
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
    """Group facts of which some may make others superfluous.

    Leg facts are grouped by their place, the others by kind of notification.
    """
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
    """Return ``absorbed`` with these legs, and the facts whose place is fixed, added."""
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
    """Return the indexes of spare facts, repeated ones included, and of legs' facts."""
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
    """Return the legs that later folds do not need, by key."""
    kept = {leg.key for leg in _last_of_each(timeline).values()}
    kept |= {places[fact].key for fact in needed if fact in places}
    kept |= {fact.notification.leg_id for fact in needed if fact.event == "recording"}
    # Loose facts that are still to come belong to the last leg of their party.
    parties = named_by_party(list(places), _INCOMING)
    kept |= {legs[-1][1] for legs in parties.values()}
    # Only its own /endleg ends a leg for good: an end that follows from other facts may
    # change.
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
    """Return the last leg of each operator, and of the other party."""
    return {_whose(leg): leg for leg in timeline.legs if _is_numbered(leg)}


def _whose(leg: Leg) -> tuple[bool, str | None]:
    return (leg.is_operator, leg.employee_id)


def _is_numbered(leg: Leg) -> bool:
    """Return whether the leg has a real id; a placeholder leg collects loose facts."""
    return leg.key.isdigit()


# ------------------------------------------------------------ facts that decide


def _needed(facts: Sequence[Fact]) -> set[Fact]:
    """Return the facts that decide about the call as a whole.

    The last ones show whether a call still goes on although it was given up.
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
    """Return the first and the last of recording facts with the same content."""
    found = [fact for fact in facts if fact.event == "recording"]
    return _first_of_each(found, _recording_marks) | _first_of_each(
        reversed(found), _recording_marks
    )


def _recording_marks(fact: Fact) -> Iterable[Hashable]:
    notification = fact.notification
    yield (
        *(notification.leg_id, notification.employee_id),
        *(notification.file_url, notification.file_urls, notification.file_seconds),
        bool(notification.talk_seconds),
    )


def _decisive(kind: Place | str, facts: Sequence[Fact]) -> set[Fact]:
    """Return the facts of a group that make the others of it superfluous."""
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
    """Return the first fact for each of the marks that ``marks`` finds in the facts."""
    found: dict[Hashable, Fact] = {}
    for fact in facts:
        for mark in marks(fact):
            found.setdefault(mark, fact)
    return set(found.values())


def _longest(facts: Sequence[Fact], name: str) -> set[Fact]:
    """Return a fact with the longest duration of this name, as a set."""
    longest = max(
        facts, key=lambda fact: getattr(fact.notification, name) or 0, default=None
    )
    return {longest} if longest else set()
