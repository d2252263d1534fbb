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
