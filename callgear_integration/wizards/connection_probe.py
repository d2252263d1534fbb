# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a test of the connection asks the outside world, without a word about it.

All of it is asked before anything is written, and one refusal stops nothing but the
questions that would be refused for the same reason.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from ..callgear import errors as api_errors
from ..callgear.call_api import CallApi
from ..callgear.data_api import DataApi

# Sessions are numbered upwards since years: asked to end this one, CallGear says that
# there is none, which tells that the service is on and changes nothing.
NO_SESSION = "1"
WEBHOOK_TIMEOUT = 5
# At which door a request was stopped, by the error that came back.
DOORS = {
    # No method of that name: it is the address of something else.
    "address": (
        api_errors.BadAddress,
        api_errors.Unreachable,
        api_errors.NoAnswer,
        api_errors.BadAnswer,
        api_errors.MethodNotFound,
    ),
    "ip": api_errors.IpNotWhitelisted,
    "key": api_errors.BadKey,
    "account": api_errors.AccountInactive,
    "service": (api_errors.NotOnPlan, api_errors.Forbidden),
}


class Answer(NamedTuple):
    """What came back: a value or an error; neither if nothing could be asked."""

    value: object = None
    error: api_errors.ApiError | None = None

    @property
    def stopped_at(self):
        """The door that stayed shut; None if none did, or something else is wrong."""
        for door, errors in DOORS.items():
            if isinstance(self.error, errors):
                return door
        return None

    def has_passed(self, door):
        """Whether CallGear let the request through there, as far as can be told."""
        if self.value is not None:
            return True
        if self.error is None:
            return False
        if door == "address":
            return self.stopped_at != "address"
        # A server that fails, or has counted too many, may not have looked at the key.
        return self.has_ended_nothing or self.stopped_at == "service"

    @property
    def has_ended_nothing(self):
        return isinstance(self.error, api_errors.CallSessionNotFound)


class Facts(NamedTuple):
    """All answers."""

    calls: Answer = Answer()
    release: Answer = Answer()
    account: Answer = Answer()
    numbers: Answer = Answer()
    webhook: object = None

    @property
    def apis(self):
        """The first answer of each of the two APIs."""
        return {"Call API": self.calls, "Data API": self.account}


def ask_apis(call_url, data_url, key):
    """Ask both APIs; what has no address or no key is not asked."""
    release = numbers = Answer()
    calls = _ask(CallApi, call_url, key, "list_calls")
    # What has no answer at all is not asked a second time: each time takes its while.
    if calls.has_passed("address"):
        release = _ask(CallApi, call_url, key, "release_call", NO_SESSION)
    account = _ask(DataApi, data_url, key, "account")
    if account.value is not None:
        numbers = _ask(DataApi, data_url, key, "virtual_numbers")
    return Facts(calls, release, account, numbers)


def _ask(api, url, key, method, *args):
    if not (url and key):
        return Answer()
    try:
        return Answer(value=getattr(api(url, key), method)(*args))
    except api_errors.ApiError as error:
        return Answer(error=error)


def ask_webhook(url):
    """Return the status with which our own address answers, or the name of a failure."""
    session = requests.Session()
    session.trust_env = False
    try:
        with session.get(
            url, timeout=WEBHOOK_TIMEOUT, allow_redirects=False, stream=True
        ) as response:
            return response.status_code
    except requests.exceptions.SSLError:
        return "certificate"
    except requests.exceptions.Timeout:
        return "timeout"
    except (requests.exceptions.RequestException, ValueError):
        return "unreachable"


def is_public(url):
    """Whether an address looks like one that CallGear, outside, can reach."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        inside = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
        return "." in name and not name.endswith(inside)
