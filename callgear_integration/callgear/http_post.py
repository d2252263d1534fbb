# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""POST a JSON text to one of CallGear's APIs.

Failures are returned, not raised: the text contains the API key, and the frames of a
traceback would hold it.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import requests

from .errors import (
    ApiError,
    BadAddress,
    BadAnswer,
    HostUnknown,
    NoAnswer,
    NotPublic,
    NotSecure,
    NotTrusted,
    Redirected,
    TooLarge,
    Unreachable,
)
from .secret import Secret
from .transport import HttpResponse, Stage, Timeouts, TransportError, send

_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_MAX_URL = 2048
_HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "Accept": "application/json",
}


@dataclass(frozen=True)
class Target:
    """A checked address to post to: ``url`` without query, ``netloc`` to show to people.

    ``is_private``: the host may have a private address, and be asked without TLS.
    """

    url: str
    host: str
    netloc: str
    is_private: bool = False

    @classmethod
    def of(cls, url: str, private_hosts: Container[str] = frozenset()) -> "Target":
        """Check an address.

        :param private_hosts: "host:port" of hosts that may have a private address
        :raises BadAddress: it is not an https address, or contains a user name
        """
        try:
            parts = urlsplit((url or "").strip())
            host = (parts.hostname or "").rstrip(".")
            valid = (
                parts.scheme in ("http", "https")
                and parts.port != 0
                and _HOST.fullmatch(host)
                and "@" not in parts.netloc
                and len(url) <= _MAX_URL
            )
            path = quote(parts.path or "/", "/%:@!$&'()*+,;=~")
            whole = f"{parts.scheme}://{parts.netloc}{path}"
            requests.Request("POST", whole).prepare()
        except (ValueError, AttributeError):
            valid = False
        if not valid:
            raise BadAddress("the address of the API is not valid")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        is_private = f"{host.lower()}:{port}" in private_hosts
        if parts.scheme != "https" and not is_private:
            raise NotSecure("the address of the API is not an https address")
        return cls(whole, host, parts.netloc, is_private)


@dataclass(frozen=True)
class HttpAnswer:
    """A complete HTTP answer."""

    status: int
    content: bytes


def post(
    target: Target, text: Secret, timeouts: Timeouts, deadline: float, max_bytes: int
) -> HttpAnswer | ApiError:
    """Send a JSON text and return the answer, whatever its status.

    :param text: the bytes to send
    :param deadline: when to give up, as ``time.monotonic`` counts
    :param max_bytes: largest answer to accept
    :return: the answer, or the error that prevented one
    """
    try:
        with send(
            "POST",
            target.url,
            _HEADERS,
            timeouts,
            deadline,
            body=text.reveal(),
            public_only=not target.is_private,
        ) as response:
            return _read(response, max_bytes)
    except TransportError as error:
        return _api_error(error, target.host, max_bytes)
    except BaseException as error:
        # Raised when the worker is stopped; the traceback's frames would hold the key.
        error.__context__ = None
        raise error.with_traceback(None) from None


def _read(response: HttpResponse, max_bytes: int) -> HttpAnswer | ApiError:
    if 300 <= response.status < 400:
        return Redirected("the server answered with a redirect")
    content = b"".join(response.pieces(max_bytes))
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return BadAnswer("the answer is compressed, which was not asked for")
    return HttpAnswer(response.status, content)


def _api_error(error: TransportError, host: str, max_bytes: int) -> ApiError:
    params = {"host": host}
    if error.stage is Stage.SIZE:
        return TooLarge(f"the answer is larger than {max_bytes} bytes")
    if error.stage is Stage.ANSWER and error.timed_out:
        return NoAnswer("no answer in time")
    if error.stage is Stage.ANSWER:
        return NoAnswer(f"the connection broke off ({error.reason})")
    if error.stage is Stage.ADDRESS:
        return NotPublic("the host has a private address", params=params)
    if error.stage is Stage.NAME:
        return HostUnknown("the name of the host is not known", params=params)
    if error.stage is Stage.TLS:
        return NotTrusted(f"no secure connection ({error.reason})", params=params)
    return Unreachable(f"no connection ({error.reason})", params=params)
