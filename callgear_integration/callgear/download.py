# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Download an audio file from a URL that a notification contained.

The URL is not trusted. Only hosts on a list are asked, over TLS, at public IP addresses.
Each redirect is checked in the same way. The connection goes to the IP address that was
checked, so a DNS answer that changes in between (DNS rebinding) has no effect. Size,
type and time are limited. The file is written to disk piece by piece, so that memory
use stays small.
"""

import re
import time
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import quote, urljoin, urlsplit

from .transport import HttpResponse, Stage, Timeouts, TransportError, send

_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_REDIRECTS = 4
_HOST = re.compile(r"[a-z0-9._:-]+")
_LINE_BREAKS = re.compile(r"[\t\r\n]")
_PORTS = {"http": 80, "https": 443}
_HEAD_BYTES = 12
_SIGNATURES = (
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)


# Statuses by which a server says that it does not have the file.
_ABSENT = (404, 410)


class DownloadError(Exception):
    """The file could not be downloaded; ``retry``: whether a later try may succeed."""

    retry = True


class NotAllowed(DownloadError):
    """The URL is not one that may be asked, so a later try is of no use."""

    retry = False


class NotThere(DownloadError):
    """The server does not have the file, or not yet."""


class NotUsable(DownloadError):
    """The file is too large, so a later try is of no use."""

    retry = False


@dataclass(frozen=True)
class DownloadLimits:
    """What a download may do.

    ``hosts``: host names that may be asked, with their subdomains. ``private_hosts``:
    "host:port" of hosts that may have a private IP address and be asked without TLS.
    """

    hosts: frozenset[str]
    private_hosts: frozenset[str] = field(default_factory=frozenset)
    max_bytes: int = 100 * 1024 * 1024
    max_seconds: float = 120
    connect_seconds: float = 10
    idle_seconds: float = 30


@dataclass(frozen=True)
class Audio:
    """A downloaded file, and its type by its content."""

    file: BinaryIO
    mimetype: str


def fetch_audio(url: str, limits: DownloadLimits, file: BinaryIO) -> Audio:
    """Download an audio file.

    :param url: the address, as the notification has it
    :param file: an empty binary file, which the content is written to
    :return: the same file, and its type
    :raises DownloadError: its message is for the admin and does not contain the URL,
        which is a secret
    """
    deadline = time.monotonic() + limits.max_seconds
    timeouts = Timeouts(limits.connect_seconds, limits.idle_seconds, limits.max_seconds)
    for _hop in range(_MAX_REDIRECTS + 1):
        asked, private = _checked(url, limits)
        try:
            with send(
                "GET",
                asked,
                {"Accept": "audio/*"},
                timeouts,
                deadline,
                public_only=not private,
            ) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    return Audio(file, _write(response, limits, file))
        except TransportError as error:
            raise _download_error(error, deadline) from error
        url = _joined(asked, location)
    raise DownloadError("too many redirects")


def host_of(url: str) -> str:
    """Return the host that an address names, in lower case, or "" if it names none."""
    try:
        return (urlsplit(url or "").hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def host_allowed(host: str, hosts: frozenset[str]) -> bool:
    """Return whether a host, or a domain above it, is on the list.

    :param host: in lower case
    """
    return any(host == known or host.endswith("." + known) for known in hosts if known)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise NotAllowed("the address is not valid") from error


def _checked(url: str, limits: DownloadLimits) -> tuple[str, bool]:
    """Check a URL.

    :return: the URL in the form to request; whether its IP address may be private
    :raises NotAllowed: it may not be requested
    """
    url = _LINE_BREAKS.sub("", url).strip()
    try:
        parts = urlsplit(url, scheme="https")
        port = parts.port
    except ValueError as error:
        raise NotAllowed("the address is not valid") from error
    scheme, host = parts.scheme, (parts.hostname or "").lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise NotAllowed("the address is not valid")
    if scheme not in _PORTS:
        raise NotAllowed("only https addresses are fetched")
    port = port or _PORTS[scheme]
    private = f"{host}:{port}" in limits.private_hosts
    if scheme == "http" and not private:
        # CallGear's hosts answer by TLS: nothing is ever asked for without it.
        scheme, port = "https", 443 if port == 80 else port
    if "@" in parts.netloc:
        raise NotAllowed("the address holds a user name")
    if not private and not host_allowed(host, limits.hosts):
        raise NotAllowed(f"the host {host[:100]} is not on the list of the connection")
    if not private and port != 443:
        raise NotAllowed("only the usual port is fetched from")
    place = f"[{host}]" if ":" in host else host
    if port != _PORTS[scheme]:
        place += f":{port}"
    path = quote(parts.path or "/", "/%:@!$&'()*+,;=~", errors="replace")
    query = quote(parts.query, "/?%:@!$&'()*+,;=~", errors="replace")
    return f"{scheme}://{place}{path}{query and '?'}{query}", private


def _write(response: HttpResponse, limits: DownloadLimits, file: BinaryIO) -> str:
    """Write the body to the file and return its type."""
    if response.status != 200:
        error = NotThere if response.status in _ABSENT else DownloadError
        raise error(f"the server answered {response.status}")
    head = b""
    for piece in response.pieces(limits.max_bytes):
        if len(head) < _HEAD_BYTES:
            head = (head + piece[:_HEAD_BYTES])[:_HEAD_BYTES]
        _to_disk(file.write, piece)
    _to_disk(file.flush)
    return _audio_type(head)


def _to_disk(write, *content):
    try:
        write(*content)
    except OSError as error:
        raise DownloadError(f"no room for the file ({error.strerror})") from error


def _download_error(error: TransportError, deadline: float) -> DownloadError:
    if error.stage is Stage.SIZE:
        return NotUsable("the file is larger than allowed")
    if error.stage is Stage.ADDRESS:
        return NotAllowed("the host has a private address")
    if error.stage is Stage.NAME:
        return DownloadError("the name of the host is not known")
    if time.monotonic() >= deadline:
        return DownloadError("the transfer took too long")
    if error.stage is Stage.ANSWER:
        return DownloadError(f"the transfer broke off ({error.reason})")
    return DownloadError(f"no connection ({error.reason})")


def _audio_type(head: bytes) -> str:
    """Return the type by the first bytes: the Content-Type header may be wrong.

    While CallGear is still writing the file, it answers with a text page: that raises a
    ``DownloadError`` that is worth a later try.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    # MP3 without a tag: eleven set bits, a version, layer III. Telephone quality (8 kHz)
    # is version 2.5, which many lists of signatures lack.
    if head[:1] == b"\xff" and head[1:2] and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    for signature, mimetype in _SIGNATURES:
        if head.startswith(signature):
            return mimetype
    raise DownloadError("what came is not audio" if head else "the file is empty")
