# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R9, R42: recordings are fetched from where they are to be, and from nowhere else."""

import errno
import io
import logging
import socket
import ssl
import tempfile
import time
import tracemalloc
from typing import NamedTuple

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear import download
from odoo.addons.callgear_integration.callgear.download import (
    DownloadError,
    DownloadLimits,
    NotAllowed,
    NotUsable,
    fetch_audio,
    host_allowed,
)
from odoo.addons.callgear_integration.callgear.transport import Stage, TransportError

from .audio_server import MP3, drip, redirect, reply, serving

CALLGEAR = frozenset({"callgear.ae", "app.uiscom.ru"})
OK = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"


def limits(*servers, **options):
    places = frozenset(server.place for server in servers)
    return DownloadLimits(hosts=CALLGEAR, private_hosts=places, **options)


class Fetched(NamedTuple):
    content: bytes
    mimetype: str


def fetch(url, known) -> Fetched:
    """Fetch into a file; return what is in it."""
    file = io.BytesIO()
    audio = fetch_audio(url, known, file)
    assert audio.file is file
    return Fetched(file.getvalue(), audio.mimetype)


def fetched(answer, **options) -> Fetched:
    """Fetch from a server that answers like this."""
    with serving(answer) as server:
        return fetch(server.url(), limits(server, **options))


def refusal(url, known=None) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        fetch(url, known or DownloadLimits(hosts=CALLGEAR))
    return caught.value


def failure(answer, **options) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        fetched(answer, **options)
    return caught.value


@pytest.fixture
def names(monkeypatch):
    """A domain name service of the test's own: what it does not know is not known."""
    known = {}

    def getaddrinfo(host, port, *_args, **_options):
        if host not in known:
            raise socket.gaierror("name not known")
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in known[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


# ------------------------------------------------------------------------------ fetched


def test_r9_a_file_is_fetched_whole():
    assert fetched(reply()) == (MP3, "audio/mpeg")


def test_r9_a_file_of_unannounced_size_is_fetched_whole():
    assert fetched(reply(content_length=None)).content == MP3


def test_r9_a_file_in_chunks_is_fetched_whole():
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (MP3[:7], MP3[7:]))
    answer = reply(
        body + b"0\r\n\r\n", content_length=None, transfer_encoding="chunked"
    )
    assert fetched(answer).content == MP3


def test_r9_a_file_larger_than_any_buffer_is_fetched_whole():
    content = b"ID3" + bytes(range(256)) * 4096
    assert fetched(reply(content)).content == content


@pytest.mark.parametrize(
    ("content", "mimetype"),
    [
        (b"ID3\x03 tagged", "audio/mpeg"),
        (b"\xff\xfb\x90\x00 MPEG 1", "audio/mpeg"),
        (b"\xff\xfa\x90\x00 MPEG 1, protected", "audio/mpeg"),
        (b"\xff\xf3\x40\x00 MPEG 2", "audio/mpeg"),
        (b"\xff\xf2\x40\x00 MPEG 2, protected", "audio/mpeg"),
        (b"\xff\xe3\x18\x00 MPEG 2.5: 8 kHz, as on the phone", "audio/mpeg"),
        (b"\xff\xe2\x18\x00 MPEG 2.5, protected", "audio/mpeg"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"OggS\x00", "audio/ogg"),
        (b"fLaC\x00", "audio/flac"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
    ],
)
def test_type_is_told_by_the_content_whatever_the_header_says(content, mimetype):
    assert fetched(reply(content, content_type="text/html")).mimetype == mimetype


def test_the_request_says_what_is_wanted_and_nothing_about_us():
    with serving(reply()) as server:
        fetch(server.url("/talk/1/?a=b&c=d%20e#part"), limits(server))
    (request,) = server.requests
    lines = request.split("\r\n")
    assert lines[0] == "GET /talk/1/?a=b&c=d%20e HTTP/1.1"
    assert f"Host: {server.place}" in lines
    assert "cookie" not in request.lower() and "authorization" not in request.lower()


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/запись 1/", "/%D0%B7%D0%B0%D0%BF%D0%B8%D1%81%D1%8C%201/"),
        ("/a\x0bb", "/a%0Bb"),
        ("/a%20b", "/a%20b"),
        ("", "/"),
        ("?x", "/?x"),
    ],
)
def test_path_cannot_break_out_of_the_request(path, asked):
    with serving(reply()) as server:
        fetch(server.url(path), limits(server))
    assert server.requests[0].splitlines()[0] == f"GET {asked} HTTP/1.1"


def test_r51_memory_does_not_grow_with_the_file():
    piece = (b"ID3\x04" + bytes(range(256)) * 4096)[: 1024 * 1024]

    def answer(_server, sock):
        sock.sendall(OK + b"Content-Length: %d\r\n\r\n" % (95 * len(piece)))
        for _ in range(95):
            sock.sendall(piece)

    with serving(answer) as server, tempfile.TemporaryFile() as file:
        tracemalloc.start()
        try:
            audio = fetch_audio(server.url(), limits(server), file)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (audio.mimetype, file.tell()) == ("audio/mpeg", 95 * len(piece))
    assert peak < 5 * 1024 * 1024


def test_a_disk_that_is_full_at_the_end_is_told_and_tried_again():
    """What is small stands in a buffer until it is written out."""
    full = open("/dev/full", "wb")
    with serving(reply()) as server:
        limits = DownloadLimits(frozenset(), frozenset({server.place}))
        with pytest.raises(DownloadError) as caught:
            fetch_audio(server.url(), limits, full)
    with pytest.raises(OSError):
        full.close()
    assert caught.value.retry
    assert str(caught.value) == "no room for the file (No space left on device)"


def test_a_disk_that_is_full_is_told_and_tried_again():
    class Full(io.BytesIO):
        def write(self, _data):
            raise OSError(errno.ENOSPC, "No space left on device")

    with serving(reply()) as server, pytest.raises(DownloadError) as caught:
        fetch_audio(server.url(), limits(server), Full())
    assert str(caught.value) == "no room for the file (No space left on device)"
    assert caught.value.retry


# ----------------------------------------------------------- not there, not yet, not it


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"", "404 Not Found"), "the server answered 404"),
        (reply(b"", "403 Forbidden"), "the server answered 403"),
        (reply(b"", "500 Internal Server Error"), "the server answered 500"),
        (reply(MP3, "206 Partial Content"), "the server answered 206"),
        (reply(b"", "204 No Content"), "the server answered 204"),
        (reply(b"", "302 Found"), "the server answered 302"),
        (reply(b""), "the file is empty"),
        (reply(b"<html>not yet</html>"), "what came is not audio"),
        (reply(b'{"error": "x"}'), "what came is not audio"),
        (reply(b"\xff"), "what came is not audio"),
        (reply(b"\xff\xd8\xff\xe0 JFIF"), "what came is not audio"),
        (reply(b"RIFF\x00\x00\x00\x00AVI "), "what came is not audio"),
        (reply(MP3, content_length=len(MP3) + 1), "the transfer broke off"),
        (
            reply(b"ff\r\nID3", content_length=None, transfer_encoding="chunked"),
            "the transfer broke off",
        ),
        (reply(b"", content_length=10**6), "the transfer broke off"),
        (lambda _server, _sock: None, "the transfer broke off"),
        (lambda _server, sock: sock.sendall(b"SSH-2.0\r\n"), "the transfer broke off"),
        (
            lambda _server, sock: sock.sendall(OK + b"x" * 70000),
            "the transfer broke off",
        ),
        (
            lambda _server, sock: sock.sendall(OK + b"a: b\r\n" * 300),
            "the transfer broke off",
        ),
    ],
)
def test_r9_tried_again_later_with_the_reason_in_words(answer, words):
    error = failure(answer)
    assert str(error).startswith(words)
    assert error.retry


def test_nobody_listens():
    with serving(reply()) as server:
        known = limits(server)
    error = refusal(server.url(), known)
    assert str(error) == "no connection (ConnectionRefusedError)"
    assert error.retry


def test_name_is_not_known(names):
    error = refusal("https://app.callgear.ae/talk/1/")
    assert str(error) == "the name of the host is not known"
    assert error.retry


def test_r42_the_address_is_not_repeated_in_the_reason():
    with serving(reply(b"no", "404 Not Found")) as server:
        error = refusal(server.url("/talk/s3cret/"), limits(server))
    assert "s3cret" not in str(error)


def test_r42_the_address_is_not_in_the_log(caplog):
    """Who knows the address can listen; requests to other hosts are logged as usual."""
    with caplog.at_level(logging.DEBUG), serving(reply()) as server:
        fetch(server.url("/talk/s3cret/"), limits(server))
        requests.get(server.url("/others/"), timeout=5)
    assert "s3cret" not in caplog.text
    assert "/others/" in caplog.text


# ------------------------------------------------------------------------------- bounds


def test_announced_size_is_refused_before_it_is_read():
    answer = reply(b"", content_length=1001)
    error = failure(answer, max_bytes=1000)
    assert isinstance(error, NotUsable) and not error.retry


@pytest.mark.parametrize("length", [None, "a lot", "-5"])
def test_unannounced_size_is_bounded(length):
    endless = (
        OK + (b"Content-Length: %s\r\n" % length.encode() if length else b"") + b"\r\n"
    )
    error = failure(drip(endless, b"ID3" * 100_000, 0), max_bytes=1000)
    assert isinstance(error, NotUsable)


def test_chunks_without_end_are_bounded():
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    error = failure(drip(head, b"3\r\nID3\r\n" * 1000, 0), max_bytes=1000)
    assert isinstance(error, NotUsable)


def test_a_file_of_just_the_largest_size_is_fetched():
    assert fetched(reply(), max_bytes=len(MP3)).content == MP3


def test_what_is_unpacked_does_not_count_because_nothing_is_unpacked():
    """A server that compresses all the same sends no audio."""
    error = failure(reply(b"\x1f\x8b\x08\x00bomb", content_encoding="gzip"))
    assert str(error) == "what came is not audio"


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        (OK + b"Content-Length: 100000\r\n\r\n", b"x"),
        (OK + b"\r\nID3", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (OK, b"x"),
        (OK, b"a: b\r\n"),
        (b"", b"H"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
    ],
    ids=[
        "body",
        "body of unknown length",
        "chunks",
        "size of a chunk",
        "one header",
        "many headers",
        "status",
        "continue for ever",
        "silence",
    ],
)
def test_however_slowly_it_drips_there_is_a_deadline(head, unit):
    begun = time.monotonic()
    error = failure(drip(head, unit, 0.05), max_seconds=0.4)
    assert str(error) == "the transfer took too long"
    assert error.retry
    assert time.monotonic() - begun < 3


def test_when_the_time_is_up_nothing_is_read():
    assert str(failure(reply(), max_seconds=0)) == "the transfer took too long"


def test_one_deadline_holds_for_all_redirects():
    def answer(server, sock):
        server.stopped.wait(0.15)
        redirect("/again")(server, sock)

    error = failure(answer, max_seconds=0.4)
    assert str(error) == "the transfer took too long"


# ------------------------------------------------------------------ forbidden addresses


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://app.callgear.ae:8080/talk/1/", "only the usual port is fetched from"),
        ("http://evil.example/", "the host evil.example is not on the list"),
        ("http://127.0.0.1/", "the host 127.0.0.1 is not on the list"),
        ("ftp://app.callgear.ae/talk/1/", "only https addresses are fetched"),
        ("file://app.callgear.ae/etc/passwd", "only https addresses are fetched"),
        ("gopher://app.callgear.ae/", "only https addresses are fetched"),
        ("//evil.example/talk/1/", "the host evil.example is not on the list"),
        ("app.callgear.ae/talk/1/", "the address is not valid"),
        ("file:///etc/passwd", "the address is not valid"),
        ("data:audio/mpeg;base64,SUQz", "the address is not valid"),
        ("javascript:alert(1)", "the address is not valid"),
        ("/system/media/talk/1/", "the address is not valid"),
        ("", "the address is not valid"),
        ("https://", "the address is not valid"),
        ("https://[::1", "the address is not valid"),
        ("https://app.callgear.ae:x/", "the address is not valid"),
        ("https://app.callgear.ae:99999/", "the address is not valid"),
        ("https://app callgear.callgear.ae/", "the address is not valid"),
        ("https://日本.callgear.ae/", "the address is not valid"),
        ("https://app.callgear.ae\\@evil.example/", "the address holds a user name"),
        ("https://sara@app.callgear.ae/", "the address holds a user name"),
        ("https://sara:pw@app.callgear.ae/", "the address holds a user name"),
        ("https://@app.callgear.ae/", "the address holds a user name"),
        ("https://app.callgear.ae@evil.example/", "the address holds a user name"),
        ("https://app.callgear.ae:8443/", "only the usual port is fetched from"),
        ("https://app.callgear.ae:80/", "only the usual port is fetched from"),
        ("https://evil.example/", "the host evil.example is not on the list"),
        ("https://evilcallgear.ae/", "the host evilcallgear.ae is not on the list"),
        (
            "https://callgear.ae.evil.example/",
            "the host callgear.ae.evil.example is not",
        ),
        ("https://uiscom.ru/", "the host uiscom.ru is not on the list"),
        (
            "https://evil.example#.callgear.ae/",
            "the host evil.example is not on the list",
        ),
        (
            "https://evil.example?.callgear.ae/",
            "the host evil.example is not on the list",
        ),
        ("https://127.0.0.1/", "the host 127.0.0.1 is not on the list"),
        ("https://[::1]/", "the host ::1 is not on the list"),
        ("https://2130706433/", "the host 2130706433 is not on the list"),
        ("https://0x7f000001/", "the host 0x7f000001 is not on the list"),
        ("https://localhost/", "the host localhost is not on the list"),
    ],
)
def test_not_asked_at_all(names, url, words):
    """Not even the name is looked up: none of them is known here."""
    error = refusal(url)
    assert str(error).startswith(words)
    assert isinstance(error, NotAllowed) and not error.retry


@pytest.mark.parametrize(
    "url",
    [
        "http://app.callgear.ae/talk/1/?x=1",
        "http://app.callgear.ae:80/talk/1/?x=1",
        "http://app.callgear.ae:443/talk/1/?x=1",
        "https://app.callgear.ae/talk/1/?x=1",
        "https://app.callgear.ae:443/talk/1/?x=1",
        "//app.callgear.ae/talk/1/?x=1",
        "HTTP://APP.CallGear.AE/talk/1/?x=1",
        "hTTps://app.callgear.ae./talk/1/?x=1",
        " http://app.callgear.ae/talk/1/?x=1\n",
        "\thttps://app.callgear.ae/talk/\r\n1/?x=1 ",
    ],
)
def test_r9_harmless_spellings_are_asked_for_by_https(monkeypatch, url):
    """W5: never without TLS, and by the same address."""
    asked = []

    def note(method, url, *_args, public_only, **_options):
        asked.append((method, url, public_only))
        raise TransportError(Stage.NAME, "nothing is sent")

    monkeypatch.setattr(download, "send", note)
    assert refusal(url).retry
    assert asked == [("GET", "https://app.callgear.ae/talk/1/?x=1", True)]


@given(
    st.sampled_from(["http", "HTTP", "https", "", "ftp"]),
    st.sampled_from(
        ["app.callgear.ae", "app.uiscom.ru", "callgear.ae.", "evil.example"]
    ),
    st.sampled_from(["", ":80", ":443", ":8080", ":"]),
    st.text("/?#ab%:@ \\\n", max_size=8),
)
def test_r9_nothing_is_ever_asked_without_tls(scheme, host, port, rest):
    asked = []

    def note(_method, url, *_args, **_options):
        asked.append(url)
        raise TransportError(Stage.NAME, "nothing is sent")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "send", note)
        refusal(f"{scheme}{':' if scheme else ''}//{host}{port}/{rest}")
    allowed = (
        "https://app.callgear.ae/",
        "https://app.uiscom.ru/",
        "https://callgear.ae/",
    )
    assert all(url.startswith(allowed) for url in asked)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("callgear.ae", True),
        ("app.callgear.ae", True),
        ("a.b.callgear.ae", True),
        ("app.uiscom.ru", True),
        ("uiscom.ru", False),
        ("callgear.ae.example", False),
        ("evilcallgear.ae", False),
        (".callgear.ae", True),
        ("", False),
    ],
)
def test_hosts_below_one_on_the_list_are_on_it(host, allowed):
    assert host_allowed(host, CALLGEAR | {""}) is allowed


@pytest.mark.parametrize(
    "host", ["APP.CallGear.AE", "app.callgear.ae.", "app.callgear.ae:443"]
)
def test_other_spellings_of_a_host_on_the_list_are_asked(names, host):
    assert str(refusal(f"https://{host}/")) == "the name of the host is not known"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused(names, address):
    for addresses in (
        [address],
        ["93.184.216.34", address],
        [address, "93.184.216.34"],
    ):
        names["app.callgear.ae"] = addresses
        error = refusal("https://app.callgear.ae/talk/1/")
        assert str(error) == "the host has a private address"
        assert isinstance(error, NotAllowed)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "localhost",
    ],
)
def test_spellings_of_a_private_address_are_refused_even_from_the_list(host):
    """The list is the admin's; it does not make the inside of our network public."""
    error = refusal(
        f"https://{host}/", DownloadLimits(hosts=frozenset({host.strip("[]")}))
    )
    assert str(error) == "the host has a private address"


PUBLIC = [
    "93.184.216.34",
    "2606:2800:220:1::1",
    "64:ff9b::5db8:d822",
    "::ffff:93.184.216.34",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_asked_at_the_address_that_was_checked(
    names, monkeypatch, address
):
    """The name is looked up once: what it leads to later (rebinding) has no effect."""
    asked = []

    def create_connection(place, *_args, **_options):
        asked.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    names["app.callgear.ae"] = [address]
    assert "no connection" in str(refusal("https://app.callgear.ae/talk/1/"))
    assert asked == [(address, 443)]


def test_private_hosts_are_allowed_by_host_and_port_only():
    with serving(reply()) as server, serving(reply()) as other:
        assert fetch(server.url(), limits(server)).content == MP3
        error = refusal(other.url(), limits(server))
    assert isinstance(error, NotAllowed)
    assert not other.requests


# ---------------------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status):
    with serving(reply()) as target:
        there = redirect(target.url("/moved/"), f"{status} Moved")
        with serving(there) as server:
            assert fetch(server.url(), limits(server, target)).content == MP3
    assert target.requests[0].startswith("GET /moved/ ")


def test_a_redirect_may_be_relative():
    def answer(server, sock):
        moved = len(server.requests) > 1
        (reply() if moved else redirect("../2/?x=1"))(server, sock)

    with serving(answer) as server:
        assert fetch(server.url("/talk/1/"), limits(server)).content == MP3
    assert server.requests[1].startswith("GET /talk/2/?x=1 ")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://evil.example/", "the host evil.example is not on the list"),
        ("ftp://app.callgear.ae/talk/1/", "only https addresses are fetched"),
        ("https://sara@app.callgear.ae/", "the address holds a user name"),
        ("https://app.callgear.ae:8443/", "only the usual port is fetched from"),
        ("file:///etc/passwd", "the address is not valid"),
        ("http://[::1", "the address is not valid"),
        ("https://[x]/", "the address is not valid"),
        ("//evil.example/", "the host evil.example is not on the list"),
        ("http://127.0.0.1:1/", "the host 127.0.0.1 is not on the list"),
        ("https://127.0.0.1/", "the host 127.0.0.1 is not on the list"),
        (
            "https://169.254.169.254/latest/",
            "the host 169.254.169.254 is not on the list",
        ),
    ],
)
def test_each_redirect_is_checked_anew(location, words):
    error = failure(redirect(location))
    assert str(error).startswith(words)
    assert isinstance(error, NotAllowed)


def test_a_redirect_to_a_name_with_a_private_address_is_refused(monkeypatch):
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        host = "127.0.0.1" if host == "cdn.callgear.ae" else host
        return real(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = failure(redirect("https://cdn.callgear.ae/talk/1/"))
    assert str(error) == "the host has a private address"


def test_a_redirect_to_another_port_of_a_private_host_is_refused():
    with serving(reply()) as inside, serving(redirect(inside.url())) as server:
        assert isinstance(refusal(server.url(), limits(server)), NotAllowed)
    assert not inside.requests


def test_redirects_in_a_circle_come_to_an_end():
    with serving(redirect("/again")) as server:
        assert str(refusal(server.url(), limits(server))) == "too many redirects"
    assert len(server.requests) == 5


# ---------------------------------------------------------------------------------- TLS


def over_tls(certificate, answer=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return serving(answer or reply(), context)


def test_tls_with_a_trusted_certificate(certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates["127.0.0.1"]))
    with over_tls(certificates["127.0.0.1"]) as server:
        audio = fetch(f"https://{server.place}/talk/1/", limits(server))
    assert audio.content == MP3


def test_tls_with_a_certificate_that_nobody_vouches_for(certificates):
    with over_tls(certificates["127.0.0.1"]) as server:
        error = refusal(f"https://{server.place}/talk/1/", limits(server))
    assert str(error) == "no connection (SSLCertVerificationError)"
    assert not server.requests


def test_tls_with_the_certificate_of_another_host(certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates["other.example"]))
    with over_tls(certificates["other.example"]) as server:
        error = refusal(f"https://{server.place}/talk/1/", limits(server))
    assert str(error) == "no connection (SSLCertVerificationError)"


def test_tls_is_asked_for_where_there_is_none():
    with serving(lambda _server, sock: sock.sendall(OK)) as server:
        error = refusal(
            f"https://{server.place}/talk/1/", limits(server, connect_seconds=1)
        )
    assert str(error).startswith("no connection")


def test_tls_however_slowly_it_drips_there_is_a_deadline(certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates["127.0.0.1"]))
    slow = drip(OK + b"Content-Length: 100000\r\n\r\n", b"x", 0.05)
    with over_tls(certificates["127.0.0.1"], slow) as server:
        error = refusal(f"https://{server.place}/", limits(server, max_seconds=0.5))
    assert str(error) == "the transfer took too long"


# ------------------------------------------------------------------------------ garbage


@given(
    st.sampled_from(
        ["https://", "http://", "", "//", "https:", "https://app.callgear.ae"]
    ),
    st.text("[]@:/?#\\%.a1é\x00\n日-_", max_size=12) | st.text(max_size=12),
)
def test_any_address_is_refused_in_words(scheme, rest):
    def getaddrinfo(host, port, *_args, **_options):
        host.encode("idna")
        raise socket.gaierror

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert str(refusal(scheme + rest))


@given(
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", OK + b"\r\n"]), st.binary(max_size=80)
)
def test_any_answer_is_audio_or_refused_in_words(head, rest):
    with serving(lambda _server, sock: sock.sendall(head + rest)) as server:
        try:
            assert fetch(server.url(), limits(server)).mimetype.startswith("audio/")
        except DownloadError as error:
            assert str(error)
