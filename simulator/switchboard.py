# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Places calls and keeps them: what the page and the command line talk to."""

from __future__ import annotations

import math
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from .account import Account
from .call_control import Impossible
from .ids import IdSource
from .live import LiveCall
from .log import Log
from .order import Order
from .parameters import Parameters
from .player import Player
from .recordings import Shelf
from .scenarios import SCENARIOS
from .session import Session, Step
from .settings import Settings

KEPT_CALLS = 200


class Call:
    """One placed call: its order, its outbox and, if played by hand, its state."""

    def __init__(
        self, order: Order, session_id: int, player: Player, began: datetime
    ) -> None:
        self.order = order
        self.session_id = session_id
        self.player = player
        self.began = began
        self.start = began
        self.pace = 1.0
        """How long one of the call's seconds is, as the notifications tell it."""
        self.total = 0
        self.session: Session
        self.live: LiveCall | None = None
        self.stopped = False

    def hand(self) -> LiveCall:
        """The state to act on; Impossible when the call plays by itself."""
        if self.live is None:
            raise Impossible("this call plays by itself")
        return self.live

    def stop(self) -> None:
        """Send nothing more, as if the PBX had gone down."""
        self.stopped = True
        self.player.stop()
        if self.live is not None:
            self.live.stop()

    @property
    def now(self) -> float:
        """How far the call has come, in its own seconds; endless once it is over."""
        if self.live is not None:
            return math.inf if self.live.ended else self.live.now()
        if self.player.done or not self.order.speed:
            return math.inf
        gone = datetime.now(timezone.utc) - self.began
        return gone.total_seconds() * self.order.speed

    @property
    def running(self) -> bool:
        ended_at = self.session.ended_at
        return ended_at is None or ended_at > self.now

    @property
    def recordings_until(self) -> float:
        """The same for recordings, which come after the end of a call."""
        return self.live.now() if self.live is not None else self.now

    def moment(self, at: float) -> datetime:
        """A time of the call by the clock."""
        return self.start + timedelta(seconds=at * self.pace)

    def view(self) -> dict[str, Any]:
        order = self.order
        state = (
            self.live.view()
            if self.live
            else {
                "state": "ended" if self.player.done else "playing",
                "phase": None,
                "legs": [],
            }
        )
        return {
            "session_id": self.session_id,
            "scenario": order.scenario,
            "live": order.live,
            "caller": order.contact.number,
            "caller_name": order.contact.full_name,
            "virtual_number": order.virtual_number,
            "operators": [
                operator.full_name or operator.employee_id
                for operator in order.operators
            ],
            "began": self.began.isoformat(timespec="milliseconds"),
            "seconds": round((datetime.now(timezone.utc) - self.began).total_seconds()),
            "sent": self.player.sent,
            "total": self.total,
            "done": self.player.done,
            "stopped": self.stopped,
            **state,
        }


class Switchboard:
    """The account: settings, ids, calls and the log of what was sent."""

    def __init__(
        self, settings: Settings | None = None, *, seed: int | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.settings.check()
        self.log = Log()
        self.shelf = Shelf()
        self.account = Account()
        # Employee id → status id; who is not in it is available.
        self.statuses: dict[int, int] = {}
        self._ids = IdSource(seed)
        self._seed = seed
        self._calls: OrderedDict[int, Call] = OrderedDict()
        self._lock = threading.Lock()
        self._busy_until = datetime.min.replace(tzinfo=timezone.utc)

    def change(self, data: Mapping[str, Any]) -> Settings:
        """New settings, for running calls too."""
        with self._lock:
            self.settings = self.settings.changed(data)
            return self.settings

    def take_fault(self, method: str) -> str:
        """What goes wrong with this request; each counts only once."""
        with self._lock:
            now = self.settings
            if now.api_fault_method not in ("", method):
                return "ok"
            if now.api_fault != "ok" and now.api_fault_count:
                left = now.api_fault_count - 1
                self.settings = replace(
                    now,
                    api_fault_count=left,
                    api_fault=now.api_fault if left else "ok",
                )
            return now.api_fault

    def place(self, order: Order, *, held: bool = False) -> Call:
        """Start a call; its notifications go out in the background, or once they are
        released.
        """
        session_id, first_leg_id = self._ids.next_call()
        parameters = order.parameters(session_id, first_leg_id, self.settings)
        player = Player(lambda: self.settings, self.log, order.disturbance, held=held)
        call = Call(order, session_id, player, datetime.now(timezone.utc))
        rng = random.Random(session_id if self._seed is not None else None)
        if order.live:
            self._place_live(call, order, parameters, rng)
        else:
            call.session = SCENARIOS[order.scenario].play(parameters)
            self._play(call, order, rng)
        with self._lock:
            self._calls[session_id] = call
            while len(self._calls) > KEPT_CALLS:
                self._calls.popitem(last=False)
        return call

    def call(self, session_id: int) -> Call:
        """KeyError for a call that is not known (any more)."""
        return self._calls[session_id]

    def calls(self) -> list[Call]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._calls.values()))

    def stop(self) -> None:
        for call in self.calls():
            call.stop()

    def _place_live(
        self, call: Call, order: Order, parameters: Parameters, rng: random.Random
    ) -> None:
        call.start = call.began.astimezone(ZoneInfo(self.settings.tz))
        began_at = time.monotonic()

        def emit(steps: list[Step]) -> None:
            for step in steps:
                moment = call.moment(step.at)
                for at, sent in order.disturbance.arrange_live(step, rng):
                    call.total += 1
                    self._put(call, began_at + at, sent, moment)
            # What follows the end (recordings) is handed over together with it.
            if any(step.event == "end" for step in steps):
                call.player.close()

        ring_seconds = order.seconds.get("ring_seconds", self.settings.ring_seconds)
        call.live = LiveCall(order.scenario, parameters, ring_seconds, emit)
        call.session = call.live.session

    def _play(self, call: Call, order: Order, rng: random.Random) -> None:
        steps = call.session.steps
        length = max((step.at for step in steps), default=0)
        call.start, call.pace = self._clock(order, length)
        now = time.monotonic()
        plan = order.disturbance.arrange(steps, rng)
        call.total = len(plan)
        for index, (at, step) in enumerate(plan):
            # At speed 0 the position in the plan is all that remains of the time
            # between two notifications.
            when = now + (at / order.speed if order.speed else index * 1e-6)
            self._put(call, when, step, call.moment(step.at))
        call.player.close()

    def _put(self, call: Call, when: float, step: Step, moment: datetime) -> None:
        if step.event == "recording":
            self.shelf.announce(call.session_id, when)
        call.player.put(when, step, moment)

    def _clock(self, order: Order, length: float) -> tuple[datetime, float]:
        """When the call claims to have begun, and how long one of its seconds is.

        A time asked for is kept to the second. Otherwise a call played in (scaled) time
        happens now, and one played at once has just ended; it never overlaps the one
        before.
        """
        zone = ZoneInfo(self.settings.tz)
        if order.start_time is not None:
            start = order.start_time
            return (
                start.replace(tzinfo=zone)
                if start.tzinfo is None
                else start.astimezone(zone)
            ), 1
        now = datetime.now(zone)
        if order.speed:
            return now, 1 / order.speed
        with self._lock:
            start = max(
                now - timedelta(seconds=length), self._busy_until.astimezone(zone)
            )
            self._busy_until = start + timedelta(seconds=length + 1)
        return start, 1
