# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Texts for users about failed requests to CallGear: what happened, and what to do.

``callgear/errors.py`` does not use Odoo, so the translatable sentences for its classes and
for CallGear's mnemonics are here. A mnemonic without a sentence of its own gets the one of
its class.
"""

from odoo.tools import LazyTranslate

from .callgear import errors as api

_lt = LazyTranslate(__name__)

_REPORT = _lt(
    "CallGear cannot produce the requested report. Please show your administrator "
    "this: %(detail)s"
)
_REFUSED = _lt("CallGear refused: %(detail)s")

KIND_SENTENCES = {
    api.ApiError: _lt("The request to CallGear failed: %(detail)s"),
    api.BadAddress: _lt(
        "The address of the CallGear API is not valid. It looks like"
        " https://callapi.callgear.com/v4.0."
    ),
    api.NotSecure: _lt(
        "The address of the CallGear API has to begin with https://: without encryption,"
        " the API key could be read on the way."
    ),
    api.NotPublic: _lt(
        "The host %(host)s of the API address is inside a private network. Only the system"
        " administrator can allow that, under Private API Hosts of the connection."
    ),
    api.Unreachable: _lt(
        "CallGear cannot be reached at %(host)s. Nothing has been done. Try again in a"
        " moment; if it keeps happening, check the API address and this server's "
        "network."
    ),
    api.HostUnknown: _lt(
        "The host %(host)s is not known. Check the API address, and whether this server"
        " is connected to the internet."
    ),
    api.NotTrusted: _lt(
        "No secure connection to %(host)s: the certificate of the server there is not"
        " valid for this host. Check the API address and this server's clock."
    ),
    api.Resting: _lt(
        "CallGear has not answered lately. Nothing has been done. It is asked again in"
        " %(seconds)s seconds: try again then."
    ),
    api.TooManyAsk: _lt(
        "CallGear answers slowly, and others wait for it already. Nothing has been done."
        " Try again in a moment."
    ),
    api.NoAnswer: _lt(
        "CallGear did not answer in time. The request may have worked all the same: "
        "check before you try again."
    ),
    api.BadAnswer: _lt(
        "The server at the API address does not answer like CallGear (%(detail)s). The"
        " request may have worked all the same. Check the API address; if it is right,"
        " try again later."
    ),
    api.Unreadable: _lt(
        "CallGear has answered with %(rows)s rows (%(list)s), and none of them can be read."
        " Nothing has been done. Try again later; if it keeps happening, show CallGear's"
        " support this message."
    ),
    api.Redirected: _lt(
        "The API address redirects to another one. Enter the final address, with "
        "https://."
    ),
    api.TooLarge: _lt(
        "CallGear's answer is larger than expected. Ask for a shorter period."
    ),
    api.Refused: _REFUSED,
    api.BadKey: _lt(
        "CallGear does not accept the API key. An administrator has to create a new "
        "one in CallGear under Administrator → User management, grant it access to the"
        " API, and enter it in the connection. A key is valid for one brand and region"
        " only: check the API addresses, too."
    ),
    api.IpNotWhitelisted: _lt(
        "CallGear does not accept requests from this server's address (%(ip)s). Add it"
        " in CallGear under Administrator → Account → Security → API."
    ),
    api.Forbidden: _lt(
        "CallGear does not allow this. The owner of the API key lacks the right to do "
        "it, or a setting of the employee forbids it."
    ),
    api.AccountInactive: _lt(
        "The CallGear account is blocked. Check in CallGear whether it is paid for."
    ),
    api.NotOnPlan: _lt(
        "This service is not on the CallGear plan (%(detail)s). It can be added in CallGear"
        " under Account → Rates and options."
    ),
    api.LimitExceeded: _lt(
        "The request limit of your CallGear plan has been reached. Try again in a "
        "minute; if it keeps happening, wait until tomorrow or raise the limit in "
        "CallGear under Account → Rates and options."
    ),
    api.NotFound: _lt("CallGear no longer has the requested item."),
    api.NotPossible: _REFUSED,
    api.BadRequest: _lt(
        "CallGear did not understand the request. Please show your administrator this:"
        " %(detail)s"
    ),
    api.InternalError: _lt(
        "Something failed at CallGear. The request may have worked all the same: check"
        " before you try again. If it keeps happening, contact CallGear support and "
        "tell them the time."
    ),
}
SENTENCES = {
    "access_token_expired": _lt(
        "The CallGear API key has expired. An administrator has to create a new one in"
        " CallGear under Administrator → User management and enter it in the "
        "connection."
    ),
    "access_token_blocked": _lt(
        "The API key is blocked in CallGear. An administrator has to unblock it there "
        "under Administrator → User management, or create a new one."
    ),
    "data_limit_exceeded": _lt(
        "The CallGear account has reached its limit for these. Delete some there first."
    ),
    "tts_text_exceeded": _lt(
        "The text to be read out is longer than CallGear allows. Shorten it."
    ),
    "call_session_not_found": _lt("The call is over, or CallGear does not know it."),
    "leg_not_found": _lt("This party has left the call."),
    "invalid_state": _lt(
        "The call is not in a state for this: it may be on hold, not answered yet, or"
        " about to end."
    ),
    "virtual_phone_number_not_found": _lt(
        "The number to call from does not belong to the CallGear account. Choose "
        "another default virtual number in the connection."
    ),
    "own_virtual_phone_number_not_allowed": _lt(
        "This is a number of your own CallGear account. Call another one."
    ),
    "contact_in_blacklist": _lt(
        "The number is on the black list in CallGear. Take it off there to call it."
    ),
    "duplicate_contact": _lt("The number is on the black list in CallGear already."),
    "employee_not_found": _lt(
        "CallGear no longer has your operator. An administrator has to fetch the "
        "operators again and choose your user for the new one."
    ),
    "no_active_phone_number": _lt(
        "There is no phone to ring: in CallGear the employee has no active number. Check"
        " that the softphone is on and the number is active in the employee's card."
    ),
    "scenario_not_found": _lt("CallGear no longer has this scenario."),
    "media_file_not_found": _lt("CallGear no longer has this audio file."),
    "character_encoding_not_allowed": _lt(
        "CallGear cannot read out some of the characters. Use plainer text."
    ),
    "tag_not_found": _lt("CallGear no longer has this tag."),
    "duplicate_tag": _lt("The call has this tag already."),
    "record_already_started": _lt("The call is being recorded already."),
    "record_already_stopped": _lt("The call is not being recorded."),
    "coach_not_found": _lt("CallGear knows no coach for this call."),
    "talk_option_not_found": _lt("CallGear does not know this talk option."),
    "date_interval_limit_reached": _lt(
        "CallGear reports on three months at most. Choose a shorter period."
    ),
    "invalid_date_time": _REPORT,
    "sort_prohibited": _REPORT,
    "filter_prohibited": _REPORT,
    "duplicate_entity": _lt("CallGear has one like this already."),
    "dependency_error": _lt(
        "CallGear cannot change this, because something else there depends on it."
    ),
    "already_in_use": _lt("This is already in use in CallGear."),
    "error": _lt("CallGear reports an error: %(detail)s"),
    "invalid_parameter_value": _lt("CallGear does not accept this value: %(detail)s"),
    "method_not_found": _lt(
        "CallGear does not know this request: the API address may be that of another"
        " version, or of the other API."
    ),
}


def explain(error: api.ApiError, env) -> str:
    """Return in the user's language what went wrong and what to do.

    :param error: an ``ApiError``
    :param env: an environment with the user's language
    :return: plain text
    """
    sentence = SENTENCES.get(error.mnemonic) or next(
        KIND_SENTENCES[kind] for kind in type(error).__mro__ if kind in KIND_SENTENCES
    )
    # CallGear may leave a detail out: the sentence then has a question mark.
    names = ("host", "ip", "list", "rows", "seconds")
    values = dict.fromkeys(names, "?") | error.params
    values["detail"] = _detail(error)
    translate = env._  # the texts themselves are marked in the tables above
    return translate(sentence) % values


def _detail(error: api.ApiError) -> str:
    """Return the details of an error, which are not translated."""
    parts = (error.field, error.message or error.mnemonic or type(error).__name__)
    return ": ".join(part for part in parts if part)
