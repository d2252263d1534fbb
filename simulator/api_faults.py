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
    "damaged": "of a list, every second row is none, the first included",
    "unreadable": "of a list, no row is one",
}
NAMES: tuple[str, ...] = (*FAULTS, *ERRORS)
WEB_PAGE = "<!doctype html><title>Please wait</title><h1>Checking your browser</h1>"
_NO_ROWS = (None, 5, "x", {"id": []}, [])
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
    if fault in ("damaged", "unreadable"):
        answer = _damaged(answer, each=2 if fault == "damaged" else 1)
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


def _damaged(answer: dict[str, Any], each: int) -> dict[str, Any]:
    result = answer.get("result")
    if not isinstance(result, dict) or not isinstance(result.get("data"), list):
        return answer
    rows = [
        row if number % each else _NO_ROWS[number % len(_NO_ROWS)]
        for number, row in enumerate(result["data"])
    ]
    return {**answer, "result": {**result, "data": rows}}


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    drop()
