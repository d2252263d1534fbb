# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Errors of requests to CallGear.

CallGear's own errors are distinguished by their mnemonic: one code has many meanings,
and messages are translated. Each class groups errors that call for the same action;
``MNEMONICS`` maps mnemonics to classes. The texts for users are in ``api_messages.py``.

Source: the error tables in CallGear's documentation of the Call API v4.0 and Data API
v2.0.
"""

import re
from collections.abc import Callable

from .json_repair import storable

MAX_MESSAGE = 300
_MAX_PARAMS = 20
_MAX_PARAM = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


class ApiError(Exception):
    """A request to CallGear that failed.

    ``certain``: whether it is certain that the request had no effect. ``retry``: whether
    a later request may succeed. ``mnemonic``: CallGear's name of the error, or None.
    ``field``: name of the parameter that the error is about, or None. ``params``: details
    as a dict of texts. ``wait``: seconds until a later request may succeed, or None.
    """

    mnemonic: str | None = None
    certain = True
    retry = False

    def __init__(
        self, message="", *, mnemonic=None, field=None, params=None, wait=None
    ):
        self.message = one_line(message, MAX_MESSAGE)
        self.mnemonic = one_line(mnemonic, _MAX_PARAM) or self.mnemonic
        self.field = one_line(field, _MAX_PARAM) or None
        self.params = _texts(params)
        self.wait = wait
        super().__init__(self.message or self.mnemonic or type(self).__name__)


# -------------------------------------------------------------------- transport


class BadAddress(ApiError):
    """The configured address of the API is not a valid URL."""


class NotSecure(BadAddress):
    """The configured address is not an https address."""


class NotPublic(BadAddress):
    """The host has an address inside a network; nothing was sent."""


class Unreachable(ApiError):
    """There was no connection (refused, no route, no network); nothing was sent."""

    retry = True


class HostUnknown(Unreachable):
    """The name of the host could not be looked up."""


class NotTrusted(Unreachable):
    """The server's TLS certificate is not valid for the host."""


class Resting(ApiError):
    """There was no answer several times, so CallGear is not asked for a while."""

    retry = True


class TooManyAsk(ApiError):
    """So many requests wait for CallGear's answer that no worker is left for this one."""

    retry = True


class NoAnswer(ApiError):
    """The time ran out, or the connection broke, after the request was sent.

    The request may have had its effect.
    """

    certain = False
    retry = True


class BadAnswer(ApiError):
    """The response is not an answer to the request: not JSON, wrong id, a proxy's page."""

    certain = False
    retry = True


class Unreadable(BadAnswer):
    """A list has rows, and none of them can be read; ``params`` has ``list``, ``rows``."""

    certain = True


class Redirected(BadAnswer):
    """The server answered with a redirect; the key is not sent to another address."""

    certain = True
    retry = False


class TooLarge(BadAnswer):
    """The answer is larger than the limit."""

    retry = False


# ------------------------------------------------------- refused by CallGear


class Refused(ApiError):
    """CallGear answered with an error; of this very class: one with no known mnemonic."""

    @classmethod
    def from_error(cls, error: dict, mask: Callable[[str], str]) -> "Refused":
        """Return the exception for the error object of an answer.

        :param error: ``error`` of JSON-RPC; ``data`` in it has ``mnemonic``, ``field``
            and ``params``
        :param mask: replaces the API key in a text
        """
        data = error.get("data")
        data = data if isinstance(data, dict) else {}
        mnemonic, params = data.get("mnemonic"), data.get("params")
        kind = MNEMONICS.get(mnemonic if isinstance(mnemonic, str) else "", Refused)
        return kind(
            mask(one_line(error.get("message"), 4 * MAX_MESSAGE)),
            mnemonic=mask(one_line(mnemonic, _MAX_PARAM)),
            field=data.get("field"),
            params={key: mask(text) for key, text in _texts(params).items()},
        )


class BadKey(Refused):
    """The API key is not valid, has expired or is blocked."""


class IpNotWhitelisted(Refused):
    """CallGear does not accept requests from the IP address of this server."""

    mnemonic = "ip_not_whitelisted"


class Forbidden(Refused):
    """The CallGear user who owns the key lacks a permission."""

    mnemonic = "forbidden"


class AccountInactive(Refused):
    """The account is blocked."""

    mnemonic = "account_inactive"


class NotOnPlan(Refused):
    """The account's plan does not include what was requested."""


class LimitExceeded(Refused):
    """The account's request points for this minute or this day are used up."""

    mnemonic = "limit_exceeded"
    retry = True


class NotFound(Refused):
    """What the request is about does not exist (any more)."""


class NotPossible(Refused):
    """The request is valid, but not possible in the present state or with these data."""


class BadRequest(Refused):
    """The request does not fit the method: a wrong value, or a mistake of ours."""


class InternalError(Refused):
    """CallGear failed internally; the request may have had its effect."""

    mnemonic = "internal_error"
    certain = False
    retry = True


MNEMONICS: dict[str, type[Refused]] = {
    # access
    "access_token_invalid": BadKey,
    "access_token_expired": BadKey,
    "access_token_blocked": BadKey,
    "auth_error": BadKey,
    "ip_not_whitelisted": IpNotWhitelisted,
    "forbidden": Forbidden,
    "account_inactive": AccountInactive,
    # the plan and its limits
    "component_disabled": NotOnPlan,
    "method_component_disabled": NotOnPlan,
    "parameter_component_disabled": NotOnPlan,
    "tariff_restrictions": NotOnPlan,
    "limit_exceeded": LimitExceeded,
    "data_limit_exceeded": NotPossible,
    # calls
    "call_session_not_found": NotFound,
    "leg_not_found": NotFound,
    "invalid_state": NotPossible,
    "virtual_phone_number_not_found": NotFound,
    "own_virtual_phone_number_not_allowed": NotPossible,
    "contact_in_blacklist": NotPossible,
    "duplicate_contact": NotPossible,
    "employee_not_found": NotFound,
    "no_active_phone_number": NotPossible,
    "scenario_not_found": NotFound,
    "media_file_not_found": NotFound,
    "tts_text_exceeded": BadRequest,
    "character_encoding_not_allowed": BadRequest,
    "tag_not_found": NotFound,
    "duplicate_tag": NotPossible,
    "record_already_started": NotPossible,
    "record_already_stopped": NotPossible,
    "coach_not_found": NotFound,
    "talk_option_not_found": NotFound,
    # data
    "date_interval_limit_reached": BadRequest,
    "invalid_date_time": BadRequest,
    "sort_prohibited": BadRequest,
    "filter_prohibited": BadRequest,
    "entity_not_found": NotFound,
    "duplicate_entity": NotPossible,
    "dependency_error": NotPossible,
    "already_in_use": NotPossible,
    "error": NotPossible,
    # the form of the request
    "invalid_parameter_value": BadRequest,
    "data_type_error": BadRequest,
    "required_parameter_missed": BadRequest,
    "unexpected_parameters": BadRequest,
    "invalid_parameters_combination": BadRequest,
    "parse_error": BadRequest,
    "invalid_request": BadRequest,
    "method_not_found": BadRequest,
    "batch_operations_not_supported": BadRequest,
    "notifications_not_supported": BadRequest,
    # CallGear itself
    "internal_error": InternalError,
}


def one_line(value, limit: int) -> str:
    """Return a value from outside as one line of text, cut to ``limit`` characters.

    Control characters, line breaks and marks of writing direction become spaces. What is
    neither text nor number becomes an empty text.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _CONTROL.sub(" ", storable(str(value)[: 4 * limit])).strip()[:limit]


def _texts(params) -> dict[str, str]:
    """Return the details of an error; only texts and numbers are kept."""
    if not isinstance(params, dict):
        return {}
    texts = {
        one_line(key, _MAX_PARAM): one_line(value, _MAX_PARAM)
        for key, value in list(params.items())[:_MAX_PARAMS]
    }
    return {key: text for key, text in texts.items() if key and text}
