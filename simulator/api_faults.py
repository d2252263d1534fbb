# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong between a client and the APIs. The name of an error counts too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from werkzeug.wrappers import Response

from .json_rpc import ERRORS

FAULTS: dict[str, str] = {
    "ok": "answers as it should",
    "drop_before": "closes the connection, nothing is done",
    "drop_after": "does what was asked, then closes the connection",
    "truncated": "does what was asked, half of the answer arrives",
    "http_500": "500, nothing is done",
    "html": "200 with a web page, nothing is done",
    "empty": "does what was asked, answers nothing",
    "wrong_id": "does what was asked, answers with another id",
}
NAMES: tuple[str, ...] = (*FAULTS, *ERRORS)
WEB_PAGE = "<!doctype html><title>Please wait</title><h1>Checking your browser</h1>"
_BEFORE = {"drop_before", "http_500", "html"}


def instead(fault: str) -> Response | None:
    """The answer of a fault that strikes before anything is done; None for others."""
    if fault not in _BEFORE:
        return None
    if fault == "drop_before":
        drop()
    if fault == "http_500":
        return Response("internal error", 500, content_type="text/plain")
    return Response(WEB_PAGE, content_type="text/html; charset=utf-8")


def spoil(fault: str, answer: dict[str, Any], status: int) -> Response:
    """The answer as it arrives."""
    if fault == "wrong_id":
        answer = {**answer, "id": f"not-{answer['id']}"}
    body = json.dumps(answer).encode()
    response = Response(
        b"" if fault == "empty" else body,
        status,
        content_type="application/json; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
    if fault == "truncated":
        response.response = _half(body)
        response.headers["Content-Length"] = str(len(body))
    return response


def drop() -> NoReturn:
    """The server takes this for a client that is gone, and closes without an answer."""
    raise ConnectionAbortedError("by wish")


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    drop()
