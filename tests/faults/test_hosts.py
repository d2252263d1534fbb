# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R9, R40, R50: recording hosts and APIs that hang, drip and lie; a full file store."""

import hashlib
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from odoo.addons.callgear_integration.tests.audio_host import MP3, AudioHost
from odoo.addons.callgear_integration.tests.scenarios import incoming

from devtools.server import OdooServer
from simulator.order import Order
from simulator.people import CONTACTS
from simulator.server import Server
from simulator.settings import Settings

from ..server.live import LiveDatabase
from ..server.test_dialling_live import connect
from ..unit.api_server import api_server, raw, refusal, silence, success
from ..unit.audio_server import drip, reply, serving
from ..waiting import wait_until
from . import small_disk
from .traffic import _with_media, insisting, own_caller

full = pytest.mark.full
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"
# A host's answer, and what is said of it where people look.
LIES = {
    "truncated": (reply(MP3[:100], content_length=2000), "broke off"),
    "a web page": (reply(b"<html>Please log in</html>"), "audio"),
    "empty": (reply(b""), "empty"),
    "too large": (reply(b"", content_length=10**12), "large"),
    "nonsense": (lambda _server, sock: sock.sendall(b"\0\xff" * 50), ""),
    "hangs up": (lambda _server, _sock: None, ""),
    "endless": (drip(HEAD + b"\r\n" + MP3, bytes(10**6), 0.0), "large"),
}


@pytest.fixture
def database():
    database = LiveDatabase("hosts")
    try:
        yield database
    finally:
        database.drop()


def talk(number, media):
    """An answered call with a recording at some host."""
    told = own_caller(incoming(50_000 + number, start=5 * number), number)
    return [_with_media(delivery, media) for delivery in told]


def allow(database, *places):
    with database.env() as env:
        env["ir.config_parameter"].set_param(
            "callgear_integration.private_recording_hosts", ",".join(places)
        )
        connection = env["callgear.connection"].browse(database.connection_id)
        connection.recording_max_mb = 1


def recordings(database, media):
    """(state, error, attempts) of those at a host."""
    with database.env() as env:
        found = env["callgear.recording"].search([("url", "like", media)])
        return [(r.state, r.error or "", r.attempts) for r in found]


@contextmanager
def good_host():
    """Each address has a sound of its own."""
    host = AudioHost()
    host.next_answer = lambda path: (200, {}, MP3 + path.encode())
    try:
        yield host
    finally:
        host.close()


@pytest.fixture(scope="module")
def liars():
    """A server, an honest host, and one for each of the lies."""
    database = LiveDatabase("liars")
    try:
        with ExitStack() as stack:
            honest = stack.enter_context(good_host())
            hosts = {
                name: stack.enter_context(serving(answer))
                for name, (answer, _said) in LIES.items()
            }
            allow(database, honest.name, *(host.place for host in hosts.values()))
            server = OdooServer(database.environment, database.name)
            yield database, stack.enter_context(server), honest, hosts
    finally:
        database.drop()


@full
@pytest.mark.parametrize("lie", LIES)
def test_r9_a_lying_host_keeps_nothing_and_holds_up_nobody(liars, lie):
    """Nothing that is no whole sound stays; the reason is written; others are stored."""
    database, server, honest, hosts = liars
    liar, first = hosts[lie], 100 * list(LIES).index(lie)
    good = honest.url(f"/{first}")
    told = [talk(first + n, liar.url("/media")) for n in (1, 2)]
    told += [talk(first + n, good) for n in (3, 4)]
    with insisting(database, server, deliveries=sum(told, [])):
        pass
    wait_until(
        lambda: [s for s, *_ in recordings(database, good)] == ["stored"] * 2,
        seconds=40,
        what=lambda: recordings(database, "media"),
    )
    wait_until(lambda: all(e for _s, e, _a in recordings(database, liar.place)))
    for state, error, _attempts in recordings(database, liar.place):
        assert state != "stored"
        assert LIES[lie][1] in error
        assert "http" not in error


@full
def test_r9_a_dripping_host_is_given_up_in_time(database):
    """S9: a byte a second: an attempt ends before its worker does, and is written down."""
    dripping = drip(HEAD + b"Content-Length: 2004\r\n\r\nID3\x04", b"\0", 1)
    options = {"limit_time_real_cron": 16}
    with good_host() as host, serving(dripping) as slow:
        allow(database, host.name, slow.place)
        told = [talk(1, slow.url("/media")), talk(2, host.url("/media"))]
        with OdooServer(database.environment, database.name, **options) as server:
            began = time.monotonic()
            with insisting(database, server, deliveries=sum(told, [])):
                pass
            database.wait_until_processed(sum(map(len, told)))
            # Notifications do not wait for the download at all.
            assert time.monotonic() - began < 8
            wait_until(
                lambda: [s for s, *_ in recordings(database, host.name)] == ["stored"],
                seconds=40,
            )
            [(state, error, attempts)] = wait_until(
                lambda: [r for r in recordings(database, slow.place) if r[1]],
                seconds=40,
            )
            assert (state, attempts) == ("pending", 1)
            assert server.alive()


@full
def test_r9_the_disk_of_the_file_store_is_full(database):
    """S8: nothing truncated stays; once there is room, all are stored, whole."""
    with good_host() as host:
        allow(database, host.name)
        told = sum((talk(n, host.url("/media")) for n in range(1, 7)), [])
        with small_disk.mounted(database.database.filestore, "4m") as disk:
            with OdooServer(database.environment, database.name) as server:
                with small_disk.full(disk):
                    with insisting(database, server, deliveries=told):
                        pass
                    database.wait_until_processed(len(told))
                    wait_until(
                        lambda: all(e for _s, e, _a in recordings(database, host.name))
                    )
                    assert all("no room" in e for _s, e, _a in recordings(database, ""))
                    assert {s for s, *_ in recordings(database, "")} == {"pending"}
                database.change(_fetch_now)
                wait_until(
                    lambda: {s for s, *_ in recordings(database, "")} == {"stored"},
                    seconds=60,
                    what=lambda: recordings(database, ""),
                )
            with database.env() as env:
                files = env["callgear.recording"].search([]).attachment_id
                assert len(files) == 6
                for file in files:
                    content = (disk / file.store_fname).read_bytes()
                    assert hashlib.sha1(content).hexdigest() == file.checksum
                    assert content.startswith(MP3)
            kept = [path for path in disk.rglob("*") if path.is_file()]
            # Odoo's own marks of what may have to be deleted are empty.
            kept = [path for path in kept if "checklist" not in path.parts]
            assert len(kept) == 6


def _fetch_now(env):
    env["callgear.recording"].search([]).next_attempt_at = "2020-01-01"
    env["callgear.recording"]._trigger()


# An API's answer to whatever it is asked.
BROKEN_APIS = {
    "silent": silence,
    "hangs up": lambda _server, _sock: None,
    "a web page": reply(
        b"<html>Checking your browser</html>", content_type="text/html"
    ),
    "nonsense": raw(b"\0\xff" * 100),
    "200 with an error": refusal("internal_error", code=-32603),
    "null": reply(b"null", content_type="application/json"),
    "rows that are none": success(data=[None, 5, "x", {"id": []}, []]),
    "data that is none": success(data="all is well"),
    "500": reply(b"oops", "500 Internal Server Error"),
}


@full
@pytest.mark.parametrize("name", BROKEN_APIS)
def test_r50_a_broken_api_holds_up_no_notification(told, expected, name):
    """While it is asked for operators, lost ends and comparisons; and it changes nothing."""
    database = LiveDatabase("api")
    try:
        with api_server(BROKEN_APIS[name]) as api:
            with database.env() as env:
                env["callgear.connection"].browse(database.connection_id).write(
                    {
                        "api_url": api.api(),
                        "data_api_url": api.api("/v2.0"),
                        "api_key": "a-key",
                    }
                )
            with OdooServer(database.environment, database.name) as server:
                database.change(lambda env: _ask_api(env, database.connection_id))
                wait_until(
                    lambda: api.calls, what=lambda: server.log.read_text()[-3000:]
                )
                began = time.monotonic()
                with insisting(database, server, deliveries=told) as answers:
                    pass
                database.wait_until_processed(len(told))
                assert time.monotonic() - began < 30
                assert set(answers) == {200}
                log = server.log.read_text()
            assert database.snapshot() == expected
            with database.env() as env:
                [comparison] = env["callgear.comparison"].search([], limit=1)
                assert comparison.state != "done"
                assert not comparison.completed_count
                are_rows = name == "rows that are none"
                assert bool(comparison.unread_count) == are_rows
                assert not are_rows or "rows of calls" in comparison.unread_text
            assert "a-key" not in log
    finally:
        database.drop()


def _ask_api(env, connection_id):
    now = env.cr.now()
    env["callgear.comparison"].create(
        {
            "connection_id": connection_id,
            "date_from": now.replace(hour=0, minute=0, second=0, microsecond=0),
            "date_to": now.replace(microsecond=0),
            "reason": "manual",
            "next_attempt_at": "2020-01-01",
        }
    )
    for name in ("compare_calls", "sync_operators"):
        env.ref(f"callgear_integration.ir_cron_{name}")._trigger()


@full
def test_r50_a_day_on_which_callgear_told_nothing(database):
    """The addresses were wrong there: the night's comparison brings all calls back."""
    with Server(Settings(recording_delay=0)) as pbx:
        with OdooServer(database.environment, database.name) as odoo:
            connect(database, odoo, pbx)
            board = pbx.switchboard
            board.change({"webhook_url": "http://127.0.0.1:9/nowhere"})
            names = ("answered", "missed", "blind-transfer", "softphone")
            placed = [
                board.place(
                    Order(name, CONTACTS[n], speed=0, start_time=_hours_ago(20 - 5 * n))
                )
                for n, name in enumerate(names)
            ]
            assert all(call.player.join(60) for call in placed)
            assert not database.states()
            database.change(
                lambda env: env.ref(
                    "callgear_integration.ir_cron_request_comparison"
                )._trigger()
            )
            wanted = ["answered", "missed", "answered", "answered"]

            def outcomes():
                database.change(_compare_now)
                with database.env() as env:
                    return env["callgear.call"].search([], order="id").mapped("outcome")

            wait_until(
                lambda: sorted(outcomes()) == sorted(wanted), seconds=60, what=outcomes
            )
            database.change(_compare_now)


def _compare_now(env):
    env["callgear.comparison"].search(
        [("state", "=", "waiting"), ("attempts", "=", 0)]
    ).next_attempt_at = "2020-01-01"
    env.ref("callgear_integration.ir_cron_compare_calls")._trigger()


def _hours_ago(hours):
    return datetime.now(ZoneInfo("Asia/Dubai")) - timedelta(hours=hours)
