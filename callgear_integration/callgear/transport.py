# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All HTTP requests of the addon are sent here, by ``requests`` and within limits.

``requests`` provides proxies (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``),
certificates and the protocol. This module adds:

- One deadline for the whole request. ``requests`` limits each read only, so a server that
  sends a byte now and then could block a worker for hours. Here the timeout of the
  sockets is never longer than the time left, for handshake, proxy, headers and body.
- The knowledge whether a request was sent: nothing is sent before the connection is open.
- Connections go to the IP addresses that were checked, tried one after the other.
- No connection or cookie is kept, no ``.netrc`` password is used, no redirect is followed,
  and nothing is logged.
"""

import contextvars
import itertools
import logging
import os
import re
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ..tools.networks import is_public

_CHUNK = 64 * 1024
_MAX_ADDRESSES = 6
_HEADERS = {
    "User-Agent": "Odoo",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_PROXY_REFUSAL = re.compile(r"Tunnel connection failed: (\d{3})\b")


@dataclass(frozen=True)
class Timeouts:
    """In seconds: to connect to one address, between two reads, for the whole request."""

    connect: float = 5
    read: float = 15
    total: float = 30


class Stage(Enum):
    """The step that failed. Up to ``TLS``, nothing was sent."""

    NAME = "the name of the host is not known"
    ADDRESS = "the host has a private address"
    CONNECTION = "no connection"
    TLS = "the host did not prove to be itself"
    ANSWER = "no whole answer"
    SIZE = "the answer is too large"


class TransportError(Exception):
    """A request without a complete answer.

    ``reason``: technical name of the cause, or "". ``timed_out``: whether time ran out.
    """

    def __init__(self, stage: Stage, reason: str = "", timed_out: bool = False):
        self.stage = stage
        self.reason = reason
        self.timed_out = timed_out
        super().__init__(f"{stage.value} ({reason})" if reason else stage.value)


class HttpResponse:
    """An HTTP answer: ``status``, ``headers``, and the body in pieces."""

    def __init__(self, response: requests.Response, bounds: "_Bounds"):
        self._raw = response.raw
        self._bounds = bounds
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def pieces(self, max_bytes: int) -> Iterator[bytes]:
        """Yield the body in pieces of up to 64 KiB, not decompressed.

        :raises TransportError: the body is larger than ``max_bytes``, or incomplete
        """
        announced = self._raw.length_remaining or 0
        if announced > max_bytes:
            raise TransportError(Stage.SIZE)
        size = 0
        while piece := self._read(min(_CHUNK, max_bytes + 1 - size)):
            size += len(piece)
            if size > max_bytes:
                raise TransportError(Stage.SIZE)
            yield piece
        if size < announced:
            raise TransportError(Stage.ANSWER, "IncompleteRead")

    def _read(self, size: int) -> bytes:
        try:
            return self._raw.read(size, decode_content=False)
        except Exception as error:
            raise self._bounds.failure(error) from error


@contextmanager
def send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    timeouts: Timeouts,
    deadline: float,
    body: bytes | None = None,
    public_only: bool = False,
) -> Iterator[HttpResponse]:
    """Send a request and yield its answer, whatever the status; also a redirect.

    :param url: complete http(s) URL
    :param deadline: when to give up, as ``time.monotonic`` counts
    :param public_only: connect only if all IP addresses of the host are public. A proxy
        looks the name up by itself; our own look-up is checked all the same.
    :raises TransportError: there is no complete answer; see its ``stage``
    """
    bounds = _Bounds(timeouts, deadline, public_only)
    with _Session(bounds) as session, _unlogged():
        try:
            response = session.request(
                method,
                url,
                data=body,
                headers={**_HEADERS, **headers},
                proxies=bounds.proxies(url),
                timeout=timeouts.read,
                allow_redirects=False,
                stream=True,
            )
        except TransportError:
            raise
        except Exception as error:
            # All errors are converted: callers must drop the traceback, whose frames
            # hold the body.
            raise bounds.failure(error) from error
        with response:
            yield HttpResponse(response, bounds)


# --------------------------------------------------------------------------- bounds


class _Bounds:
    """The limits of one request, and whether its connection is open yet."""

    def __init__(self, timeouts: Timeouts, deadline: float, public_only: bool):
        self.timeouts = timeouts
        self.deadline = deadline
        self.public_only = public_only
        self.connected = False
        self.by_proxy = False
        self._addresses: list[str] | None = None  # those not tried yet
        self._outer = sys.exc_info()[1]  # what the caller was handling

    def seconds(self, most: float) -> float:
        """Return the seconds that the next step may take: ``most``, or what is left.

        :raises TimeoutError: no time is left
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return min(most, left)

    def proxies(self, url: str) -> dict:
        """Return the environment's proxies for a URL, in the form of ``requests``."""
        proxies = get_environ_proxies(url)
        self.by_proxy = bool(select_proxy(url, proxies))
        if self.public_only and self.by_proxy:
            host = urlsplit(url).hostname or ""
            try:
                self._check(_addresses(host, 0))
            except TransportError as error:
                # In some networks only the proxy can look up outside names.
                if error.stage is not Stage.NAME:
                    raise
            self.public_only = False
        return proxies

    def connect(self, host: str, port: int) -> "_Socket":
        """Connect to a host or a proxy, at the next of its addresses that answers."""
        if self._addresses is None:
            self._addresses = self._look_up(host, port)[:_MAX_ADDRESSES]
        failure = None
        while self._addresses:
            address = self._addresses.pop(0)
            try:
                seconds = self.seconds(self.timeouts.connect)
                plain = socket.create_connection((address, port), seconds)
            except OSError as error:
                failure = error
                continue
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock = _Socket(plain.family, plain.type, plain.proto, plain.detach())
            sock.bounds = self
            return sock
        raise failure or OSError("no address")

    def _look_up(self, host: str, port: int) -> list[str]:
        try:
            addresses = _addresses(host, port)
        except TransportError as error:
            if not self.by_proxy:
                raise
            reason = "the name of the proxy is not known"
            raise TransportError(Stage.CONNECTION, reason) from error
        self._check(addresses)
        return addresses

    def may_try_another(self, error: Exception) -> bool:
        """Return whether to try the next address after this failure to connect."""
        chain = self._chain(error)
        broke_off = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
        refused = any(
            isinstance(one, ssl.SSLError) and not isinstance(one, broke_off)
            for one in chain
        )
        refused |= bool(_PROXY_REFUSAL.search(str(chain[-1])))
        return bool(self._addresses) and not refused

    def _check(self, addresses: list[str]):
        if self.public_only and not all(map(is_public, addresses)):
            raise TransportError(Stage.ADDRESS)

    def failure(self, error: Exception) -> TransportError:
        """Return the ``TransportError`` for an error of ``requests`` or a layer below."""
        chain = self._chain(error)
        timed_out = any(isinstance(one, TimeoutError) for one in chain)
        reason = type(chain[-1]).__name__
        if self.connected:
            return TransportError(Stage.ANSWER, reason, timed_out)
        if any(isinstance(one, ssl.SSLError) for one in chain):
            return TransportError(Stage.TLS, reason, timed_out)
        if refusal := _PROXY_REFUSAL.search(str(chain[-1])):
            reason = f"the proxy answered {refusal[1]}"
        return TransportError(Stage.CONNECTION, reason, timed_out)

    def _chain(self, error: BaseException) -> list[BaseException]:
        """Return an error and its causes within this request, the first cause last."""
        chain = []
        while error and error is not self._outer and error not in chain:
            chain.append(error)
            hidden = error.__suppress_context__
            error = error.__cause__ or (None if hidden else error.__context__)
        return chain


def _addresses(host: str, port: int) -> list[str]:
    """Look up a host. Addresses of both IP versions alternate (RFC 8305)."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransportError(Stage.NAME) from error
    families: dict[int, dict[str, None]] = {}
    for family, _kind, _protocol, _name, place in infos:
        families.setdefault(family, {})[place[0]] = None
    turns = itertools.zip_longest(*families.values())
    return [address for turn in turns for address in turn if address]


# -------------------------------------------------------------------------- sockets


class _Bounded:
    """A socket whose timeout is never longer than the time left for the request."""

    bounds: _Bounds | None = None

    def _wait(self):
        if self.bounds:
            self.settimeout(self.bounds.seconds(self.bounds.timeouts.read))

    def recv(self, *args):
        self._wait()
        return super().recv(*args)

    def recv_into(self, *args):
        self._wait()
        return super().recv_into(*args)

    def send(self, *args):
        self._wait()
        return super().send(*args)

    def sendall(self, *args):
        self._wait()
        return super().sendall(*args)


class _Socket(_Bounded, socket.socket):
    pass


class _TlsSocket(_Bounded, ssl.SSLSocket):
    pass


class _TlsContext(ssl.SSLContext):
    """A TLS context whose encrypted sockets keep the bounds of the plain ones.

    Trusted are the authorities of the system (or of ``SSL_CERT_FILE`` and
    ``SSL_CERT_DIR``), and those in ``REQUESTS_CA_BUNDLE`` (or ``CURL_CA_BUNDLE``); if
    there are none at all, those of ``certifi``.
    """

    sslsocket_class = _TlsSocket
    host = ""

    @classmethod
    def of(cls, host: str) -> "_TlsContext":
        """Return a context for connections to one host.

        :raises OSError: the file with the authorities cannot be read
        """
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.host = host
        if sys.version_info >= (3, 13):  # like Python's own default
            context.verify_flags |= (
                ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
            )
        context.load_default_certs()
        default = ssl.get_default_verify_paths()
        bundle = os.environ.get("REQUESTS_CA_BUNDLE", "")
        bundle = bundle or os.environ.get("CURL_CA_BUNDLE", "")
        # Certificates in a folder are loaded on demand, so they are not counted below.
        folder = os.listdir(default.capath) if default.capath else []
        if not (bundle or folder or context.cert_store_stats()["x509_ca"]):
            bundle = requests.certs.where()
        if bundle and bundle != default.cafile:  # loading takes tens of milliseconds
            kind = "capath" if os.path.isdir(bundle) else "cafile"
            context.load_verify_locations(**{kind: bundle})
        return context

    def wrap_socket(self, sock, *args, server_hostname=None, **options):
        bounds = sock.bounds
        sock.settimeout(bounds.seconds(bounds.timeouts.connect))
        # urllib3 1.26 passes no server name if the host is an IP address.
        name = server_hostname or self.host
        encrypted = super().wrap_socket(sock, *args, server_hostname=name, **options)
        encrypted.bounds = bounds
        return encrypted


# ------------------------------------------------------------ classes of the library


class _Connecting:
    """A connection that is opened within bounds; sets ``connected`` of the bounds."""

    def __init__(self, bounds: _Bounds, *args, **options):
        self._bounds = bounds
        super().__init__(*args, **options)

    def _new_conn(self):
        return self._bounds.connect(self.host, self.port)

    def connect(self):
        """Connect, maybe through a proxy, with TLS handshake; the request is sent later.

        If an address breaks off before the handshake is done, the next one is tried.
        """
        while True:
            try:
                result = super().connect()
            except TransportError:
                raise
            except Exception as error:
                if self._bounds.may_try_another(error):
                    self.close()
                    continue
                raise self._bounds.failure(error) from error
            self._bounds.connected = True
            return result


class _HttpConnection(_Connecting, HTTPConnection):
    pass


class _HttpsConnection(_Connecting, HTTPSConnection):
    def _new_conn(self):
        sock = super()._new_conn()
        try:
            self.ssl_context = _TlsContext.of(self._tunnel_host or self.host)
        except OSError as error:
            sock.close()
            reason = "the file of trusted authorities cannot be read"
            raise TransportError(Stage.CONNECTION, reason) from error
        self.cert_reqs = "CERT_REQUIRED"
        # The context has the authorities already; ``requests`` would set others.
        self.ca_certs = self.ca_cert_dir = self.ca_cert_data = None
        return sock


def _pool(pool_class, connection_class, bounds, *args, **options):
    pool = pool_class(*args, **options)
    pool.ConnectionCls = partial(connection_class, bounds)
    return pool


class _Adapter(HTTPAdapter):
    """Opens connections of the classes above, to hosts and to proxies."""

    def __init__(self, bounds: _Bounds):
        super().__init__()
        self._pools = {
            "http": partial(_pool, HTTPConnectionPool, _HttpConnection, bounds),
            "https": partial(_pool, HTTPSConnectionPool, _HttpsConnection, bounds),
        }
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy, **options):
        scheme = urlsplit(proxy).scheme.lower()
        if scheme not in ("http", "https"):
            raise TransportError(Stage.CONNECTION, "a proxy of an unknown kind")
        if scheme == "https":
            host = urlsplit(proxy).hostname or ""
            options["proxy_ssl_context"] = _TlsContext.of(host)
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Session(requests.Session):
    """Sends one request, on a connection of its own.

    A reused connection may have been closed by the other side. That shows only after the
    next request was sent, when it is unknown whether the server has acted on it.
    """

    def __init__(self, bounds: _Bounds):
        super().__init__()
        self.trust_env = False  # no .netrc; proxies and authorities are read here
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(bounds))

    def get_redirect_target(self, resp):
        """Return None: otherwise ``requests`` reads the whole body of a redirect."""
        return None


# ---------------------------------------------------------------------------- logging

_unlogged_now = contextvars.ContextVar("callgear_unlogged", default=False)


class _Unlogged(logging.Filter):
    """Drops urllib3's log records about our requests: a URL may be a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _unlogged_now.get()


# A filter does not apply to child loggers, and versions of urllib3 differ in which of these
# loggers writes URLs.
for _name in ("connection", "connectionpool", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(_Unlogged())


@contextmanager
def _unlogged():
    token = _unlogged_now.set(True)
    try:
        yield
    finally:
        _unlogged_now.reset(token)
