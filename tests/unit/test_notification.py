# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A raw body becomes typed facts; what is wrong is said together with the field."""

import copy
import json
import math
from datetime import datetime, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.json_repair import BodyError
from odoo.addons.callgear_integration.callgear.notification import (
    EVENTS,
    Notification,
    NotificationBody,
    parse,
)
from odoo.addons.callgear_integration.callgear.templates import template
from odoo.addons.callgear_integration.callgear.values import MAX_SECONDS
from odoo.addons.callgear_integration.tests.builder import SARA, CallBuilder, changed

from .reference import deliveries

ID = "call_info__call_session_id"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def told(**changes):
    """The notification of an ordinary body with other values."""
    delivery = changed(CallBuilder(1).leave(SARA, 20).deliveries[0], **changes)
    return parse(delivery.event, delivery.body)


def refusal(**changes) -> BodyError:
    with pytest.raises(BodyError) as caught:
        told(**changes)
    return caught.value


def check(text: str, event="end") -> NotificationBody:
    return NotificationBody.check(event, text.encode())


# --------------------------------------------------------------- every field, literally


def test_s1_recording_is_read_field_by_field():
    delivery = deliveries("S1")[-1]
    url = (
        "https://app.callgear.ae/system/media/talk/5241907731/"
        "3f2b6c0d9a8e47d1b5c4e3f2a1908d7c/"
    )
    assert parse(delivery.event, delivery.body) == Notification(
        event="recording",
        session_id="5241907731",
        time=datetime(2026, 3, 28, 16, 33, 52, 640000),
        external_id=None,
        direction="in",
        call_source="va",
        contact_phone="971505550123",
        contact_name="Maryam Khalil",
        virtual_phone="97145550100",
        scenario_name="Main line",
        employee_id="701234",
        employee_name="Sara Haddad",
        leg_id=None,
        is_operator=None,
        is_lost=False,
        talk_seconds=209,
        total_seconds=220,
        wait_seconds=11,
        file_seconds=209,
        file_url=url,
        file_urls=(url,),
        tags=("Delivery",),
    )


def test_s1_endleg_names_leg_and_side():
    delivery = deliveries("S1")[2]
    said = parse(delivery.event, delivery.body)
    assert (said.leg_id, said.is_operator, said.talk_seconds) == (
        "18250044102",
        True,
        209,
    )


def test_s8_external_id_is_read():
    delivery = deliveries("S8")[0]
    assert parse(delivery.event, delivery.body).external_id == "odoo-call-00042"


def test_s13_empty_texts_mean_nothing_and_quoted_values_keep_their_type():
    (delivery,) = deliveries("S13")
    assert parse(delivery.event, delivery.body) == Notification(
        event="legout",
        session_id="5241960700",
        time=datetime(2026, 3, 30, 10, 0, 3),
        direction="in",
        call_source="va",
        virtual_phone="97145550100",
        scenario_name="Main line",
        employee_id="701234",
        employee_name="Sara Haddad",
        leg_id="18250130001",
        is_lost=False,
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '{"notification_name":""Call accepted"",'
            '"virtual_phone_number":""97145550100"",'
            '"notification_time":""2026-03-30 11:00:00"",'
            '"call_info":{"direction":""in"","call_session_id":"5241970001","is_lost":"null"},"leg_id":"18250140001"}',
            Notification(
                event="handset",
                session_id="5241970001",
                time=datetime(2026, 3, 30, 11),
                direction="in",
                virtual_phone="97145550100",
                leg_id="18250140001",
            ),
        ),
        (
            '{"notification_name":"Outbound call",'
            '"call_info":{"direction":{{direction}},"call_session_id":5241970002},"leg_id":{{leg_id}}}',
            Notification(event="handset", session_id="5241970002"),
        ),
        (
            "%7B%22notification_name%22%3A%22Call+finished%22%2C%22call_info%22%3A%7B"
            "%22call_session_id%22%3A5241970003%7D%7D=",
            Notification(event="handset", session_id="5241970003"),
        ),
    ],
    ids=["quoted placeholders", "unknown placeholders", "form"],
)
def test_s14_broken_bodies_say_what_they_meant(body, expected):
    assert parse("handset", body.encode()) == expected


def test_name_that_the_admin_typed_does_not_matter():
    assert told(notification_name="Звонок") == told(notification_name=None)


def test_values_may_stand_outside_of_their_section():
    said = parse("end", b'{"call_session_id": 7, "employee_id": 3, "is_lost": true}')
    assert (said.session_id, said.employee_id, said.is_lost) == ("7", "3", True)


# ---------------------------------------------------------------------------------- ids


@pytest.mark.parametrize(
    ("value", "session_id"),
    [
        (5241907731, "5241907731"),
        (2**63, "9223372036854775808"),
        ("5241907731", "5241907731"),
        (" 5241907731 ", "5241907731"),
        ("a1b2-c3.d4:e5@f6_g7", "a1b2-c3.d4:e5@f6_g7"),
        ("9" * 64, "9" * 64),
        (5241907731.0, "5241907731"),
        ("5241907731.0", "5241907731"),
        ('"5241907731"', "5241907731"),
        ("\t5241907731\n", "5241907731"),
    ],
)
def test_ids_are_text_of_any_size(value, session_id):
    assert told(**{ID: value}).session_id == session_id


def test_ids_with_a_fraction_of_zero_keep_all_their_digits():
    said = parse("end", b'{"call_session_id": 18446744073709551615.00, "leg_id": 7.0}')
    assert (said.session_id, said.leg_id) == ("18446744073709551615", "7")


@pytest.mark.parametrize(
    "value", [None, "", " ", "null", "None", "undefined", 0, "", [], {}, False]
)
def test_without_session_a_notification_is_refused(value):
    error = refusal(**{ID: value})
    assert error.field == "call_info.call_session_id"
    assert str(error) == "call_info.call_session_id: is missing"


@pytest.mark.parametrize("value", [None, "", "null", 0, "{{leg_id}}", "{{ leg_id }}"])
def test_without_leg_a_notification_is_taken(value):
    assert told(leg_id=value).leg_id is None


NO_IDS = ["9" * 65, "-5", -5, "1 2", "1;2", "<b>", "١٢٣", "1²", "x\ny", "../x"]
NO_IDS += [[1], {"a": 1}, True, 1.5, 1e300, 10**70, [[]], "0.0"]


@pytest.mark.parametrize("value", NO_IDS)
def test_without_a_readable_session_a_notification_is_refused(value):
    error = refusal(**{ID: value})
    assert error.field == "call_info.call_session_id"
    assert str(error) == "call_info.call_session_id: is not an id"


# ---------------------------------- what the rules can do without (R40): counts as not said


@pytest.mark.parametrize("value", NO_IDS)
@pytest.mark.parametrize("path", ["leg_id", "employee_info__employee_id"])
def test_r40_an_unreadable_id_counts_as_not_said(path, value):
    assert told(**{path: value}) == told(**{path: None})


EMPTY = [None, "", " ", [], {}, 0, False, [[]], [{}], {"a": []}, [None], [""]]
WRONG = st.sampled_from([*EMPTY, True, 1.5, -1, 10**40, [5], ["", {}], {"a": 1}])
# Of each field what is neither a value of it nor a way of writing one.
WRONG_TEXT = st.sampled_from(
    [*EMPTY, True, False, 1.5, math.inf, [5], ["a"], {"a": "b"}]
)
WRONG_NUMBER = st.sampled_from(
    [
        *(x for x in EMPTY if x != 0),
        "x",
        "00:03",
        "1_0",
        "1e3",
        -1,
        "-1",
        1e300,
        10**4000,
    ]
    + [MAX_SECONDS + 1, "9" * 9, math.nan, math.inf, True, [5], {"a": 5}, "١"]
)
WRONG_FLAG = st.sampled_from(
    [*(x for x in EMPTY if x not in (0, False)), "yes", 2, -1, 0.5, [True], {"a": True}]
)
WRONG_LIST = st.sampled_from(
    [*EMPTY, True, 5, 1.5, {"a": "b"}, [5], [{}], [["a"]], "[5]"]
)
WRONG_SECTION = st.sampled_from(
    [*EMPTY, "text", "null", 7, 1.5, True, [1], ["a"], [{"employee_id": "1"}]]
)


def defects(event):
    """Each field of a template that the rules can do without, with values that are wrong."""
    for key, inner in template(event).items():
        if isinstance(inner, dict) and key != "call_info":
            yield (key,), WRONG_SECTION
        for name in inner if isinstance(inner, dict) else [None]:
            last = name or key
            wrong = WRONG_TEXT
            if last == "call_session_id":
                continue
            if last.endswith("_duration"):
                wrong = WRONG_NUMBER
            elif last.startswith("is_"):
                wrong = WRONG_FLAG
            elif last in ("tag_names", "record_file_links"):
                wrong = WRONG_LIST
            yield ((key, name) if name else (key,)), wrong


DEFECTS = st.sampled_from(EVENTS).flatmap(
    lambda event: st.tuples(
        st.just(event),
        st.sampled_from(list(defects(event))).flatmap(
            lambda one: st.tuples(st.just(one[0]), one[1])
        ),
    )
)


def full_body(event) -> dict:
    """A body of a template in which every field has a value."""
    values = {
        "notification_time": "2026-03-28 16:30:04.118",
        "tag_names": ["VIP"],
        "record_file_links": ["https://app.callgear.ae/a", "https://app.callgear.ae/b"],
        "direction": "in",
        "is_lost": True,
        "is_operator": False,
        "contact_full_name": "Maryam",
        "file_link": "https://app.callgear.ae/c",
    }

    def filled(section):
        return {
            key: filled(name) if isinstance(name, dict) else values.get(key, "15")
            for key, name in section.items()
        }

    return filled(template(event))


@given(DEFECTS)
def test_r40_a_defect_counts_as_not_said(case):
    """In any field but the session's id, and in each section but that of the call."""
    event, (path, wrong) = case
    broken, silent = full_body(event), full_body(event)
    *sections, key = path
    place, other = broken, silent
    for section in sections:
        place, other = place[section], other[section]
    place[key] = wrong
    del other[key]
    expected = parse(event, json.dumps(silent).encode())
    # NaN and infinity are Python's own extensions of JSON.
    body = json.dumps(broken).encode()
    assert parse(event, body) == expected
    assert NotificationBody.check(event, body).error is None
    reads_the_same_when_read_again(event, body)


@given(st.dictionaries(st.sampled_from([p for p, _ in defects("end")]), WRONG))
def test_r40_many_defects_at_once_lose_no_call(wrong):
    body = full_body("end")
    for (section, *rest), value in wrong.items():
        value = copy.deepcopy(value)
        if not rest:
            body[section] = value
        elif isinstance(body[section], dict):
            body[section][rest[0]] = value
    assert parse("end", json.dumps(body).encode()).session_id == "15"


@pytest.mark.parametrize(
    ("path", "value", "name", "expected"),
    [
        ("call_info__tag_names", ["VIP", 5, None, [], "B"], "tags", ("VIP", "B")),
        ("call_info__tag_names", ["t"] * 101, "tags", ("t",) * 100),
        ("contact_info__contact_phone_number", 97150.0, "contact_phone", "97150"),
        ("call_info__is_lost", 1.0, "is_lost", True),
        ("contact_info__contact_full_name", "A\nB\tC", "contact_name", "A B C"),
    ],
)
def test_r40_what_can_be_kept_is_kept(path, value, name, expected):
    assert getattr(told(**{path: value}), name) == expected


def test_r40_a_section_that_is_no_object_hides_no_value_beside_it():
    body = (
        b'{"call_info": [], "call_session_id": 7, "employee_info": 0, "employee_id": 3}'
    )
    said = parse("end", body)
    assert (said.session_id, said.employee_id) == ("7", "3")


def test_fields_that_nobody_reads_may_hold_anything():
    assert told(
        leg_ids={"x": 1},
        group_ids="x",
        contact_info__contact_id=[],
        contact_info__communication_number=1.5,
        something_new={"a": [None]},
    )


# --------------------------------------------------------------- durations, flags, time


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (209, 209),
        ("209", 209),
        (" 209 ", 209),
        (208.6, 209),
        ("208.6", 209),
        (0, 0),
        ("0", 0),
        (None, None),
        ("", None),
        ("null", None),
        ("{{talk_time_duration}}", None),
        (MAX_SECONDS, MAX_SECONDS),
    ],
)
def test_durations_are_whole_seconds(value, seconds):
    assert told(call_info__talk_time_duration=value).talk_seconds == seconds


@pytest.mark.parametrize(
    "value",
    [-1, "-1", -0.6, MAX_SECONDS + 1, 10**4000, 1e300, "9" * 9, "9" * 40, "1e3", "1_0"],
)
def test_r40_impossible_durations_count_as_not_said(value):
    assert told(call_info__talk_time_duration=value).talk_seconds is None


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        (1, True),
        ("0", False),
        (None, None),
        ("", None),
        ("null", None),
    ],
)
def test_flags_may_be_written_as_text(value, flag):
    assert told(call_info__is_operator=value).is_operator is flag


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-28 16:30:04.118", datetime(2026, 3, 28, 16, 30, 4, 118000)),
        ("2026-03-28 16:30:04", datetime(2026, 3, 28, 16, 30, 4)),
        ("2026-03-28T16:30:04", datetime(2026, 3, 28, 16, 30, 4)),
        ("2026-03-28T16:30:04.5", datetime(2026, 3, 28, 16, 30, 4, 500000)),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2026-02-30 10:00:00", None),
        ("0001-01-01 00:00:00", None),
        ("9999-12-31 23:59:59", None),
        ("28.03.2026 16:30", None),
        ("2026-03-28", None),
        ("2026-03-28T16:30:04.5+04:00", utc(2026, 3, 28, 12, 30, 4, 500000)),
        ("2026-03-28T12:30:04Z", utc(2026, 3, 28, 12, 30, 4)),
        (1774701004, None),
    ],
)
def test_a_time_that_cannot_be_read_loses_nothing_else(text, time):
    assert told(notification_time=text).time == time


@pytest.mark.parametrize(
    ("value", "direction"), [("in", "in"), ("out", "out"), ("up", None), (None, None)]
)
def test_directions(value, direction):
    assert told(call_info__direction=value).direction == direction


# ---------------------------------------------------------------------- texts and lists


def test_long_texts_are_cut():
    assert told(contact_info__contact_full_name="x" * 5000).contact_name == "x" * 256


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Mary\x00am", "Maryam"),
        ("Mary\ud800am", "Mary?am"),
        ("\x00", None),
        (" Maryam\t", "Maryam"),
        ("x" * 255 + " y", "x" * 255),
        ("Нина 😀", "Нина 😀"),
        (971505550123, "971505550123"),
    ],
)
def test_texts_are_such_that_a_database_can_hold_them(value, name):
    assert told(contact_info__contact_full_name=value).contact_name == name


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (["Delivery", "VIP"], ("Delivery", "VIP")),
        ([], ()),
        (None, ()),
        ("", ()),
        ("null", ()),
        ("{{tag_names}}", ()),
        ('["Delivery","VIP"]', ("Delivery", "VIP")),
        ("Delivery", ("Delivery",)),
        ("[not a list", ("[not a list",)),
        ("[" * 20000, ("[" * 256,)),
        (["", " x "], ("x",)),
    ],
)
def test_lists_may_be_written_as_text(value, tags):
    assert told(call_info__tag_names=value).tags == tags


@pytest.mark.parametrize(
    ("link", "links", "file_urls"),
    [
        ("u1", ["u1", "u2"], ("u1", "u2")),
        ("u2", ["u1", "u2"], ("u1", "u2")),
        ("u1", None, ("u1",)),
        (None, ["u1", "u2", "u1"], ("u1", "u2")),
        ("u3", ["u1", "u2"], ("u3", "u1", "u2")),
        (None, None, ()),
    ],
)
def test_files_are_named_once_in_callgears_order(link, links, file_urls):
    said = told(
        call_record_file_info__file_link=link,
        call_record_file_info__record_file_links=links,
    )
    assert (said.file_url, said.file_urls) == (link, file_urls)


# -------------------------------------------------------------------- the check at door


@pytest.mark.parametrize(
    "spelling",
    [
        '{"leg_id": 5, "call_info": {"call_session_id": 7, "direction": "in"}}',
        '{"call_info":{"direction":"in","call_session_id":7},"leg_id":5}',
        '\ufeff {"leg_id":5,\n'
        '"call_info":{"call_session_id":7,"direction":"\\u0069n"}}\n',
        '{"leg_id":5,"call_info":{"call_session_id":7,"direction":""in""}}',
        "%7B%22leg_id%22%3A5%2C%22call_info%22%3A%7B%22call_session_id%22%3A7%2C"
        "%22direction%22%3A%22in%22%7D%7D=",
    ],
)
def test_r40_two_spellings_of_one_notification_are_duplicates(spelling):
    plain = check('{"leg_id":5,"call_info":{"call_session_id":7,"direction":"in"}}')
    assert check(spelling) == plain
    assert plain.error is None and plain.session_id == "7"


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ('{"call_session_id": 8}', "end"),
        ('{"call_session_id": 7, "leg_id": 1}', "end"),
        ('{"call_session_id": 7}', "handset"),
        ("not JSON", "end"),
    ],
)
def test_r40_different_notifications_are_no_duplicates(text, event):
    assert check(text, event).digest != check('{"call_session_id": 7}').digest


def test_r40_the_same_unreadable_body_is_a_duplicate_of_itself():
    assert check("not JSON") == check("not JSON")
    assert check("not JSON").digest != check("not JSON at all").digest


def test_r40_unreadable_bodies_are_kept_as_they_came_with_the_reason():
    body = check('{"call_info":{"direction":"in"}}')
    assert body.text == '{"call_info":{"direction":"in"}}'
    assert body.error == "call_info.call_session_id: is missing"
    assert body.session_id is None


def test_r40_unreadable_bytes_are_kept_as_text_that_a_database_can_hold():
    body = NotificationBody.check("end", b"\x00\xff\xfe{")
    assert body.text == "\N{REPLACEMENT CHARACTER}" * 2 + "{"
    assert body.error


def test_reason_is_short():
    assert len(check('{"a":' + "9" * 200000).error) <= 500


def reads_the_same_when_read_again(event: str, body: bytes):
    """What is kept of an accepted body must say what the body said."""
    kept = NotificationBody.check(event, body)
    kept.text.encode()
    assert "\x00" not in kept.text
    if kept.error is None:
        said = parse(event, body)
        assert kept.session_id == said.session_id
        assert parse(event, kept.text.encode()) == said
        assert NotificationBody.check(event, kept.text.encode()) == kept
    return kept


@pytest.mark.parametrize(
    "name",
    [r"a\u0000b", r"a\\u0000", r"\\\u0000", r"\ud800", r"a\\\\u0000\u0000", r"\""],
)
def test_r40_what_is_kept_can_be_read_again(name):
    text = '{"call_session_id":7,"contact_full_name":"%s"}' % name
    assert reads_the_same_when_read_again("end", text.encode()).error is None


def test_r40_a_key_with_nul_does_not_change_the_session_between_door_and_desk():
    body = rb'{"call_session_id": 7, "call_session_id\u0000": 8}'
    assert reads_the_same_when_read_again("end", body).error is None


@given(st.sampled_from(EVENTS), st.binary())
def test_check_never_raises_on_bytes(event, body):
    assert reads_the_same_when_read_again(event, body).error


@given(JSON)
@example({"call_session_id": 7, "talk_time_duration": float("inf")})
@example({"call_session_id": 7, "x": float("nan")})
def test_check_never_raises_on_json(value):
    reads_the_same_when_read_again("end", json.dumps(value).encode())


FIELDS = sorted(
    {
        key
        for delivery in deliveries("S1")
        for section in [json.loads(delivery.text)]
        for key in [*section, *section["call_info"], *section["call_record_file_info"]]
    }
)


@given(st.integers(1, 10**12), st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_r40_any_value_in_any_field_is_read(session, fields):
    body = json.dumps({**fields, "call_session_id": session, "call_info": {}}).encode()
    assert parse("recording", body).session_id == str(session)
    reads_the_same_when_read_again("recording", body)
