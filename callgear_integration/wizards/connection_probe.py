# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The requests of a connection test, to CallGear and to our own address.

All requests are made before anything is written. After a refusal, only requests that would
be refused for the same reason are left out.
"""

import socket
import time
from contextlib import suppress
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from ..callgear import errors as api_errors
from ..callgear.call_api import CallApi
from ..callgear.data_api import DataApi
from ..callgear.transport import Stage, Timeouts, TransportError, send
from ..tools import networks

# The id of a session that does not exist. If CallGear answers "not found" to the request to
# end it, the service is available, and nothing was changed.
NO_SESSION = "1"
WEBHOOK_TIMEOUT = 5
# The steps that a request has to pass, and the errors that mean a refusal there.
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
    """The answer to a request: a value or an error; neither: it was not made."""

    value: object = None
    error: api_errors.ApiError | None = None

    @property
    def stopped_at(self):
        """The step that was not passed; None: all were, or the error is another one."""
        if self.error and self.error.mnemonic == "method_not_found":
            return "address"  # the address is that of another API
        for step, errors in STEPS.items():
            if isinstance(self.error, errors):
                return step
        return None

    def has_passed(self, step):
        """Return whether it is certain that the request has passed a step."""
        if self.value is not None:
            return True
        if self.error is None:
            return False
        if step == "address":
            return self.stopped_at != "address"
        # A server that fails, or refuses by its rate limit, may not have checked the key.
        return self.has_ended_nothing or self.stopped_at == "service"

    @property
    def has_ended_nothing(self):
        """Whether CallGear has answered that there is no call to end."""
        return bool(self.error) and self.error.mnemonic == "call_session_not_found"


class Facts(NamedTuple):
    """The answers to all requests; ``webhook`` is the result of ``ask_webhook``."""

    calls: ProbeAnswer = ProbeAnswer()
    release: ProbeAnswer = ProbeAnswer()
    account: ProbeAnswer = ProbeAnswer()
    numbers: ProbeAnswer = ProbeAnswer()
    webhook: object = None

    @property
    def apis(self):
        """The first answer of each of the two APIs."""
        return {"Call API": self.calls, "Data API": self.account}


def ask_apis(call_url, data_url, key, private_hosts=frozenset()):
    """Make the requests to both APIs.

    :param call_url: address of the Call API; so is ``data_url`` of the Data API. Without
        address or key, the request is not made.
    :param private_hosts: "host:port" of hosts that may have a private address
    :return: ``Facts`` without ``webhook``
    """
    release = numbers = ProbeAnswer()
    call_api = partial(CallApi, call_url, key, private_hosts=private_hosts)
    data_api = partial(DataApi, data_url, key, private_hosts=private_hosts)
    can_call, can_read = call_url and key, data_url and key
    calls = _ask(can_call and call_api, "list_calls")
    # If there is no answer, a second request would only wait as long again.
    if calls.has_passed("address"):
        release = _ask(can_call and call_api, "release_call", NO_SESSION)
    account = _ask(can_read and data_api, "account")
    if account.value is not None:
        numbers = _ask(data_api, "virtual_numbers")
    return Facts(calls, release, account, numbers)


def _ask(client, method, *args):
    if not client:
        return ProbeAnswer()
    try:
        return ProbeAnswer(value=getattr(client(), method)(*args))
    except api_errors.ApiError as error:
        return ProbeAnswer(error=error)


def ask_webhook(url):
    """Make a GET request to our own address for notifications.

    :return: HTTP status (int), or why there is no answer: ``certificate``, ``timeout`` or
        ``unreachable``
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
    """Return whether a URL looks like one that CallGear can reach from the internet."""
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
