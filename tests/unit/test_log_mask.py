# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: no secret is ever in a log; the token in the address of a webhook is one."""

import logging

import pytest

from odoo.addons.callgear_integration.tools import log_mask

TOKEN = "s3cret-Token_0123456789"


@pytest.fixture
def said():
    """What a logger with the mask lets out."""
    logger = logging.getLogger("callgear.test_log_mask")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    mask = log_mask.TokenMask()
    logger.addFilter(mask)
    yield lambda *args: (logger.info(*args), lines[-1])[1]
    logger.removeHandler(handler)
    logger.removeFilter(mask)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (
            f'"POST /callgear/{TOKEN}/handset HTTP/1.1" 200 -',
            '"POST /callgear/***/handset HTTP/1.1" 200 -',
        ),
        (f"https://x/callgear/{TOKEN}/end?db=demo", "https://x/callgear/***/end"),
        (f"POST /callgear/{TOKEN}", "POST /callgear/***"),
        (f"POST /callgear/{TOKEN}?x=1 HTTP/1.1", "POST /callgear/*** HTTP/1.1"),
        (f"POST /callgear%2F{TOKEN}%2Fend HTTP/1.1", "POST /callgear%2F*** HTTP/1.1"),
        (f"POST /callgear/end?token={TOKEN}", "POST /callgear/***"),
        (f"POST //callgear//{TOKEN}/end", "POST //callgear//***/end"),
        (
            f"/callgear/{TOKEN}/end /callgear/{TOKEN}/end",
            "/callgear/***/end /callgear/***/end",
        ),
        (
            f"\x1b[33mPOST /callgear/{TOKEN}/x\x1b[0m",
            "\x1b[33mPOST /callgear/***/x\x1b[0m",
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


def test_r42_webserver_is_masked_once():
    logger = logging.getLogger("werkzeug")
    log_mask.install()
    log_mask.install()
    masks = [known for known in logger.filters if isinstance(known, log_mask.TokenMask)]
    assert len(masks) == 1
