# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The simulator against the documented tables: what it takes, refuses and answers."""

import pytest

from .tables import TABLES, check_answer, check_request, example

METHODS = [
    (api, method) for api, table in TABLES.items() for method in table["methods"]
]
# The simulator does not offer these, and answers so.
NOT_SIMULATED = {
    "start.scenario_call",
    "start.informer_call",
    "record.call",
    "add.coach",
    "block.contact",
    "send.dtmf",
    "call.talk_option",
    "list.talk_options",
}
SIMULATED = [item for item in METHODS if item[1] not in NOT_SIMULATED]
WRONG = {"string": 1, "number": "1", "boolean": "true", "object": "x", "array": "x"}
SETTINGS = {
    "Call API Basic set": "basic",
    "Call API Call management": "management",
    "Data API Basic set": "data",
}


@pytest.fixture
def ask(simulator):
    """Sends a request and gives back its answer, which must be a documented one."""

    def ask(api, method, params, **further):
        token = {"access_token": "simulator-key"}
        if not TABLES[api]["methods"].get(method, {}).get("token", True):
            token = {}
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {**token, **params},
        }
        answer = simulator.ask("POST", TABLES[api]["path"], body).json()
        return check_answer(api, method, answer, **further)

    return ask


def refusal(answer):
    details = answer["error"]["data"]
    return details["mnemonic"], details["field"]


def spread(params, name, value):
    """The parameters with one of them, maybe deep inside, changed or (None) left out."""
    head, _, rest = name.partition(".")
    changed = dict(params)
    changed[head] = spread(params.get(head, {}), rest, value) if rest else value
    if changed[head] is None:
        del changed[head]
    return changed


@pytest.mark.parametrize(("api", "method"), SIMULATED)
@pytest.mark.parametrize("optional", [False, True])
def test_what_is_documented_is_taken(ask, api, method, optional):
    params = example(api, method, optional=optional)
    answer = ask(api, method, params)
    if "error" in answer:
        # There is no such call, or no Arabic number begins with a 7: not the form.
        assert refusal(answer) == ("call_session_not_found", "call_session_id")


@pytest.mark.parametrize(("api", "method"), SIMULATED)
def test_what_is_required_is_missed(ask, api, method):
    params = example(api, method)
    for name, param in TABLES[api]["methods"][method]["params"].items():
        if param.get("required") and name.partition(".")[0] in params:
            answer = ask(api, method, spread(params, name, None))
            assert refusal(answer) == ("required_parameter_missed", name)


@pytest.mark.parametrize(("api", "method"), SIMULATED)
def test_types_are_insisted_on(ask, api, method):
    params = example(api, method, optional=True)
    for name, param in TABLES[api]["methods"][method]["params"].items():
        if name.partition(".")[0] in params:
            answer = ask(api, method, spread(params, name, WRONG[param["type"]]))
            assert refusal(answer) == ("data_type_error", name)


@pytest.mark.parametrize(("api", "method"), SIMULATED)
def test_values_are_insisted_on(ask, api, method):
    params = example(api, method, optional=True)
    for name, param in TABLES[api]["methods"][method]["params"].items():
        if "values" in param and name.partition(".")[0] in params:
            answer = ask(api, method, spread(params, name, "sideways"))
            assert refusal(answer) == ("invalid_parameter_value", name)


@pytest.mark.parametrize(("api", "method"), SIMULATED)
def test_unknown_parameters_are_refused(ask, api, method):
    answer = ask(api, method, {**example(api, method), "colour": "red"})
    assert refusal(answer) == ("unexpected_parameters", "colour")


@pytest.mark.parametrize(("api", "method"), SIMULATED)
def test_the_component_is_needed(ask, simulator, api, method):
    component = SETTINGS[TABLES[api]["methods"][method]["component"]]
    others = [name for name in SETTINGS.values() if name != component]
    simulator.change(api_components=others)
    answer = ask(api, method, example(api, method))
    assert refusal(answer)[0] == TABLES[api]["component_error"]


@pytest.mark.parametrize("method", sorted(NOT_SIMULATED))
def test_what_is_not_simulated_says_so(ask, method):
    assert refusal(ask("call", method, {}))[0] == "method_not_found"


@pytest.mark.parametrize("api", TABLES)
def test_every_documented_error_looks_as_documented(ask, simulator, api):
    table = TABLES[api]
    for method, declared in table["methods"].items():
        if method in NOT_SIMULATED:
            continue
        for mnemonic in {*table["errors"], *declared["errors"]}:
            simulator.change(api_fault=mnemonic)
            assert refusal(ask(api, method, {}))[0] == mnemonic


def test_the_answers_of_a_call_that_is_passed_on(ask, simulator):
    """Every method of the call's course answers as documented."""
    start = ask("call", "start.employee_call", example("call", "start.employee_call"))
    call = start["result"]["data"]["call_session_id"]
    listed = ask("call", "list.calls", {}, complete=True)["result"]["data"]
    assert [row["call_session_id"] for row in listed] == [call]
    for _party in range(2):
        simulator.press(call, "answer")
    for method in (
        "tag.call",
        "hold.call",
        "unhold.call",
        "hold.call",
        "make.call",
        "restore.talk",
        "hold.call",
        "make.call",
        "transfer.talk",
    ):
        params = {**example("call", method), "call_session_id": call}
        assert ask("call", method, params)["result"]["data"]["success"]
    contact = listed_contact(ask("call", "list.calls", {}))
    params = {"call_session_id": call, "leg_id": contact}
    assert ask("call", "disconnect.leg", params)["result"]
    assert ask("call", "list.calls", {})["result"]["data"] == []


def listed_contact(answer):
    (row,) = answer["result"]["data"]
    (leg,) = [leg for leg in row["legs"] if not leg["is_operator"]]
    return leg["leg_id"]


def test_the_rows_of_the_data_api_have_all_fields(ask, simulator):
    for scenario in ("attended-transfer", "missed", "voicemail", "hidden", "internal"):
        start_time = "2026-03-28T16:30:00"
        simulator.finish(simulator.place(scenario, speed=0, start_time=start_time))
    for method, declared in TABLES["data"]["methods"].items():
        answer = ask("data", method, example("data", method), complete=True)
        if "rows" not in declared:
            continue
        assert answer["result"]["data"]
        if "on_request" in declared:
            (first, *_more) = answer["result"]["data"]
            assert not set(declared["on_request"]) & set(first)
            params = {**example("data", method), "fields": list(declared["rows"])}
            answer = ask("data", method, params)
            assert set(answer["result"]["data"][0]) == set(declared["rows"])


@pytest.mark.parametrize("method", ["get.calls_report", "get.call_legs_report"])
def test_what_can_be_sorted_by(ask, method):
    declared = TABLES["data"]["methods"][method]
    for name in declared["rows"]:
        params = {**example("data", method), "sort": [{"field": name}]}
        answer = ask("data", method, params)
        if name in declared["sortable"]:
            assert "result" in answer, name
        else:
            assert refusal(answer)[0] == "sort_prohibited", name


@pytest.mark.parametrize(("api", "method"), METHODS)
def test_the_examples_agree_with_the_tables(api, method):
    params = example(api, method, optional=True)
    if TABLES[api]["methods"][method].get("token", True):
        params["access_token"] = "key"
    check_request(
        api, {"jsonrpc": "2.0", "id": "a", "method": method, "params": params}
    )
