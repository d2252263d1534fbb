# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: bodies are read in any declared charset and compression, within their limit."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.body_text import TooLarge, body_text

LIMIT = 256 * 1024
RUSSIAN = '{"contact_full_name": "Нина Петрова", "leg_id": 1}'


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    " Deflate ": raw_deflate,
    "identity": bytes,
    "": bytes,
    "br": bytes,
    "gzip, deflate": lambda data: zlib.compress(gzip.compress(data)),
}


def read(body, coding=None, charset=None):
    return body_text(body, coding, charset, LIMIT)


@pytest.mark.parametrize(
    "charset",
    ["cp1251", "windows-1251", "KOI8-R", "iso-8859-5", "cp866", "utf-16", "UTF-16LE"]
    + [
        "utf-16be",
        "utf-32",
        "utf-8",
        '"utf-8"',
        "utf-8-sig",
        "x-mac-cyrillic",
        "gb18030",
    ],
)
def test_r40_declared_charsets(charset):
    name = charset.strip('"').replace("x-mac-", "mac_")
    said = read(RUSSIAN.encode(name), charset=name if "mac" in charset else charset)
    assert said.lstrip("\ufeff") == RUSSIAN


def test_r40_latin_1():
    assert "café" in read('{"a": "café"}'.encode("latin-1"), charset="ISO-8859-1")


@pytest.mark.parametrize(
    "charset",
    [None, "", "nonsense", "x" * 5000, "utf-16", "ascii", "latin-1", "cp1251", "hex"]
    + [
        "rot13",
        "zlib",
        "idna",
        "punycode",
        "undefined",
        "unicode-escape",
        "\x00",
        "base64",
    ],
)
def test_r40_a_wrong_charset_costs_nothing(charset):
    """What is valid UTF-8 is that, whatever is declared."""
    assert read(RUSSIAN.encode(), charset=charset) == RUSSIAN


@pytest.mark.parametrize("charset", [None, "nonsense", "utf-8", "utf-16", "punycode"])
def test_r40_an_unknown_charset_loses_no_call(charset):
    said = read(RUSSIAN.encode("cp1251"), charset=charset)
    assert '"leg_id": 1}' in said


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(list(PACKERS)),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16"]),
)
def test_r40_packed_bodies(text, coding, charset):
    text = '{"name": "' + text + '"}'
    packed = PACKERS[coding](text.encode(charset))
    assert read(packed, coding, charset) == text


@pytest.mark.parametrize("coding", [None, "identity", "deflate", "br"])
def test_r40_gzip_is_known_by_itself(coding):
    assert read(gzip.compress(RUSSIAN.encode()), coding) == RUSSIAN


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip, gzip, gzip"])
def test_r40_a_body_that_somebody_has_unpacked_already(coding):
    assert read(RUSSIAN.encode(), coding) == RUSSIAN


def test_gzip_of_several_parts():
    body = RUSSIAN.encode()
    assert read(gzip.compress(body[:9]) + gzip.compress(body[9:]), "gzip") == RUSSIAN


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, deflate"])
def test_exactly_as_much_as_allowed(coding):
    body = b"{}".ljust(LIMIT)
    assert len(read(PACKERS[coding](body), coding)) == LIMIT
    with pytest.raises(TooLarge):
        read(PACKERS[coding](body + b" "), coding)


def bombs():
    zeros = bytes(64 * 1024 * 1024)
    yield "gzip", gzip.compress(zeros)
    yield "deflate", zlib.compress(zeros)
    yield "deflate", raw_deflate(zeros)
    yield "gzip, gzip", gzip.compress(gzip.compress(zeros))
    yield None, gzip.compress(zeros)
    yield "gzip", gzip.compress(bytes(LIMIT)) * 400


@pytest.mark.parametrize(("coding", "body"), bombs())
def test_a_bomb_takes_no_more_memory_than_the_limit(coding, body):
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            read(body[:LIMIT] if len(body) > LIMIT else body, coding)
        assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT
    finally:
        tracemalloc.stop()


def test_too_large_as_it_came():
    with pytest.raises(TooLarge):
        read(b"x" * (LIMIT + 1))


@given(st.binary(max_size=200), st.text(max_size=12), st.text(max_size=12))
def test_any_bytes_are_text(body, coding, charset):
    read(body, coding, charset).encode("utf-8", "replace")
    read(body, "gzip, deflate", "cp1251")
