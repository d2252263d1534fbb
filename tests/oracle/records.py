# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addon's answer: what there is in the database."""

from collections import defaultdict

from .judge import Found, FoundPhone, FoundTicket


def found_calls(calls) -> dict[str, Found]:
    """Calls by session."""
    return {call.session_id: _found(call) for call in calls}


def _login(user):
    return user.login.removeprefix("cg_") if user else None


def _key(leg):
    return leg.leg_id if leg.leg_id.isdigit() else "own"


def _found(call) -> Found:
    legs = call.leg_ids.filtered("is_operator")
    entries = call.leg_ids.filtered("entry").sorted(
        lambda leg: (leg.answered_at or leg.started_at, leg.started_at, leg.dial_number)
    )
    return Found(
        outgoing=call.direction == "out",
        number=call.phone_raw or "",
        began_at=call.started_at,
        ended_at=call.ended_at or None,
        answered_at=call.answered_at or None,
        outcome=call.outcome or None,
        wait=call.wait_seconds,
        talk=call.talk_seconds,
        total=call.total_seconds,
        phones={
            leg.leg_id: FoundPhone(
                _login(leg.user_id),
                int(leg.operator_id.employee_id or 0) or None,
                leg.answered_at or None,
                leg.ended_at or None,
                leg.talk_seconds,
            )
            for leg in legs
        },
        entries=[
            ((leg.entry, _login(leg.user_id), _key(leg)), leg.handed_over)
            for leg in entries
        ],
        files={
            one.url: one.leg_id.entry == "conversation"
            and (_login(one.leg_id.user_id), _key(one.leg_id))
            or None
            for one in call.sudo().recording_ids
        },
    )


def found_tickets(calls, stages) -> list[FoundTicket]:
    """The tickets of calls.

    :param stages: dict, stage record → what the connection uses it for
    """
    entries = defaultdict(list)
    for leg in calls.leg_ids.filtered("ticket_id"):
        agent = _login(leg.user_id)
        entries[leg.ticket_id].append((leg.call_id.session_id, leg.entry, agent))
    return [
        FoundTicket(
            subject=ticket.name,
            kind=ticket.call_kind,
            icon=ticket.call_icon,
            stage=stages.get(ticket.stage_id, ticket.stage_id.name),
            agent=_login(ticket.user_id),
            contact=ticket.partner_id.name or None,
            waits=bool(ticket.call_waiting_since),
            entries=sorted(own, key=str),
            messages=len(ticket.message_ids.filtered(_is_comment)),
        )
        for ticket, own in entries.items()
    ]


def _is_comment(message):
    return message.message_type == "comment"
