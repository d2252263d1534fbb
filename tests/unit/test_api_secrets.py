# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: the API key is in the request and nowhere else."""

import logging
import pickle
import socket
import traceback

import pytest

from odoo.addons.callgear_integration.callgear.call_api import CallApi
from odoo.addons.callgear_integration.callgear.data_api import DataApi
from odoo.addons.callgear_integration.callgear.errors import ApiError
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc
from odoo.addons.callgear_integration.callgear.secret import Secret

from .api_server import KEY, QUICK, api_server, raw, refusal, silence, success
from .audio_server import redirect, reply


def everything(error: BaseException) -> str:
    """All that a report of an error could hold: texts, causes, locals of each frame."""
    seen, texts = [], []
    while error and error not in seen:
        seen.append(error)
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        texts += [*told.format(), repr(error), str(vars(error))]
        error = error.__cause__ or error.__context__
    return "".join(texts)


def refused_connection(monkeypatch):
    def create_connection(*_args, **_options):
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        silence,
        reply(b"?", "502 Bad Gateway"),
        reply(KEY.encode()),
        redirect("http://127.0.0.1:9/"),
        refusal("access_token_invalid", f"The token {KEY} is invalid", value=KEY),
        refusal("x" + KEY, params={"token": KEY}, field="access_token"),
        refusal("auth_error", "a" * 290 + KEY),
        success(),
    ],
    ids=[
        *("broken", "silent", "page", "echo", "redirect"),
        *("message", "details", "cut", "success"),
    ],
)
def test_r42_no_error_holds_the_key(answer):
    def start(url):
        # The key itself is a local of the test's own, not of this function.
        CallApi(url, KEY, **QUICK).start_employee_call(
            "971505550123", "97145550100", "701234", "odoo-1"
        )

    with api_server(answer) as server, pytest.raises(ApiError) as caught:
        start(server.api())
    assert server.calls
    assert_hidden(everything(caught.value))


def assert_hidden(told: str):
    assert "self" in told, "locals were captured"
    assert KEY not in told
    assert KEY[:12] not in told


def test_r42_nor_does_one_from_a_connection_that_breaks_while_sending(monkeypatch):
    def sendall(_sock, _data):
        raise BrokenPipeError

    with api_server() as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "sendall", sendall)
            with pytest.raises(ApiError) as caught:
                CallApi(server.api(), KEY, **QUICK).release_call("1")
    assert not caught.value.certain
    assert_hidden(everything(caught.value))


def test_r42_nor_what_stops_the_worker_while_sending(monkeypatch):
    def sendall(_sock, _data):
        raise KeyboardInterrupt

    with api_server() as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "sendall", sendall)
            with pytest.raises(KeyboardInterrupt) as caught:
                CallApi(server.api(), KEY, **QUICK).release_call("1")
    assert_hidden(everything(caught.value))


def test_r42_nor_one_from_a_server_that_is_not_there(monkeypatch):
    refused_connection(monkeypatch)
    with pytest.raises(ApiError) as caught:
        DataApi("http://127.0.0.1:9/", KEY, **QUICK).account()
    assert_hidden(everything(caught.value))


def test_r42_nor_one_from_params_that_cannot_be_written():
    client = CallApi("http://127.0.0.1:9/", KEY, **QUICK)
    with pytest.raises(ValueError) as caught:
        client.call("list.calls", {"a": float("nan")})
    assert_hidden(everything(caught.value))


def test_r42_no_log_has_an_address(caplog):
    """That of a recording, or of our own webhook, is a secret; whatever goes wrong."""
    with api_server(raw(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n")) as server:
        url = f"{server.api()}/secret/path"
        with caplog.at_level(logging.DEBUG), pytest.raises(ApiError):
            JsonRpc(url, KEY, **QUICK).call("list.calls")
    assert "secret" not in caplog.text


def test_r42_no_log_has_the_key(caplog):
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        with api_server(raw(b""), refusal("auth_error", f"{KEY} is wrong")) as server:
            with pytest.raises(ApiError):
                DataApi(server.api(), KEY, **QUICK).account()
    assert len(server.calls) == 2
    assert KEY not in caplog.text


def test_r42_a_client_does_not_show_its_key():
    client = CallApi("https://callapi.callgear.com/v4.0", KEY)
    assert repr(client) == "<CallApi callapi.callgear.com>"
    assert KEY not in str(vars(client))


def test_r42_a_secret_is_not_written_down():
    secret = Secret(KEY)
    assert f"{secret} {secret!r} {secret!s}" == "*** *** ***"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_r42_a_text_too_short_to_be_a_key_masks_nothing():
    assert Secret("ab").mask("abc") == "abc"
    assert Secret("").mask("abc") == "abc"
    assert Secret("abcdef").mask("1abcdef2") == "1***2"
