# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All that calls have left behind, without ids and other traces of the order of work."""


def snapshot(env, connection):
    """Return calls, legs, recordings, tickets, messages, stages and assignees."""
    calls = env["callgear.call"].search([("connection_id", "=", connection.id)])
    tickets = calls.leg_ids.ticket_id
    return {
        "calls": sorted(_call(call) for call in calls),
        "tickets": sorted(_ticket(ticket) for ticket in tickets),
        "all tickets": env["helpdesk.ticket"].search_count(
            [("channel_id", "=", connection.channel_id.id)]
        ),
    }


def _call(call):
    return (
        call.session_id,
        call.direction,
        call.phone or "",
        call.partner_id.name or "",
        call.state,
        call.outcome or "",
        call.reason or "",
        str(call.started_at),
        str(call.answered_at),
        str(call.ended_at),
        call.wait_seconds,
        call.talk_seconds,
        call.total_seconds,
        call.call_back_state or "",
        str(call.called_back_at),
        call.main_leg_id.leg_id or "",
        tuple(sorted(_leg(leg) for leg in call.leg_ids)),
        tuple(
            sorted(
                (r.sudo().url, r.duration, r.leg_id.leg_id or "")
                for r in call.recording_ids
            )
        ),
    )


def _leg(leg):
    return (
        leg.leg_id,
        leg.operator_id.employee_id or "",
        leg.user_id.login or "",
        leg.is_operator,
        leg.state,
        str(leg.started_at),
        str(leg.answered_at),
        str(leg.ended_at),
        leg.talk_seconds,
        leg.entry or "",
        leg.handed_over,
        leg.ticket_id.name or "",
    )


def _ticket(ticket):
    legs = ticket.call_leg_ids
    ours = legs.message_id
    return (
        ticket.name,
        ticket.partner_id.name or "",
        ticket.user_id.login or "",
        ticket.team_id.name or "",
        ticket.stage_id.name,
        ticket.call_kind or "",
        ticket.call_icon or "",
        str(ticket.call_missed_since),
        str(ticket.call_waiting_since),
        tuple(sorted(f"{leg.call_id.session_id}/{leg.leg_id}" for leg in legs)),
        tuple(sorted((str(m.body), m.author_id.name) for m in ours)),
        # Call messages beyond those of the conversations would be left-overs.
        len(ticket.message_ids.filtered(lambda m: m.message_type == "comment")),
    )
