# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A request for a call, as the page, a test or the command line states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .disturbance import Disturbance
from .live import KINDS
from .parameters import Parameters
from .people import (
    BARE_NUMBER,
    CONTACTS,
    OPERATORS,
    VIRTUAL_NUMBERS,
    Contact,
    Operator,
    contact_by_number,
    operator_by_id,
)
from .scenarios import SCENARIOS
from .settings import Invalid, Settings

_KEYS = {
    "scenario",
    "caller",
    "caller_name",
    "operators",
    "virtual_number",
    "talk_seconds",
    "ring_seconds",
    "menu_seconds",
    "recording_delay",
    "speed",
    "start_time",
    "external_id",
    "direction",
    "tags",
    "disturbance",
}


@dataclass(frozen=True)
class Order:
    """A call to place: by script (a scenario) or by hand (a kind of `live`)."""

    scenario: str
    contact: Contact = CONTACTS[0]
    operators: tuple[Operator, ...] = OPERATORS[:2]
    virtual_number: str | None = VIRTUAL_NUMBERS[0]
    seconds: Mapping[str, float] = field(default_factory=dict)
    """talk_seconds, ring_seconds, menu_seconds, recording_delay where they are not the
    usual ones.
    """
    speed: float = 1
    start_time: datetime | None = None
    external_id: str | None = None
    direction: str | None = None
    tags: tuple[str, ...] = ()
    disturbance: Disturbance = Disturbance()
    first_call: str | None = None
    """Who is rung first in a call that the Call API starts."""

    @property
    def live(self) -> bool:
        return self.scenario in KINDS

    @classmethod
    def from_json(cls, data: Any) -> Order:
        """Check a request; Invalid names the field that is wrong."""
        if not isinstance(data, Mapping):
            raise Invalid("an object is needed")
        for key in data:
            if key not in _KEYS:
                raise Invalid(f"{key}: no such field")
        scenario = data.get("scenario")
        if scenario not in SCENARIOS and scenario not in KINDS:
            raise Invalid(f"scenario: one of {', '.join([*KINDS, *SCENARIOS])}")
        direction = _text(data, "direction")
        if direction not in (None, "in", "out"):
            raise Invalid("direction: in or out")
        return cls(
            scenario=scenario,
            contact=_contact(data),
            operators=_operators(data.get("operators")),
            virtual_number=_text(data, "virtual_number", VIRTUAL_NUMBERS[0]),
            seconds={
                name: _number(data, name)
                for name in (
                    "talk_seconds",
                    "ring_seconds",
                    "menu_seconds",
                    "recording_delay",
                )
                if data.get(name) is not None
            },
            speed=_number(data, "speed") if data.get("speed") is not None else 1,
            start_time=_moment(data),
            external_id=_text(data, "external_id"),
            direction=direction,
            tags=_tags(data.get("tags")),
            disturbance=Disturbance.from_json(data.get("disturbance") or {}),
        )

    def parameters(
        self, session_id: int, first_leg_id: int, settings: Settings
    ) -> Parameters:
        """What the scenario needs to know."""
        usual = Parameters(
            session_id=session_id,
            first_leg_id=first_leg_id,
            contact=self.contact,
            operators=self.operators,
            virtual_number=self.virtual_number,
            recording_delay=settings.recording_delay,
            recording_url=settings.recording_url,
            recording_style=settings.recording_style,
            caller_endleg=settings.caller_endleg,
            external_id=self.external_id,
            direction=self.direction,
            tags=self.tags,
            first_call=self.first_call,
        )
        return replace(usual, **self.seconds)  # type: ignore[arg-type]


def _text(data: Mapping[str, Any], name: str, default: str | None = None) -> str | None:
    value = data.get(name, default)
    if value is not None and not isinstance(value, str):
        raise Invalid(f"{name}: text is needed")
    return value


def _number(data: Mapping[str, Any], name: str) -> float:
    value = data[name]
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not 0 <= value <= 36000
    ):
        raise Invalid(f"{name}: a number from 0 to 36000 is needed")
    return float(value)


def _moment(data: Mapping[str, Any]) -> datetime | None:
    text = _text(data, "start_time")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Invalid(
            "start_time: such as 2026-03-28T16:30:00, in the account's time zone"
        ) from None


def _contact(data: Mapping[str, Any]) -> Contact:
    number, name = _text(data, "caller"), _text(data, "caller_name")
    contact = CONTACTS[0] if number is None else contact_by_number(number)
    return replace(contact, full_name=name) if name else contact


def _operators(value: Any) -> tuple[Operator, ...]:
    if value is None:
        return OPERATORS[:2]
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 10:
        raise Invalid("operators: a list of one to ten is needed")
    return tuple(_operator(item) for item in value)


def _operator(value: Any) -> Operator:
    """An id, {employee_id, full_name}, or null for a number without employee."""
    if value is None:
        return BARE_NUMBER
    employee_id = value.get("employee_id") if isinstance(value, Mapping) else value
    if (
        employee_id is None
        or isinstance(employee_id, bool)
        or not str(employee_id).isdigit()
    ):
        raise Invalid("operators: each is an id or {employee_id, full_name}")
    operator = operator_by_id(int(employee_id))
    name = value.get("full_name") if isinstance(value, Mapping) else None
    return replace(operator, full_name=str(name)) if name else operator


def _tags(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    if not isinstance(value, (list, tuple)):
        raise Invalid("tags: a list of texts is needed")
    return tuple(str(tag) for tag in value)
