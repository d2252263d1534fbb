# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The example sequences S1 to S13 of the CallGear notes, and the calls of scenarios.py.

``sequences.jsonl`` holds them as they were written down: keys that are absent there are
present with ``null`` in a real body.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from odoo.addons.callgear_integration.callgear.notification import parse
from odoo.addons.callgear_integration.domain.facts import Fact
from odoo.addons.callgear_integration.domain.timeline import Timeline, build_timeline
from odoo.addons.callgear_integration.tests.builder import Delivery

_MEDIA = "https://app.callgear.ae/system/media/talk"
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
    for line in Path(__file__)
    .with_name("sequences.jsonl")
    .read_text("utf-8")
    .splitlines()
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


def clock(moment):
    return moment and moment.strftime("%H:%M:%S")


def call(timeline):
    """Direction, state, when it began, was answered, ended; waited, talked, in all."""
    return (
        timeline.direction,
        timeline.state,
        clock(timeline.started_at),
        clock(timeline.answered_at),
        clock(timeline.ended_at),
        timeline.wait_seconds,
        timeline.talk_seconds,
        timeline.total_seconds,
    )


def legs(timeline):
    """Each leg: key, whose, state, dialled, began to talk, ended, talked (seconds)."""
    return [
        (
            leg.key,
            (leg.employee_name or "operator") if leg.is_operator else "contact",
            leg.state,
            clock(leg.started_at),
            clock(leg.answered_at),
            clock(leg.ended_at),
            leg.talk_seconds,
        )
        for leg in timeline.legs
    ]


def recordings(timeline):
    return [
        (one.url.removeprefix(_MEDIA), one.seconds, one.leg_key)
        for one in timeline.recordings
    ]
