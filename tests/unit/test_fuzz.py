# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""S14, R40: whatever comes in from outside, the readers answer, and in bounded time.

Real bodies, rows, numbers and addresses, changed at random places. The same seed makes the
same inputs; a failure names both.
"""

import copy
import json
import time
from functools import partial
from random import Random

import pytest
import pytz

from odoo.addons.callgear_integration.callgear import errors, report_rows, values
from odoo.addons.callgear_integration.callgear.body_text import TooLarge, body_text
from odoo.addons.callgear_integration.callgear.download import (
    DownloadError,
    DownloadLimits,
    fetch_audio,
)
from odoo.addons.callgear_integration.callgear.http_post import HttpAnswer, Target
from odoo.addons.callgear_integration.callgear.json_repair import storable
from odoo.addons.callgear_integration.callgear.json_rpc import _envelope
from odoo.addons.callgear_integration.callgear.limits import PointLimits
from odoo.addons.callgear_integration.callgear.notification import (
    EVENTS,
    NotificationBody,
    parse,
)
from odoo.addons.callgear_integration.domain.facts import facts_of
from odoo.addons.callgear_integration.domain.timeline import build_timeline
from odoo.addons.callgear_integration.tests.odd_values import ODD
from odoo.addons.callgear_integration.tests.scenarios import SCENARIOS
from odoo.addons.callgear_integration.tools import (
    local_time,
    log_mask,
    networks,
    phone_number,
    typed_number,
)
from odoo.addons.callgear_integration.tools.chosen_id import MAX_ID, chosen_id
from odoo.addons.callgear_integration.tools.dial_area import is_number_of

SEED = 20260328
# Seconds that no input of a few kilobytes may take.
LONGEST = 2
TOLD = [d for make in SCENARIOS.values() for d in make()]
PIECES = (
    *('"', "'", "{", "}", "[", "]", ":", ",", "\\", "\\u0000", "\\ud800", "{{", "}}"),
    *(
        '""',
        "\x00",
        "\ufeff",
        "\u2028",
        "null",
        "NaN",
        "1e999",
        "-",
        "9" * 40,
        "%",
        "=",
    ),
    *(
        "&",
        "+",
        "\r\n",
        " ",
        "\xa0",
        "é",
        "ё",
        "\U0001f600",
        "{" * 50,
        "[" * 50,
        '{"a":',
    ),
)
PHONES = (
    *("+971505550123", "050 555 0123", "8 (495) 123-45-67", "+44 20 7946 0958 ext. 12"),
    *("tel:+1-202-555-0123", "sip:100@pbx", "1.97150555012e+11", "00971505550123"),
    *("anonymous", "101", "971505550123.0", "+7 (495) 123-45-67, +7 495 765 43 21"),
    *("٠٥٠٥٥٥٠١٢٣", "+1 800 FLOWERS", "۰۹۱۲", "+390612345678", "0800 123 45 67 доб. 5"),
)
SIGNS = "0123456789+-() ./,;#*xе×٣０²\x00\u202a\ud800"
URLS = (
    *("https://callapi.callgear.com/v4.0", "http://127.0.0.1:8090/", "https://[::1]/a"),
    *("https://u:p@h/", "//host/x", "https://host:443/a?b#c", "https://1.2.3.4\\@h/"),
    *("https://app.callgear.ae/system/media/talk/1/0a.mp3", "https://xn--e1afmkfd/"),
)
PARTS = (
    *"/:@?#[]%.\\ \t\n\x00",
    "127.0.0.1",
    "。",
    "K",
    "%00",
    "::",
    "\ud800",
    "http://",
)
ROW = {
    **{"id": 5241900001, "call_session_id": 5241900001, "communication_id": 5241900001},
    **{"start_time": "2026-03-28 16:30:04", "finish_time": "2026-03-28 16:31:00"},
    **{"direction": "in", "source": "sip", "is_lost": False, "talk_duration": 5},
    **{"total_duration": 9, "wait_duration": 4, "connect_time": "2026-03-28 16:30:09"},
    **{
        "employees": [
            {"employee_id": 1, "employee_full_name": "S", "is_answered": True}
        ]
    },
    **{"tags": [{"tag_name": "a"}], "call_records": ["0a"], "is_operator": True},
    **{"employee_id": 701234, "employee_full_name": "Sara", "is_talked": True},
    **{"contact_phone_number": "971505550123", "virtual_phone_number": "97145550100"},
}
HOSTS = DownloadLimits(hosts=frozenset())


def text_of(random, known, pieces, most=4):
    """A known text with some pieces put in, taken out, or doubled."""
    text = random.choice(known)
    for _time in range(random.randint(0, most)):
        place = random.randint(0, len(text))
        until = place + random.choice((0, 0, 1, 2, 9))
        text = text[:place] + random.choice(pieces) + text[until:]
    return text


def body_of(random, known=tuple(d.text for d in TOLD)):
    """The body of a notification, changed; sometimes in single bytes."""
    body = text_of(random, known, PIECES).encode("utf-8", "surrogatepass")
    if random.random() < 0.2:
        place = random.randrange(len(body) + 1)
        body = body[:place] + random.randbytes(random.randint(0, 3)) + body[place + 1 :]
    return body


def value_of(random):
    """A value that may stand anywhere in JSON."""
    value = copy.deepcopy(random.choice(ODD))
    return [value] if random.random() < 0.1 else value


def check_body(random):
    event, body = random.choice(EVENTS), body_of(random)
    yield event, body
    checked = NotificationBody.check(event, body)
    assert "\x00" not in checked.text
    checked.text.encode()  # it can be stored
    assert bool(checked.session_id) != bool(checked.error)
    if checked.session_id and random.random() < 0.25:
        again = parse(event, checked.text.encode())
        assert again.session_id == checked.session_id
        arrival = values.as_moment("2026-03-28 12:31:00")
        read = partial(local_time.instants, pytz.utc)
        [fact] = facts_of([again], [arrival], read)
        assert (fact.at - arrival).total_seconds() <= 120
        build_timeline([fact])


def check_values(random):
    """A body that is JSON, with odd values in its fields."""
    delivery = random.choice(TOLD)
    body = json.loads(delivery.text)
    for _time in range(random.randint(1, 3)):
        target = random.choice(
            [body, *(s for s in body.values() if isinstance(s, dict))]
        )
        if target:
            target[random.choice(list(target))] = value_of(random)
    yield delivery.event, body
    text = json.dumps(body, default=str)
    checked = NotificationBody.check(delivery.event, text.encode())
    assert bool(checked.session_id) != bool(checked.error)
    checked.text.encode()


def check_transfer(random):
    """Bodies as they are sent: compressed, in any charset, or said to be."""
    charset = random.choice(
        (None, "utf-8", "utf-16", "cp1251", "utf-7", "no such", "hex")
    )
    packing = random.choice(
        (None, "gzip", "deflate", "br", "x-gzip", "a, b", "gzip,gzip")
    )
    body = body_of(random)
    yield packing, charset, body
    try:
        storable(body_text(body, packing, charset, 2**18)).encode()
    except TooLarge:
        pass


def check_phone(random):
    text = text_of(random, PHONES, SIGNS, 6)
    country = random.choice(("AE", "RU", "US", "IT", "AR", None, "XX", ""))
    yield text, country
    number = phone_number.from_pbx(text, country)
    numbers, _is_complete = phone_number.read(text, country)
    for found in (number, *numbers):
        assert not found or (
            found[0] == "+" and found[1:].isascii() and found[1:].isdigit()
        )
    phone_number.is_hidden(text)
    typed_number.ranges(text, country)
    if number:
        phone_number.line_key(number)
        is_number_of(number, ["AE", "US"])


def check_row(random):
    row = dict(ROW)
    for _time in range(random.randint(1, 4)):
        row[random.choice(list(row))] = value_of(random)
    yield row
    for read in (report_rows.reported_call, report_rows.reported_leg):
        read(row)
    PointLimits.of({"limits": row})
    errors.Refused.from_error({"message": row["id"], "data": row}, str).message.encode()


def check_answer(random, known=('{"jsonrpc":"2.0","id":"1","result":{"data":[]}}',)):
    body = body_of(random, known)
    yield body
    envelope = _envelope(HttpAnswer(200, body), "1")
    assert isinstance(envelope, dict | errors.BadAnswer)


def check_url(random):
    url = text_of(random, URLS, PARTS)
    yield url
    try:
        target = Target.of(url)
        assert target.url.startswith("https://")
    except errors.BadAddress:
        pass
    try:
        fetch_audio(url, HOSTS, None)
        raise AssertionError("no host is allowed")
    except DownloadError:
        pass
    networks.is_private_literal(url)
    networks.is_within(url, networks.networks_in("::/0, 0.0.0.0/0"))


def check_log_line(random):
    """No token stays readable in any line of the log."""
    token = f"Secret{random.getrandbits(64)}"
    path = random.choice(("/callgear/", "/callgear//", "/Callgear/", "/callgear%2F"))
    line = text_of(random, ('"POST ', "GET ", ""), PARTS) + path + token + "/end"
    yield line
    assert token not in log_mask.mask(line)


def check_id(random):
    value = value_of(random)
    yield value
    found = chosen_id(value)
    assert found is False or 0 < found <= MAX_ID


CHECKS = {
    check_body: 30,
    check_values: 10,
    check_transfer: 10,
    check_phone: 6,
    check_row: 12,
    check_answer: 10,
    check_url: 8,
    check_log_line: 8,
    check_id: 6,
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_s14_any_input(check, request):
    """100 000 inputs in all, or 1 000 000."""
    times = CHECKS[check] * (10_000 if request.config.getoption("full") else 1000)
    random = Random(f"{SEED} {check.__name__}")
    for number in range(times):
        steps = check(random)
        given, began = next(steps), time.perf_counter()
        try:
            assert next(steps, None) is None
            assert time.perf_counter() - began < LONGEST, "it took too long"
        except Exception as error:
            shown = f"seed {SEED}, {check.__name__}, input {number}: {given!r}"
            raise AssertionError(shown[:3000]) from error
