# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fetch an audio file from an address that came from outside.

Only named hosts, only public addresses, over TLS; each redirect is checked anew, and the
connection goes to the very address that was checked, so that a name which changes its
mind in between (DNS rebinding) gains nothing. Size, type and time are bounded.
"""

import ipaddress
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import urllib3

_CHUNK = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_REDIRECTS = 4
_SIGNATURES = (
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xfa", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)


class DownloadError(Exception):
    """The file could not be fetched; ``retry`` tells whether a later try may do better."""

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

    :raises DownloadError: in words fit for the admin; the address is not repeated in them
    """
    deadline = time.monotonic() + limits.max_seconds
    for _hop in range(_MAX_REDIRECTS + 1):
        response = _open(url, limits, deadline)
        try:
            location = response.headers.get("Location")
            if response.status in _REDIRECTS and location:
                url = urljoin(url, location)
                continue
            if response.status != 200:
                raise DownloadError(f"the server answered {response.status}")
            content = _read(response, limits, deadline)
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(f"the transfer broke off ({type(error).__name__})") from error
        finally:
            response.close()
        return Audio(content, _audio_type(content))
    raise DownloadError("too many redirects")


def host_allowed(host: str, hosts: frozenset[str]) -> bool:
    """Whether a host, or a domain above it, is on the list."""
    return any(host == known or host.endswith("." + known) for known in hosts if known)


def _open(url: str, limits: Limits, deadline: float):
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("the address is not valid") from error
    host = (parts.hostname or "").lower().rstrip(".")
    port = port or (443 if parts.scheme == "https" else 80)
    private = f"{host}:{port}" in limits.private_hosts
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise NotAllowed("only https addresses are fetched")
    if parts.username or parts.password:
        raise NotAllowed("the address holds a user name")
    if not private and not host_allowed(host, limits.hosts):
        raise NotAllowed(f"the host {host[:100]} is not on the list of the connection")
    if not private and port != 443:
        raise NotAllowed("only the usual port is fetched from")
    address = _resolve(host, port, private)
    timeout = urllib3.Timeout(
        connect=limits.connect_seconds, read=min(30, max(1, deadline - time.monotonic()))
    )
    options = {"timeout": timeout, "retries": False, "maxsize": 1}
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, server_hostname=host, assert_hostname=host, **options
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, **options)
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    try:
        return pool.request(
            "GET",
            path,
            headers={"Host": parts.netloc, "Accept": "audio/*", "User-Agent": "Odoo"},
            preload_content=False,
            decode_content=False,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise DownloadError(f"no connection ({type(error).__name__})") from error


def _resolve(host: str, port: int, private: bool) -> str:
    """Return an address of the host that may be asked; all of them must be public."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DownloadError("the name of the host is not known") from error
    addresses = [info[4][0] for info in infos]
    if not private:
        for address in addresses:
            ip = ipaddress.ip_address(address.split("%")[0])
            mapped = getattr(ip, "ipv4_mapped", None)
            if not (mapped or ip).is_global or (mapped or ip).is_multicast:
                raise NotAllowed("the host has a private address")
    return addresses[0]


def _read(response, limits: Limits, deadline: float) -> bytes:
    try:
        announced = int(response.headers.get("Content-Length") or 0)
    except ValueError:
        announced = 0
    if announced > limits.max_bytes:
        raise NotUsable("the file is larger than allowed")
    content = bytearray()
    # read1 returns what has come, so the deadline is looked at however slowly it comes.
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > limits.max_bytes:
            raise NotUsable("the file is larger than allowed")
        if time.monotonic() > deadline:
            raise DownloadError("the transfer took too long")
    if announced and len(content) < announced:
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
    for signature, mimetype in _SIGNATURES:
        if content.startswith(signature):
            return mimetype
    raise DownloadError("what came is not audio" if content else "the file is empty")
