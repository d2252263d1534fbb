# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""POST a JSON text: no proxy, no redirect, one deadline for all of it, bounded size.

A connection serves one request only. A kept one may have been closed by the other side,
which shows when the request is gone: too late to tell whether it has been acted on.

Failures are returned, not raised: so the traceback of an error has no frame that has
seen the text, which holds a key.
"""

import http.client
import re
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from .errors import (
    ApiError,
    BadAddress,
    BadAnswer,
    HostUnknown,
    NoAnswer,
    NotTrusted,
    Redirected,
    TooLarge,
    Unreachable,
)
from .secret import Secret
from .timed_socket import TimedSource, open_socket

_CHUNK = 64 * 1024
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_MAX_ADDRESSES = 4
_MAX_URL = 2048


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, of silence, and for all of a request with its repeats."""

    connect: float = 5
    read: float = 15
    total: float = 30


@dataclass(frozen=True)
class Target:
    """An address to post to, taken apart and checked."""

    tls: bool
    host: str
    port: int
    netloc: str
    path: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """
        :raises BadAddress: no http(s) address, or one with a user name in it
        """
        try:
            parts = urlsplit((url or "").strip())
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except (ValueError, AttributeError):
            parts, host, port = None, "", None
        if (
            not parts
            or parts.scheme not in ("http", "https")
            or not _HOST.fullmatch(host)
            or "@" in parts.netloc
            or len(url) > _MAX_URL
        ):
            raise BadAddress("the address of the API is not valid")
        tls = parts.scheme == "https"
        path = quote(parts.path or "/", "/%:@!$&'()*+,;=~")
        return cls(tls, host, port or (443 if tls else 80), parts.netloc, path)


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes


def post(
    target: Target, text: Secret, timeouts: Timeouts, deadline: float, max_bytes: int
) -> Answer | ApiError:
    """Send a JSON text and return what was answered, whatever the status.

    :param text: the bytes to send
    :param deadline: until when, by ``time.monotonic``
    :return: or why there is no answer
    """
    answer = _connect(target, timeouts, deadline)
    if isinstance(answer, socket.socket):
        with answer as sock:
            return _exchange(sock, target, text, timeouts, deadline, max_bytes)
    return answer


def _connect(
    target: Target, timeouts: Timeouts, deadline: float
) -> socket.socket | ApiError:
    host = {"host": target.host}
    try:
        infos = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return HostUnknown("the name of the host is not known", params=host)
    failure = Unreachable("no time is left", params=host)
    for info in infos[:_MAX_ADDRESSES]:
        seconds = min(timeouts.connect, deadline - time.monotonic())
        if seconds <= 0:
            break
        tls = target.host if target.tls else None
        try:
            return open_socket(info[4][0], target.port, tls, seconds)
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or type(error).__name__
            return NotTrusted(f"no secure connection ({reason})", params=host)
        except OSError as error:
            reason = f"no connection ({type(error).__name__})"
            failure = Unreachable(reason, params=host)
    return failure


def _exchange(
    sock: socket.socket,
    target: Target,
    text: Secret,
    timeouts: Timeouts,
    deadline: float,
    max_bytes: int,
) -> Answer | ApiError:
    try:
        sock.settimeout(max(0.01, min(timeouts.read, deadline - time.monotonic())))
        sock.sendall(_head(target, len(text.reveal())) + text.reveal())
        source = TimedSource(sock, deadline, timeouts.read)
        with http.client.HTTPResponse(source, method="POST") as response:
            response.begin()
            if 300 <= response.status < 400:
                return Redirected("the server answered with a redirect")
            return _read(response, max_bytes)
    except TimeoutError:
        return NoAnswer("no answer in time")
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: http.client takes numbers in headers at their word.
        return NoAnswer(f"the connection broke off ({type(error).__name__})")


def _head(target: Target, length: int) -> bytes:
    lines = (
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.netloc}",
        "Content-Type: application/json; charset=UTF-8",
        f"Content-Length: {length}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "User-Agent: Odoo",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii", "replace")


def _read(response: http.client.HTTPResponse, max_bytes: int) -> Answer | ApiError:
    announced = response.length or 0
    content = bytearray()
    while announced <= max_bytes and (chunk := response.read1(_CHUNK)):
        content += chunk
        if len(content) > max_bytes:
            break
    if max(announced, len(content)) > max_bytes:
        return TooLarge(f"the answer is larger than {max_bytes} bytes")
    if len(content) < announced:
        return NoAnswer("the connection broke off")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return BadAnswer("the answer is compressed, which was not asked for")
    return Answer(response.status, bytes(content))
