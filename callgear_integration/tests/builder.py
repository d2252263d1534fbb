# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Builds calls, notification by notification, as CallGear would tell them.

    call = CallBuilder(1, caller=MARYAM)
    call.ring(SARA, 4).answer(SARA, 11).leave(SARA, 220, talk=209).end(220, talk=209)

Times are seconds after the call began. ``call.deliveries`` holds what was told so far.
"""

import copy
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

MARYAM = "971505550123"
YUSUF = "971505550177"
UNKNOWN = "447700900123"
VIRTUAL = "97145550100"
START = datetime(2026, 3, 28, 16, 30)  # local time of the account


@dataclass(frozen=True)
class Employee:
    id: int
    name: str


SARA = Employee(701234, "Sara Haddad")
OMAR = Employee(701235, "Omar Nasser")
LINA = Employee(701236, "Lina Petrova")
SARA_MOBILE = Employee(701237, "Sara Haddad (mobile)")  # a second phone of hers
WAREHOUSE = Employee(701299, "Warehouse")  # has no user in Odoo
NOBODY = None


@dataclass(frozen=True)
class Delivery:
    """One notification on its way: the event, and the body as text."""

    event: str
    text: str

    @property
    def body(self) -> bytes:
        return self.text.encode()


class CallBuilder:
    """One call session. Each method tells one notification and returns the builder."""

    def __init__(
        self,
        number,
        caller=MARYAM,
        direction="in",
        source=None,
        start=0,
        external_id=None,
    ):
        self.session = 5241900000 + number
        self.caller = caller
        self.direction = direction
        self.source = source or {"in": "va", "out": "sip"}[direction]
        self.began = START + timedelta(seconds=start)
        self.external_id = external_id
        self.legs: dict = {}
        self.deliveries: list[Delivery] = []

    # ------------------------------------------------------------- what happens

    def ring(self, employee, at, leg=None):
        """The PBX dials a party: an operator, or the contact (``NOBODY``)."""
        return self._tell("legout", at, employee, leg_id=self._leg(employee, leg))

    def answer(self, employee, at, leg=None):
        return self._tell("handset", at, employee, leg_id=self._leg(employee, leg))

    def leave(self, employee, at, talk=0, is_operator=True, leg=None, total=None):
        call_info = {
            "is_operator": is_operator,
            "talk_time_duration": talk,
            "total_time_duration": total,
        }
        leg_id = self._leg(employee, leg)
        return self._tell("endleg", at, employee, call_info, leg_id=leg_id)

    def call_out(self, employee, at=0):
        return self._tell("callout", at, employee)

    def end(self, at, talk=0, lost=None, employee=None, wait=None):
        call_info = {
            "talk_time_duration": talk,
            "total_time_duration": at,
            "wait_time_duration": wait,
            "is_lost": (not talk) if lost is None else lost,
        }
        return self._tell("end", at, employee, call_info)

    def record(self, at, *names, employee=None, seconds=None, leg=None, kind="talk"):
        base = f"https://app.callgear.ae/system/media/{kind}/{self.session}/"
        urls = [f"{base}{name}/" for name in names or ("a" * 32,)]
        file_info = {
            "file_link": urls[0],
            "call_record_duration": seconds,
            "record_file_links": urls,
        }
        leg_id = self.legs.get(leg) if leg else None
        return self._tell("recording", at, employee, file_info=file_info, leg_id=leg_id)

    # ------------------------------------------------------------------- inside

    def _leg(self, employee, name):
        key = name or employee
        return self.legs.setdefault(key, self.session * 3 + len(self.legs) + 1)

    def _tell(self, event, at, employee, call_info=None, file_info=None, leg_id=None):
        moment = self.began + timedelta(seconds=at)
        body = {
            "notification_name": f"Notification {event}",
            "virtual_phone_number": VIRTUAL,
            "notification_time": moment.isoformat(sep=" ", timespec="milliseconds"),
            "external_id": self.external_id,
            "contact_info": {
                "contact_phone_number": self.caller,
                "communication_number": None,
                "contact_id": None,
                "contact_full_name": None,
            },
            "employee_info": {
                "employee_full_name": employee.name if employee else None,
                "employee_id": employee.id if employee else None,
            },
            "call_info": {
                "call_source": self.source,
                "direction": self.direction,
                "call_session_id": self.session,
                "scenario_name": "Main line" if self.direction == "in" else None,
                "talk_time_duration": None,
                "total_time_duration": None,
                "wait_time_duration": None,
                "tag_names": None,
                "is_lost": None,
                **(call_info or {}),
            },
            "call_record_file_info": {
                "file_link": None,
                "call_record_duration": None,
                **(file_info or {}),
            },
            "leg_id": leg_id,
            "leg_ids": list(self.legs.values()) or None,
        }
        self.deliveries.append(Delivery(event, json.dumps(body, ensure_ascii=False)))
        return self


def changed(delivery: Delivery, **changes) -> Delivery:
    """The same notification with other values; dots lead into sections (``a__b``)."""
    body = copy.deepcopy(json.loads(delivery.text))
    for path, value in changes.items():
        *sections, key = path.split("__")
        target = body
        for section in sections:
            target = target[section]
        target[key] = value
    return Delivery(delivery.event, json.dumps(body))
