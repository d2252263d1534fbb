# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A call operated by hand: every press on the page becomes what really would happen on
the phones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from .call_control import CallControl, Impossible
from .click_to_call import request
from .incoming import IN_TURN, MENU, open_line
from .parameters import Parameters
from .people import Operator, operator_by_id
from .session import Leg, Session, Step
from .softphone import pick_up

KINDS: dict[str, str] = {
    "live": "Incoming call, operators rung in turn.",
    "live-group": "Incoming call, operators rung at once.",
    "live-menu": "Incoming call, waits in the voice menu.",
    "live-softphone": "Outgoing call from the softphone.",
    "live-click-to-call": "Click-to-call: agent first, then contact.",
}


class LiveCall(CallControl):
    """Holds the state of one call and tells the session what the people do."""

    session: Session

    def __init__(
        self,
        kind: str,
        parameters: Parameters,
        ring_seconds: float,
        emit: Callable[[list[Step]], None],
    ):
        self.kind = kind
        self._parameters = parameters
        self._ring_seconds = ring_seconds
        self._emit = emit
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._last = 0.0
        self._timers: list[threading.Timer] = []
        self._queue: list[Operator] = []
        self._told = 0
        self.ended = False
        with self._lock:
            self._start()
            self._flush()

    # What people press

    def answer(self, leg_id: int | None = None, employee_id: int | None = None) -> None:
        """A ringing party picks up; without a choice, the one that rings longest."""
        with self._lock:
            leg = self._pick("ringing", leg_id, employee_id)
            self.session.answer(self._tick(), leg)
            if self.kind == "live-click-to-call" and len(self.session.legs) == 1:
                self._dial_second()
            elif not leg.contact:
                self._queue.clear()
                # The PBX stops ringing the others; an operator who is already talking
                # (attended transfer) stays.
                for other in self._legs("ringing"):
                    if not other.contact:
                        self._gone(other)
                        self.session.end_leg(self._tick(), other)
            self._flush()

    def ring(self, employee_id: int) -> None:
        """Send a caller who waits on to an operator."""
        with self._lock:
            self._require_running()
            if not self.session.incoming or self.state == "talking":
                raise Impossible(
                    "only an incoming caller who waits can be sent to an operator"
                )
            self._require_free(employee_id)
            self.session.operation = IN_TURN
            self._dial(operator_by_id(employee_id))
            self._flush()

    def transfer(self, to: int, mode: str = "blind", leg_id: int | None = None) -> None:
        """A talking operator transfers the call, and if it is `attended` stays in it
        until they hang up.
        """
        with self._lock:
            self._require_running()
            talking = [
                leg
                for leg in self._legs("talking")
                if not leg.contact and leg_id in (None, leg.leg_id)
            ]
            if not talking or self.state != "talking":
                raise Impossible("no operator talks, so nobody can pass the call on")
            self._require_free(to)
            self._dial(operator_by_id(to))
            if mode == "blind":
                self._gone(talking[0])
                self._end_leg(talking[0])
            self._flush()

    def hang_up(
        self, leg_id: int | None = None, employee_id: int | None = None
    ) -> None:
        """One party hangs up or declines; without a choice the call ends for all."""
        with self._lock:
            self._require_running()
            if leg_id is None and employee_id is None:
                self._finish()
            else:
                self._leave(self._pick("", leg_id, employee_id))
            self._flush()

    def control(self, action: Callable[..., None], *arguments: Any) -> None:
        """Something that an application does to the call: see `CallControl`."""
        with self._lock:
            self._require_running()
            action(*arguments)
            self._flush()

    def stop(self) -> None:
        """No more timers: the simulator stops. What follows is not told to anybody, but
        the call ends.
        """
        with self._lock:
            if not self.ended:
                self._finish()

    # What is seen

    @property
    def state(self) -> str:
        """menu, ringing, talking or ended."""
        if self.ended:
            return "ended"
        operators = [leg for leg in self.session.legs if not leg.contact]
        contact = self.session.contact_leg
        if (
            contact
            and contact.state == "talking"
            and any(leg.state == "talking" for leg in operators)
        ):
            return "talking"
        return "ringing" if self._legs("ringing") else "menu"

    def view(self) -> dict[str, Any]:
        """The call for the page: who is in it, in what state, and what each may do."""
        with self._lock:
            legs = [self._view_leg(leg) for leg in self.session.legs]
            return {
                "state": self.state,
                "phase": self.phase,
                "direction": self.session.direction,
                "legs": legs,
            }

    def _view_leg(self, leg: Leg) -> dict[str, Any]:
        since = leg.dialled_at if leg.answered_at is None else leg.answered_at
        until = self.now() if leg.ended_at is None else leg.ended_at
        actions = []
        if not self.ended and leg.state == "ringing":
            actions = ["answer", "decline"]
        elif not self.ended and leg.state == "talking":
            actions = ["hangup"]
            if not leg.contact and self.state == "talking":
                actions.insert(0, "transfer")
        return {
            "leg_id": leg.leg_id,
            "role": "contact" if leg.contact else "operator",
            "employee_id": leg.operator.employee_id if leg.operator else None,
            "name": leg.operator.full_name
            if leg.operator and not leg.contact
            else None,
            "state": leg.state,
            "answered": leg.answered_at is not None,
            "seconds": round(until - since),
            "actions": actions,
        }

    # How the phones behave

    def _start(self) -> None:
        operators = list(self._parameters.operators)
        if self.kind == "live-softphone":
            self.session = pick_up(self._parameters)
            self._dial(operators[0], contact=True)
        elif self.kind == "live-click-to-call":
            self.session = request(self._parameters)
            contact_first = self._parameters.first_call == "contact"
            self._dial(None if contact_first else operators[0], contact_first)
        else:
            at_once = self.kind == "live-group"
            self.session, _caller = open_line(self._parameters, at_once=at_once)
            if self.kind == "live-menu":
                self.session.operation = MENU
            elif at_once:
                for operator in operators:
                    self._dial(operator)
            else:
                self._queue = operators[1:]
                self._dial(operators[0])

    def _dial_second(self) -> None:
        """The first party of a click-to-call has picked up: ring the other one."""
        if self.session.contact_leg is None:
            self._dial(None, contact=True)
        else:
            self._dial(self._parameters.operator(0))

    def _dial(self, operator: Operator | None, contact: bool = False) -> Leg:
        leg = self.session.dial(
            self._tick(), operator, contact=contact, is_operator=not contact
        )
        if self._ring_seconds:
            timer = threading.Timer(self._ring_seconds, self._nobody_came, [leg])
            timer.daemon = True
            self._timers.append(timer)
            timer.start()
        return leg

    def _nobody_came(self, leg: Leg) -> None:
        with self._lock:
            if not self.ended and leg.state == "ringing":
                self._leave(leg)
                self._flush()

    def _leave(self, leg: Leg) -> None:
        """One party goes. The call goes on while another operator talks, rings, or is
        next in turn.
        """
        if leg.contact:
            self._finish()
            return
        was_talking = leg.state == "talking"
        self._gone(leg)
        self._end_leg(leg)
        if (
            self.session.contact_leg is None
            or self.session.contact_leg.answered_at is None
        ):
            self._finish()
        elif not any(
            other.state != "ended" for other in self.session.legs if not other.contact
        ):
            if self._queue and not was_talking:
                self._dial(self._queue.pop(0))
            else:
                self._finish()

    def _finish(self) -> None:
        """All phones go down: those that ring, the talkers, then the session itself."""
        for leg in sorted(
            self.session.legs,
            key=lambda leg: (leg.state != "ringing", not leg.contact, leg.leg_id),
        ):
            if leg.state != "ended":
                self._end_leg(leg)
        at = self._tick()
        self.session.end(at)
        self.session.record(at + self._parameters.recording_delay)
        self.ended = True
        for timer in self._timers:
            timer.cancel()

    def _end_leg(self, leg: Leg) -> None:
        if leg.announced or self._parameters.caller_endleg:
            # The contact's leg of a softphone call ends without naming the operator who
            # was named when it rang.
            self.session.end_leg(self._tick(), leg, name=not leg.contact)
        else:
            leg.ended_at = self._tick()

    def _legs(self, state: str) -> list[Leg]:
        return [leg for leg in self.session.legs if leg.state == state]

    def _pick(self, state: str, leg_id: int | None, employee_id: int | None) -> Leg:
        self._require_running()
        for leg in self.session.legs:
            if leg.state == "ended" or (state and leg.state != state):
                continue
            employee = (
                leg.operator.employee_id if leg.operator and not leg.contact else None
            )
            if (leg_id is None or leg.leg_id == leg_id) and (
                employee_id is None or employee == employee_id
            ):
                return leg
        raise Impossible(
            f"no such party {'is ringing' if state == 'ringing' else 'is in the call'}"
        )

    def _require_running(self) -> None:
        if self.ended:
            raise Impossible("the call is over")

    def _require_free(self, employee_id: int) -> None:
        for leg in self.session.legs:
            if (
                leg.state != "ended"
                and not leg.contact
                and leg.operator
                and leg.operator.employee_id == employee_id
            ):
                raise Impossible("that operator is in the call already")

    def now(self) -> float:
        """Seconds since the call began."""
        return max(time.monotonic() - self._began, self._last)

    def _tick(self) -> float:
        """The present moment, later than any before: two events never share one."""
        self._last = max(self.now(), self._last + 0.02)
        return self._last

    def _flush(self) -> None:
        new = self.session.steps[self._told :]
        self._told = len(self.session.steps)
        self._emit(new)
