# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R5, R50: the account, its employees, and what calls there were, from the Data API."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.data_api import (
    Account,
    DataApi,
    Employee,
    Status,
    VirtualNumber,
)
from odoo.addons.callgear_integration.callgear.errors import (
    BadAnswer,
    BadRequest,
    Unreadable,
)
from odoo.addons.callgear_integration.callgear.report_rows import (
    ReportedCall,
    ReportedEmployee,
    ReportedLeg,
    reported_call,
    reported_leg,
)

from .api_server import KEY, QUICK, api_server, success

START = datetime(2026, 3, 28)
DAY = timedelta(days=1)
SARA = {
    "id": 701234,
    "full_name": "Haddad Sara (amoCRM)",
    "email": "sara@example.com",
    "status": "available",
    "phone_numbers": [
        {"phone_id": 1, "phone_number": "0288122", "status": "active"},
        {"phone_id": 2, "phone_number": "97145550100...12"},
    ],
    "extension": {"extension_phone_number": "101"},
    "groups": [{"group_id": 1}],
}


def api(server):
    return DataApi(server.api("/v2.0"), KEY, **QUICK)


def employees(*rows):
    with api_server(success(list(rows), total_items=len(rows))) as server:
        return api(server).employees().items


# ------------------------------------------------------------------------------ account


@pytest.mark.parametrize("wrapped", [True, False])
def test_r4_the_account(wrapped):
    row = {"app_id": 1103, "name": "Acme", "timezone": "Asia/Dubai"}
    with api_server(success([row] if wrapped else row)) as server:
        assert api(server).account() == Account("1103", "Acme", "Asia/Dubai")
    assert (server.methods, server.params) == (["get.account"], {})


@pytest.mark.parametrize("data", [None, [], {}, "x", [5]])
def test_r4_an_answer_without_account(data):
    with api_server(success(data)) as server, pytest.raises(BadAnswer):
        api(server).account()


# ---------------------------------------------------------------------------- employees


def test_r5_an_employee_with_phones_and_extension():
    assert employees(SARA) == (
        Employee(
            id="701234",
            full_name="Haddad Sara (amoCRM)",
            email="sara@example.com",
            extensions=("101",),
            phone_numbers=("0288122", "97145550100...12"),
            status="available",
        ),
    )


@pytest.mark.parametrize("told", [["101", "102"], [101, 102], ["101", "102", "101"]])
def test_r5_several_extensions(told):
    (sara,) = employees(SARA | {"extension": {"extension_phone_number": told}})
    assert sara.extensions == ("101", "102")


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_r5_an_employee_of_whom_only_the_id_is_known(nothing):
    assert employees(dict.fromkeys(SARA, nothing) | {"id": "7"}) == (Employee("7"),)


def test_r5_names_are_bounded():
    (sara,) = employees(SARA | {"full_name": "a" * 5000})
    assert len(sara.full_name) == 256


NO_ROWS = [None, 5, "x", [], {}, {"id": 0}, {"id": "a b"}, {"id": []}]


def test_r5_rows_that_are_no_employee_are_counted():
    with api_server(success([*NO_ROWS, SARA], total_items=9)) as server:
        page = api(server).employees()
    assert [one.id for one in page.items] == ["701234"]
    assert (page.unread, page.rows, page.done, page.total) == (8, 9, 9, 9)


LISTS = {
    "get.employees": lambda api: api.employees(),
    "get.employees (statuses)": lambda api: api.employee_statuses(),
    "get.statuses": lambda api: api.statuses(),
    "get.virtual_numbers": lambda api: api.virtual_numbers(),
    "get.calls_report": lambda api: list(api.calls_report(START, START + DAY)),
    "get.call_legs_report": lambda api: list(api.call_legs_report(START, START + DAY)),
}


@pytest.mark.parametrize("name", LISTS)
def test_r50_a_list_of_which_nothing_can_be_read_is_no_answer(name):
    with api_server(success(NO_ROWS)) as server, pytest.raises(Unreadable) as caught:
        LISTS[name](api(server))
    error = caught.value
    assert isinstance(error, BadAnswer)
    assert (error.retry, error.certain) == (True, True)
    assert error.params == {"list": name.split()[0], "rows": "8"}
    assert len(server.calls) == 1  # the answer would be the same at once


def test_r50_the_statuses_of_some_employees():
    """Those without a status are read as well as others."""
    rows = [{"id": 701234, "status_id": None}, {"id": 0, "status_id": 1}]
    with api_server(success(rows)) as server:
        assert api(server).employee_statuses() == {}


def test_r45_numbers_of_which_it_is_not_told_which_they_are():
    rows = [{"id": 9, "virtual_phone_number": 97145550100}, {"id": 10}, None]
    with api_server(success(rows, total_items=3)) as server:
        page = api(server).virtual_numbers()
    assert [one.phone for one in page.items] == ["97145550100"]
    assert page.unread == 2


@pytest.mark.parametrize(
    ("offset", "limit"), [(-1, 10), (100_001, 10), (0, 0), (0, 10_001)]
)
def test_r5_pages_out_of_bounds_are_not_asked_for(offset, limit):
    with api_server() as server, pytest.raises(BadRequest) as caught:
        api(server).employees(offset, limit)
    assert caught.value.mnemonic == "invalid_parameter_value"
    assert not server.calls


def test_r5_what_is_no_list_is_no_answer():
    with api_server(success({"id": 1})) as server, pytest.raises(BadAnswer):
        api(server).employees()


def test_r45_the_accounts_own_numbers():
    row = {"id": 9, "virtual_phone_number": 97145550100, "name": "Main", "type": "va"}
    with api_server(success([row], total_items=1)) as server:
        numbers = api(server).virtual_numbers().items
    assert numbers == (VirtualNumber("9", "97145550100", "Main", None, "va"),)
    assert server.methods == ["get.virtual_numbers"]


# ----------------------------------------------------------------------------- statuses

AVAILABLE = {
    "id": 1,
    "name": "Available",
    "mnemonic": "available",
    "in_internal_allowed_call_directions": ["in", "out"],
    "is_select_allowed": True,
    "is_worktime": True,
}


def statuses(*rows):
    with api_server(success(list(rows), total_items=len(rows))) as server:
        return api(server).statuses()


def test_r56_the_statuses_of_an_account():
    lunch = {
        "id": 20411,
        "name": "Lunch",
        "mnemonic": None,
        "in_internal_allowed_call_directions": [],
        "is_select_allowed": "false",
        "is_worktime": False,
    }
    assert statuses(AVAILABLE, lunch) == (
        Status("1", "Available", "available", True, True),
        Status("20411", "Lunch", None, False, False, is_selectable=False),
    )


def test_r56_a_status_that_is_deleted_is_none():
    assert statuses(AVAILABLE | {"is_deleted": True}, {"name": "Without id"}) == ()


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_r56_a_status_of_which_only_the_id_is_known(nothing):
    assert statuses(dict.fromkeys(AVAILABLE, nothing) | {"id": "7"}) == (Status("7"),)


def test_r52_who_has_which_status():
    rows = [{"id": 701234, "status_id": 1}, {"id": 701235, "status_id": None}]
    with api_server(success(rows, total_items=2)) as server:
        assert api(server).employee_statuses() == {"701234": "1"}
    assert server.params["fields"] == ["id", "status_id"]


def test_r56_only_the_status_is_sent():
    """A list of phones would replace the employee's own."""
    with api_server(success({})) as server:
        api(server).set_status("701234", "2")
    assert server.methods == ["update.employees"]
    assert server.params == {"id": 701234, "status_id": 2}


# ------------------------------------------------------------------------------ reports


def asked(method, **options):
    with api_server(success([])) as server:
        list(getattr(api(server), method)(START, START + DAY, **options))
    return server.methods[0], server.params


PERIOD = {
    "date_from": "2026-03-28 00:00:00",
    "date_till": "2026-03-29 00:00:00",
    "sort": [{"field": "start_time", "order": "asc"}],
    "limit": 500,
    "offset": 0,
}


def without_fields(params):
    return {name: value for name, value in params.items() if name != "fields"}


def equal(field, value):
    return {"field": field, "operator": "=", "value": value}


def test_r50_calls_of_a_period_are_asked_for_in_the_accounts_time():
    method, params = asked("calls_report")
    assert (method, without_fields(params)) == ("get.calls_report", PERIOD)


def test_r50_one_call_by_its_id():
    _method, params = asked("calls_report", session_id="5241907731")
    assert params["filter"] == equal("id", 5241907731)


def test_r50_one_call_by_our_key():
    _method, params = asked("calls_report", external_id="odoo-1")
    assert params["filter"] == equal("call_api_external_id", "odoo-1")


def test_r50_both_conditions_hold():
    _method, params = asked("calls_report", session_id="5", external_id="odoo-1")
    assert params["filter"] == {
        "filters": [equal("id", 5), equal("call_api_external_id", "odoo-1")],
        "condition": "and",
    }


def test_r50_the_legs_of_one_call():
    method, params = asked("call_legs_report", session_id="5241907731")
    assert method == "get.call_legs_report"
    wanted = PERIOD | {"filter": equal("call_session_id", 5241907731)}
    assert without_fields(params) == wanted


def test_r50_fields_that_come_only_to_those_who_name_them():
    assert {"employees", "call_api_external_id"} < set(
        asked("calls_report")[1]["fields"]
    )
    assert {"is_talked", "employee_full_name"} < set(
        asked("call_legs_report")[1]["fields"]
    )


def ended(*ids):
    """Rows of the calls report."""
    return [{"id": each, "start_time": "2026-03-28 16:30:00"} for each in ids]


def pages(server, limit):
    return list(api(server).calls_report(START, START + DAY, limit=limit))


def test_r50_reports_come_page_by_page():
    script = [success(ended(n, n + 1), total_items=5) for n in (1, 3)] + [
        success(ended(5), total_items=5)
    ]
    with api_server(*script) as server:
        read = pages(server, 2)
    assert [(page.done, page.total) for page in read] == [(2, 5), (4, 5), (5, 5)]
    assert [one.session_id for page in read for one in page.items] == list("12345")
    assert [call["params"]["offset"] for call in server.calls] == [0, 2, 4]
    assert {call["params"]["limit"] for call in server.calls} == {2}


def test_r50_rows_that_are_left_out_count_for_the_offset():
    with api_server(success([*ended(1), {}], total_items=3), success([])) as server:
        pages(server, 2)
    assert [call["params"]["offset"] for call in server.calls] == [0, 2]


def test_r50_rows_without_a_beginning_are_counted_page_by_page():
    other = {"id": 2, "start_time": "soon"}
    script = [success([*ended(n), other], total_items=4) for n in (1, 3)]
    with api_server(*script) as server:
        read = pages(server, 2)
    assert [(page.unread, page.rows) for page in read] == [(1, 2), (1, 2)]
    assert [one.session_id for page in read for one in page.items] == list("13")


def test_r50_without_a_total_a_short_page_is_the_last():
    with api_server(success(ended(1, 2)), success(ended(3))) as server:
        assert len(pages(server, 2)) == 2


def test_r50_a_total_that_is_never_reached_comes_to_an_end():
    with api_server(success(ended(1), total_items=9), success([])) as server:
        assert len(pages(server, 500)) == 2


def test_r50_a_server_that_never_ends_is_left_after_the_last_offset():
    rows = ended(1) * 10_000
    with api_server(success(rows, total_items=10**9)) as server:
        assert len(pages(server, 10_000)) == 11


@pytest.mark.parametrize("method", ["calls_report", "call_legs_report"])
@pytest.mark.parametrize(
    ("till", "mnemonic"),
    [
        (START, "invalid_parameter_value"),
        (START - DAY, "invalid_parameter_value"),
        (START + 90 * DAY, "date_interval_limit_reached"),
    ],
)
def test_r50_periods_that_would_be_refused_are_not_sent(method, till, mnemonic):
    with api_server() as server, pytest.raises(BadRequest) as caught:
        getattr(api(server), method)(START, till)
    error = caught.value
    assert (error.mnemonic, error.certain, error.retry) == (mnemonic, True, False)
    assert not server.calls


CALL = {
    "id": 5241907731,
    "communication_id": 5241907731,
    "start_time": "2026-03-28 16:30:00",
    "finish_time": "2026-03-28 16:33:40.391",
    "finish_reason": "subscriber_disconnects",
    "direction": "in",
    "source": "va",
    "is_lost": "false",
    "contact_phone_number": "971505550123",
    "contact_full_name": "Maryam Khalil",
    "virtual_phone_number": "97145550100",
    "wait_duration": 11,
    "talk_duration": "209",
    "total_duration": 220.0,
    "call_records": ["3f2b6c0d9a8e47d1b5c4e3f2a1908d7c", "../../etc/passwd", 7],
    "employees": [
        {
            "employee_id": 701234,
            "employee_full_name": "Sara Haddad",
            "is_answered": True,
            "is_talked": True,
        },
        {},
    ],
    "last_talked_employee_id": 701234,
    "scenario_name": "Main line",
    "tags": [{"tag_id": 4, "tag_name": "Delivery"}],
    "call_api_external_id": None,
    "unforeseen": 1,
}
LEG = {
    "id": 18250044102,
    "call_session_id": 5241907731,
    "start_time": "2026-03-28 16:30:04",
    "connect_time": "2026-03-28 16:30:11",
    "duration": 209,
    "total_duration": 216,
    "finish_reason": "operator_answer",
    "calling_phone_number": "971505550123",
    "called_phone_number": "0288122",
    "virtual_phone_number": "97145550100",
    "is_operator": True,
    "is_talked": True,
    "is_coach": False,
    "employee_id": 701234,
    "employee_full_name": "Sara Haddad",
    "call_records": ["3f2b6c0d9a8e47d1b5c4e3f2a1908d7c"],
}


def test_r50_a_row_of_the_calls_report():
    with api_server(success([CALL], total_items=1)) as server:
        (page,) = api(server).calls_report(START, START + DAY)
    assert page.items == (
        ReportedCall(
            session_id="5241907731",
            communication_id="5241907731",
            start_time=datetime(2026, 3, 28, 16, 30),
            finish_time=datetime(2026, 3, 28, 16, 33, 40, 391000),
            finish_reason="subscriber_disconnects",
            direction="in",
            source="va",
            is_lost=False,
            contact_phone="971505550123",
            contact_name="Maryam Khalil",
            virtual_phone="97145550100",
            scenario_name="Main line",
            wait_seconds=11,
            talk_seconds=209,
            total_seconds=220,
            records=("3f2b6c0d9a8e47d1b5c4e3f2a1908d7c", "7"),
            employees=(ReportedEmployee("701234", "Sara Haddad", True, True),),
            last_talked_id="701234",
            tags=("Delivery",),
        ),
    )


def test_r50_a_row_of_the_legs_report():
    with api_server(success([LEG], total_items=1)) as server:
        (page,) = api(server).call_legs_report(START, START + DAY)
    assert page.items == (
        ReportedLeg(
            leg_id="18250044102",
            session_id="5241907731",
            start_time=datetime(2026, 3, 28, 16, 30, 4),
            connect_time=datetime(2026, 3, 28, 16, 30, 11),
            talk_seconds=209,
            total_seconds=216,
            virtual_phone="97145550100",
            is_operator=True,
            is_talked=True,
            is_coach=False,
            employee_id="701234",
            employee_name="Sara Haddad",
            records=("3f2b6c0d9a8e47d1b5c4e3f2a1908d7c",),
        ),
    )


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_r50_rows_of_which_little_is_known(nothing):
    needed = {"id": "5", "call_session_id": "4", "start_time": "2026-03-28 16:30:00"}
    began = datetime(2026, 3, 28, 16, 30)
    call = reported_call(dict.fromkeys(CALL, nothing) | needed)
    assert call == ReportedCall("5", "5", began)
    leg = reported_leg(dict.fromkeys(LEG, nothing) | needed)
    assert leg == ReportedLeg("5", "4", began)


@pytest.mark.parametrize(
    "broken", [{"id": None}, {"start_time": "yesterday"}, {"start_time": "0001-01-01"}]
)
def test_r50_rows_without_id_or_time_are_left_out(broken):
    assert reported_call(CALL | broken) is None
    assert reported_leg(LEG | broken) is None


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from([CALL, LEG]), st.data())
def test_r50_no_value_of_a_row_does_harm(row, data):
    changed = {key: data.draw(_ANYTHING) for key in row if data.draw(st.booleans())}
    reported_call(row | changed)
    reported_leg(row | changed)
