# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The request points of an account: so many per minute and per day.

Their number depends on the plan and is not published. Each answer of the APIs states
what is left, in ``metadata.limits``.
"""

from dataclasses import dataclass, fields

from .values import number

_MINUTE, _DAY = 60, 24 * 3600


@dataclass(frozen=True)
class PointLimits:
    """Request points; ``…_reset``: seconds until the points are available again."""

    day_limit: int | None = None
    day_remaining: int | None = None
    day_reset: int | None = None
    minute_limit: int | None = None
    minute_remaining: int | None = None
    minute_reset: int | None = None

    @classmethod
    def of(cls, metadata) -> "PointLimits | None":
        """Read ``limits`` of an answer's metadata; None if there is nothing in it."""
        data = metadata.get("limits") if isinstance(metadata, dict) else None
        if not isinstance(data, dict):
            return None
        limits = cls(**{field.name: number(data, field.name) for field in fields(cls)})
        return limits if limits != cls() else None

    @property
    def used_up(self) -> str | None:
        """The limit that is reached: ``day``, ``minute`` or None."""
        if self.day_remaining is not None and self.day_remaining <= 0:
            return "day"
        if self.minute_remaining is not None and self.minute_remaining <= 0:
            return "minute"
        return None

    @property
    def wait(self) -> int:
        """Seconds until points are available, at most a day or a minute; 0: now."""
        if self.used_up == "day":
            return _bounded(self.day_reset, _DAY)
        if self.used_up == "minute":
            return _bounded(self.minute_reset, _MINUTE)
        return 0


def _bounded(reset: int | None, span: int) -> int:
    return span if reset is None else min(max(reset, 0), span)
