# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: no secret is ever in a log; the token in the address of a webhook is one."""

import logging
import random
import secrets
import time
from urllib.parse import unquote

import pytest

from odoo.addons.callgear_integration.tools import log_mask

TOKEN = "s3cret-Token_0123456789"


@pytest.fixture
def said(monkeypatch):
    """What any logger lets out, as a handler formats it."""
    monkeypatch.setattr(logging, "_logRecordFactory", logging.LogRecord)
    log_mask.install()
    logger = logging.getLogger("callgear.test_log_mask")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(handler.format(record))
    logger.addHandler(handler)
    yield lambda *args, **kwargs: (logger.info(*args, **kwargs), lines[-1])[1]
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (
            f'"POST /callgear/{TOKEN}/handset HTTP/1.1" 200 -',
            '"POST /callgear/***/handset HTTP/1.1" 200 -',
        ),
        (f"https://x/callgear/{TOKEN}/end?db=demo", "https://x/callgear/***/end?***"),
        (f"POST /callgear/{TOKEN}", "POST /callgear/***"),
        (f"POST /callgear/{TOKEN}?x=1 HTTP/1.1", "POST /callgear/***?*** HTTP/1.1"),
        (
            f"POST /callgear%2F{TOKEN}%2Fend HTTP/1.1",
            "POST /callgear%2F***%2Fend HTTP/1.1",
        ),
        (f"POST /callgear/end?token={TOKEN}", "POST /callgear/end?***"),
        (f"POST //callgear//{TOKEN}/end", "POST //callgear//***/end"),
        (
            f"/callgear/{TOKEN}/end /callgear/{TOKEN}/end",
            "/callgear/***/end /callgear/***/end",
        ),
        (
            f"\x1b[33mPOST /callgear/{TOKEN}/end\x1b[0m",
            "\x1b[33mPOST /callgear/***/end\x1b[0m",
        ),
    ],
)
def test_r42_the_token_is_replaced(line, masked):
    assert log_mask.mask(line) == masked


@pytest.mark.parametrize(
    "line",
    [
        "POST /web/login HTTP/1.1",
        "GET /callgear_integration/static/description/icon.png HTTP/1.1",
        "the module callgear is here",
        'File "/addons/callgear_integration/callgear/errors.py", line 3, in f',
        "/web/dataset/call_kw/callgear.leg/read HTTP/1.1",
        "https://callapi.callgear.com/v4.0/ answered",
        "POST /callgear/dashboard/export_xlsx HTTP/1.1",
        "GET /my/callgear/recording/12 HTTP/1.1",
        "100% of /web/login?token=of-somebody-else",
        "",
    ],
)
def test_other_lines_stay_as_they_are(line):
    assert log_mask.mask(line) == line


def test_r42_token_in_the_message(said):
    assert TOKEN not in said(f"POST /callgear/{TOKEN}/end")


def test_r42_token_in_an_argument_as_werkzeug_logs_it(said):
    line = said('"%s" %s %s', f"POST /callgear/{TOKEN}/end HTTP/1.1", 200, "-")
    assert line == '"POST /callgear/***/end HTTP/1.1" 200 -'


def test_r42_token_in_a_named_argument(said):
    assert said("%(line)s %(n)d", {"line": f"/callgear/{TOKEN}/end", "n": 1}) == (
        "/callgear/***/end 1"
    )


def test_r42_token_in_bytes_or_in_an_object(said):
    assert TOKEN not in said("%s", f"/callgear/{TOKEN}/end".encode())
    assert TOKEN not in said("%s", ValueError(f"/callgear/{TOKEN}/end"))


def test_numbers_stay_numbers(said):
    assert said("%d %.1f", 5, 1.25) == "5 1.2"


def test_r42_token_in_an_exception_and_in_the_stack(said):
    try:
        raise ConnectionError(f"no answer from https://x/callgear/{TOKEN}/end")
    except ConnectionError:
        line = said("It failed", exc_info=True)
    assert "ConnectionError" in line
    assert "Traceback" in line
    assert TOKEN not in line


def test_a_wrong_format_is_no_fault_of_the_mask(said, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    record = logging.getLogRecordFactory()("x", 20, "p", 1, "%d", ("no number",), None)
    assert record.msg == "%d"


@pytest.mark.parametrize("name", ["werkzeug", "odoo.http", "urllib3.connectionpool"])
def test_r42_each_logger_is_masked(said, name):
    make = logging.getLogger(name).makeRecord
    told = '"POST %s HTTP/1.1" 404', (f"/Callgear/{TOKEN}/end",)
    record = make(name, logging.DEBUG, "p", 1, *told, None)
    assert TOKEN not in record.getMessage()
    assert TOKEN not in str((record.msg, record.args))


def test_r42_the_mask_is_installed_once(said):
    before = logging.getLogRecordFactory()
    log_mask.install()
    assert logging.getLogRecordFactory() is before


# ------------------------------------------------------------------ generated spellings


def encoded(draw, text, share=0.3):
    """Some characters percent-encoded, once or more often, in capitals or not."""
    told = ""
    for character in text:
        if draw.random() < share:
            code = f"%{ord(character):02x}"
            code = code.upper() if draw.random() < 0.5 else code
            character = code.replace("%", "%" + "25" * draw.randrange(3))
        told += character
    return told


def spelling(draw, secret):
    """An address with a token, as a person, a proxy or a library may write it."""
    slash = lambda: draw.choice(["/", "/", "//", "\\/", "%2F", "%2f", "%252F", "\\"])  # noqa: E731
    name = "".join(
        character.upper() if draw.random() < 0.3 else character
        for character in "callgear"
    )
    name = encoded(draw, name, draw.choice([0, 0, 0.4]))
    params = draw.choice(["", "", ";x", ";a=1;b", "%3Bx"])
    told = encoded(draw, secret, draw.choice([0, 0, 0.3]))
    event = draw.choice(["end", "END", "handset", "nothing", ""])
    parts = {
        "part": f"{slash()}{told}{draw.choice(['', ';y=2'])}{slash()}{event}",
        "query": f"{slash()}{event}?token={told}&self=1",
        "encoded query": f"{slash()}x{slash()}{event}%3Ftoken%3D{told}",
        "both": f"{slash()}{told}{slash()}{event}?token={told}",
    }
    address = slash() + name + params + draw.choice(list(parts.values()))
    around = draw.choice(
        [
            '"POST {} HTTP/1.1" 404 -',
            "https://helpdesk.example.com{}",
            "Max retries exceeded with url: {} (Caused by X)",
            "{{'PATH_INFO': '{}', 'x': 1}}",
            "<a href='{}'>",
            "\x1b[33m{}\x1b[0m",
            "b'{}'",
            "({})",
        ]
    )
    return around.format(address), told


@pytest.mark.parametrize("seed", range(20))
def test_r42_the_token_in_every_spelling(seed):
    """Each seed: 100 addresses, spelled at random; the token is in none of the lines."""
    draw = random.Random(seed)
    for _time in range(100):
        secret = secrets.token_urlsafe(32) if seed % 2 else TOKEN
        line, told = spelling(draw, secret)
        masked = log_mask.mask(line)
        plain = masked
        for _layer in range(4):
            plain = unquote(plain)
        assert told not in masked, line
        assert secret not in plain, line
        # Not a part of it either.
        assert secret[:12] not in plain, line
        assert secret[-12:] not in plain, line


def test_r42_known_secrets_are_hidden_wherever_they_stand(monkeypatch):
    """The API key in a body, the token without an address; by their hashes."""
    monkeypatch.setattr(log_mask, "_digests", set())
    key = secrets.token_hex(20)
    log_mask.learn(key)
    log_mask.learn("short")
    for line in (f'{{"access_token": "{key}"}}', f"x={key}&y", f"key {key}", key):
        assert key not in log_mask.mask(line)
    assert log_mask.mask("a short text") == "a short text"
    assert key not in str(log_mask._digests)


def test_the_mask_takes_time_in_proportion():
    """However a line is made up, it does not stop the server."""
    began = time.monotonic()
    for text in ("callgear/", "%25", "callgear%2", "/;?", "a" * 99 + "/", "callgear;"):
        log_mask.mask(text * (50_000 // len(text)))
    assert time.monotonic() - began < 5
