# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a test of the connection asks CallGear and our own address, without any words.

All of it is asked before anything is written. A refusal stops only those questions that
would be refused for the same reason.
"""

import socket
import time
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from ..callgear import errors as api_errors
from ..callgear.call_api import CallApi
from ..callgear.data_api import DataApi
from ..callgear.transport import Stage, Timeouts, TransportError, send
from ..tools import networks

# Ids of sessions have long been far above 1. Asked to end this one, CallGear says that
# there is none: the service is on, and nothing has changed.
NO_SESSION = "1"
WEBHOOK_TIMEOUT = 5
# The steps that a request has to pass, in this order, and the errors that end it there.
STEPS = {
    "address": (
        api_errors.BadAddress,
        api_errors.Unreachable,
        api_errors.NoAnswer,
        api_errors.BadAnswer,
    ),
    "ip": api_errors.IpNotWhitelisted,
    "key": api_errors.BadKey,
    "account": api_errors.AccountInactive,
    "service": (api_errors.NotOnPlan, api_errors.Forbidden),
}


class ProbeAnswer(NamedTuple):
    """What came back: a value or an error; neither if nothing could be asked."""

    value: object = None
    error: api_errors.ApiError | None = None

    @property
    def stopped_at(self):
        """The step that was not passed; None if all were, or something else is wrong."""
        if self.error and self.error.mnemonic == "method_not_found":
            return "address"  # it is that of something else
        for step, errors in STEPS.items():
            if isinstance(self.error, errors):
                return step
        return None

    def has_passed(self, step):
        """Whether CallGear let the request pass a step, as far as can be told."""
        if self.value is not None:
            return True
        if self.error is None:
            return False
        if step == "address":
            return self.stopped_at != "address"
        # A server that fails, or has counted too many, may not have looked at the key.
        return self.has_ended_nothing or self.stopped_at == "service"

    @property
    def has_ended_nothing(self):
        """Whether CallGear said that there is no call to end."""
        return bool(self.error) and self.error.mnemonic == "call_session_not_found"


class Facts(NamedTuple):
    """All answers; ``webhook`` is what ``ask_webhook`` returns."""

    calls: ProbeAnswer = ProbeAnswer()
    release: ProbeAnswer = ProbeAnswer()
    account: ProbeAnswer = ProbeAnswer()
    numbers: ProbeAnswer = ProbeAnswer()
    webhook: object = None

    @property
    def apis(self):
        """The first answer of each of the two APIs."""
        return {"Call API": self.calls, "Data API": self.account}


def ask_apis(call_url, data_url, key):
    """Ask both APIs; what has no address or no key is not asked."""
    release = numbers = ProbeAnswer()
    calls = _ask(CallApi, call_url, key, "list_calls")
    # Without any answer it is not asked a second time: that would take as long again.
    if calls.has_passed("address"):
        release = _ask(CallApi, call_url, key, "release_call", NO_SESSION)
    account = _ask(DataApi, data_url, key, "account")
    if account.value is not None:
        numbers = _ask(DataApi, data_url, key, "virtual_numbers")
    return Facts(calls, release, account, numbers)


def _ask(api, url, key, method, *args):
    if not (url and key):
        return ProbeAnswer()
    try:
        return ProbeAnswer(value=getattr(api(url, key), method)(*args))
    except api_errors.ApiError as error:
        return ProbeAnswer(error=error)


def ask_webhook(url):
    """Ask our own address for notifications.

    :return: the status of its answer, or why there is none: ``certificate``, ``timeout``
        or ``unreachable``
    """
    timeouts = Timeouts(WEBHOOK_TIMEOUT, WEBHOOK_TIMEOUT, WEBHOOK_TIMEOUT)
    deadline = time.monotonic() + WEBHOOK_TIMEOUT
    try:
        with send("GET", url, {}, timeouts, deadline) as response:
            return response.status
    except TransportError as error:
        if error.stage is Stage.TLS:
            return "certificate"
        return "timeout" if error.timed_out else "unreachable"


def is_public(url):
    """Whether an address looks like one that CallGear, outside, can reach."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    host = host.rstrip(".")
    with suppress(OSError, UnicodeError):  # such as 127.1 or 0x7f.1
        host = socket.inet_ntoa(socket.inet_aton(host))
    try:
        return networks.is_public(host)
    except ValueError:
        name = host.lower()
        inside = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
        return "." in name and not name.endswith(inside)
