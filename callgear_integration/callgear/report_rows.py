# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rows of the Data API's reports of calls and of call legs: the columns the addon uses.

Times are naive, in the account's time zone; durations are whole seconds.

Source: CallGear's documentation of the Data API v2.0, ``get.calls_report`` and
``get.call_legs_report``.
"""

from dataclasses import dataclass
from datetime import datetime

from . import values as read

# Many columns are returned only if the request names them.
CALL_FIELDS = (
    "id",
    "communication_id",
    "start_time",
    "finish_time",
    "finish_reason",
    "call_api_external_id",
    "direction",
    "source",
    "is_lost",
    "contact_phone_number",
    "contact_full_name",
    "virtual_phone_number",
    "scenario_name",
    "wait_duration",
    "talk_duration",
    "total_duration",
    "call_records",
    "voice_mail_records",
    "employees",
    "last_talked_employee_id",
    "tags",
)
LEG_FIELDS = (
    "id",
    "call_session_id",
    "start_time",
    "connect_time",
    "duration",
    "total_duration",
    "virtual_phone_number",
    "is_operator",
    "is_talked",
    "is_coach",
    "employee_id",
    "employee_full_name",
    "call_records",
)


@dataclass(frozen=True)
class ReportedEmployee:
    """An employee whose phone a call has rung."""

    id: str
    name: str | None = None
    answered: bool | None = None
    talked: bool | None = None


@dataclass(frozen=True)
class ReportedCall:
    """A call that has ended. ``records`` and ``voice_mails`` are ids of audio files."""

    session_id: str
    communication_id: str
    start_time: datetime
    finish_time: datetime | None = None
    finish_reason: str | None = None
    external_id: str | None = None
    direction: str | None = None
    source: str | None = None
    is_lost: bool | None = None
    contact_phone: str | None = None
    contact_name: str | None = None
    virtual_phone: str | None = None
    scenario_name: str | None = None
    wait_seconds: int | None = None
    talk_seconds: int | None = None
    total_seconds: int | None = None
    records: tuple[str, ...] = ()
    voice_mails: tuple[str, ...] = ()
    employees: tuple[ReportedEmployee, ...] = ()
    last_talked_id: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportedLeg:
    """One party of a call. ``talk_seconds`` count from when the party picked up."""

    leg_id: str
    session_id: str
    start_time: datetime
    connect_time: datetime | None = None
    talk_seconds: int | None = None
    total_seconds: int | None = None
    virtual_phone: str | None = None
    is_operator: bool | None = None
    is_talked: bool | None = None
    is_coach: bool | None = None
    employee_id: str | None = None
    employee_name: str | None = None
    records: tuple[str, ...] = ()


def reported_call(row: dict) -> ReportedCall | None:
    """Read a row of ``get.calls_report``; None if it has no id or no start."""
    session_id = read.identifier(row, "id")
    start_time = read.moment(row, "start_time")
    if not session_id or not start_time:
        return None
    employees = map(_employee, read.rows(row.get("employees")))
    tags = [read.text(tag, "tag_name") for tag in read.rows(row.get("tags"))]
    return ReportedCall(
        session_id=session_id,
        # For calls both ids are the same number.
        communication_id=read.identifier(row, "communication_id") or session_id,
        start_time=start_time,
        finish_time=read.moment(row, "finish_time"),
        finish_reason=read.text(row, "finish_reason"),
        external_id=read.text(row, "call_api_external_id"),
        direction=read.text(row, "direction"),
        source=read.text(row, "source"),
        is_lost=read.flag(row, "is_lost"),
        contact_phone=read.text(row, "contact_phone_number"),
        contact_name=read.text(row, "contact_full_name"),
        virtual_phone=read.text(row, "virtual_phone_number"),
        scenario_name=read.text(row, "scenario_name"),
        wait_seconds=read.seconds(row, "wait_duration"),
        talk_seconds=read.seconds(row, "talk_duration"),
        total_seconds=read.seconds(row, "total_duration"),
        records=_files(row, "call_records"),
        voice_mails=_files(row, "voice_mail_records"),
        employees=tuple(filter(None, employees)),
        last_talked_id=read.identifier(row, "last_talked_employee_id"),
        tags=read.texts(tags),
    )


def reported_leg(row: dict) -> ReportedLeg | None:
    """Read a row of ``get.call_legs_report``; None if an id or the start is missing."""
    leg_id = read.identifier(row, "id")
    session_id = read.identifier(row, "call_session_id")
    start_time = read.moment(row, "start_time")
    if not leg_id or not session_id or not start_time:
        return None
    return ReportedLeg(
        leg_id=leg_id,
        session_id=session_id,
        start_time=start_time,
        connect_time=read.moment(row, "connect_time"),
        talk_seconds=read.seconds(row, "duration"),
        total_seconds=read.seconds(row, "total_duration"),
        virtual_phone=read.text(row, "virtual_phone_number"),
        is_operator=read.flag(row, "is_operator"),
        is_talked=read.flag(row, "is_talked"),
        is_coach=read.flag(row, "is_coach"),
        employee_id=read.identifier(row, "employee_id"),
        employee_name=read.text(row, "employee_full_name"),
        records=_files(row, "call_records"),
    )


def _files(row: dict, key: str) -> tuple[str, ...]:
    """Return ids of files. They become part of a URL: only letters and digits are kept."""
    names = read.texts(row.get(key))
    return tuple(name for name in names if name.isascii() and name.isalnum())


def _employee(row: dict) -> ReportedEmployee | None:
    employee_id = read.identifier(row, "employee_id")
    if not employee_id:
        return None
    return ReportedEmployee(
        id=employee_id,
        name=read.text(row, "employee_full_name"),
        answered=read.flag(row, "is_answered"),
        talked=read.flag(row, "is_talked"),
    )
