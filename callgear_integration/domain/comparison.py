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
RECORDING = "recording"
LENGTH = "length"
# From the gravest to the least.
KINDS = (MISSING, NOT_ENDED, LEG, ANSWER, RECORDING, LENGTH)
# Seconds by which the lengths of a conversation may differ: the report rounds.
TOLERANCE = 2


@dataclass(frozen=True)
class KnownLeg:
    """What is known of a leg; ``seconds``: from when it was picked up to its end."""

    is_picked_up: bool = False
    seconds: int | None = None


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
    if known is None:
        return (MISSING,)
    if known.is_sealed:
        return ()
    found = set()
    if not known.is_over:
        found.add(NOT_ENDED)
    for leg in own_legs(call, legs):
        if is_operator(leg) and not known.is_internal:
            found.update(_of_leg(leg, known))
    if known.files is not None and {*call.records, *call.voice_mails} - known.files:
        found.add(RECORDING)
    if not known.is_internal and _differ(call.talk_seconds, known.talk_seconds):
        found.add(LENGTH)
    return tuple(kind for kind in KINDS if kind in found)


def file_id(url: str) -> str:
    """Return the id of an audio file: the last part of its address."""
    return url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]


def _of_leg(leg, known):
    # A leg without an id in its notifications is known by its operator.
    keys = (leg.leg_id, placeholder_key(leg.employee_id))
    found = [known.legs[key] for key in keys if key in known.legs]
    picked_up = [one for one in found if one.is_picked_up]
    if not found:
        yield LEG
    elif not leg.connect_time:
        return
    elif not picked_up:
        yield ANSWER
    elif all(_differ(leg.talk_seconds, one.seconds) for one in picked_up):
        yield LENGTH


def _differ(reported, known):
    if reported is None or known is None:
        return False
    return abs(reported - known) > TOLERANCE
