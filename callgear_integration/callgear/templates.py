# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The six notification templates: the JSON bodies that the admin pastes into CallGear.

CallGear replaces each ``{{placeholder}}`` by a JSON token, which has its own quotes. So
the placeholders must not be quoted.

Source: UIS help centre, "Notifications about events" (Uvedomleniya o sobytiyakh), and the
templates of the specification of 5 April 2024 (support.deskie.io, article 1798).
"""

_CALL_INFO = (
    "call_source",
    "direction",
    "call_session_id",
    "scenario_name",
    "talk_time_duration",
    "total_time_duration",
    "wait_time_duration",
    "tag_names",
    "is_lost",
)


def _section(*names: str, **renamed: str) -> dict:
    return {name: name for name in names} | renamed


def template(event: str) -> dict:
    """Return a notification template as a dict: key → placeholder or section (dict).

    :param event: kind of notification, one of ``notification.EVENTS``
    """
    call_info = _section(*_CALL_INFO)
    file_info = _section("file_link", call_record_duration="file_duration")
    if event == "endleg":
        call_info["is_operator"] = "is_operator"
    if event == "recording":
        file_info["record_file_links"] = "record_file_links"
    body = {
        **_section(
            "notification_name",
            "virtual_phone_number",
            "notification_time",
            "external_id",
        ),
        "contact_info": _section(
            "contact_phone_number",
            "communication_number",
            "contact_id",
            "contact_full_name",
        ),
        "employee_info": _section("employee_full_name", "employee_id"),
        "call_info": call_info,
        "call_record_file_info": file_info,
        **_section("leg_id", "leg_ids"),
    }
    if event == "end":
        body |= _section("last_scenario_operation_name", "group_ids")
    return body


def body_text(event: str) -> str:
    """Return a notification template as the text to paste; ``event`` as above."""
    return _render(template(event))


def _render(section: dict, indent: str = "") -> str:
    inner = indent + "  "
    lines = [
        f'{inner}"{key}": '
        + (_render(value, inner) if isinstance(value, dict) else "{{%s}}" % value)
        for key, value in section.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + indent + "}"
