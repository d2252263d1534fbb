# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A call and its legs as rows of the Data API's reports, as far as they have come."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from .people import Operator
from .session import File, Leg
from .staff import SCENARIOS, TAGS, number_of
from .switchboard import Call


def call_row(call: Call, zone: ZoneInfo) -> dict[str, Any]:
    """The row of a call; what is not known before its end is null until then."""
    session, over = call.session, not call.running
    closing = session.closing if over else {}
    answered = _people(call, lambda leg: _answered(call, leg))
    talked = _people(call, lambda leg: over and session.talk_of(leg) > 0)
    records = [file.name for file in _files(call) if not file.voicemail]
    wait, talk = closing.get("wait_time_duration"), closing.get("talk_time_duration")
    scenario_id, _ = SCENARIOS.get(session.parameters.virtual_number or "", (None, ""))
    tag_ids = {name: tag_id for tag_id, name in TAGS.items()}
    first = next((leg for leg in session.legs if not leg.contact), None)
    return {
        "id": call.session_id,
        "communication_id": call.session_id,
        "communication_type": "call",
        "start_time": _clock(call, 0, zone),
        "finish_time": _clock(call, session.ended_at, zone) if over else None,
        "finish_reason": _finish_reason(call) if over else None,
        "direction": session.direction,
        "source": session.source,
        "is_lost": closing.get("is_lost"),
        "is_transfer": len({id(person) for person in talked}) > 1,
        "wait_duration": wait,
        "total_wait_duration": wait,
        "talk_duration": talk,
        "clean_talk_duration": talk,
        "total_duration": closing.get("total_time_duration"),
        "postprocess_duration": 0 if over else None,
        "call_records": records,
        "wav_call_records": records,
        "full_record_file_link": _link(call),
        "voice_mail_records": [f.name for f in _files(call) if f.voicemail],
        "employees": _employees(call, answered, talked),
        "operator_phone_number": number_of(first.operator if first else None),
        "scenario_id": scenario_id if session.scenario_name else None,
        "scenario_name": session.scenario_name,
        "scenario_operations": [{"id": 1, "name": session.operation}]
        if session.operation
        else [],
        "tags": [
            {"tag_id": tag_ids.get(name, 0), "tag_name": name} for name in session.tags
        ],
        "call_api_request_id": None,
        "call_api_external_id": session.parameters.external_id,
        "ext_id": None,
        **_contact(call),
        **_first_and_last("answered", answered),
        **_first_and_last("talked", talked),
    }


def _first_and_last(name: str, people: list[Operator]) -> dict[str, Any]:
    """The fields of a row that name the first and the last who did something."""
    row: dict[str, Any] = {}
    for place, index in (("first", 0), ("last", -1)):
        person = people[index] if people else None
        key = f"{place}_{name}_employee"
        row[f"{key}_id"] = person.employee_id if person else None
        row[f"{key}_full_name"] = person.full_name if person else None
    return row


def leg_rows(call: Call, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The legs that have begun."""
    now = call.now
    return [_leg(call, leg, zone) for leg in call.session.legs if leg.dialled_at <= now]


def _leg(call: Call, leg: Leg, zone: ZoneInfo) -> dict[str, Any]:
    session = call.session
    operator = None if leg.contact else leg.operator
    ended_at = leg.ended_at if (leg.ended_at or 0) <= call.now else None
    answered_at = leg.answered_at if _answered(call, leg) else None
    talked = ended_at is not None and session.talk_of(leg) > 0
    incoming = leg.contact and session.incoming
    contact, own = call.order.contact.number or None, call.order.virtual_number
    calling, called = (own, contact) if leg.contact else (contact, number_of(operator))
    group_id = session.group_ids[0] if session.group_ids and operator else None
    return {
        "id": leg.leg_id,
        "call_session_id": call.session_id,
        "direction": "in" if incoming else "out",
        "start_time": _clock(call, leg.dialled_at, zone),
        "connect_time": _clock(call, answered_at, zone),
        "duration": _between(answered_at, ended_at),
        "total_duration": _between(leg.dialled_at, ended_at),
        "finish_reason": None if ended_at is None else _leg_reason(leg),
        "finish_reason_description": None,
        "calling_phone_number": contact if incoming else calling,
        "called_phone_number": own if incoming else called,
        "is_operator": leg.is_operator,
        "is_talked": talked,
        "is_failed": ended_at is not None and answered_at is None,
        "is_transfered": bool(operator) and _is_later(call, leg),
        "is_coach": False,
        "employee_id": operator.employee_id if operator else None,
        "employee_full_name": operator.full_name if operator else None,
        "employee_phone_number": number_of(operator),
        "employee_rating": None,
        "call_records": [f.name for f in _files(call) if f.leg_id == leg.leg_id],
        "scenario_id": None,
        "scenario_name": session.scenario_name,
        "action_name": session.operation,
        "group_id": group_id,
        "group_name": session.scenario_name if group_id else None,
        **_contact(call),
    }


def _contact(call: Call) -> dict[str, Any]:
    contact = call.order.contact
    return {
        "contact_id": contact.contact_id,
        "contact_phone_number": call.session.parameters.contact.number or None,
        "contact_full_name": contact.full_name,
        "virtual_phone_number": call.session.parameters.virtual_number,
    }


def _clock(call: Call, at: float | None, zone: ZoneInfo) -> str | None:
    if at is None:
        return None
    return call.moment(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _between(since: float | None, until: float | None) -> int:
    return 0 if since is None or until is None else round(until - since)


def _answered(call: Call, leg: Leg) -> bool:
    return leg.answered_at is not None and leg.answered_at <= call.now


def _is_later(call: Call, leg: Leg) -> bool:
    """Somebody else had this call before."""
    return any(
        other.answered_at is not None and other.answered_at < leg.dialled_at
        for other in call.session.legs
        if not other.contact and other is not leg
    )


def _people(call: Call, test: Any) -> list[Operator]:
    """Employees whose legs pass a test, in the order in which they picked up."""
    legs = [leg for leg in call.session.legs if not leg.contact and test(leg)]
    legs.sort(key=lambda leg: leg.answered_at or 0)
    return [leg.operator for leg in legs if leg.operator and leg.operator.employee_id]


def _employees(
    call: Call, answered: list[Operator], talked: list[Operator]
) -> list[dict[str, Any]]:
    everybody = {
        leg.operator.employee_id: leg.operator
        for leg in call.session.legs
        if not leg.contact and leg.operator and leg.dialled_at <= call.now
    }
    return [
        {
            "employee_id": number,
            "employee_full_name": person.full_name,
            "is_answered": person in answered,
            "is_talked": person in talked,
        }
        for number, person in everybody.items()
        if number
    ]


def _files(call: Call) -> list[File]:
    """The recordings that are ready: those of a call by hand take their time too."""
    now = call.recordings_until
    return [file for file in call.session.files if file.at <= now]


def _link(call: Call) -> str | None:
    files = _files(call)
    return call.session.link(files[0]) if files else None


def _finish_reason(call: Call) -> str:
    """One of some ninety words; the vendor's own lists differ."""
    session = call.session
    if session.talked():
        return "operator_disconnects"
    if session.source == "va":
        rung = any(not leg.contact for leg in session.legs)
        return (
            "no_success_operator_call" if rung else "disconnect_before_call_processing"
        )
    operators = [leg for leg in session.legs if not leg.contact]
    if any(leg.answered_at is not None for leg in operators):
        return "no_success_subscriber_call"
    return "no_success_operator_call"


def _leg_reason(leg: Leg) -> str:
    if leg.answered_at is not None:
        return "operator_answer" if leg.is_operator else "subscriber_disconnects"
    return "operator_not_responsive" if leg.is_operator else "no_answer"
