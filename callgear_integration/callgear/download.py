# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fetch an audio file from an address that came from outside.

Only named hosts, only public addresses, over TLS; each redirect is checked anew, and
the connection goes to the very address that was checked, so that a name which changes
its mind in between (DNS rebinding) gains nothing. Size, type and time are bounded.
"""

import http.client
import ipaddress
import re
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from .timed_socket import TimedSource, open_socket

_CHUNK = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_REDIRECTS = 4
_HOST = re.compile(r"[a-z0-9._:-]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SIGNATURES = (
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)


class DownloadError(Exception):
    """The file could not be fetched; ``retry``: a later try may do better."""

    retry = True


class NotAllowed(DownloadError):
    """The address is none that we ask; asking again will not change that."""

    retry = False


class NotUsable(DownloadError):
    """What came is too large, so it will be the next time."""

    retry = False


@dataclass(frozen=True)
class Limits:
    """Where from, how much (bytes) and how long (seconds)."""

    hosts: frozenset[str]
    private_hosts: frozenset[str] = field(default_factory=frozenset)  # "host:port"
    max_bytes: int = 100 * 1024 * 1024
    max_seconds: float = 120
    connect_seconds: float = 10


@dataclass(frozen=True)
class Audio:
    content: bytes
    mimetype: str


def fetch_audio(url: str, limits: Limits) -> Audio:
    """Download an audio file.

    :raises DownloadError: in words fit for the admin, without the address
    """
    deadline = time.monotonic() + limits.max_seconds
    try:
        for _hop in range(_MAX_REDIRECTS + 1):
            with _open(url, limits, deadline) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    return _audio(response, limits)
                url = _joined(url, location)
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline:
            raise DownloadError("the transfer took too long") from error
        raise DownloadError(
            f"the transfer broke off ({type(error).__name__})"
        ) from error
    raise DownloadError("too many redirects")


def host_allowed(host: str, hosts: frozenset[str]) -> bool:
    """Whether a host, or a domain above it, is on the list."""
    return any(host == known or host.endswith("." + known) for known in hosts if known)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise NotAllowed("the address is not valid") from error


def _open(url: str, limits: Limits, deadline: float) -> http.client.HTTPResponse:
    """Check an address, ask for it, and return the response as far as its headers."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("the address is not valid") from error
    host = (parts.hostname or "").lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise NotAllowed("the address is not valid")
    port = port or (443 if parts.scheme == "https" else 80)
    private = f"{host}:{port}" in limits.private_hosts
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise NotAllowed("only https addresses are fetched")
    if "@" in parts.netloc:
        raise NotAllowed("the address holds a user name")
    if not private and not host_allowed(host, limits.hosts):
        raise NotAllowed(f"the host {host[:100]} is not on the list of the connection")
    if not private and port != 443:
        raise NotAllowed("only the usual port is fetched from")
    tls = host if parts.scheme == "https" else None
    seconds = max(0.1, min(limits.connect_seconds, deadline - time.monotonic()))
    sock = _connect(_resolve(host, port, private), port, tls, seconds)
    try:
        sock.sendall(_request(parts))
        response = http.client.HTTPResponse(TimedSource(sock, deadline), method="GET")
        response.begin()
    except BaseException:
        sock.close()
        raise
    return response


def _connect(address: str, port: int, tls: str | None, seconds: float) -> socket.socket:
    try:
        return open_socket(address, port, tls, seconds)
    except OSError as error:
        raise DownloadError(f"no connection ({type(error).__name__})") from error


def _request(parts: SplitResult) -> bytes:
    path = quote(parts.path or "/", "/%:@!$&'()*+,;=~", errors="replace")
    query = quote(parts.query, "/?%:@!$&'()*+,;=~", errors="replace")
    lines = (
        f"GET {path}{query and '?'}{query} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: audio/*",
        "Accept-Encoding: identity",
        "User-Agent: Odoo",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def _resolve(host: str, port: int, private: bool) -> str:
    """Return an address of the host that may be asked; all of them must be public."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DownloadError("the name of the host is not known") from error
    addresses = [info[4][0] for info in infos]
    if not private and not all(map(_is_public, addresses)):
        raise NotAllowed("the host has a private address")
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%")[0])
    if ip.version == 6:
        # An address of the old kind may stand inside of one of the new.
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if not inner and ip.is_reserved:
            return False
        ip = inner or ip
    return ip.is_global and not ip.is_multicast


def _audio(response: http.client.HTTPResponse, limits: Limits) -> Audio:
    if response.status != 200:
        raise DownloadError(f"the server answered {response.status}")
    content = _read(response, limits)
    return Audio(content, _audio_type(content))


def _read(response: http.client.HTTPResponse, limits: Limits) -> bytes:
    announced = response.length or 0
    if announced > limits.max_bytes:
        raise NotUsable("the file is larger than allowed")
    content = bytearray()
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > limits.max_bytes:
            raise NotUsable("the file is larger than allowed")
    if len(content) < announced:
        raise DownloadError("the transfer broke off")
    return bytes(content)


def _audio_type(content: bytes) -> str:
    """Tell the type by the content: a header can say anything.

    While CallGear still writes the file, a page of text comes instead: try again then.
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    if content[4:8] == b"ftyp":
        return "audio/mp4"
    # MP3 without a tag: eleven set bits, then a version, then layer III. Telephone
    # quality (8 kHz) is version 2.5, which many lists of signatures forget.
    if content[:1] == b"\xff" and content[1:2] and content[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    for signature, mimetype in _SIGNATURES:
        if content.startswith(signature):
            return mimetype
    raise DownloadError("what came is not audio" if content else "the file is empty")
