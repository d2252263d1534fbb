# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong between the PBX and the receiver, as options of a call."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from .session import Step
from .settings import Invalid
from .templates import EVENTS, Values, render

BODIES: dict[str, str] = {
    "ok": "as CallGear sends it",
    "quotes": 'the admin put quotes around the placeholders: ""in""',
    "placeholder": "placeholders without a value stay: {{leg_id}}",
    "form": "the whole body became one form key",
}
REPEAT_AFTER = 0.4
LIVE_JITTER = 4.0


@dataclass(frozen=True)
class Disturbance:
    """All off: an orderly delivery."""

    shuffle: bool = False
    duplicate: bool = False
    parallel: bool = False
    """Do not wait for one answer before the next notification."""
    drop: tuple[str, ...] = ()
    body: str = "ok"
    strings: bool = False
    empty_texts: bool = False
    whole_seconds: bool = False
    text_plain: bool = False
    """JSON that is announced as text/plain."""
    delay: float = 0

    @classmethod
    def from_json(cls, data: Any) -> Disturbance:
        """Check what a page or a test asked for."""
        if not isinstance(data, Mapping):
            raise Invalid("disturbance: an object is needed")
        known = asdict(cls())
        for name, value in data.items():
            if name not in known:
                raise Invalid(f"disturbance.{name}: no such option")
            if isinstance(known[name], bool) and not isinstance(value, bool):
                raise Invalid(f"disturbance.{name}: true or false is needed")
        drop, body, delay = (
            data.get("drop") or [],
            data.get("body", "ok"),
            data.get("delay", 0),
        )
        if not isinstance(drop, (list, tuple)) or any(
            event not in EVENTS for event in drop
        ):
            raise Invalid(f"disturbance.drop: a list of {', '.join(EVENTS)}")
        if body not in BODIES:
            raise Invalid(f"disturbance.body: one of {', '.join(BODIES)}")
        if (
            isinstance(delay, bool)
            or not isinstance(delay, (int, float))
            or not 0 <= delay <= 3600
        ):
            raise Invalid("disturbance.delay: a number from 0 to 3600 is needed")
        return cls(**{**data, "drop": tuple(drop), "body": body, "delay": float(delay)})

    def arrange(
        self, steps: Iterable[Step], rng: random.Random
    ) -> list[tuple[float, Step]]:
        """When each notification of a finished call is sent: its own time stays what it
        was.
        """
        kept = [step for step in steps if step.event not in self.drop]
        times = [step.at + self.delay for step in kept]
        if self.shuffle:
            rng.shuffle(kept)
        return self._repeat(list(zip(times, kept, strict=True)))

    def arrange_live(self, step: Step, rng: random.Random) -> list[tuple[float, Step]]:
        """The same for a call that still goes on: disorder comes from uneven delays."""
        if step.event in self.drop:
            return []
        jitter = rng.uniform(0, LIVE_JITTER) if self.shuffle else 0
        return self._repeat([(step.at + self.delay + jitter, step)])

    def _repeat(self, plan: list[tuple[float, Step]]) -> list[tuple[float, Step]]:
        if self.duplicate:
            plan += [(at + REPEAT_AFTER, step) for at, step in plan]
        return sorted(plan, key=lambda item: item[0])

    def body_of(self, event: str, values: Values, moment: datetime) -> tuple[str, str]:
        """The text to POST, and its content type."""
        stamp = moment.strftime("%Y-%m-%d %H:%M:%S")
        if not self.whole_seconds:
            stamp += f".{moment.microsecond // 1000:03d}"
        text = render(
            event,
            {**values, "notification_time": stamp},
            quoted=self.body == "quotes",
            keep_unknown=self.body == "placeholder",
            strings=self.strings,
            empty_texts=self.empty_texts,
        )
        if self.body == "form":
            return quote_plus(text) + "=", "application/x-www-form-urlencoded"
        return text, "text/plain" if self.text_plain else "application/json"
