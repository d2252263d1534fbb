# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fold all facts of a call session into one state, whatever order they arrived in.

A fact only adds knowledge: ``ringing < talking < ended``, *was answered*, *talked at
least so long*. So the same facts give the same result in any order and with repeats.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..callgear.notification import LEG_EVENTS, Notification
from ..tools.times import seconds_between
from .facts import Fact, first_of_each, ordered
from .legs import CONTACT_KEY, Frame, Leg, find_initiator, fold_legs
from .recordings import Recording, is_voicemail, match_recordings

# Fields whose first value in the order of the facts counts.
TEXTS = (
    "external_id",
    "contact_phone",
    "contact_name",
    "virtual_phone",
    "scenario_name",
    "finish_reason",
)


@dataclass(frozen=True)
class Timeline:
    """The state of a call.

    ``direction``: ``in`` or ``out``. ``state``: ``ringing``, ``talking`` or ``ended``.
    Times are naive UTC, durations whole seconds, phone numbers as CallGear writes them.
    """

    session_id: str
    direction: str
    state: str
    started_at: datetime
    external_id: str | None = None
    contact_phone: str | None = None
    contact_name: str | None = None
    virtual_phone: str | None = None
    scenario_name: str | None = None
    finish_reason: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    is_lost: bool = False
    talked: bool = False  # talk time or a recording show it, maybe of no known leg
    voicemail: bool = False  # a machine has taken a message
    wait_seconds: int = 0
    talk_seconds: int = 0
    total_seconds: int = 0
    length_unknown: bool = False  # nothing tells when it ended: we stopped waiting
    tags: tuple[str, ...] = ()
    legs: tuple[Leg, ...] = ()
    recordings: tuple[Recording, ...] = ()

    @property
    def operator_legs(self) -> tuple[Leg, ...]:
        """The legs of operators, in the order in which they were dialled."""
        return tuple(leg for leg in self.legs if leg.is_operator)


def build_timeline(
    facts: Iterable[Fact],
    own: bool = False,
    initiator: str | None = None,
    given_up_at: datetime | None = None,
) -> Timeline:
    """Fold the facts of one session.

    :param facts: in any order, with or without repeats
    :param own: the call was started from Odoo, so it is outgoing whatever ``direction``
        the notifications have
    :param initiator: CallGear's id of the employee for whom Odoo started it
    :param given_up_at: when we stopped waiting for the end of the call, if we did: naive
        UTC
    :raises ValueError: there are no facts
    """
    known = ordered(facts)
    if not known:
        raise ValueError("a call is made of at least one notification")
    end = _end(known, given_up_at)
    frame = _frame(known, end, own, initiator)
    legs = fold_legs(known, frame)
    answered = [leg.answered_at for leg in legs if leg.is_operator and leg.answered_at]
    answered_at = min(answered, default=None)
    started_at = frame.started_at
    if not frame.outgoing and not any(leg.is_operator for leg in legs):
        legs = _with_contact(legs, started_at, end, frame.given_up)
    recordings = match_recordings(known, legs)
    return Timeline(
        session_id=known[0].notification.session_id,
        direction="out" if frame.outgoing else "in",
        state="ended" if end else "talking" if answered else "ringing",
        started_at=started_at,
        answered_at=answered_at,
        ended_at=end and max(end.at, started_at),
        is_lost=_is_lost(known, frame),
        talked=frame.talked,
        length_unknown=any(leg.length_unknown for leg in legs),
        voicemail=_is_voicemail(frame, legs, recordings),
        legs=legs,
        recordings=recordings,
        tags=max((fact.notification.tags for fact in known), key=len),
        **first_of_each(known, TEXTS),
        **_durations(known, end, started_at, answered_at, legs, frame),
    )


def _end(facts: Sequence[Fact], given_up_at: datetime | None) -> Fact | None:
    """Return the fact that ends the call: CallGear's, or our own if the call was given up.

    None while the call goes on.
    """
    ends = [fact for fact in facts if fact.event == "end"]
    if ends:
        return ends[-1]
    # If leg facts came after the call was given up, it had not ended.
    if given_up_at and not any(
        fact.event in LEG_EVENTS and fact.at > given_up_at for fact in facts
    ):
        last = facts[-1]
        return Fact(
            last.at, Notification(event="end", session_id=last.notification.session_id)
        )
    return None


def _frame(
    facts: Sequence[Fact], end: Fact | None, own: bool, initiator: str | None
) -> Frame:
    sources = [fact.notification.call_source or "" for fact in facts]
    by_api = own or any(source.startswith("callapi") for source in sources)
    outgoing = by_api or any(
        fact.event == "callout" or fact.notification.direction == "out"
        for fact in facts
    )
    is_lost = any(fact.notification.is_lost for fact in facts if fact.event == "end")
    files = {
        is_voicemail(url)
        for fact in facts
        if fact.event == "recording"
        for url in fact.notification.file_urls
    }
    recorded, voicemail = False in files, True in files and not outgoing
    # On outgoing calls ``is_lost`` has no meaning. On incoming ones it means that a file
    # is a voicemail, not a conversation.
    lost = is_lost and not outgoing
    # What is told as talk time may be the time that the machine has listened.
    talk_time = not voicemail and any(
        fact.notification.talk_seconds
        for fact in facts
        if fact.event in ("end", "recording")
    )
    return Frame(
        outgoing=outgoing,
        by_api=by_api,
        is_lost=lost,
        talked=talk_time or (recorded and not lost),
        voicemail=voicemail,
        started_at=min(fact.began for fact in facts),
        end=end,
        given_up=bool(end) and not any(fact.event == "end" for fact in facts),
        initiator=(initiator or find_initiator(facts)) if outgoing else None,
    )


def _is_lost(facts: Sequence[Fact], frame: Frame) -> bool:
    """Return whether nobody answered an incoming call.

    If CallGear does not state it, a call without talk is lost.
    """
    if frame.outgoing or not frame.end or frame.is_lost:
        return frame.is_lost
    stated = [fact.notification.is_lost for fact in facts if fact.event == "end"]
    return False not in stated and not frame.talked


def _is_voicemail(frame: Frame, legs: Sequence[Leg], recordings: Sequence) -> bool:
    """Return whether a machine has taken a message.

    If nobody was rung and the call is lost, only a machine can have recorded it, wherever
    the file lies.
    """
    alone = not any(leg.is_operator for leg in legs)
    taken = alone and frame.is_lost and not frame.talked and bool(recordings)
    return frame.voicemail or taken


def _with_contact(
    legs: tuple[Leg, ...], started_at, end: Fact | None, given_up: bool
) -> tuple[Leg, ...]:
    """Return the legs; if there are none, a placeholder leg for the caller."""
    if legs:
        return legs
    ended_at = end and max(end.at, started_at)
    return (
        Leg(
            CONTACT_KEY,
            is_operator=False,
            started_at=started_at,
            ended_at=ended_at,
            length_unknown=given_up,
        ),
    )


def _durations(
    facts, end: Fact | None, started_at, answered_at, legs, frame: Frame
) -> dict:
    if not end:
        return {}
    ends = [fact.notification for fact in facts if fact.event == "end"]

    def longest(name: str) -> int | None:
        return max((getattr(one, name) or 0 for one in ends), default=None)

    talks = [leg.talk_seconds or 0 for leg in legs if leg.is_operator]
    told = 0 if frame.voicemail and not answered_at else longest("talk_seconds")
    return {
        "wait_seconds": longest("wait_seconds")
        or seconds_between(started_at, answered_at or end.at),
        "talk_seconds": told or sum(talks),
        "total_seconds": longest("total_seconds")
        or seconds_between(started_at, end.at),
    }


def without_microseconds(timeline: Timeline) -> Timeline:
    """Return the timeline with all times cut to whole seconds, as the database has them."""

    def cut(record):
        times = {
            name: value.replace(microsecond=0)
            for name, value in vars(record).items()
            if isinstance(value, datetime)
        }
        return replace(record, **times)

    return replace(cut(timeline), legs=tuple(cut(leg) for leg in timeline.legs))
