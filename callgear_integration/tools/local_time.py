# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the clocks of a time zone show, and when that is."""

from datetime import datetime, tzinfo

import pytz


def instants(zone: tzinfo, local: datetime) -> tuple[datetime, ...]:
    """Return the times (naive UTC) at which the clocks of a zone show a time, sorted.

    There are two of a time that clocks show twice, as when summer time ends. Of one that
    they skip, there are the two that it may stand for: by the clock that was not set
    forward yet, and by one that was set too early.

    :param zone: as ``pytz`` makes it
    :param local: naive; one with a difference from UTC stands for itself
    """
    if local.tzinfo:
        return (local.astimezone(pytz.utc).replace(tzinfo=None),)
    found = {zone.localize(local, is_dst=is_dst) for is_dst in (True, False)}
    return tuple(
        sorted({time.astimezone(pytz.utc).replace(tzinfo=None) for time in found})
    )
