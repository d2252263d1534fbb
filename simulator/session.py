# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One call session: its legs, and the notifications that each happening causes.

Scenarios and calls played by hand both tell a session what happens and when (seconds
since the call began); the session works out what CallGear would say about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .parameters import Parameters
from .people import Operator
from .records import clip_for, record_id
from .templates import Value


@dataclass(frozen=True)
class Step:
    """A notification to be: what happens, when, and the values that only this event
    knows.
    """

    at: float
    event: str
    values: dict[str, Value]


@dataclass
class Leg:
    """One connected party."""

    leg_id: int
    operator: Operator | None
    is_operator: bool
    contact: bool
    announced: bool
    dialled_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    private: bool = False
    """A colleague who is asked while the contact is on hold."""

    @property
    def state(self) -> str:
        if self.ended_at is not None:
            return "ended"
        return "ringing" if self.answered_at is None else "talking"


@dataclass(frozen=True)
class File:
    """A recording, and when it is told of."""

    at: float
    leg_id: int
    name: str
    seconds: int
    voicemail: bool = False


class Session:
    """The facts of one call, from which its notifications are made."""

    def __init__(
        self,
        parameters: Parameters,
        *,
        source: str,
        direction: str,
        scenario_name: str | None = None,
        operation: str | None = None,
        group_ids: Sequence[int] | None = None,
    ) -> None:
        self.parameters = parameters
        self.direction = direction
        self.operation = operation
        self.group_ids = list(group_ids) if group_ids else None
        self.legs: list[Leg] = []
        self.steps: list[Step] = []
        self.tags = list(parameters.tags)
        self.files: list[File] = []
        self.ended_at: float | None = None
        self.closing: dict[str, Any] = {}
        """Durations and outcome, once the call is over."""
        self.source = source
        self.scenario_name = scenario_name
        self._initiator: Operator | None = None
        contact = parameters.contact
        self._constant: dict[str, Value] = {
            "virtual_phone_number": parameters.virtual_number,
            "external_id": parameters.external_id,
            "contact_phone_number": contact.number,
            "contact_id": contact.contact_id,
            "contact_full_name": contact.full_name,
            "call_source": source,
            "direction": direction,
            "call_session_id": parameters.session_id,
            "scenario_name": scenario_name,
        }

    # What happens

    def connect(
        self, at: float, operator: Operator | None, *, contact: bool = False
    ) -> Leg:
        """The leg of whoever placed the call: on the line from the start, and nobody is
        told.
        """
        leg = self._new_leg(
            at, operator, is_operator=not contact, contact=contact, announced=False
        )
        leg.answered_at = at
        return leg

    def callout(self, at: float, operator: Operator) -> None:
        """An operator starts an outgoing call on their own phone."""
        self._initiator = operator
        self._tell(at, "callout", operator)

    def dial(
        self,
        at: float,
        operator: Operator | None,
        *,
        contact: bool = False,
        is_operator: bool = True,
    ) -> Leg:
        """The PBX rings a party; `operator` is whom the notification names."""
        leg = self._new_leg(
            at, operator, is_operator=is_operator, contact=contact, announced=True
        )
        if self._initiator is None and self.direction == "out":
            self._initiator = operator
        self._tell(at, "legout", operator, leg)
        return leg

    def answer(self, at: float, leg: Leg) -> None:
        """A party picks up."""
        first = all(other.contact or other.answered_at is None for other in self.legs)
        leg.answered_at = at
        waited = _whole(at) if self.incoming and first else None
        self._tell(at, "handset", leg.operator, leg, wait_time_duration=waited)

    def end_leg(self, at: float, leg: Leg, *, name: bool = True) -> None:
        """A party is gone, whether or not they had picked up."""
        leg.ended_at = at
        self._tell(
            at,
            "endleg",
            leg.operator if name else None,
            leg,
            is_operator=leg.is_operator,
            talk_time_duration=_whole(self.talk_of(leg)),
            total_time_duration=_whole(at - leg.dialled_at),
        )

    def end(self, at: float) -> None:
        """The whole call is over."""
        self.ended_at = at
        for leg in self.legs:
            if leg.ended_at is None:
                leg.ended_at = at
        begin = self._talk_began()
        lost = begin is None
        waited = at if lost and self.incoming else begin
        talk_ended = max((leg.ended_at or at for leg in self.talked()), default=at)
        self.closing = {
            "talk_time_duration": 0 if begin is None else _whole(talk_ended - begin),
            "total_time_duration": _whole(at),
            "wait_time_duration": None if waited is None else _whole(waited),
            "tag_names": self.tags or None,
            "is_lost": lost,
        }
        self._tell(
            at,
            "end",
            self._spokesman(),
            last_scenario_operation_name=self.operation,
            group_ids=self.group_ids,
            **self.closing,
        )

    def record(self, at: float) -> None:
        """The files are ready: one for each conversation of an employee."""
        clip = clip_for(self.parameters.contact.number)
        files = [
            self._file(at, leg, clip, seconds) for leg, seconds in self.conversations()
        ]
        self._tell_files(files)

    def record_voicemail(self, at: float, leg: Leg, seconds: float) -> None:
        """The caller has left a message."""
        file = self._file(at, leg, "voicemail_en", seconds)
        self._tell_files([replace(file, voicemail=True)])

    # What follows from it

    @property
    def contact_leg(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.contact), None)

    @property
    def incoming(self) -> bool:
        return self._constant["call_source"] == "va"

    def _new_leg(
        self,
        at: float,
        operator: Operator | None,
        *,
        is_operator: bool,
        contact: bool,
        announced: bool,
    ) -> Leg:
        leg_id = self.parameters.first_leg_id + len(self.legs)
        leg = Leg(leg_id, operator, is_operator, contact, announced, at)
        self.legs.append(leg)
        return leg

    def talk_of(self, leg: Leg) -> float:
        """How long a leg spoke: from when both sides were on the line."""
        others = [
            other.answered_at for other in self.legs if other.contact != leg.contact
        ]
        answered = [moment for moment in others if moment is not None]
        if leg.answered_at is None or leg.ended_at is None or not answered:
            return 0
        if leg.private:
            return 0
        return max(0.0, leg.ended_at - max(leg.answered_at, min(answered)))

    def talked(self) -> list[Leg]:
        """The operators' legs that had a conversation, in order."""
        legs = [leg for leg in self.legs if not leg.contact and self.talk_of(leg) > 0]
        return sorted(legs, key=lambda leg: leg.answered_at or 0)

    def _talk_began(self) -> float | None:
        contact = self.contact_leg
        talked = self.talked()
        if contact is None or contact.answered_at is None or not talked:
            return None
        return max(contact.answered_at, talked[0].answered_at or 0)

    def conversations(self) -> list[tuple[Leg, float]]:
        """Recorded talks and their lengths: a file ends where the next operator takes
        over.
        """
        talked = self.talked()
        found = []
        for index, leg in enumerate(talked):
            begin = max(leg.answered_at or 0, self._talk_began() or 0)
            end = leg.ended_at or begin
            if index + 1 < len(talked):
                end = min(end, talked[index + 1].answered_at or end)
            if leg.operator is not None and leg.operator.employee_id is not None:
                found.append((leg, end - begin))
        return found

    def _spokesman(self) -> Operator | None:
        """Whom the events of the whole session name: the last one to talk, else who
        placed the call.
        """
        talked = self.talked()
        return talked[-1].operator if talked else self._initiator

    def _file(self, at: float, leg: Leg, clip: str, seconds: float) -> File:
        length = max(1, _whole(seconds))
        name = record_id(self.parameters.session_id, leg.leg_id, clip, length)
        return File(at, leg.leg_id, name, length)

    def link(self, file: File) -> str:
        """Where a recording can be fetched."""
        base = self.parameters.recording_url.rstrip("/")
        kind = "voice_mail" if file.voicemail else "talk"
        return f"{base}/system/media/{kind}/{self.parameters.session_id}/{file.name}/"

    def _tell_files(self, files: list[File]) -> None:
        self.files = files
        links = [self.link(file) for file in files]
        told = files if self.parameters.recording_style == "each" else files[-1:]
        for index, file in enumerate(told):
            self._tell(
                file.at + 1.5 * index,
                "recording",
                self._spokesman(),
                file_link=self.link(file),
                file_duration=file.seconds,
                record_file_links=links,
                **self.closing,
            )

    def _tell(
        self,
        at: float,
        event: str,
        operator: Operator | None,
        leg: Leg | None = None,
        **values: Any,
    ) -> None:
        values["employee_id"] = operator.employee_id if operator else None
        values["employee_full_name"] = operator.full_name if operator else None
        values["leg_id"] = leg.leg_id if leg else None
        values["leg_ids"] = (
            None if event == "callout" else [known.leg_id for known in self.legs]
        )
        self.steps.append(Step(at, event, {**self._constant, **values}))


def _whole(seconds: float) -> int:
    """Durations are whole seconds."""
    return int(seconds + 0.5)
