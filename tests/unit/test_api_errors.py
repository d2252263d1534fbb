# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R22: each refusal has a kind, by its mnemonic only, and is said in words (R4)."""

import re
from types import SimpleNamespace

import pytest

from odoo.addons.callgear_integration.api_messages import (
    KIND_SENTENCES,
    SENTENCES,
    explain,
)
from odoo.addons.callgear_integration.callgear import errors as api_errors
from odoo.addons.callgear_integration.callgear.call_api import CallApi
from odoo.addons.callgear_integration.callgear.errors import ApiError, Refused

from .api_server import KEY, QUICK, api_server, refusal

# As the documents of both APIs list them.
MNEMONICS = """
parse_error invalid_request method_not_found data_type_error required_parameter_missed
invalid_parameter_value unexpected_parameters invalid_parameters_combination
call_session_not_found internal_error access_token_expired access_token_blocked
access_token_invalid auth_error contact_in_blacklist ip_not_whitelisted forbidden
invalid_state virtual_phone_number_not_found component_disabled account_inactive
limit_exceeded batch_operations_not_supported notifications_not_supported
tts_text_exceeded media_file_not_found employee_not_found no_active_phone_number
own_virtual_phone_number_not_allowed character_encoding_not_allowed
scenario_not_found leg_not_found tag_not_found duplicate_tag record_already_started
record_already_stopped coach_not_found duplicate_contact talk_option_not_found
method_component_disabled parameter_component_disabled sort_prohibited
filter_prohibited entity_not_found dependency_error duplicate_entity
data_limit_exceeded tariff_restrictions already_in_use invalid_date_time error
date_interval_limit_reached
""".split()
UNCERTAIN = {"internal_error"}
WORTH_A_RETRY = {"internal_error", "limit_exceeded"}
CLASSES = [
    value
    for value in vars(api_errors).values()
    if isinstance(value, type) and issubclass(value, ApiError)
]


class Env:
    """The part of an environment that a translation needs."""

    lang = "en_US"

    def _(self, source):
        return source._translate(self.lang)


def refused(answer) -> ApiError:
    with api_server(answer) as server, pytest.raises(ApiError) as caught:
        CallApi(server.api(), KEY, **QUICK).release_call("5241907731")
    assert len(server.calls) == 1
    return caught.value


@pytest.mark.parametrize("mnemonic", MNEMONICS)
def test_r22_each_documented_refusal_is_of_a_kind(mnemonic):
    error = refused(refusal(mnemonic))
    assert type(error) is not Refused
    assert (error.mnemonic, error.certain) == (mnemonic, mnemonic not in UNCERTAIN)
    assert error.retry == (mnemonic in WORTH_A_RETRY)


def test_r22_the_tables_hold_what_is_documented_and_nothing_else():
    assert set(api_errors.MNEMONICS) == set(MNEMONICS)
    assert set(SENTENCES) <= set(MNEMONICS)


@pytest.mark.parametrize("mnemonic", MNEMONICS)
def test_r4_each_documented_refusal_is_said_in_a_sentence(mnemonic):
    said = explain(refused(refusal(mnemonic, "why")), Env())
    assert re.fullmatch(r"[A-Z].*(\.|why)", said)
    # What CallGear says is shown only where there is nothing better to say.
    assert not said.startswith("CallGear refused")
    assert "%" not in said


@pytest.mark.parametrize(
    ("mnemonic", "words"),
    [
        ("access_token_invalid", "does not accept the API key"),
        ("auth_error", "does not accept the API key"),
        ("access_token_expired", "has expired"),
        ("access_token_blocked", "unblock it"),
        ("component_disabled", "not on the CallGear plan"),
        ("tariff_restrictions", "not on the CallGear plan"),
        ("call_session_not_found", "The call is over"),
        ("leg_not_found", "has left the call"),
        ("entity_not_found", "no longer has the requested item"),
        ("invalid_parameter_value", "does not accept this value"),
        ("data_type_error", "did not understand the request"),
        ("sort_prohibited", "cannot produce the requested report"),
        ("method_not_found", "another version"),
        ("error", "reports an error: why"),
    ],
)
def test_r4_the_sentence_says_what_it_is(mnemonic, words):
    assert words in explain(refused(refusal(mnemonic, "why")), Env())


@pytest.mark.parametrize("code", [-32001, -32099, 0, None, "x"])
def test_r22_neither_code_nor_message_tells_the_class(code):
    error = refused(refusal("invalid_state", "limit_exceeded", code=code))
    assert (type(error), error.mnemonic) == (api_errors.NotPossible, "invalid_state")


@pytest.mark.parametrize("status", ["400 Bad Request", "403 No", "500 Oops"])
def test_r22_a_refusal_is_read_whatever_the_status(status):
    error = refused(refusal("ip_not_whitelisted", status=status))
    assert type(error) is api_errors.IpNotWhitelisted


def test_r22_an_unknown_refusal_is_shown_as_it_is():
    error = refused(refusal("security_rule", "Направление запрещено"))
    assert type(error) is Refused
    assert (error.mnemonic, str(error)) == ("security_rule", "Направление запрещено")
    assert explain(error, Env()) == "CallGear refused: Направление запрещено"


def test_r22_a_refusal_tells_field_and_details():
    error = refused(
        refusal("data_type_error", field="employee.id", params={"ip": "203.0.113.9"})
    )
    assert (error.field, error.params) == ("employee.id", {"ip": "203.0.113.9"})


def test_r22_what_they_say_is_bounded_and_of_one_line():
    error = refused(
        refusal(
            "x" * 5000,
            "a\x00\r\n\u202eb" + "c" * 5000,
            field="f" * 5000,
            params={"n" * 5000: "v\n" * 5000} | {f"p{i}": i for i in range(100)},
        )
    )
    assert str(error).startswith("a bcc")
    assert len(str(error)) == 300
    assert {len(error.field), len(error.mnemonic)} == {100}
    assert len(error.params) == 20
    assert all(len(key + value) <= 200 for key, value in error.params.items())


@pytest.mark.parametrize(
    "data",
    [None, [], "text", {"mnemonic": ["x"]}, {"mnemonic": 7}, {"params": "x"}, {}],
)
def test_r22_a_refusal_of_a_strange_form_is_still_one(data):
    error = Refused.from_error({"message": {"a": 1}, "data": data}, str)
    assert isinstance(error, Refused)
    assert explain(error, Env())


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_r4_each_error_is_said_in_a_sentence(kind):
    assert kind in KIND_SENTENCES
    said = explain(kind("why", params={"host": "pbx.example", "ip": "1.2.3.4"}), Env())
    assert re.fullmatch(r"[A-Z].*(\.|why)", said)
    assert "%" not in said


def test_r4_details_that_are_missing_do_no_harm():
    assert "(?)" in explain(api_errors.IpNotWhitelisted(), Env())


def test_r4_the_address_to_allow_is_named():
    error = refused(refusal("ip_not_whitelisted", params={"ip": "203.0.113.9"}))
    assert "203.0.113.9" in explain(error, Env())


def test_r4_a_detail_cannot_smuggle_in_a_placeholder():
    error = api_errors.Refused("100%(host)s %d", params={"detail": "x"})
    env = SimpleNamespace(_=Env()._)
    assert explain(error, env) == "CallGear refused: 100%(host)s %d"


def test_r22_a_class_made_elsewhere_is_explained_by_what_it_is_like():
    class Elsewhere(api_errors.NotOnPlan):
        pass

    assert "plan" in explain(Elsewhere("Call API"), Env())
