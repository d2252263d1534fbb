# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""JSON-RPC 2.0 in CallGear's form, which is the same for both of its APIs.

The API key is a parameter of each request. It is added when the JSON text is built, and
the text is kept in a ``Secret``.

Source: CallGear's documentation of the Call API v4.0 and Data API v2.0.
"""

import json
import math
import time
import uuid
from collections.abc import Container
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from .errors import ApiError, BadAnswer, LimitExceeded, Refused, Unreachable
from .http_post import HttpAnswer, Target, post
from .limits import PointLimits
from .secret import Secret
from .transport import Timeouts

MAX_BYTES = 5 * 1024 * 1024
# Methods that only read may be repeated; a repeated start would make a second call.
_READING = ("get.", "list.")


@dataclass(frozen=True)
class Retries:
    """How often a request is repeated; ``pause``: seconds before, doubled each time."""

    times: int = 2
    pause: float = 0.5


@dataclass(frozen=True)
class Result:
    """``data``: what the method returned, not checked; mostly an object or a list."""

    data: object
    metadata: dict = field(default_factory=dict)


class JsonRpc:
    """One account's access to one API. Not to be shared by threads.

    ``limits``: the account's request points, from the last answer that named them.
    ``deadline``: when all requests have to be done, as ``time.monotonic`` counts.
    ``guard``: context manager around each call, which may refuse it, see ``Guard``.
    """

    def __init__(
        self,
        url: str,
        key: str,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        max_bytes: int = MAX_BYTES,
        private_hosts: Container[str] = frozenset(),
    ):
        """
        :param url: address of the API
        :param key: API key, sent with each request
        :param max_bytes: largest answer to accept
        :param private_hosts: "host:port" of hosts that may have a private address, and be
            asked without TLS
        :raises BadAddress: ``url`` is not an https address
        """
        self._target = Target.of(url, private_hosts)
        self._key = Secret(key or "")
        self._timeouts = timeouts or Timeouts()
        self._retries = retries or Retries()
        self._max_bytes = max_bytes
        self._closed_until = 0.0
        self.limits: PointLimits | None = None
        self.deadline = math.inf
        self.guard: AbstractContextManager = nullcontext()

    def __repr__(self):
        return f"<{type(self).__name__} {self._target.netloc}>"

    def call(self, method: str, params: dict | None = None) -> Result:
        """Call a method; repeat it after a failure where that is safe.

        :param method: CallGear's name of the method, such as ``list.calls``
        :param params: its parameters, without the key
        :raises ApiError: the request failed; ``certain`` is False if it may have had its
            effect all the same
        """
        self._check_limits()
        with self.guard:
            return self._call(method, params)

    def _call(self, method: str, params: dict | None) -> Result:
        deadline = min(time.monotonic() + self._timeouts.total, self.deadline)
        pause = self._retries.pause
        for left in range(self._retries.times, -1, -1):
            outcome = self._once(method, params or {}, deadline)
            if isinstance(outcome, Result):
                return outcome
            wait = max(pause, outcome.wait or 0)
            late = time.monotonic() + wait >= deadline
            if not left or late or not _repeatable(method, outcome):
                break
            time.sleep(wait)
            pause *= 2
        raise outcome

    def _once(self, method: str, params: dict, deadline: float) -> Result | ApiError:
        """Send the request once.

        Errors are returned, because the frames of a traceback would hold the answer.
        """
        request_id = f"odoo-{uuid.uuid4()}"
        text = _request(request_id, method, params, self._key)
        answer = post(self._target, text, self._timeouts, deadline, self._max_bytes)
        if isinstance(answer, ApiError):
            return answer
        envelope = _envelope(answer, request_id)
        if isinstance(envelope, ApiError):
            return envelope
        error = envelope.get("error")
        if error is None:
            result = envelope["result"]
            metadata = result.get("metadata")
            self._take_metadata(metadata)
            metadata = metadata if isinstance(metadata, dict) else {}
            return Result(result.get("data"), metadata)
        self._take_metadata(_error_metadata(envelope, error))
        refusal = Refused.from_error(error, self._key.mask)
        if isinstance(refusal, LimitExceeded) and self.limits:
            refusal.wait = self.limits.wait or None
        return refusal

    def _check_limits(self):
        """Raise ``LimitExceeded`` while the points are used up: CallGear would refuse."""
        wait = self._closed_until - time.monotonic()
        if wait > 0 and self.limits:
            kind = self.limits.used_up
            params = {"limit": kind, "seconds": round(wait) or 1}
            raise LimitExceeded("the limit is used up", params=params, wait=wait)

    def _take_metadata(self, metadata):
        limits = PointLimits.of(metadata)
        if limits:
            self.limits = limits
            self._closed_until = time.monotonic() + limits.wait


def _repeatable(method: str, error: ApiError) -> bool:
    if isinstance(error, Unreachable):
        return error.retry
    return error.retry and method.startswith(_READING)


def _request(request_id: str, method: str, params: dict, key: Secret) -> Secret:
    # First without the key: parameters that are not JSON fail here, and the traceback
    # does not show the key.
    json.dumps(params, allow_nan=False)
    return Secret(
        json.dumps(
            {
                "jsonrpc": "2.0",
                "id": request_id,
                "method": method,
                "params": {**params, "access_token": key.reveal()},
            }
        ).encode()
    )


def _envelope(answer: HttpAnswer, request_id: str) -> dict | BadAnswer:
    """Return the JSON-RPC object of an answer to this request: a result or an error."""
    status = {"status": answer.status}
    try:
        envelope = json.loads(answer.content.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        envelope = None
    if not isinstance(envelope, dict):
        return BadAnswer(
            f"the answer is not JSON (HTTP {answer.status})", params=status
        )
    error, result = envelope.get("error"), envelope.get("result")
    inside = result if error is None else error
    if envelope.get("jsonrpc") != "2.0" or not isinstance(inside, dict):
        message = f"the answer is not of JSON-RPC 2.0 (HTTP {answer.status})"
        return BadAnswer(message, params=status)
    answered = envelope.get("id")
    # The refusal of a request that CallGear cannot parse has no id.
    if answered != request_id and not (error is not None and answered is None):
        return BadAnswer("the answer is to another request", params=status)
    return envelope


def _error_metadata(envelope: dict, error: dict):
    data = error.get("data")
    inside = data.get("metadata") if isinstance(data, dict) else None
    return inside or error.get("metadata") or envelope.get("metadata")
