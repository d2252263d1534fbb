# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The six notification bodies, and how CallGear puts values into them.

A body is a text in which `{{name}}` is replaced by a JSON token that brings its own
quotes. The platform does not look whether the outcome is JSON, which is why broken
bodies exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = str | int | bool | Sequence[str] | Sequence[int] | None
Values: TypeAlias = Mapping[str, Value]

_HEAD = """{
  "notification_name":{{notification_name}},
  "virtual_phone_number":{{virtual_phone_number}},
  "notification_time":{{notification_time}},
  "external_id": {{external_id}},
  "contact_info":{
    "contact_phone_number":{{contact_phone_number}},
    "communication_number":{{communication_number}},
    "contact_id": {{contact_id}},
    "contact_full_name": {{contact_full_name}}
  },
  "employee_info": {
    "employee_full_name": {{employee_full_name}},
    "employee_id": {{employee_id}}
  },
  "call_info": {
    "call_source": {{call_source}},
    "direction": {{direction}},
    "call_session_id":{{call_session_id}},
    "scenario_name": {{scenario_name}},"""
_SIDE = """
    "is_operator":{{is_operator}},"""
_DURATIONS = """
    "talk_time_duration": {{talk_time_duration}},
    "total_time_duration": {{total_time_duration}},
    "wait_time_duration": {{wait_time_duration}},
    "tag_names": {{tag_names}},
    "is_lost" : {{is_lost}}
  },
  "call_record_file_info": {
    "file_link": {{file_link}},
    "call_record_duration": {{file_duration}}"""
_ALL_FILES = """,
    "record_file_links": {{record_file_links}}"""
_LEGS = """
  },
  "leg_id": {{leg_id}},
  "leg_ids": {{leg_ids}}"""
_DISTRIBUTION = """,
  "last_scenario_operation_name":{{last_scenario_operation_name}},
  "group_ids":{{group_ids}}"""
_TAIL = "\n}"

_PLAIN = _HEAD + _DURATIONS + _LEGS + _TAIL
TEMPLATES: dict[str, str] = {
    "legout": _PLAIN,
    "callout": _PLAIN,
    "handset": _PLAIN,
    "endleg": _HEAD + _SIDE + _DURATIONS + _LEGS + _TAIL,
    "end": _HEAD + _DURATIONS + _LEGS + _DISTRIBUTION + _TAIL,
    "recording": _HEAD + _DURATIONS + _ALL_FILES + _LEGS + _TAIL,
}
EVENTS: tuple[str, ...] = tuple(TEMPLATES)

# An admin types these names into CallGear; nothing may depend on them.
NAMES: dict[str, str] = {
    "legout": "Outbound leg",
    "callout": "Outbound call",
    "handset": "Call accepted",
    "endleg": "Call leg finished",
    "end": "Call finished",
    "recording": "Call recording completed",
}
_TEXTS = {
    "external_id",
    "contact_full_name",
    "employee_full_name",
    "scenario_name",
    "last_scenario_operation_name",
}
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def token(value: Value) -> str:
    """A value as CallGear writes it: text with quotes, ids and flags bare, `null` when
    there is none.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_text(value: Value) -> Value:
    """The value as it arrives where numbers and flags are sent as strings."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int)):
        return token(value)
    return [str(item) for item in value]


def render(
    event: str,
    values: Values,
    *,
    quoted: bool = False,
    keep_unknown: bool = False,
    strings: bool = False,
    empty_texts: bool = False,
) -> str:
    """The body of one notification.

    `quoted`: the admin put quotes around the placeholders; `keep_unknown`: placeholders
    without a value stay as they are; `strings`: numbers and flags as strings;
    `empty_texts`: "" for missing texts.
    """
    values = {"notification_name": NAMES[event], **values}

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        value = values.get(name)
        if value is None and keep_unknown:
            return match.group(0)
        if value is None and empty_texts and name in _TEXTS:
            value = ""
        return token(as_text(value) if strings else value)

    template = TEMPLATES[event]
    if quoted:
        template = _PLACEHOLDER.sub(r'"{{\1}}"', template)
    return _PLACEHOLDER.sub(replace, template)
