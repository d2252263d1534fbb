# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Names of recordings. A name says which clip is served and how long it is, so links
outlive a restart.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

CLIPS: tuple[str, ...] = ("delivery_en", "order_ru", "voicemail_en")


class Recording(NamedTuple):
    """What a recording's name stands for."""

    clip: str
    seconds: int


def record_id(session_id: int, leg_id: int, clip: str, seconds: int) -> str:
    """32 hexadecimal digits, as in CallGear's links: a hash, then clip and length."""
    digest = hashlib.sha256(f"{session_id}/{leg_id}".encode()).hexdigest()
    return f"{digest[:24]}{CLIPS.index(clip):02x}{seconds:06x}"


def parse_record_id(text: str) -> Recording | None:
    """The reverse of `record_id`; None for anything else."""
    try:
        clip, seconds = int(text[24:26], 16), int(text[26:], 16)
    except ValueError:
        return None
    if len(text) != 32 or clip >= len(CLIPS):
        return None
    return Recording(CLIPS[clip], seconds)


def clip_for(number: str) -> str:
    """The clip that suits a caller: a Russian number is heard speaking Russian."""
    return "order_ru" if number.startswith("7") and len(number) == 11 else "delivery_en"
