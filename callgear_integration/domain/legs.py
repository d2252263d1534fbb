# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fold the facts of a call into its legs: who was rung, who talked, on which side.

The result depends on the *set* of facts only. Whether a leg is an operator's or the other
party's can change with each new fact. So the legs are computed anew each time, and never
updated.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter

from ..callgear.notification import LEG_EVENTS
from ..tools.times import seconds_between
from .facts import Fact, before, first

# CallGear tells durations in whole seconds.
ROUNDING = timedelta(seconds=1)
# Keys of placeholder legs: those whose id no notification has named yet.
CONTACT_KEY = "contact"
UNNAMED_KEY = "operator"


@dataclass(frozen=True)
class Leg:
    """One connected party. ``key``: CallGear's leg id, or that of a placeholder leg.

    ``picked_up_at``: when this party lifted the handset. ``answered_at``: when the
    *conversation* began, on an outgoing call not before the other party answered. Times
    are naive UTC.
    """

    key: str
    is_operator: bool
    started_at: datetime
    employee_id: str | None = None
    employee_name: str | None = None
    picked_up_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    # CallGear has told neither its end nor that of the call.
    length_unknown: bool = False

    @property
    def state(self) -> str:
        """``ringing``, ``talking`` or ``ended``."""
        if self.ended_at:
            return "ended"
        return "talking" if self.answered_at else "ringing"

    @property
    def order(self) -> tuple:
        """Sort key: the order in which CallGear dialled the legs."""
        number = int(self.key) if self.key.isdigit() else 0
        return (self.started_at, number, self.key)


def dial_number(key: str | None) -> int:
    """Return CallGear's running number of a leg, as far as the database's integers reach.

    It orders legs that were dialled within one second.
    """
    digits = (key or "")[-9:]
    return int(digits) if digits.isdecimal() else 0


@dataclass(frozen=True)
class Frame:
    """Properties of the whole call that its legs depend on."""

    outgoing: bool
    by_api: bool  # started through the Call API: the operator's phone is dialled too
    is_lost: bool
    talked: bool  # talk time or recording of the whole call show a conversation
    started_at: datetime
    end: Fact | None
    initiator: str | None = None  # the employee who started an outgoing call
    given_up: bool = False  # the end is our own: CallGear has told none
    voicemail: bool = False  # an answering machine has taken a message


def placeholder_key(employee_id: str | None) -> str:
    """Return the key of an operator's placeholder leg.

    :param employee_id: CallGear's id of the operator; None: not known either
    """
    return f"e{employee_id}" if employee_id else UNNAMED_KEY


def fold_legs(facts: Sequence[Fact], frame: Frame) -> tuple[Leg, ...]:
    """Return the legs of the call in the order in which they were dialled.

    :param facts: all facts of the call, ordered
    :param frame: properties of the whole call
    """
    by_leg = _by_leg(facts, frame)
    legs = [_leg(key, own) for key, own in by_leg.items()]
    legs.sort(key=lambda leg: leg.order)
    sides = _sides(legs, by_leg, frame)
    legs = [replace(leg, is_operator=sides[leg.key]) for leg in legs]
    legs = _with_implied(legs, facts, frame)
    legs = _conversations(legs, facts, frame)
    legs = _close(legs, frame)
    return tuple(sorted(legs, key=lambda leg: leg.order))


def _by_leg(facts: Sequence[Fact], frame: Frame) -> dict[str, list[Fact]]:
    """Group leg facts by leg key; within each leg the order stays."""
    legs: dict[str, list[Fact]] = {}
    for fact, place in leg_places(facts, frame):
        legs.setdefault(place.key, []).append(fact)
    return legs


@dataclass(frozen=True)
class Place:
    """The leg that a fact belongs to, and how that was found out.

    ``party`` and ``begun`` are set for a loose fact, which has no leg id: whose leg it is
    about, and whether the leg had begun by then. A loose fact older than all legs of its
    party belongs to the last of them, so it changes its place when a later leg appears.
    """

    key: str
    party: str | None = None
    begun: bool = True


def leg_places(facts: Sequence[Fact], frame: Frame) -> list[tuple[Fact, Place]]:
    """Return each leg fact with its place; loose facts belong to a leg of their party.

    :param facts: all facts of the call, ordered
    """
    of_legs = [fact for fact in facts if fact.event in LEG_EVENTS]
    named = named_by_party(of_legs, frame)
    places = []
    for fact in of_legs:
        if fact.notification.leg_id:
            places.append((fact, Place(fact.notification.leg_id)))
            continue
        party = party_of([fact], frame)
        legs = named.get(party, [])
        begun = bisect_right(legs, fact.at, key=itemgetter(0))
        if begun:
            place = Place(legs[begun - 1][1], party)
        else:
            place = Place(legs[-1][1] if legs else party, party, begun=False)
        places.append((fact, place))
    return places


def named_by_party(
    facts: Sequence[Fact], frame: Frame
) -> dict[str, list[tuple[datetime, str]]]:
    """Return the legs with an id by party: ``{party: [(time of first fact, leg id)]}``.

    The lists are sorted by time; parties are those of ``party_of``.
    """
    legs: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.event in LEG_EVENTS and fact.notification.leg_id:
            legs.setdefault(fact.notification.leg_id, []).append(fact)
    parties: dict[str, list[tuple[datetime, str]]] = {}
    for key, own in legs.items():
        parties.setdefault(party_of(own, frame), []).append((own[0].at, key))
    return parties


def party_of(own: Sequence[Fact], frame: Frame) -> str:
    """Return whose leg it is, as far as the leg's own facts show.

    :param own: facts of one leg
    :return: key of a placeholder leg: ``CONTACT_KEY``, or ``placeholder_key``
    """
    side, employee = _explicit_side(own), _employee(own)
    if side is None and frame.outgoing:
        # Only on a Call API call is the operator's own phone dialled. On other calls a leg
        # with their name is the one that they have dialled.
        dialled = not frame.by_api and employee == frame.initiator
        side = employee is not None and not dialled
    return CONTACT_KEY if side is False else placeholder_key(employee)


def _explicit_side(own: Sequence[Fact]) -> bool | None:
    """Return ``is_operator`` by the leg's facts; None if none of them states it."""
    stated = [
        f.notification.is_operator
        for f in own
        if f.notification.is_operator is not None
    ]
    return any(stated) if stated else None


def _employee(own: Sequence[Fact]) -> str | None:
    return first(fact.notification.employee_id for fact in own)


def _leg(key: str, own: Sequence[Fact]) -> Leg:
    """Return a leg as its own facts describe it."""
    ends = [fact for fact in own if fact.event == "endleg"]
    ended_at = ends[-1].at if ends else None
    talk = max((fact.notification.talk_seconds or 0 for fact in ends), default=None)
    picked_up = first(fact.at for fact in own if fact.event == "handset")
    if not picked_up and talk:
        picked_up = before(ended_at, talk)
    return Leg(
        key=key,
        is_operator=True,
        started_at=_started_at(own),
        employee_id=_employee(own),
        employee_name=first(fact.notification.employee_name for fact in own),
        picked_up_at=picked_up,
        ended_at=ended_at,
        talk_seconds=talk,
    )


def _started_at(own: Sequence[Fact]) -> datetime:
    """Return when a leg was dialled.

    CallGear tells durations in whole seconds. So where the ring itself is told, it decides
    which of several phones was rung last, unless its time is off by more than that.
    """
    began = min(fact.began for fact in own)
    rung = first(fact.at for fact in own if fact.event == "legout")
    if rung and rung <= began + ROUNDING:
        return min(fact.at for fact in own)
    return began


def find_initiator(facts: Sequence[Fact]) -> str | None:
    """Return the id of the employee who started an outgoing call, or None."""
    return first(
        fact.notification.employee_id
        for wanted in ({"callout"}, LEG_EVENTS, {"end"}, {"recording"})
        for fact in facts
        if fact.event in wanted
    )


def _sides(legs, by_leg, frame: Frame) -> dict[str, bool]:
    """Return for each leg key whether the leg is an operator's (not the other party's)."""
    sides = {}
    # On a softphone call the operator's own phone is not dialled, so a leg with their name
    # is the one that they have dialled. On a Call API call theirs is dialled first.
    own_leg_seen = not frame.by_api
    for leg in legs:
        side = _explicit_side(by_leg[leg.key])
        if side is None:
            if leg.key == CONTACT_KEY:
                side = False
            elif not frame.outgoing:
                dialled = any(fact.event != "endleg" for fact in by_leg[leg.key])
                side = leg.employee_id is not None or dialled
            elif leg.employee_id and leg.employee_id == frame.initiator:
                side = not own_leg_seen
            else:
                side = leg.employee_id is not None
        own_leg_seen |= side and leg.employee_id == frame.initiator
        sides[leg.key] = side
    return sides


def _with_implied(legs, facts, frame: Frame) -> list[Leg]:
    """Add a placeholder leg for an operator whom only a fact about the call names."""
    operators = {leg.employee_id for leg in legs if leg.is_operator}
    implied = frame.initiator
    if not frame.outgoing:
        implied = frame.end.notification.employee_id if frame.end else None
        picked_up = any(leg.picked_up_at for leg in legs if leg.is_operator)
        if not implied and not picked_up and frame.talked:
            implied = first(
                f.notification.employee_id for f in facts if f.event == "recording"
            )
    if not implied or implied in operators:
        return legs
    named = [fact for fact in facts if fact.notification.employee_id == implied]
    # On a Call API call the other party is dialled only after the operator has picked up;
    # on other calls the operator dials, so they are at the phone from the beginning.
    other_dialled = any(not leg.is_operator for leg in legs)
    at_phone = frame.outgoing and (other_dialled or not frame.by_api)
    return [
        *legs,
        Leg(
            key=placeholder_key(implied),
            is_operator=True,
            started_at=frame.started_at,
            employee_id=implied,
            employee_name=first(fact.notification.employee_name for fact in named),
            picked_up_at=frame.started_at if at_phone else None,
        ),
    ]


def _conversations(legs: list[Leg], facts, frame: Frame) -> list[Leg]:
    """Set ``answered_at`` of the legs: when the conversation with the other side began."""
    if frame.outgoing:
        return _without_consulted(_outgoing_conversations(legs, facts, frame))
    legs = [
        replace(leg, answered_at=leg.picked_up_at)
        if leg.picked_up_at and not (frame.is_lost and leg.talk_seconds == 0)
        else leg
        for leg in legs
    ]
    operators = [leg for leg in legs if leg.is_operator]
    if frame.talked and operators and not any(leg.answered_at for leg in operators):
        talker = _talker(operators, facts, frame)
        moment = _talk_began(frame) or talker.started_at
        moment = max(moment, talker.started_at)
        legs[legs.index(talker)] = replace(talker, answered_at=moment)
    return _without_consulted(legs)


def _without_consulted(legs: list[Leg]) -> list[Leg]:
    """Remove ``answered_at`` from colleagues who were only consulted.

    They talked to an operator while the other party was on hold. CallGear reports no talk
    time for them, and another operator's conversation began before and ended after.
    """
    answered = [leg for leg in legs if leg.is_operator and leg.answered_at]
    talks = [leg for leg in answered if leg.talk_seconds != 0]

    def only_consulted(leg: Leg) -> bool:
        return bool(
            leg.is_operator
            and leg.answered_at
            and leg.ended_at
            and leg.talk_seconds == 0
            and any(
                talk.key != leg.key
                and talk.answered_at <= leg.answered_at
                and (not talk.ended_at or talk.ended_at > leg.ended_at)
                for talk in talks
            )
        )

    return [
        replace(leg, answered_at=None) if only_consulted(leg) else leg for leg in legs
    ]


def _talker(operators: list[Leg], facts, frame: Frame) -> Leg:
    """Return the leg of who talked, if no leg shows it.

    It is the one that a recording or the end of the call names, or else the last.
    """
    recordings = [fact.notification for fact in facts if fact.event == "recording"]
    keys = {recording.leg_id for recording in recordings if recording.leg_id}
    named = {recording.employee_id for recording in recordings}
    if frame.end and frame.end.notification.employee_id:
        named = {frame.end.notification.employee_id}
    return first(
        [
            *(leg for leg in reversed(operators) if leg.key in keys),
            *(leg for leg in reversed(operators) if leg.employee_id in named),
            operators[-1],
        ]
    )


def _talk_began(frame: Frame) -> datetime | None:
    if frame.end and frame.end.notification.talk_seconds:
        return before(frame.end.at, frame.end.notification.talk_seconds)
    return None


def _outgoing_conversations(legs: list[Leg], facts, frame: Frame) -> list[Leg]:
    """Set ``answered_at`` on an outgoing call.

    The contact has answered if their leg was picked up, or if there is talk time.
    """
    contact = first(leg.picked_up_at for leg in legs if not leg.is_operator)
    talks = [leg for leg in legs if leg.talk_seconds]
    if not contact and talks:
        contact = min(before(leg.ended_at, leg.talk_seconds) for leg in talks)
    if not contact and frame.talked:
        contact = _talk_began(frame) or frame.started_at
    if not contact:
        return legs
    first_operator = next((leg for leg in legs if leg.is_operator), None)
    answered = []
    for leg in legs:
        if not leg.is_operator:
            moment = leg.picked_up_at or contact
        elif leg is first_operator:
            moment = max(contact, leg.picked_up_at or contact)
        else:  # a colleague to whom the call was transferred
            moment = leg.picked_up_at and max(contact, leg.picked_up_at)
        answered.append(replace(leg, answered_at=moment))
    return answered


def _close(legs: list[Leg], frame: Frame) -> list[Leg]:
    """Set ``ended_at`` of legs that must have ended, also without a notification."""
    end = frame.end.at if frame.end else None
    answers = sorted(
        leg.answered_at for leg in legs if leg.is_operator and leg.answered_at
    )
    contact_ends = [leg.ended_at for leg in legs if not leg.is_operator]
    closed = []
    for leg in legs:
        ended_at = leg.ended_at
        if not ended_at and leg.is_operator and not leg.answered_at:
            # A colleague who was rung at the same time has answered the call.
            later = bisect_left(answers, leg.started_at)
            taken = first(answers[later : later + 1])
            ended_at = taken if not frame.outgoing else None
        if not ended_at and leg.is_operator and not leg.key.isdigit():
            # A placeholder leg gets no notification: it ends with the other party's leg.
            if frame.outgoing and contact_ends and all(contact_ends):
                ended_at = max(contact_ends)
        unknown = frame.given_up and not ended_at
        ended_at = ended_at or end
        if ended_at:
            ended_at = max(ended_at, leg.started_at, leg.answered_at or leg.started_at)
        talk = leg.talk_seconds or seconds_between(leg.answered_at, ended_at)
        closed.append(
            replace(
                leg,
                ended_at=ended_at,
                talk_seconds=talk if leg.answered_at and ended_at else None,
                length_unknown=unknown,
            )
        )
    return closed
