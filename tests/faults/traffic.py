# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many calls at once, and a sender that does not wait for answers."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from odoo.addons.callgear_integration.tests.builder import changed
from odoo.addons.callgear_integration.tests.scenarios import (
    attended_transfer,
    blind_transfer,
    group,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    unmapped_answers,
)

from ..server.live import LiveDatabase
from ..waiting import wait_until

MAKERS = (
    incoming,
    missed,
    group,
    softphone,
    attended_transfer,
    missed_in_menu,
    blind_transfer,
    unmapped_answers,
)


def own_caller(call, number):
    """The deliveries of a call, told of a caller whom no other call has."""
    caller = f"97150{number:07}"
    return [
        changed(told, contact_info__contact_phone_number=caller)
        for told in call.deliveries
    ]


def traffic(count, media=None):
    """So many notifications of calls of all kinds, in the order in which they happen.

    :param media: address below which recordings lie, instead of CallGear's own
    """
    told = []
    number = 0
    while len(told) < count:
        number += 1
        maker = MAKERS[number % len(MAKERS)]
        told += own_caller(maker(10_000 + number, start=5 * number), number)
    told = sorted(told[:count], key=lambda d: json.loads(d.text)["notification_time"])
    if media:
        told = [_with_media(delivery, media) for delivery in told]
    return told


def _with_media(delivery, media):
    if delivery.event != "recording":
        return delivery
    text = delivery.text.replace("https://app.callgear.ae/system/media", media)
    return type(delivery)(delivery.event, text)


def pour(database, server, deliveries, per_second, senders=100):
    """Post at a steady pace, whether or not what came before has been answered.

    :param senders: as many requests may wait for their answers at a time

    Straight to Odoo: the forwarder in front of workers is no part of the product.

    :return: statuses of the answers, 0 for none, in the order of the deliveries
    """
    url = f"http://127.0.0.1:{server.http_port}"
    answers = [0] * len(deliveries)
    began = time.monotonic()
    with ThreadPoolExecutor(senders) as pool:
        for number, delivery in enumerate(deliveries):
            pause = began + number / per_second - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            pool.submit(_post, database, url, delivery, answers, number)
    return answers


def _post(database, url, delivery, answers, number):
    address = f"{url}/callgear/{database.token}/{delivery.event}"
    headers = {"Content-Type": "application/json"}
    try:
        answer = requests.post(address, delivery.body, headers=headers, timeout=60)
    except requests.RequestException:
        return
    answers[number] = answer.status_code


@contextmanager
def undisturbed(deliveries):
    """What the same notifications leave behind without any hurry or fault."""
    database = LiveDatabase("undisturbed")
    try:
        database.deliver_in_order(deliveries, each=100)
        yield database.snapshot()
    finally:
        database.drop()


@contextmanager
def insisting(database, *servers, deliveries, per_second=40, senders=40):
    """Meanwhile, post and repeat until each is taken, as the nginx of docs/nginx does.

    Nodes are asked in turn, straight at Odoo.

    :return: all statuses of answers, 0 for none, as they come in
    """
    answers = []
    ports = [server.http_port for server in servers]

    def post(number, delivery):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            url = f"http://127.0.0.1:{ports[number % len(ports)]}"
            answer = [0]
            _post(database, url, delivery, answer, 0)
            answers.append(answer[0])
            if answer == [200]:
                return
            number += 1
            time.sleep(0.3)

    def pour_all():
        with ThreadPoolExecutor(senders) as pool:
            for number, delivery in enumerate(deliveries):
                pool.submit(post, number, delivery)
                time.sleep(1 / per_second)

    with ThreadPoolExecutor(1) as side:
        pouring = side.submit(pour_all)
        yield answers
        pouring.result()
    assert answers.count(200) == len(deliveries)


def settle(database, count, seconds=90):
    """Wait until that many are done, without the minutes between two attempts."""

    def done():
        if database.states() == {"done": count}:
            return True
        time.sleep(0.5)
        database.hurry()
        return False

    wait_until(done, seconds, what=lambda: f"{count} done, have {database.states()}")


def under_way(answers):
    """Wait until a part of the traffic has been answered."""
    wait_until(lambda: len(answers) >= 30)
