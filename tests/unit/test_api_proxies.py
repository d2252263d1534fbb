# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R22, R42: requests leave by the company's proxy and trust the company's authority."""

import io
import socket
import ssl
import time
from threading import Thread

import pytest

from odoo.addons.callgear_integration.callgear.download import (
    DownloadError,
    DownloadLimits,
    NotAllowed,
    fetch_audio,
)
from odoo.addons.callgear_integration.callgear.errors import (
    ApiError,
    NoAnswer,
    NotTrusted,
    Unreachable,
)
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc, Retries
from odoo.addons.callgear_integration.callgear.transport import Timeouts

from .api_server import KEY, QUICK, api_server, raw, success
from .audio_server import MP3, drip, reply, serving
from .proxy_server import proxying

ONCE = {**QUICK, "retries": Retries(times=0)}
VARIABLES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No proxies and authorities but those of the test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def over_tls(server):
    return server.api().replace("http:", "https:")


def call(url, **options):
    return JsonRpc(url, KEY, **ONCE | options).call("list.calls").data


def failure(url, kind=ApiError, **options):
    with pytest.raises(kind) as caught:
        call(url, **options)
    return caught.value


def fetch(url, server, **hosts):
    limits = DownloadLimits(
        hosts=frozenset(hosts.get("hosts", ())),
        private_hosts=frozenset({server.place} if server else ()),
    )
    file = io.BytesIO()
    fetch_audio(url, limits, file)
    return file.getvalue()


@pytest.fixture
def names(monkeypatch):
    """Names that the test adds to those that are known."""
    real, known = socket.getaddrinfo, {}

    def getaddrinfo(host, port, *args, **options):
        if host not in known:
            return real(host, port, *args, **options)
        infos = []
        for address in known[host]:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            infos.append((family, socket.SOCK_STREAM, 6, "", (address, port)))
        if not infos:
            raise socket.gaierror("not known")
        return infos

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


# ------------------------------------------------------------------------------ proxies


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_requests_go_through_the_proxy(environment, variable):
    with api_server(success(3)) as server, proxying() as proxy:
        environment.setenv(variable, f"http://{proxy.place}")
        assert call(server.api()) == 3
    assert proxy.requests[0].startswith(f"POST http://{server.place}/v4.0 HTTP/1.1")
    assert KEY not in proxy.requests[0]


def test_requests_over_tls_go_through_a_tunnel(environment, certificates):
    certificate = certificates["127.0.0.1"]
    with api_server(success(3), context=tls(certificate)) as server:
        with proxying() as proxy:
            environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
            environment.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            assert call(over_tls(server)) == 3
    assert proxy.requests[0].startswith(f"CONNECT {server.place} HTTP/1.")


def test_a_proxy_may_be_reached_over_tls(environment, certificates):
    certificate = certificates["127.0.0.1"]
    with api_server(success(3), context=tls(certificate)) as server:
        with proxying(context=tls(certificate)) as proxy:
            environment.setenv("HTTPS_PROXY", f"https://{proxy.place}")
            environment.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            call_through = JsonRpc(over_tls(server), KEY, **ONCE)
            assert call_through.call("list.calls").data == 3
    assert len(proxy.requests) == 1


def test_a_tunnel_does_not_make_a_server_trusted(environment, certificates):
    with api_server(context=tls(certificates["127.0.0.1"])) as server:
        with proxying() as proxy:
            environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
            error = failure(over_tls(server), NotTrusted)
    assert error.certain
    assert len(proxy.requests) == 1 and not server.requests


def test_the_password_for_a_proxy_is_sent_to_the_proxy_only(environment, certificates):
    certificate = certificates["127.0.0.1"]
    with api_server(success(3), context=tls(certificate)) as server:
        with proxying() as proxy:
            environment.setenv("HTTPS_PROXY", f"http://sara:secret@{proxy.place}")
            environment.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            assert call(over_tls(server)) == 3
    assert "Proxy-Authorization: Basic " in proxy.requests[0]
    assert "authorization" not in server.requests[0].lower()


@pytest.mark.parametrize(
    "exempt", ["127.0.0.1", "127.0.0.0/8", "*", "x.example,127.0.0.1"]
)
def test_hosts_without_proxy_are_asked_directly(environment, exempt):
    with api_server(success(3)) as server, proxying() as proxy:
        environment.setenv("HTTP_PROXY", f"http://{proxy.place}")
        environment.setenv("NO_PROXY", exempt)
        assert call(server.api()) == 3
    assert not proxy.requests


def test_a_proxy_that_is_not_there(environment):
    with proxying() as proxy:
        place = proxy.place
    environment.setenv("HTTPS_PROXY", f"http://{place}")
    error = failure("https://callapi.callgear.com/v4.0", Unreachable)
    assert (error.certain, error.retry) == (True, True)
    assert error.params == {"host": "callapi.callgear.com"}


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Who?", "502 Bad Gateway"])
def test_a_proxy_that_refuses_has_sent_nothing_on(environment, status):
    with proxying(refuse=status) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        error = failure("https://callapi.callgear.com/v4.0", Unreachable)
    assert str(error) == f"no connection (the proxy answered {status[:3]})"
    assert error.certain


def test_a_proxy_that_is_silent_is_left_in_time(environment):
    begun = time.monotonic()
    with serving(drip(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", 0.05)) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        times = Timeouts(connect=5, read=5, total=0.5)
        error = failure("https://callapi.callgear.com/", Unreachable, timeouts=times)
    assert error.certain
    assert time.monotonic() - begun < 3


def test_what_breaks_behind_a_proxy_may_have_worked(environment):
    with api_server(raw(b"")) as server, proxying() as proxy:
        environment.setenv("HTTP_PROXY", f"http://{proxy.place}")
        error = failure(server.api(), NoAnswer)
    assert not error.certain
    assert len(server.calls) == 1


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9"])
def test_a_proxy_of_an_unknown_kind_is_not_gone_round(environment, proxy):
    environment.setenv("ALL_PROXY", proxy)
    with api_server() as server:
        error = failure(server.api(), Unreachable)
    assert "a proxy of an unknown kind" in str(error)
    assert not server.requests


# ------------------------------------------------------------- recordings and proxies


def test_recordings_come_through_the_proxy(environment):
    with serving(reply()) as server, proxying() as proxy:
        environment.setenv("HTTP_PROXY", f"http://{proxy.place}")
        assert fetch(server.url(), server) == MP3
    assert proxy.requests[0].startswith(f"GET {server.url()} HTTP/1.1")


def test_the_proxy_may_be_in_the_own_network_the_host_may_not(environment, names):
    names["app.callgear.ae"] = ["10.0.0.1"]
    with proxying() as proxy:
        environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        with pytest.raises(NotAllowed) as caught:
            fetch("https://app.callgear.ae/talk/1/", None, hosts=["callgear.ae"])
    assert str(caught.value) == "the host has a private address"
    assert not proxy.requests


def test_a_proxy_whose_name_is_not_known_is_told_from_the_host(environment, names):
    names["proxy.example"] = []
    environment.setenv("HTTP_PROXY", "http://proxy.example:3128")
    error = failure("http://pbx.example/", Unreachable)
    assert str(error) == "no connection (the name of the proxy is not known)"


@pytest.mark.parametrize("known", [[], ["93.184.216.34"]])
def test_a_name_that_only_the_proxy_knows_is_asked_for(environment, names, known):
    names["app.callgear.ae"] = known
    with proxying(refuse="502 No") as proxy:
        environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        with pytest.raises(DownloadError) as caught:
            fetch("https://app.callgear.ae/talk/1/", None, hosts=["callgear.ae"])
    assert str(caught.value) == "no connection (the proxy answered 502)"
    assert proxy.requests[0].startswith("CONNECT app.callgear.ae:443 ")


def test_a_host_that_is_not_on_the_list_is_not_asked_for_from_the_proxy(environment):
    with proxying() as proxy:
        environment.setenv("HTTPS_PROXY", f"http://{proxy.place}")
        with pytest.raises(NotAllowed):
            fetch("https://evil.example/", None, hosts=["callgear.ae"])
    assert not proxy.requests


# -------------------------------------------------------------------------- authorities


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("system", ["", "other.example"])
def test_the_companys_authority_is_trusted(environment, certificates, variable, system):
    certificate = certificates["127.0.0.1"]
    environment.setenv(variable, str(certificate))
    if system:  # whatever else is trusted
        environment.setenv("SSL_CERT_FILE", str(certificates[system]))
    with api_server(success(3), context=tls(certificate)) as server:
        assert call(over_tls(server)) == 3


def test_a_bundle_adds_to_what_the_system_trusts(environment, certificates):
    certificate = certificates["127.0.0.1"]
    environment.setenv("SSL_CERT_FILE", str(certificate))
    environment.setenv("REQUESTS_CA_BUNDLE", str(certificates["other.example"]))
    with api_server(success(3), context=tls(certificate)) as server:
        assert call(over_tls(server)) == 3


@pytest.mark.parametrize("bundle", [None, "other.example"])
def test_an_unknown_authority_is_not_trusted(environment, certificates, bundle):
    if bundle:
        environment.setenv("REQUESTS_CA_BUNDLE", str(certificates[bundle]))
    with api_server(context=tls(certificates["127.0.0.1"])) as server:
        error = failure(over_tls(server), NotTrusted)
    assert (error.certain, error.params) == (True, {"host": "127.0.0.1"})
    assert not server.requests


def test_authorities_that_cannot_be_read_are_named(environment, certificates):
    """It is no fault of the host."""
    environment.setenv("REQUESTS_CA_BUNDLE", "/does/not/exist.pem")
    with api_server(context=tls(certificates["127.0.0.1"])) as server:
        error = failure(over_tls(server), Unreachable)
    reason = "the file of trusted authorities cannot be read"
    assert (error.certain, str(error)) == (True, f"no connection ({reason})")
    assert not server.requests


def test_recordings_trust_the_companys_authority(environment, certificates):
    certificate = certificates["127.0.0.1"]
    environment.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(reply(), tls(certificate)) as server:
        assert fetch(server.url().replace("http:", "https:"), server) == MP3


# ---------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.2", "127.0.0.1"],
        ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"],
        # Many of one kind do not keep the other from its turn.
        [*(f"::ffff:127.0.0.{last}" for last in range(2, 12)), "127.0.0.1"],
    ],
)
def test_the_addresses_of_a_host_are_tried_in_turn(names, addresses):
    names["pbx.example"] = addresses
    with api_server(success(3)) as server:
        assert call(f"http://pbx.example:{server.port}/") == 3
    assert f"Host: pbx.example:{server.port}" in server.requests[0]


def test_the_last_refusal_is_told_if_no_address_answers(names):
    names["pbx.example"] = ["127.0.0.2", "127.0.0.3"]
    with api_server() as server:
        error = failure(f"http://pbx.example:{server.port}/", Unreachable)
    assert str(error) == "no connection (ConnectionRefusedError)"


def test_an_address_that_breaks_off_in_the_handshake_is_passed_over(
    environment, certificates, names
):
    names["other.example"] = ["127.0.0.2", "127.0.0.1"]
    environment.setenv("REQUESTS_CA_BUNDLE", str(certificates["other.example"]))
    context = tls(certificates["other.example"])
    with (
        api_server(success(3), context=context) as server,
        socket.create_server(("127.0.0.2", server.port)) as broken,
    ):
        hang_up = Thread(target=lambda: broken.accept()[0].close(), daemon=True)
        hang_up.start()
        assert call(f"https://other.example:{server.port}/") == 3
        hang_up.join(timeout=5)
        assert not hang_up.is_alive()


def test_the_callers_own_trouble_is_not_the_requests(names):
    """What the caller was handling says nothing of this request."""
    names["pbx.example"] = ["127.0.0.2"]
    try:
        raise ssl.SSLError("of another request")
    except ssl.SSLError:
        error = failure("http://pbx.example:9/", Unreachable)
    assert str(error) == "no connection (ConnectionRefusedError)"


def test_recordings_try_the_addresses_in_turn(names):
    with serving(reply()) as server:
        names["pbx.example"] = ["127.0.0.2", "127.0.0.1"]
        place = f"pbx.example:{server.port}"
        limits = DownloadLimits(frozenset(), frozenset({place}))
        file = io.BytesIO()
        fetch_audio(f"http://{place}/", limits, file)
    assert file.getvalue() == MP3


@pytest.fixture
def ipv6(monkeypatch):
    """Servers of the test listen at ::1."""
    real = socket.create_server
    try:
        real(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("allowed: this machine has no IPv6")

    def create_server(place, **options):
        return real(("::1", place[1]), family=socket.AF_INET6, **options)

    connect = socket.create_connection

    def create_connection(place, *args, **options):
        # How a server of the tests wakes its own thread.
        host = "::1" if place[0] == "127.0.0.1" else place[0]
        return connect((host, place[1]), *args, **options)

    monkeypatch.setattr(socket, "create_server", create_server)
    monkeypatch.setattr(socket, "create_connection", create_connection)


def test_a_host_that_speaks_ipv6_only(ipv6, names):
    names["pbx.example"] = ["::1"]
    with api_server(success(3)) as server:
        assert call(f"http://pbx.example:{server.port}/") == 3
        assert call(f"http://[::1]:{server.port}/") == 3
    assert f"Host: [::1]:{server.port}" in server.requests[1]


def test_recordings_over_ipv6(ipv6):
    with serving(reply()) as server:
        place = f"::1:{server.port}"
        limits = DownloadLimits(frozenset(), frozenset({place}))
        file = io.BytesIO()
        fetch_audio(f"http://[::1]:{server.port}/", limits, file)
    assert file.getvalue() == MP3
