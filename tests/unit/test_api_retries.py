# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R22: what only reads is asked again; what may have worked is never done twice."""

import socket
import time

import pytest

from odoo.addons.callgear_integration.callgear.errors import ApiError, NoAnswer
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc, Retries
from odoo.addons.callgear_integration.callgear.transport import Timeouts

from .api_server import KEY, QUICK, api_server, envelope, raw, refusal, success
from .audio_server import reply

OK = b"HTTP/1.1 200 OK\r\n"


def test_what_only_reads_is_asked_again():
    broken = raw(b"")
    with api_server(broken, reply(b"?", "502 Bad Gateway"), success(4)) as server:
        client = JsonRpc(server.api(), KEY, **QUICK)
        assert client.call("get.account").data == 4
    assert server.methods == ["get.account"] * 3


def test_internal_errors_are_asked_again():
    with api_server(refusal("internal_error"), success(4)) as server:
        assert JsonRpc(server.api(), KEY, **QUICK).call("list.calls").data == 4


def test_asking_again_comes_to_an_end():
    with api_server(raw(b"")) as server, pytest.raises(NoAnswer):
        JsonRpc(server.api(), KEY, **QUICK).call("get.account")
    assert len(server.calls) == 3


def test_a_refusal_is_final():
    with api_server(refusal("forbidden")) as server, pytest.raises(ApiError):
        JsonRpc(server.api(), KEY, **QUICK).call("get.account")
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(OK + b"Content-Length: 9\r\n\r\n{"),
        reply(b"?", "502 Bad Gateway"),
        refusal("internal_error"),
        refusal("limit_exceeded"),
        envelope(id="another", result={}),
    ],
    ids=["broken", "truncated", "page", "internal", "limit", "other"],
)
@pytest.mark.parametrize("method", ["start.employee_call", "hold.call"])
def test_r22_what_may_have_worked_is_never_done_twice(method, answer):
    with api_server(answer) as server, pytest.raises(ApiError):
        JsonRpc(server.api(), KEY, **QUICK).call(method)
    assert server.methods == [method]


def test_r22_a_start_that_nobody_has_taken_is_tried_again(monkeypatch):
    """The first connections are refused, as while a server starts anew."""
    real, refused = socket.create_connection, []

    def create_connection(*args, **options):
        if len(refused) < 2:
            refused.append(1)
            raise ConnectionRefusedError
        return real(*args, **options)

    with api_server(success(4)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "create_connection", create_connection)
            result = JsonRpc(server.api(), KEY, **QUICK).call("start.employee_call")
    assert (result.data, len(refused)) == (4, 2)
    assert server.methods == ["start.employee_call"]


def test_the_deadline_is_for_all_attempts_together():
    patient = {
        **QUICK,
        "timeouts": Timeouts(connect=5, read=5, total=1),
        "retries": Retries(times=50, pause=0.3),
    }
    start = time.monotonic()
    with api_server(raw(b"")) as server, pytest.raises(NoAnswer):
        JsonRpc(server.api(), KEY, **patient).call("get.account")
    assert time.monotonic() - start < 3
    assert 1 < len(server.calls) < 4
