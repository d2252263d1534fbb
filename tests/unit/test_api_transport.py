# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R22: whatever the network does to a request, we know whether it may have worked."""

import json
import socket
import ssl
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.errors import (
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
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc, Retries
from odoo.addons.callgear_integration.callgear.transport import Timeouts

from .api_server import (
    KEY,
    QUICK,
    api_server,
    envelope,
    raw,
    silence,
    success,
)
from .audio_server import drip, redirect, reply

ONCE = {**QUICK, "retries": Retries(times=0)}
OK = b"HTTP/1.1 200 OK\r\n"


def rpc(url, **options):
    return JsonRpc(url, KEY, **ONCE | options)


def called(*script, **options):
    with api_server(*script) as server:
        return rpc(server.api(), **options).call("list.calls", {"a": 1})


def failure(*script, **options) -> ApiError:
    with pytest.raises(ApiError) as caught:
        called(*script, **options)
    return caught.value


def seconds(read=5.0, total=10.0) -> dict:
    return {"timeouts": Timeouts(connect=5, read=read, total=total)}


# ---------------------------------------------------------------------------- as it is


def test_a_request_is_json_rpc_with_the_key_in_its_params():
    with api_server() as server:
        rpc(server.api("/v4.0?x=1")).call("list.calls", {"a": 1})
    (call,) = server.calls
    assert call.pop("id").startswith("odoo-")
    assert call == {
        "jsonrpc": "2.0",
        "method": "list.calls",
        "params": {"a": 1, "access_token": KEY},
    }
    head = server.requests[0].split("\r\n")
    assert head[0] == "POST /v4.0 HTTP/1.1"
    assert "Content-Type: application/json; charset=UTF-8" in head
    assert KEY not in server.requests[0]


def test_each_request_has_an_id_of_its_own():
    with api_server() as server:
        client = rpc(server.api())
        client.call("list.calls")
        client.call("list.calls")
    assert len({call["id"] for call in server.calls}) == 2


def test_the_answer_is_data_and_metadata():
    result = called(success([1], total_items=7))
    assert result.data == [1]
    assert result.metadata["total_items"] == 7


def test_an_answer_in_chunks_of_unknown_length():
    def answer(server, sock):
        whole = {"jsonrpc": "2.0", "id": server.calls[-1]["id"], "result": {"data": 5}}
        body = json.dumps(whole).encode()
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        sock.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    assert called(answer).data == 5


def test_texts_of_the_world_arrive():
    with api_server(success("Ж")) as server:
        assert rpc(server.api()).call("list.calls", {"name": "日"}).data == "Ж"
    assert server.params == {"name": "日"}


def test_passwords_in_netrc_are_not_sent(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login a password b")
    monkeypatch.setenv("NETRC", str(netrc))
    with api_server() as server:
        rpc(server.api()).call("list.calls")
    assert "Authorization" not in server.requests[0]


# ------------------------------------------------------------------ nobody has taken it


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return port


def test_refused(closed_port):
    with pytest.raises(Unreachable) as caught:
        rpc(f"http://127.0.0.1:{closed_port}/").call("start.x")
    error = caught.value
    assert (error.certain, error.retry) == (True, True)
    assert error.params == {"host": "127.0.0.1"}


def test_a_name_that_is_not_known(monkeypatch):
    def getaddrinfo(*_args, **_options):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(HostUnknown) as caught:
        rpc("https://pbx.example/").call("list.calls")
    assert caught.value.certain


def test_a_second_address_is_tried_if_the_first_is_dead(monkeypatch, closed_port):
    def getaddrinfo(_host, _port, **_options):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in ("127.0.0.2", "127.0.0.1")
        ]

    with api_server() as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", _only_for(server.port, getaddrinfo))
            rpc(f"http://pbx.example:{server.port}/").call("list.calls")
    assert server.methods == ["list.calls"]


def _only_for(port, fake):
    """A fake that leaves other look-ups alone."""
    real = socket.getaddrinfo

    def getaddrinfo(host, asked, *args, **options):
        if (host, asked) == ("pbx.example", port):
            return fake(host, asked, **options)
        return real(host, asked, *args, **options)

    return getaddrinfo


def test_who_does_not_prove_to_be_the_host_gets_no_key(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates["127.0.0.1"])
    with api_server(context=context) as server, pytest.raises(NotTrusted) as caught:
        rpc(server.api().replace("http:", "https:")).call("start.x")
    assert caught.value.certain
    assert not server.requests


def test_over_tls(certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates["127.0.0.1"]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates["127.0.0.1"])
    with api_server(success(3), context=context) as server:
        url = server.api().replace("http:", "https:")
        assert rpc(url).call("list.calls").data == 3


@pytest.mark.parametrize(
    "url",
    [
        "",
        "callapi.callgear.com",
        "ftp://callapi.callgear.com/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@callapi.callgear.com/",
        "https://callapi.callgear.com:99999/",
        "https://[::1/",
        "https://a b/",
        "https://пример.рф/",
        "https://callapi.callgear.com/" + "x" * 3000,
        None,
        7,
    ],
)
def test_r4_what_is_no_address_is_said_at_once(url):
    with pytest.raises(BadAddress) as caught:
        rpc(url)
    assert (caught.value.certain, caught.value.retry) == (True, False)


# ----------------------------------------------------------------- it may have worked


def test_no_answer_in_time():
    error = failure(silence, **seconds(read=0.2))
    assert type(error) is NoAnswer
    assert (error.certain, error.retry) == (False, True)


def test_the_connection_breaks_before_the_answer():
    assert type(failure(raw(b""))) is NoAnswer


def test_the_connection_breaks_within_the_answer():
    error = failure(raw(OK + b'Content-Length: 90\r\n\r\n{"jsonrpc"'))
    assert type(error) is NoAnswer


def test_the_answer_stops_half_way():
    def answer(server, sock):
        sock.sendall(OK + b'Content-Length: 90\r\n\r\n{"jsonrpc"')
        silence(server, sock)

    assert type(failure(answer, **seconds(read=0.2))) is NoAnswer


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        (b"", b"H"),
        (OK, b"X: y\r\n"),
        (OK + b"Content-Length: 100000\r\n\r\n", b" "),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["status", "headers", "body", "chunks"],
)
def test_however_slowly_it_drips_there_is_one_deadline(head, unit):
    start = time.monotonic()
    error = failure(drip(head, unit, 0.05), **seconds(read=5, total=0.4))
    assert type(error) is NoAnswer
    assert time.monotonic() - start < 3


# ----------------------------------------------------------------- it is no answer


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"jsonrpc": "2.0", "id": ' + b"9" * 10_000 + b', "result": {}}',
    ],
    ids=["empty", "page", "list", "null", "bytes", "deep", "number"],
)
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "502 Bad Gateway"])
def test_not_json(content, status):
    error = failure(reply(content, status))
    assert type(error) is BadAnswer
    assert not error.certain
    assert error.params == {"status": status[:3]}


@pytest.mark.parametrize(
    "content",
    [
        {"result": None},
        {"result": []},
        {"result": {}, "jsonrpc": "1.0"},
        {"result": {}, "error": "no"},
        {"error": []},
        {"error": "no"},
    ],
)
def test_not_the_envelope(content):
    assert type(failure(envelope(**content))) is BadAnswer


@pytest.mark.parametrize("other", ["odoo-1", None, 1, ["x"], {}])
def test_a_result_for_another_request(other):
    error = failure(envelope(id=other, result={"data": []}))
    assert (type(error), str(error)) == (
        BadAnswer,
        "the answer is to another request",
    )


def test_an_error_for_another_request():
    error = failure(envelope(id="odoo-1", error={"message": "x"}))
    assert type(error) is BadAnswer


def test_an_error_without_an_id_is_ours():
    error = failure(envelope(id=None, error={"data": {"mnemonic": "parse_error"}}))
    assert error.mnemonic == "parse_error"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with api_server() as target, api_server() as server:
        server.script = (redirect(target.api(), f"{status} Elsewhere"),)
        with pytest.raises(Redirected) as caught:
            rpc(server.api()).call("start.x")
    assert (caught.value.certain, caught.value.retry) == (True, False)
    assert not target.calls


@pytest.mark.parametrize(
    "answer",
    [
        reply(b" " * 2000),
        reply(b" " * 2000, content_length=None),
        raw(OK + b"Content-Length: 9999999999999\r\n\r\n"),
        raw(OK + b"Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + b" " * 2000),
    ],
    ids=["announced", "unannounced", "claimed", "chunked"],
)
def test_more_than_we_read(answer):
    error = failure(answer, max_bytes=1000)
    assert (type(error), error.retry) == (TooLarge, False)


def test_a_compressed_answer_is_not_unpacked():
    error = failure(reply(b"x", content_encoding="gzip"))
    assert str(error) == "the answer is compressed, which was not asked for"


@given(
    st.sampled_from([b"", OK, OK + b"\r\n", OK + b"Content-Length: "]),
    st.binary(max_size=80),
)
def test_whatever_comes_is_one_of_our_errors(head, rest):
    error = failure(raw(head + rest))
    assert isinstance(error, NoAnswer | BadAnswer)
    assert str(error)
