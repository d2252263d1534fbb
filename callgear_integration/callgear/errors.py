# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong with a request to CallGear: one class for each thing.

CallGear's own errors are told apart by their mnemonic only: one code has many meanings,
and messages are translated. What to tell people about each class is said in
``models/callgear_api_messages.py``.
"""

import re
from collections.abc import Callable
from typing import ClassVar

from .json_repair import storable

MAX_MESSAGE = 300
_MAX_PARAMS = 20
_MAX_PARAM = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


class ApiError(Exception):
    """``certain``: the request surely had no effect. ``retry``: a later one may do better.

    ``wait``: seconds until then, if CallGear has said so.
    """

    mnemonic: str | None = None
    certain = True
    retry = False

    def __init__(self, message="", *, field=None, params=None, wait=None):
        self.message = one_line(message, MAX_MESSAGE)
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
    """The server sends us elsewhere, where we do not take the key."""

    certain = True
    retry = False


class TooLarge(BadAnswer):
    """The answer is larger than we read."""

    retry = False


# ------------------------------------------------------------ CallGear says no


class Refused(ApiError):
    """CallGear has answered with an error, of which we know the message only."""

    known: ClassVar[dict[str, type["Refused"]]] = {}

    def __init_subclass__(cls):
        if "mnemonic" in vars(cls):
            Refused.known[cls.mnemonic] = cls

    @classmethod
    def from_error(cls, error: dict, mask: Callable[[str], str]) -> "Refused":
        """Make the exception for an error object; ``mask`` hides what must not be said."""
        data = error.get("data")
        data = data if isinstance(data, dict) else {}
        mnemonic, params = data.get("mnemonic"), data.get("params")
        kind = Refused.known.get(mnemonic if isinstance(mnemonic, str) else "", Refused)
        refusal = kind(
            mask(one_line(error.get("message"), 4 * MAX_MESSAGE)),
            field=data.get("field"),
            params={key: mask(text) for key, text in _texts(params).items()},
        )
        if kind is Refused:
            refusal.mnemonic = mask(one_line(mnemonic, _MAX_PARAM)) or None
        return refusal


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


# Access


class BadKey(Refused):
    """The key opens nothing."""


class AccessTokenInvalid(BadKey):
    mnemonic = "access_token_invalid"


class AccessTokenExpired(BadKey):
    mnemonic = "access_token_expired"


class AccessTokenBlocked(BadKey):
    mnemonic = "access_token_blocked"


class AuthError(BadKey):
    mnemonic = "auth_error"


class IpNotWhitelisted(Refused):
    mnemonic = "ip_not_whitelisted"


class Forbidden(Refused):
    mnemonic = "forbidden"


class AccountInactive(Refused):
    mnemonic = "account_inactive"


# Not on the plan, or no more of it


class NotOnPlan(Refused):
    """The account does not include what was asked for."""


class ComponentDisabled(NotOnPlan):
    mnemonic = "component_disabled"


class MethodComponentDisabled(NotOnPlan):
    mnemonic = "method_component_disabled"


class ParameterComponentDisabled(NotOnPlan):
    mnemonic = "parameter_component_disabled"


class TariffRestrictions(NotOnPlan):
    mnemonic = "tariff_restrictions"


class LimitExceeded(Refused):
    mnemonic = "limit_exceeded"
    retry = True


class DataLimitExceeded(Refused):
    mnemonic = "data_limit_exceeded"


class TtsTextExceeded(Refused):
    mnemonic = "tts_text_exceeded"


# Calls


class CallSessionNotFound(Refused):
    mnemonic = "call_session_not_found"


class LegNotFound(Refused):
    mnemonic = "leg_not_found"


class InvalidState(Refused):
    mnemonic = "invalid_state"


class VirtualPhoneNumberNotFound(Refused):
    mnemonic = "virtual_phone_number_not_found"


class OwnVirtualPhoneNumberNotAllowed(Refused):
    mnemonic = "own_virtual_phone_number_not_allowed"


class ContactInBlacklist(Refused):
    mnemonic = "contact_in_blacklist"


class DuplicateContact(Refused):
    mnemonic = "duplicate_contact"


class EmployeeNotFound(Refused):
    mnemonic = "employee_not_found"


class NoActivePhoneNumber(Refused):
    mnemonic = "no_active_phone_number"


class ScenarioNotFound(Refused):
    mnemonic = "scenario_not_found"


class MediaFileNotFound(Refused):
    mnemonic = "media_file_not_found"


class CharacterEncodingNotAllowed(Refused):
    mnemonic = "character_encoding_not_allowed"


class TagNotFound(Refused):
    mnemonic = "tag_not_found"


class DuplicateTag(Refused):
    mnemonic = "duplicate_tag"


class RecordAlreadyStarted(Refused):
    mnemonic = "record_already_started"


class RecordAlreadyStopped(Refused):
    mnemonic = "record_already_stopped"


class CoachNotFound(Refused):
    mnemonic = "coach_not_found"


class TalkOptionNotFound(Refused):
    mnemonic = "talk_option_not_found"


# Data


class DateIntervalLimitReached(Refused):
    mnemonic = "date_interval_limit_reached"


class InvalidDateTime(Refused):
    mnemonic = "invalid_date_time"


class SortProhibited(Refused):
    mnemonic = "sort_prohibited"


class FilterProhibited(Refused):
    mnemonic = "filter_prohibited"


class EntityNotFound(Refused):
    mnemonic = "entity_not_found"


class DuplicateEntity(Refused):
    mnemonic = "duplicate_entity"


class DependencyError(Refused):
    mnemonic = "dependency_error"


class AlreadyInUse(Refused):
    mnemonic = "already_in_use"


class FreeTextError(Refused):
    mnemonic = "error"


# The form of the request


class BadRequest(Refused):
    """The request was not what the method wants: a wrong value, or a mistake of ours."""


class InvalidParameterValue(BadRequest):
    mnemonic = "invalid_parameter_value"


class DataTypeError(BadRequest):
    mnemonic = "data_type_error"


class RequiredParameterMissed(BadRequest):
    mnemonic = "required_parameter_missed"


class UnexpectedParameters(BadRequest):
    mnemonic = "unexpected_parameters"


class InvalidParametersCombination(BadRequest):
    mnemonic = "invalid_parameters_combination"


class ParseError(BadRequest):
    mnemonic = "parse_error"


class InvalidRequest(BadRequest):
    mnemonic = "invalid_request"


class MethodNotFound(BadRequest):
    mnemonic = "method_not_found"


class BatchOperationsNotSupported(BadRequest):
    mnemonic = "batch_operations_not_supported"


class NotificationsNotSupported(BadRequest):
    mnemonic = "notifications_not_supported"


class InternalError(Refused):
    """CallGear has failed, at which point is not known."""

    mnemonic = "internal_error"
    certain = False
    retry = True
