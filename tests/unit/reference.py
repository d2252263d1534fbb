# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The example sequences S1 to S13 of the CallGear notes, and the calls of scenarios.py.

``sequences.jsonl`` holds them as they were written down: keys that are absent there are
present with ``null`` in a real body.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from odoo.addons.callgear_integration.tools.facts import Fact
from odoo.addons.callgear_integration.tools.notification import parse
from odoo.addons.callgear_integration.tools.timeline import Timeline, build_timeline

from ..builder import Delivery

_ALL_KEYS = {
    "notification_name": None,
    "virtual_phone_number": None,
    "notification_time": None,
    "external_id": None,
    "contact_info": {
        "contact_phone_number": None,
        "communication_number": None,
        "contact_id": None,
        "contact_full_name": None,
    },
    "employee_info": {"employee_full_name": None, "employee_id": None},
    "call_info": {
        "call_source": None,
        "direction": None,
        "call_session_id": None,
        "scenario_name": None,
        "talk_time_duration": None,
        "total_time_duration": None,
        "wait_time_duration": None,
        "tag_names": None,
        "is_lost": None,
    },
    "call_record_file_info": {"file_link": None, "call_record_duration": None},
    "leg_id": None,
    "leg_ids": None,
}
_LINES = [
    json.loads(line)
    for line in Path(__file__).with_name("sequences.jsonl").read_text("utf-8").splitlines()
]


def deliveries(call: str) -> list[Delivery]:
    """What CallGear sends for a call, such as ``S1``, in the order of the notes."""
    return [
        Delivery(line["event"], json.dumps(_complete(line["body"], _ALL_KEYS)))
        for line in _LINES
        if line["call"] == call
    ]


def _complete(body: dict, keys: dict) -> dict:
    complete = {**keys, **body}
    for key, inside in keys.items():
        if isinstance(inside, dict):
            complete[key] = _complete(body.get(key, {}), inside)
    return complete


def fact(delivery: Delivery) -> Fact:
    """A delivery as a fact, in the account's own time instead of UTC."""
    said = parse(delivery.event, delivery.body)
    return Fact(said.time, said)


def facts(told: Iterable[Delivery] | str) -> list[Fact]:
    told = deliveries(told) if isinstance(told, str) else told
    return [fact(delivery) for delivery in told]


def fold(told: Iterable[Delivery] | str, **options) -> Timeline:
    return build_timeline(facts(told), **options)
