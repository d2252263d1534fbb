# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40 against real servers: parallel delivery, several workers and nodes, kill -9."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from odoo import fields

from odoo.addons.callgear_integration.tests.audio_host import MP3, AudioHost
from odoo.addons.callgear_integration.tests.builder import changed
from odoo.addons.callgear_integration.tests.scenarios import (
    SCENARIOS,
    attended_transfer,
    deliveries,
    incoming,
)

from devtools.server import OdooServer

from .live import LiveDatabase


def everything():
    """All scenarios at once, each with a caller and sessions of its own."""
    told = []
    for index, make in enumerate(SCENARIOS.values()):
        for delivery in make():
            body = delivery.text
            hidden = '"contact_phone_number": ""' in body
            session = int(body.split('"call_session_id": ')[1].split(",")[0])
            told.append(
                changed(
                    delivery,
                    call_info__call_session_id=session + 1000 * index,
                    **(
                        {}
                        if hidden
                        else {
                            "contact_info__contact_phone_number": f"9715055510{index:02}"
                        }
                    ),
                )
            )
    return told


@pytest.fixture(scope="module")
def expected():
    """What an orderly delivery of everything leaves behind."""
    database = LiveDatabase("orderly")
    try:
        database.deliver_in_order(everything())
        yield database.snapshot()
    finally:
        database.drop()


@pytest.fixture
def database():
    database = LiveDatabase("live")
    try:
        yield database
    finally:
        database.drop()


BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@contextmanager
def servers(database, *settings):
    """Run one server per setting on the database; yield them."""
    running = [OdooServer(database.environment, database.name, **s) for s in settings]
    try:
        for server in running:
            server.start()
        yield running
    finally:
        for server in running:
            server.stop()


def in_parallel(database, urls, told, threads=6):
    """Deliver shuffled and with repeats, at several servers at once."""
    chance = random.Random(7)
    mixed = told + chance.sample(told, k=len(told) // 4)
    chance.shuffle(mixed)

    def post(number_and_delivery):
        number, delivery = number_and_delivery
        for _again in range(20):
            try:
                return database.post(urls[number % len(urls)], delivery)
            except BROKEN:
                continue  # its worker was killed, maybe in the midst of the answer
        raise AssertionError("no answer")

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(post, enumerate(mixed)))


@pytest.mark.parametrize(
    "settings",
    [({"workers": 2},), ({"workers": 0}, {"workers": 0})],
    ids=["two workers", "two nodes"],
)
def test_r40_parallel_delivery_ends_as_orderly_delivery(database, expected, settings):
    told = everything()
    with servers(database, *settings) as running:
        answers = in_parallel(database, [server.url for server in running], told)
        database.wait_until_processed(len(told))
    assert answers.count("accepted") == len(told)
    assert database.snapshot() == expected


def test_r40_a_killed_worker_loses_nothing(database, expected):
    """kill -9 of workers while notifications pour in; the cron finishes the work."""
    told = everything()
    with servers(database, {"workers": 2}) as (server,):
        with ThreadPoolExecutor(1) as side:
            pouring = side.submit(in_parallel, database, [server.url], told)
            for _kill in range(2):
                done = database.states().get("done", 0)
                while (
                    database.states().get("done", 0) < done + 10 and not pouring.done()
                ):
                    pass
                server.kill9_worker()
                server.wait_for_workers()
            pouring.result()
        database.hurry()
        database.wait_until_processed(len(told))
    assert database.snapshot() == expected


def test_r40_killed_between_storing_and_processing(database):
    """The answer does not wait for the work, and the work survives the server."""
    first, *rest = deliveries(incoming())
    with servers(database, {}) as (server,):
        with database.holding(database.session_lock("5241900001")):
            # Processing waits for the lock of the call, so an answer proves that it
            # was given before.
            assert database.post(server.url, first, timeout=20) == "accepted"
            assert database.states() == {"pending": 1}
            server.kill9()
    assert database.states() == {"pending": 1}
    with servers(database, {}) as (server,):
        database.hurry()
        database.wait_until_processed(1)
        for delivery in rest:
            database.post(server.url, delivery)
        database.wait_until_processed(1 + len(rest))
    (call,) = database.snapshot()["calls"]
    assert call[5] == "answered"


def test_r13_calls_follow_a_contact_in_the_cron(database):
    """Calls that are left to it, in transactions as they are outside of other tests."""
    database.deliver_in_order(deliveries(incoming(caller="447700900123")))
    with database.env() as env:
        later = env["res.partner"].with_context(callgear_numbers_later=True)
        later.create({"name": "Ann", "phone": "+447700900123"})
        env["callgear.partner.phone"].search(
            [("number", "=", "+447700900123")]
        ).is_news = True
    with database.env() as env:
        env["callgear.caller"]._cron_follow()
    with database.env() as env:
        phones = env["callgear.partner.phone"]
        assert env["callgear.call"].search([]).partner_id.name == "Ann"
        assert not phones.search_count([("is_news", "=", True)])


def test_r9_a_call_that_changes_while_its_recording_is_fetched(database):
    """What another transaction writes meanwhile delays neither recording nor failure."""
    told = deliveries(incoming())
    database.deliver_in_order(told)
    answers = [(404, {}, b""), (200, {}, MP3)]

    def next_answer(_path):
        database.environment.sql(
            database.name, "UPDATE callgear_recording SET write_date = now()"
        )
        return answers.pop(0)

    host = AudioHost()
    host.next_answer = next_answer
    try:
        with database.env() as env:
            env["ir.config_parameter"].set_param(
                "callgear_integration.private_recording_hosts", host.name
            )
            env["callgear.recording"].search([]).url = host.url("/one")
        for expected in ("pending", "stored"):
            with database.env() as env:
                recording = env["callgear.recording"].search([])
                recording.next_attempt_at = "2020-01-01"
                env.cr.commit()
                recording._cron_fetch()
                assert recording.state == expected
                assert bool(recording.error) == (expected == "pending")
    finally:
        host.close()


def test_r16_a_recording_that_moves_while_it_is_stored(database):
    """It stands in the call message of the conversation that it turned out to be of."""
    database.deliver_in_order(deliveries(attended_transfer()))

    def move(env):
        recording = env["callgear.recording"].search([], limit=1)
        database.session_lock(recording.call_id.session_id)(env)
        recording.leg_id = recording.call_id.leg_ids.filtered("message_id")[-1:]

    host = AudioHost()
    try:
        with database.env() as env:
            env["ir.config_parameter"].set_param(
                "callgear_integration.private_recording_hosts", host.name
            )
            recording = env["callgear.recording"].search([], limit=1)
            recording.url = host.put("/one", MP3)
            first, last = recording.call_id.leg_ids.filtered("message_id")
            assert recording.leg_id == first
            env.cr.commit()
            held = database.hold(0.5, move)
            recording._fetch()
            held.join()
            assert recording.leg_id == last
            assert recording.attachment_id == last.message_id.attachment_ids
            assert not first.message_id.attachment_ids
    finally:
        host.close()


def test_r9_a_recording_that_somebody_writes_to_is_fetched_soon_after(database):
    """Not with the next one only, or whenever the cron comes by."""
    database.deliver_in_order(deliveries(incoming()))

    def lock(env):
        env["callgear.recording"].search([]).lock_for_update()

    with database.env() as env:
        triggers = env["ir.cron.trigger"]
        triggers.search([]).unlink()
        env.cr.commit()
        held = database.hold(0.5, lock)
        env["callgear.recording"]._cron_fetch()
        held.join()
        cron = env.ref("callgear_integration.ir_cron_fetch_recordings")
        [trigger] = triggers.search([("cron_id", "=", cron.id)])
        soon = fields.Datetime.now() + timedelta(minutes=1)
        assert trigger.call_at <= soon
        assert env["callgear.recording"].search([]).mapped("attempts") == [0]
