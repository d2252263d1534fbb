# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compare what is known of a call with CallGear's reports of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..callgear.report_rows import ReportedCall, ReportedLeg
from ..callgear.reports import is_operator, own_legs
from .legs import placeholder_key

MISSING = "missing"
NOT_ENDED = "not_ended"
LEG = "leg"
ANSWER = "answer"
OPERATOR = "operator"
RECORDING = "recording"
LENGTH = "length"
# From the gravest to the least.
KINDS = (MISSING, NOT_ENDED, LEG, ANSWER, OPERATOR, RECORDING, LENGTH)
# Seconds by which the lengths of a conversation may differ: the report rounds.
TOLERANCE = 2


@dataclass(frozen=True)
class KnownLeg:
    """What is known of a leg; ``seconds``: from when it was picked up to its end.

    ``employee_id``: of its operator at CallGear, None if it is not known.
    """

    is_picked_up: bool = False
    seconds: int | None = None
    employee_id: str | None = None


@dataclass(frozen=True)
class KnownCall:
    """What is known of a call.

    ``is_sealed``: its notifications have been deleted, so nothing can be completed any more;
    ``files``: ids of the audio files, None for a call of which none are kept;
    ``talk_seconds``: None if nobody has told; ``is_internal``: between colleagues, of which
    the report tells only one.
    """

    is_over: bool
    is_sealed: bool = False
    is_internal: bool = False
    legs: Mapping[str, KnownLeg] = field(default_factory=dict)
    files: frozenset[str] | None = None
    talk_seconds: int | None = None


def compare(
    call: ReportedCall, legs: Iterable[ReportedLeg], known: KnownCall | None
) -> tuple[str, ...]:
    """Return the kinds of differences, the gravest first; none if nothing is missing.

    :param call: a call that has ended
    :param legs: legs of this and maybe other calls
    :param known: None if nothing is known of the call
    """
    return tuple(differences(call, legs, known))


def differences(
    call: ReportedCall, legs: Iterable[ReportedLeg], known: KnownCall | None
) -> dict[str, tuple]:
    """Return what is known, and what CallGear reports, by kind of difference.

    The parameters are those of ``compare``; so is the order.
    """
    if known is None:
        return {MISSING: (None, call.direction)}
    if known.is_sealed:
        return {}
    found = {}
    if not known.is_over:
        found[NOT_ENDED] = None, call.finish_time
    for leg in own_legs(call, legs):
        if is_operator(leg) and not known.is_internal:
            for kind, *said in _of_leg(leg, known):
                found.setdefault(kind, tuple(said))
    reported = {*call.records, *call.voice_mails}
    if known.files is not None and reported - known.files:
        found[RECORDING] = len(known.files), len(reported)
    if not known.is_internal and _differ(call.talk_seconds, known.talk_seconds):
        found.setdefault(LENGTH, (known.talk_seconds, call.talk_seconds))
    return {kind: found[kind] for kind in KINDS if kind in found}


def lacks_talk(call: ReportedCall, legs: Iterable[ReportedLeg]) -> bool:
    """Return whether somebody talked, and no leg tells who: a leg is missing."""
    talked = bool(call.talk_seconds) or any(one.talked for one in call.employees)
    answered = (is_operator(leg) and leg.connect_time for leg in own_legs(call, legs))
    return talked and not call.voice_mails and not any(answered)


def file_id(url: str) -> str:
    """Return the id of an audio file: the last part of its address."""
    return url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]


def _of_leg(leg, known):
    # A leg without an id in its notifications is known by its operator.
    keys = (leg.leg_id, placeholder_key(leg.employee_id))
    found = [known.legs[key] for key in keys if key in known.legs]
    picked_up = [one for one in found if one.is_picked_up]
    who = leg.employee_name or leg.employee_id
    if not found:
        yield LEG, None, who
        return
    employees = {one.employee_id for one in found} - {None}
    if leg.employee_id and employees and leg.employee_id not in employees:
        yield OPERATOR, min(employees), leg.employee_id
    if not leg.connect_time:
        return
    if not picked_up:
        yield ANSWER, None, who
    elif all(_differ(leg.talk_seconds, one.seconds) for one in picked_up):
        yield LENGTH, picked_up[0].seconds, leg.talk_seconds


def _differ(reported, known):
    if reported is None or known is None:
        return False
    return abs(reported - known) > TOLERANCE
