# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Data API: directories, and how lists are filtered, sorted and paged."""

import pytest


def ids(simulator, **params):
    return [row["id"] for row in simulator.data("get.employees", **params)]


def total(simulator, **params):
    answer = simulator.rpc("get.employees", **params)
    return answer["result"]["metadata"]["total_items"]


def where(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


def test_the_account(simulator):
    (account,) = simulator.data("get.account")
    assert account["timezone"] == "Asia/Dubai" and account["app_id"]
    assert simulator.refused("get.account", limit=1) == (
        "unexpected_parameters",
        "limit",
    )


def test_employees(simulator):
    sara, _omar, _lina, warehouse = simulator.data("get.employees")
    assert sara["id"] == 701234 and sara["email"] == "sara.haddad@example.com"
    assert sara["full_name"] == "Haddad Sara", "the last name comes first"
    assert sara["extension"] == {"extension_phone_number": "101"}
    assert [phone["status"] for phone in sara["phone_numbers"]] == [
        "active",
        "inactive",
    ]
    assert warehouse["email"] is None


def test_other_directories(simulator):
    numbers = simulator.data("get.virtual_numbers")
    assert [row["virtual_phone_number"] for row in numbers] == [
        "97145550100",
        "97145550200",
    ]
    assert simulator.data("get.statuses")[0]["mnemonic"] == "available"
    assert "Complaint" in [row["name"] for row in simulator.data("get.tags")]


def test_the_status_of_an_employee(simulator):
    """Only the status can be changed, and only to one that there is."""
    simulator.data("update.employees", id=701235, status_id=20411)
    rows = {row["id"]: row for row in simulator.data("get.employees")}
    assert (rows[701235]["status_id"], rows[701235]["status"]) == (20411, "unknown")
    assert (rows[701234]["status_id"], rows[701234]["status"]) == (1, "available")
    for wrong in ({"id": 5, "status_id": 1}, {"id": 701235, "status_id": 99}):
        assert simulator.refused("update.employees", **wrong)[0] == "entity_not_found"


def test_long_lists_come_in_pages(simulator):
    simulator.change(employees_generated=1500)
    first = ids(simulator)
    second = ids(simulator, offset=1000)
    assert (len(first), len(second)) == (1000, 504)
    assert len({*first, *second}) == total(simulator) == 1504
    assert ids(simulator, limit=2, offset=1503) == [801500]
    assert ids(simulator, limit=2, offset=1504) == []


@pytest.mark.parametrize(
    ("test", "found"),
    [
        (where("id", "=", 701235), [701235]),
        (where("id", "!=", 701235), [701234, 701236, 701299]),
        (where("id", "in", [701236, 5]), [701236]),
        (where("id", ">=", 701236), [701236, 701299]),
        (where("email", "like", "%NASSER%"), [701235]),
        (where("email", "regexp", "^lina"), [701236]),
        (where("email", "=", None), [701299]),
        (
            {
                "filters": [where("id", "=", 701234), where("id", "=", 701235)],
                "condition": "or",
            },
            [701234, 701235],
        ),
        ({"filters": [where("id", "<", 701236), where("id", ">", 701234)]}, [701235]),
    ],
)
def test_filters(simulator, test, found):
    assert ids(simulator, filter=test) == found
    assert total(simulator, filter=test, limit=1) == len(found)


def test_sort_and_fields(simulator):
    by_name = [{"field": "first_name", "order": "desc"}]
    rows = simulator.data("get.employees", sort=by_name, fields=["first_name"])
    assert rows == [
        {"first_name": name} for name in ("Warehouse", "Sara", "Omar", "Lina")
    ]
    assert ids(simulator, sort=[{"field": "email"}])[-1] == 701299, "empty comes last"


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"limit": 0}, "invalid_parameter_value"),
        ({"limit": 10001}, "invalid_parameter_value"),
        ({"limit": "10"}, "data_type_error"),
        ({"offset": 100001}, "invalid_parameter_value"),
        ({"fields": ["colour"]}, "unexpected_parameters"),
        ({"sort": [{"field": "colour"}]}, "unexpected_parameters"),
        ({"sort": [{"field": "groups"}]}, "sort_prohibited"),
        ({"sort": [{"field": "id", "order": "up"}]}, "invalid_parameter_value"),
        ({"filter": where("colour", "=", 1)}, "unexpected_parameters"),
        ({"filter": where("groups", "=", 1)}, "filter_prohibited"),
        ({"filter": where("id", "~", 1)}, "invalid_parameter_value"),
        ({"filter": where("id", "=", "701234")}, "data_type_error"),
        ({"filter": where("id", "in", 701234)}, "data_type_error"),
        ({"filter": where("email", "regexp", "(")}, "invalid_parameter_value"),
        ({"filter": {"filters": [], "condition": "not"}}, "invalid_parameter_value"),
        ({"page": 2}, "unexpected_parameters"),
    ],
)
def test_a_wrong_list_is_refused(simulator, params, refusal):
    assert simulator.refused("get.employees", **params)[0] == refusal
