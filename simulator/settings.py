# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can be changed while the simulator runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .api_settings import HIGHEST, ApiSettings, Invalid

RECORDING_MODES: dict[str, str] = {
    "ok": "the audio, ranges supported",
    "missing": "404, for ever",
    "error": "500",
    "html": "200 with a log-in page instead of audio",
    "huge": "300 MB that nobody should take in",
    "slow": "the audio, a kilobyte a second",
    "redirect": "302 to the audio on another path",
}
RECORDING_STYLES = ("each", "one")


@dataclass(frozen=True)
class Settings(ApiSettings):
    """Immutable, so that any thread may read it; changing means replacing."""

    webhook_url: str = ""
    """Where notifications go; the event's name is appended to the path."""
    tz: str = "Asia/Dubai"
    """The account's time zone, in which notification_time is written."""
    timeout: float = 10
    ring_seconds: float = 60
    """How long a phone rings in a call played by hand before it gives up."""
    busy_employees: tuple[str, ...] = ()
    """Ids of those whose telephone is in use elsewhere: it is dialled, and gives up."""
    recording_delay: float = 4
    recording_style: str = "each"
    recording_url: str = ""
    """Address before /system/media/…; the simulator's own when empty."""
    recording_mode: str = "ok"
    recording_ready_after: float = 0
    """For so many seconds after its notification a recording answers 404."""
    caller_endleg: bool = False

    def changed(self, data: Mapping[str, Any]) -> Settings:
        """A copy with the given values, each checked."""
        # Types as they are written: a whole number does for a float, not for an int.
        types = {field.name: str(field.type) for field in fields(self)}
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name not in types:
                raise Invalid(f"{name}: no such setting")
            values[name] = _fitting(name, value, types[name])
        new = replace(self, **values)
        new.check()
        return new

    def check(self) -> None:
        """Raise Invalid for what would only fail later, in the middle of a call."""
        self.check_api()
        for name in ("webhook_url", "recording_url"):
            url = getattr(self, name)
            if url and (
                urlsplit(url).scheme not in ("http", "https")
                or not urlsplit(url).hostname
            ):
                raise Invalid(f"{name}: an http(s) address is needed")
        if self.recording_mode not in RECORDING_MODES:
            raise Invalid(f"recording_mode: one of {', '.join(RECORDING_MODES)}")
        if self.recording_style not in RECORDING_STYLES:
            raise Invalid(f"recording_style: one of {', '.join(RECORDING_STYLES)}")
        try:
            ZoneInfo(self.tz)
        except (
            KeyError,
            ValueError,
            OSError,
        ):  # KeyError: unknown name, or no tz database on this machine
            raise Invalid(f"tz: {self.tz!r} is not a known time zone") from None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _fitting(name: str, value: Any, expected: str) -> Any:
    """The value, if it is of the setting's type."""
    if expected in ("float", "int"):
        highest = HIGHEST.get(name, 3600)
        if (
            isinstance(value, bool)
            or not isinstance(value, int if expected == "int" else (int, float))
            or not 0 <= value <= highest
        ):
            kind = "a whole number" if expected == "int" else "a number"
            raise Invalid(f"{name}: {kind} from 0 to {highest} is needed")
    elif expected.startswith("tuple"):
        if not isinstance(value, (list, tuple)) or not all(
            isinstance(item, str) for item in value
        ):
            raise Invalid(f"{name}: a list of texts is needed")
        return tuple(value)
    elif not isinstance(value, bool if expected == "bool" else str):
        raise Invalid(f"{name}: {expected} is needed")
    return value
