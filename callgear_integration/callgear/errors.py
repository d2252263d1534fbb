# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong with a request to CallGear.

CallGear's own errors are told apart by their mnemonic only: one code has many meanings,
and messages are translated. A class stands for what can be done about an error;
``MNEMONICS`` says which mnemonic is of which class. What to tell people is said in
``api_messages.py`` of the addon.
"""

import re
from collections.abc import Callable

from .json_repair import storable

MAX_MESSAGE = 300
_MAX_PARAMS = 20
_MAX_PARAM = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


class ApiError(Exception):
    """``certain``: the request surely had no effect. ``retry``: a later one may do better.

    ``mnemonic``: CallGear's name of the error, if it has one. ``field``: the parameter
    that it is about. ``params``: details, as texts. ``wait``: seconds until a later
    request has a chance, if CallGear has said so.
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


# ------------------------------------------------------------------- on the way


class BadAddress(ApiError):
    """What was entered as the address of the API is none."""


class Unreachable(ApiError):
    """Nobody was there to take the request: refused, no route, no network."""

    retry = True


class HostUnknown(Unreachable):
    """The name of the host is not known, or names cannot be looked up."""


class NotTrusted(Unreachable):
    """The server does not prove to be the host (TLS)."""


class NoAnswer(ApiError):
    """Time was up, or the connection broke, after the request: it may have worked."""

    certain = False
    retry = True


class BadAnswer(ApiError):
    """What came is no answer to the request: not JSON, another id, a page of a proxy."""

    certain = False
    retry = True


class Redirected(BadAnswer):
    """The server names another address, to which the key is not sent."""

    certain = True
    retry = False


class TooLarge(BadAnswer):
    """The answer is larger than we read."""

    retry = False


# ------------------------------------------------------------ CallGear says no


class Refused(ApiError):
    """CallGear has answered with an error, of which we know the message only."""

    @classmethod
    def from_error(cls, error: dict, mask: Callable[[str], str]) -> "Refused":
        """Make the exception for an error object of an answer.

        :param mask: hides in a text what must not be said
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
    """The API key is not valid, or not any more."""


class IpNotWhitelisted(Refused):
    """CallGear takes no requests from the address of this server."""

    mnemonic = "ip_not_whitelisted"


class Forbidden(Refused):
    """The owner of the key lacks the right."""

    mnemonic = "forbidden"


class AccountInactive(Refused):
    """The account is blocked."""

    mnemonic = "account_inactive"


class NotOnPlan(Refused):
    """The account does not include what was asked for."""


class LimitExceeded(Refused):
    """The points for requests are used up, for a minute or a day."""

    mnemonic = "limit_exceeded"
    retry = True


class NotFound(Refused):
    """What the request is about does not exist, or not any more."""


class NotPossible(Refused):
    """The request makes sense, but not in this state or with these data."""


class BadRequest(Refused):
    """The request was not what the method wants: a wrong value, or a mistake of ours."""


class InternalError(Refused):
    """CallGear has failed, at which point is not known."""

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
    # the plan, and how much there is of it
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
    """A text of theirs, without what would break a line or turn it around."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _CONTROL.sub(" ", storable(str(value)[: 4 * limit])).strip()[:limit]


def _texts(params) -> dict[str, str]:
    """The details of an error; what is no text or number is left out."""
    if not isinstance(params, dict):
        return {}
    texts = {
        one_line(key, _MAX_PARAM): one_line(value, _MAX_PARAM)
        for key, value in list(params.items())[:_MAX_PARAMS]
    }
    return {key: text for key, text in texts.items() if key and text}
