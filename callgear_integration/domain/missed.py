# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Why nobody answered a call: by its legs, its hours, and what CallGear says of its end.

Legs come first: if a phone rang, it rang, whatever CallGear says. A phone that stopped
within moments while the call went on was refused: its operator was busy, or not there.
Whether the caller or the PBX has ended a call together with such a leg, nobody knows; then
it counts as rung. CallGear's words decide only what the legs leave open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .conversations import Party

OUTSIDE_HOURS, NOT_PICKED_UP = "outside_hours", "not_picked_up"
NOBODY_FREE, LEFT_EARLY = "nobody_free", "left_early"

# A phone that was free rings longer; a call that ends with it has not gone on.
MOMENT = timedelta(seconds=2)
# Words of CallGear's ``finish_reason``. There are some ninety, and its own lists differ:
# all others count as not said.
_NOT_FREE = frozenset(
    {
        "employee_busy",
        "employee_busy_after_call",
        "employee_inactive",
        "employee_inactive_by_schedule",
        "employee_phone_inactive",
        "employee_phone_inactive_by_schedule",
        "employee_status_break",
        "employee_status_do_not_disturb",
        "employee_status_not_at_work",
        "employee_status_not_at_workplace",
        "employee_without_phones",
        "group_inactive_by_schedule",
        "group_phone_inactive",
        "group_without_phones",
        "max_in_call_reached",
        "operator_busy",
        "operator_channels_busy",
        "phone_group_inactive_by_schedule",
        "phone_protocol_not_allowed_by_status",
        "sip_offline",
    }
)
_NOT_ANSWERED = frozenset(
    {
        "no_operator_confirmation",
        "operator_not_responsible",
        "operator_not_responsive",
    }
)
# Operators were tried; whether a phone rang, only the legs tell.
_TRIED = "no_success_operator_call"


def missed_reason(
    parties: Sequence[Party],
    *,
    ended_at: datetime | None,
    outside_hours: bool = False,
    voicemail: bool = False,
    finish_reason: str | None = None,
) -> str | None:
    """Return why a call was missed: one of the four reasons.

    None: an answering machine has taken it, before any phone rang.

    :param parties: all legs, those of operators without an agent as well
    :param ended_at: when the call ended
    :param outside_hours: it began outside the working hours
    :param voicemail: a machine has taken a message
    :param finish_reason: what CallGear says of the end of the call, if that was fetched
    """
    if outside_hours:
        return OUTSIDE_HOURS
    operators = [party for party in parties if party.is_operator]
    said = (finish_reason or "").strip().lower()
    if operators:
        refused = not any(_rang(party) for party in operators) and (
            said in _NOT_FREE or all(_went_on(party, ended_at) for party in operators)
        )
        return NOBODY_FREE if refused else NOT_PICKED_UP
    if said in _NOT_FREE or said == _TRIED:
        return NOBODY_FREE
    if said in _NOT_ANSWERED:
        return NOT_PICKED_UP
    return None if voicemail else LEFT_EARLY


def _rang(party: Party) -> bool:
    """Return whether the phone rang for longer than a moment, or was picked up."""
    if party.picked_up or not party.started_at or not party.ended_at:
        return True
    return party.ended_at - party.started_at > MOMENT


def _went_on(party: Party, ended_at: datetime | None) -> bool:
    """Return whether the call went on when the phone had stopped."""
    return bool(ended_at and ended_at - party.ended_at >= MOMENT)
