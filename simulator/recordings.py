# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recordings: audio as long as the talk, over HTTP with ranges, and the ways in
which that can fail.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from werkzeug.wrappers import Request, Response

from .records import Recording, parse_record_id
from .settings import Settings

AUDIO = Path(__file__).parent / "audio"
FRAME_BYTES = 108  # 24 kbit/s at 16 kHz: see audio/README.md
FRAME_SECONDS = 0.036
LONGEST = 3600
HUGE = 300 * 1024 * 1024
LOGIN_PAGE = "<!doctype html><title>CallGear</title><form><input name=login></form>"


@functools.lru_cache(maxsize=8)
def audio(recording: Recording) -> bytes:
    """The clip, repeated and cut to the wanted length."""
    clip = (AUDIO / f"{recording.clip}.mp3").read_bytes()
    size = FRAME_BYTES * math.ceil(min(recording.seconds, LONGEST) / FRAME_SECONDS)
    return (clip * (size // len(clip) + 1))[:size]


class Shelf:
    """Knows since when the recordings of a call exist. Those of an unknown call (an
    earlier run) always do.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._lock = threading.Lock()

    def announce(self, session_id: int, when: float) -> None:
        """The first recording of the call is told of at `when` (monotonic clock)."""
        with self._lock:
            self._since.setdefault(session_id, when)

    def age(self, session_id: int) -> float:
        with self._lock:
            since = self._since.get(session_id)
        return math.inf if since is None else time.monotonic() - since


def answer(
    request: Request, settings: Settings, shelf: Shelf, session_id: int, record_id: str
) -> Response:
    """What a request for a recording gets."""
    recording = parse_record_id(record_id)
    too_early = shelf.age(session_id) < settings.recording_ready_after
    mode = settings.recording_mode
    if recording is None or too_early or mode == "missing":
        return Response("not found", 404)
    if mode == "error":
        return Response("internal error", 500)
    if mode == "html":
        return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")
    if mode == "huge":
        return _stream(_zeros(), HUGE)
    if mode == "redirect" and not request.path.startswith("/system/media/file/"):
        return Response(
            status=302,
            headers={"Location": f"/system/media/file/{session_id}/{record_id}/"},
        )
    data = audio(recording)
    if mode == "slow":
        return _stream(_trickle(data), len(data))
    response = Response(data, content_type="audio/mpeg")
    response.headers["Content-Disposition"] = f'inline; filename="{session_id}.mp3"'
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "no-store"
    return response.make_conditional(
        request, accept_ranges=True, complete_length=len(data)
    )


def _stream(chunks: Iterator[bytes], size: int) -> Response:
    response = Response(chunks, content_type="audio/mpeg", direct_passthrough=True)
    response.headers["Content-Length"] = str(size)
    return response


def _zeros() -> Iterator[bytes]:
    chunk = bytes(64 * 1024)
    for _ in range(HUGE // len(chunk)):
        yield chunk


def _trickle(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 1024):
        yield data[start : start + 1024]
        time.sleep(1)
