# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Points in time and the seconds between them. All times are naive UTC."""

from datetime import datetime, timezone


def precise_now() -> datetime:
    """Return the present time with microseconds: the order within a second matters."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 with ``Z``, as the web client expects it; or None."""
    return moment.isoformat() + "Z" if moment else None


def isos(**moments: datetime | None) -> dict[str, str | None]:
    """Return the same for several times, by name."""
    return {name: iso(moment) for name, moment in moments.items()}


def seconds_between(start: datetime | None, end: datetime | None) -> int:
    """Return whole seconds from start to end, at least 0; 0 if one is unknown."""
    if not start or not end:
        return 0
    return max(0, int((end - start).total_seconds()))
