# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime


def seconds_between(start: datetime | None, end: datetime | None) -> int:
    """Whole seconds from start to end, never negative; 0 if one is unknown."""
    if not start or not end:
        return 0
    return max(0, int((end - start).total_seconds()))
