# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bodies as they are met in practice (callgear.md 1.4, S14): repaired or refused."""

import json
import time
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.json_repair import BodyError, load_object

LIMIT = 256 * 1024
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
STORABLE_TEXT = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
)


def refusal(body: bytes) -> str:
    with pytest.raises(BodyError) as caught:
        load_object(body)
    return str(caught.value)


# -------------------------------------------------------------------- read as it stands


@given(st.dictionaries(STORABLE_TEXT, STORABLE_TEXT | st.integers() | st.none()))
def test_honest_json_is_taken_word_for_word(data):
    assert load_object(json.dumps(data).encode()) == data


@pytest.mark.parametrize(
    "text",
    [
        'a ""quoted"" word',
        "{{leg_id}}",
        "%7B%22a%22%3A1%7D",
        '["a"]',
        ', ""x"",',
        "ends with =",
        "back\\slash \\u0000",
    ],
)
def test_honest_text_that_looks_broken_is_left_alone(text):
    assert load_object(json.dumps({"name": text}).encode()) == {"name": text}


def test_byte_order_mark_and_white_space_around_the_object_do_no_harm():
    assert load_object(b'\xef\xbb\xbf \r\n{"leg_id": 1}\n ') == {"leg_id": 1}


def test_of_a_repeated_key_the_last_counts():
    assert load_object(b'{"leg_id": 1, "leg_id": 2}') == {"leg_id": 2}


def test_largest_body_of_the_contract_is_read():
    body = json.dumps({"name": "x" * (LIMIT - 12)}).encode()
    assert len(body) == LIMIT
    assert len(load_object(body)["name"]) == LIMIT - 12


def test_large_ids_keep_all_their_digits():
    assert load_object(b'{"leg_id": 98765432109876543210}') == {
        "leg_id": 98765432109876543210
    }


# ------------------------------------------------------------------- known to be broken


def test_s14_placeholders_that_the_admin_quoted():
    body = (
        b'{"notification_name":""Call accepted"",'
        b'"virtual_phone_number":""97145550100"",'
        b'"notification_time":""2026-03-30 11:00:00"","call_info":{"direction":""in"",'
        b'"call_session_id":"5241970001","is_lost":"null"},"leg_id":"18250140001"}'
    )
    assert load_object(body) == {
        "notification_name": "Call accepted",
        "virtual_phone_number": "97145550100",
        "notification_time": "2026-03-30 11:00:00",
        "call_info": {
            "direction": "in",
            "call_session_id": "5241970001",
            "is_lost": "null",
        },
        "leg_id": "18250140001",
    }


def test_s14_placeholders_that_the_event_does_not_know():
    body = (
        b'{"notification_name":"Outbound call","call_info":{"direction":{{direction}},'
        b'"call_session_id":5241970002},"leg_id":{{leg_id}}}'
    )
    assert load_object(body) == {
        "notification_name": "Outbound call",
        "call_info": {"direction": None, "call_session_id": 5241970002},
        "leg_id": None,
    }


def test_s14_a_body_parsed_as_a_form():
    body = (
        b"%7B%22notification_name%22%3A%22Call+finished%22%2C%22call_info%22%3A%7B"
        b"%22call_session_id%22%3A5241970003%7D%7D="
    )
    assert load_object(body) == {
        "notification_name": "Call finished",
        "call_info": {"call_session_id": 5241970003},
    }


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ('{"a":""x""}', {"a": "x"}),
        ('{"a": ""x"" , "b": ""y"" }', {"a": "x", "b": "y"}),
        ('{"a":""x"","b":""y"","c":""z""}', {"a": "x", "b": "y", "c": "z"}),
        ('{"a":""x"",\n "b":null}', {"a": "x", "b": None}),
        # A quoted placeholder whose text is empty, or begins with a blank.
        ('{"a":"""","b":""x""}', {"a": "", "b": "x"}),
        ('{"a":"""","b":""""}', {"a": "", "b": ""}),
        ('{"a":"" x"","b":1}', {"a": " x", "b": 1}),
        # An empty text that is meant so, next to a quoted placeholder.
        ('{"a":"","b":""x""}', {"a": "", "b": "x"}),
        ('{"a":"" ,"b":""x""}', {"a": "", "b": "x"}),
        ('{"a":["","",""],"b":""x""}', {"a": ["", "", ""], "b": "x"}),
        # Quotes, commas and backslashes inside of the quoted text, escaped by CallGear.
        (r'{"a":""Maryam \"M\" Khalil""}', {"a": 'Maryam "M" Khalil'}),
        (r'{"a":""ends with \"x\""","b":1}', {"a": 'ends with "x"', "b": 1}),
        (r'{"a":""C:\\"","b":1}', {"a": "C:\\", "b": 1}),
        ('{"a":""Smith, Jones: {x}"","b":1}', {"a": "Smith, Jones: {x}", "b": 1}),
        # Numbers and flags become texts; lists become lists.
        ('{"a":"5","b":""x""}', {"a": "5", "b": "x"}),
        ('{"a":"["Delivery","VIP"]"}', {"a": ["Delivery", "VIP"]}),
        ('{"a":"["VIP [gold]"]"}', {"a": ["VIP [gold]"]}),
        ('{"a":"[]","b":""x""}', {"a": [], "b": "x"}),
        ('{"a":"[1,2]","b":""x""}', {"a": [1, 2], "b": "x"}),
        # In a list, as record_file_links.
        ('{"a":[""x"",""y""]}', {"a": ["x", "y"]}),
        # Left-over placeholders, bare and quoted.
        ('{"a":{{leg_id}}}', {"a": None}),
        ('{"a":{{ leg_id }},"b":2}', {"a": None, "b": 2}),
        ('{"a":"{{leg_id}}","b":{{x}}}', {"a": None, "b": None}),
        # All at once.
        ('{"a":""x"","b":{{leg_id}},"c":"["t"]"}', {"a": "x", "b": None, "c": ["t"]}),
    ],
)
def test_mended(broken, meant):
    assert load_object(broken.encode()) == meant


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: quote_plus(text) + "=",
        lambda text: quote_plus(text),
        lambda text: quote_plus(text).lower(),
        lambda text: "payload=" + quote_plus(text),
        lambda text: text + "=",
    ],
)
@pytest.mark.parametrize(
    "text", ['{"a":"one + two = три"}', '{"a":""one + two = три""}']
)
def test_form_wrapping_is_undone(wrap, text):
    wrapped = wrap(text)
    expected = "one + two = три"
    # What a form sends in lower case has lost nothing but the case of its letters.
    assert load_object(wrapped.encode()) == {"a": expected}


# ------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b" \n\t", "the body is empty"),
        (b"\xef\xbb\xbf", "the body is empty"),
        (b"[]", "the body is not a JSON object"),
        (b'[{"call_session_id": 1}]', "the body is not a JSON object"),
        (b"null", "the body is not a JSON object"),
        (b'"text"', "the body is not a JSON object"),
        (b"5241970003", "the body is not a JSON object"),
        (b"hello", "the body is not JSON"),
        (b'{"leg_id": 1', "the body is not JSON"),
        (b'{"leg_id": 1} {"leg_id": 2}', "the body is not JSON"),
        (b"direction=in&leg_id=1", "the body is not JSON"),
        (b"<html></html>", "the body is not JSON"),
        (b"%7B", "the body is not JSON"),
        (b"\x00\xff\xfe", "the body is not JSON"),
        (b'{"a":' * 50000, "the body is not JSON"),
    ],
)
def test_refused_in_words(body, reason):
    assert reason in refusal(body)


@pytest.mark.parametrize(
    "value",
    [
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"9" * 5000,
        b"9" * 5000 + b".0",
        b"",
        b" ",
    ],
)
def test_r40_what_is_no_value_counts_as_null(value):
    body = b'{"a":' + value + b',"b":1,"c":' + value + b"}"
    assert load_object(body) == {"a": None, "b": 1, "c": None}


@pytest.mark.parametrize("depth", [17, 100, 1000, 100_000])
@pytest.mark.parametrize("ends", [b"[]", (b'{"a":', b"}")])
def test_r40_what_is_nested_too_deeply_counts_as_null(depth, ends):
    opening, closing = (ends[:1], ends[1:]) if isinstance(ends, bytes) else ends
    depth = min(depth, (LIMIT - 60) // len(opening + closing))
    deep = opening * depth + b"1" + closing * depth
    value = load_object(b'{"x":' + deep + b',"leg_id":7,"y":"[[{{"}')
    assert (value["leg_id"], value["y"]) == (7, "[[{{")


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ('{"a":1,}', {"a": 1}),
        ('{"a":[1,2, ],"b":{"c":3,\n},}', {"a": [1, 2], "b": {"c": 3}}),
        ('{"a":1,,"b":2}', {"a": 1, "b": 2}),
        ('{"a":"one\ntwo\tthree\r\n\x01"}', {"a": "one\ntwo\tthree\r\n\x01"}),
        ('{"a":""one\ntwo"",}', {"a": "one\ntwo"}),
        ('{"a":"x, }","b":", ]",}', {"a": "x, }", "b": ", ]"}),
        ('{"a":,"b": }', {"a": None, "b": None}),
        ('{"a":{{x}},"b":"\n",}', {"a": None, "b": "\n"}),
        ('\ufeff\ufeff{"a":1}\ufeff', {"a": 1}),
        ('{"a":7.00,"b":1.5}', {"a": 7, "b": 1.5}),
    ],
)
def test_r40_usual_defects_are_mended(broken, meant):
    assert load_object(broken.encode()) == meant


@given(
    st.dictionaries(STORABLE_TEXT, STORABLE_TEXT, min_size=1),
    st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"]),
    st.booleans(),
)
def test_r40_any_unicode_is_read_with_or_without_a_mark(data, encoding, marked):
    text = ("\ufeff" if marked else "") + json.dumps(data, ensure_ascii=False)
    assert load_object(text.encode(encoding)) == data


def test_fifteen_levels_are_read():
    body = b'{"a":' * 15 + b"1" + b"}" * 15
    assert load_object(body)["a"]["a"]


def test_what_the_database_cannot_hold_is_left_out():
    """NUL goes, half a surrogate pair becomes a question mark; in keys as in values."""
    body = rb'{"a\u0000b": ["x\u0000", {"c": "\ud800y"}], "d": "\ud83d\ude00 \\u0000"}'
    assert load_object(body) == {"ab": ["x", {"c": "?y"}], "d": "😀 \\u0000"}


def test_bytes_that_are_no_text_do_not_lose_the_call():
    assert load_object(b'{"name": "caf\xe9", "leg_id": 1}') == {
        "name": "caf\N{REPLACEMENT CHARACTER}",
        "leg_id": 1,
    }


@pytest.mark.parametrize(
    "unit",
    [
        ',""a',
        ':""a\\',
        '""',
        ':"[',
        ',"["a",',
        ':"["",',
        "{{",
        '"{{ ',
        '"a":"[ ',
        '"a":"[1 ',
        '"a":""x"" ',
        '"a": ',
        "{{a",
        ",\t",
        ': ""',
        "%7B",
        "[",
        '{"a":',
        "\\",
        '"""',
        '\\"',
        ',"\\"',
        ", ",
        ":,",
        ': "\\"',
        '"a":"\n",',
        "[[",
        "[{",
    ],
)
def test_no_body_keeps_the_server_busy(unit):
    """R40: a hostile or broken body of full size is refused in a moment."""
    many = unit * (LIMIT // len(unit))
    one, last = unit[:-1], unit[-1] * LIMIT
    for body in (many, '{"a":' + many, one + last, '{"a":' + one + last, ':"["' + last):
        begun = time.process_time()
        refusal(body.encode())
        assert time.process_time() - begun < 2


@given(st.binary())
def test_garbage_is_refused_or_read_but_never_breaks(body):
    try:
        assert isinstance(load_object(body), dict)
    except BodyError as error:
        assert str(error)


@given(JSON)
@example({"a": float("inf")})
@example({"a": float("nan")})
def test_any_json_is_refused_or_read_but_never_breaks(value):
    try:
        assert isinstance(load_object(json.dumps(value).encode()), dict)
    except BodyError as error:
        assert str(error)


BROKEN_TEXT = st.lists(
    st.sampled_from(
        [
            '{"a":',
            '""',
            '"',
            "x",
            ",",
            "}",
            "]",
            "[",
            "{{leg_id}}",
            ":",
            "%7B",
            "=",
            "\\",
        ]
    ),
    max_size=25,
).map("".join)


@given(BROKEN_TEXT)
def test_broken_templates_are_refused_or_read_but_never_break(text):
    try:
        assert isinstance(load_object(text.encode()), dict)
    except BodyError as error:
        assert str(error)


@given(st.dictionaries(st.text("abc", min_size=1), STORABLE_TEXT, min_size=1))
def test_every_template_with_all_placeholders_quoted_is_mended(data):
    """Whatever CallGear's texts contain: quotes around them by mistake lose nothing."""
    # A text that begins like the end of a value cannot be told from an empty one.
    data = {
        key: text for key, text in data.items() if text.strip()[:1] not in tuple(",:}]")
    }
    broken = ",".join(f'"{key}":"{json.dumps(text)}"' for key, text in data.items())
    assert load_object(f"{{{broken}}}".encode()) == data
