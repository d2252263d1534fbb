# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Turn the reports' rows of a call into the notifications that CallGear sends for it.

For a call whose notifications were lost: it is stored and processed like any other. The
same rows give the same bodies, so fetching them twice adds nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..tools.times import seconds_between
from .notification import LEG_EVENTS
from .report_rows import ReportedCall, ReportedLeg
from .templates import template

_SOURCES = {True: "get.call_legs_report", False: "get.calls_report"}


def notifications(
    call: ReportedCall, legs: Iterable[ReportedLeg], recording_base: str
) -> list[tuple[str, dict]]:
    """Return the notifications of a call, in the order in which CallGear sends them.

    :param legs: legs of this and maybe other calls; those of other calls, and of
        employees who only listened, are left out
    :param recording_base: start of the recordings' URLs: ``https://app.callgear.com``
    :return: list of (kind of notification, body)
    """
    own = own_legs(call, legs)
    return _Builder(call, own, recording_base).build()


def own_legs(call: ReportedCall, legs: Iterable[ReportedLeg]) -> list[ReportedLeg]:
    """Return the legs of a call, in order; not of employees who only listened."""
    return sorted(
        (leg for leg in legs if leg.session_id == call.session_id and not leg.is_coach),
        key=lambda leg: (
            leg.start_time,
            int(leg.leg_id) if leg.leg_id.isdigit() else 0,
        ),
    )


class _Builder:
    """Builds the notifications of one call."""

    def __init__(self, call: ReportedCall, legs: Sequence[ReportedLeg], base: str):
        self.call = call
        self.base = base.rstrip("/")
        self.by_api = (call.source or "").startswith("callapi")
        self.dials = self.by_api or call.direction == "out"  # the contact is dialled
        self.legs = self._notified_legs(legs)
        self.leg_ids = [_id(leg.leg_id) for leg in legs] or None

    def _notified_legs(self, legs) -> list[ReportedLeg]:
        """Return the legs that CallGear sends notifications for.

        On an incoming call that reached an operator, the caller's own leg is none.
        """
        if self.dials:
            return list(legs)
        return [leg for leg in legs if is_operator(leg)] or list(legs)

    def build(self) -> list[tuple[str, dict]]:
        timed = list(self._leg_events())
        if self.dials and not self.by_api:
            timed.insert(0, self._callout())
        timed.sort(key=lambda one: one[0])
        found = [(event, body) for _time, event, body in timed]
        finish = self._finish()
        if finish:
            found.append(("end", self._end(finish)))
        return found + self._recordings()

    # ------------------------------------------------------------------- legs

    def _leg_events(self):
        for leg in self.legs:
            operator = is_operator(leg)
            # The caller's own leg is not dialled, so it has no such notifications.
            if operator or self.dials:
                yield self._of_leg("legout", leg, leg.start_time)
                if leg.connect_time:
                    yield self._of_leg("handset", leg, leg.connect_time)
            ended = _ended(leg) or self._finish()
            if ended:
                yield self._of_leg(
                    "endleg",
                    leg,
                    ended,
                    is_operator=operator,
                    talk_time_duration=self._talk(leg),
                    total_time_duration=seconds_between(leg.start_time, ended),
                )

    def _of_leg(self, event: str, leg: ReportedLeg, time: datetime, **more):
        values = {
            "employee_id": _id(leg.employee_id),
            "employee_full_name": leg.employee_name,
            "leg_id": _id(leg.leg_id),
        }
        return time, event, self._body(event, time, **values, **more)

    def _talk(self, leg: ReportedLeg) -> int:
        """Return the seconds of conversation of a leg.

        Those in which an operator waits for the contact to answer do not count.
        """
        if not leg.connect_time or leg.is_talked is False:
            return 0
        ended = _ended(leg)
        talk = leg.talk_seconds
        if talk is None:
            talk = seconds_between(leg.connect_time, ended)
        contacts = [other for other in self.legs if not is_operator(other)]
        if not self.dials or not is_operator(leg) or not contacts or not ended:
            return talk
        answered = [other for other in contacts if other.connect_time]
        if not answered:
            return 0
        began = max(leg.connect_time, min(other.connect_time for other in answered))
        until = min(ended, max(_ended(other) or ended for other in answered))
        return min(talk, max(0, round((until - began).total_seconds())))

    # ------------------------------------------------------- the call as a whole

    def _callout(self):
        employee_id, name = self._employee()
        first = next((leg for leg in self.legs if leg.employee_id), None)
        if first:
            employee_id, name = first.employee_id, first.employee_name
        time = self.call.start_time
        body = self._body(
            "callout", time, employee_id=_id(employee_id), employee_full_name=name
        )
        return time, "callout", body

    def _finish(self) -> datetime | None:
        call = self.call
        if call.finish_time or call.total_seconds is None:
            return call.finish_time
        return call.start_time + timedelta(seconds=call.total_seconds)

    def _end(self, finish: datetime) -> dict:
        employee_id, name = self._employee()
        body = self._body(
            "end",
            finish,
            employee_id=_id(employee_id),
            employee_full_name=name,
            **self._sums(),
        )
        # Notifications have no such field: only the report tells it.
        body["call_info"]["finish_reason"] = self.call.finish_reason
        return body

    def _sums(self) -> dict:
        call = self.call
        return {
            "talk_time_duration": call.talk_seconds,
            "total_time_duration": call.total_seconds,
            "wait_time_duration": call.wait_seconds,
            "tag_names": list(call.tags) or None,
            "is_lost": call.is_lost,
        }

    def _employee(self) -> tuple[str | None, str | None]:
        """Return id and name of the employee in ``/end``.

        It is the one who talked last, or else the last who answered, or else was rung.
        """
        known = {employee.id: employee.name for employee in self.call.employees}
        talked = self.call.last_talked_id
        if not talked:
            ranked = sorted(
                self.call.employees, key=lambda e: (bool(e.talked), bool(e.answered))
            )
            talked = ranked[-1].id if ranked else None
        return talked, known.get(talked)

    def _recordings(self) -> list[tuple[str, dict]]:
        """Return one notification for each file, those of legs first.

        They have no time, so that a real notification of the same file comes first.
        """
        found, seen = [], set()
        for leg in self.legs:
            # A leg may list the message that was left on the answering machine.
            records = [one for one in leg.records if one not in self.call.voice_mails]
            for record_id in records:
                if record_id not in seen:
                    length = self._talk(leg) if len(records) == 1 else None
                    found.append(self._recording("talk", record_id, leg, length))
                    seen.add(record_id)
        messages = self.call.voice_mails
        files = [("talk", one) for one in self.call.records if one not in messages]
        files += [("voice_mail", record_id) for record_id in messages]
        for kind, record_id in files:
            if record_id not in seen:
                found.append(self._recording(kind, record_id, None, None))
                seen.add(record_id)
        return found

    def _recording(
        self, kind: str, record_id: str, leg: ReportedLeg | None, length: int | None
    ) -> tuple[str, dict]:
        communication = self.call.communication_id
        url = f"{self.base}/system/media/{kind}/{communication}/{record_id}/"
        body = self._body(
            "recording",
            None,
            employee_id=_id(leg.employee_id) if leg else None,
            employee_full_name=leg.employee_name if leg else None,
            leg_id=_id(leg.leg_id) if leg else None,
            file_link=url,
            file_duration=length or None,
            record_file_links=[url],
            **self._sums(),
        )
        return "recording", body

    # ----------------------------------------------------------------- bodies

    def _body(self, event: str, time: datetime | None, **values) -> dict:
        call = self.call
        written = time and time.isoformat(" ", "milliseconds")
        known = {
            "notification_name": _SOURCES[event in LEG_EVENTS],
            "notification_time": written,
            "virtual_phone_number": call.virtual_phone,
            "external_id": call.external_id,
            "contact_phone_number": call.contact_phone,
            "contact_full_name": call.contact_name,
            "call_source": call.source,
            "direction": call.direction,
            "call_session_id": _id(call.session_id),
            "scenario_name": call.scenario_name,
            "leg_ids": self.leg_ids,
        }
        return _filled(template(event), known | values)


def _filled(body: dict, values: dict) -> dict:
    """Replace placeholders by their values, or by None where there is no value."""
    return {
        key: _filled(name, values) if isinstance(name, dict) else values.get(name)
        for key, name in body.items()
    }


def _id(text: str | None) -> int | str | None:
    """Return an id in the form of notifications: a number."""
    return int(text) if text and text.isdigit() else text


def is_operator(leg: ReportedLeg) -> bool:
    """Return whether a leg is an operator's, who may be a bare number."""
    return bool(leg.employee_id) if leg.is_operator is None else leg.is_operator


def _ended(leg: ReportedLeg) -> datetime | None:
    ends = []
    if leg.total_seconds is not None:
        ends.append(leg.start_time + timedelta(seconds=leg.total_seconds))
    if leg.connect_time and leg.talk_seconds is not None:
        ends.append(leg.connect_time + timedelta(seconds=leg.talk_seconds))
    return max(ends, default=None)
