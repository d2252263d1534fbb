# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a request to one of the APIs is answered: form, access, points, parameters, and
only then the method; and what is noted of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from . import api_faults, json_rpc
from .api_parameters import Param, check
from .call_control import Impossible
from .json_rpc import WITHOUT_LIMITS, RpcError
from .log import Entry
from .routes import route
from .switchboard import Call, Switchboard

TOKEN = {"access_token": Param("string", required=True)}
_SECRET = re.compile(r'("(?:access_token|password)"\s*:\s*")(?:[^"\\]|\\.)*')
_NOTED = 4000


@dataclass
class Answer:
    """What a method gives: data, further metadata, the call that it has started."""

    data: Any
    metadata: dict[str, Any] = field(default_factory=dict)
    started: Call | None = None


@dataclass(frozen=True)
class Method:
    """A method: the component it belongs to, its parameters, what it does."""

    component: str
    params: Mapping[str, Param]
    run: Callable[[Switchboard, Mapping[str, Any]], Answer]
    free: bool = False
    """Can be asked without a token."""


class Api:
    """One address with its methods."""

    name: str
    path: str
    methods: Mapping[str, Method]

    def __init__(self, switchboard: Switchboard) -> None:
        self._board = switchboard

    def rules(self) -> list[Rule]:
        return [route("POST", self.path, self.answer)]

    def answer(self, request: Request) -> Response:
        """Act on a request, unless a fault is asked for."""
        began = time.monotonic()
        body = request.get_data()
        entry = self._note(request, body)
        answer = Answer(None)
        error = fault = ""
        try:
            wish = json_rpc.parse(body if _is_json(request) else b"")
            entry.event = wish.method[:60]
            entry.session_id = _session_id(wish.params)
            fault = self._board.take_fault(wish.method)
            response = api_faults.instead(fault)
            if response is None:
                answer, reply = self._reply(request, wish, fault)
                error = _mnemonic(reply)
                response = self._send(reply, answer.started, fault)
        except RpcError as problem:
            # This is no valid request: the answer says nothing about the account.
            error = problem.mnemonic
            reply = _error(problem.id, problem, {})
            response = self._send(reply, None, "ok")
        except ConnectionAbortedError:
            response = None
        self._finish(entry, response, began, error or _spoken(fault), answer)
        if response is None:
            api_faults.drop()
        return response

    def _reply(
        self, request: Request, wish: json_rpc.Request, fault: str
    ) -> tuple[Answer, dict[str, Any]]:
        """Do what is asked for; what went wrong becomes an answer too."""
        board, settings = self._board, self._board.settings
        answer, problem = Answer(None), None
        try:
            if fault not in api_faults.FAULTS:
                raise _wanted(fault, request)
            answer = self._act(request, wish)
            board.account.spend()
        except RpcError as found:
            problem = found
        except Impossible:
            problem = RpcError("invalid_state")
        metadata: dict[str, Any] = {}
        if problem is None or problem.mnemonic not in WITHOUT_LIMITS:
            metadata["limits"] = board.account.limits(settings)
        if problem is not None:
            return answer, _error(wish.id, problem, metadata)
        result = {"data": answer.data, "metadata": metadata | answer.metadata}
        return answer, {"jsonrpc": "2.0", "id": wish.id, "result": result}

    def _act(self, request: Request, wish: json_rpc.Request) -> Answer:
        settings, account = self._board.settings, self._board.account
        method = self.methods.get(wish.method)
        if method is None:
            raise RpcError("method_not_found")
        account.check_address(settings, request.remote_addr or "")
        declared = method.params
        if not method.free:
            account.check_token(settings, wish.params.get("access_token"))
            declared = {**TOKEN, **declared}
        account.check_plan(settings, method.component)
        account.check_points(settings)
        check(wish.params, declared)
        return method.run(self._board, wish.params)

    def _send(self, reply: dict[str, Any], call: Call | None, fault: str) -> Response:
        """The answer, in time or late. Notifications of a new call follow it, or come
        first.
        """
        settings = self._board.settings
        if call is not None and settings.api_webhook_first:
            call.player.release()
            if not settings.api_silent:
                call.player.first_sent.wait(settings.timeout)
        if settings.api_delay:
            time.sleep(settings.api_delay)
        if fault == "drop_after":
            if call is not None:
                call.player.release()
            api_faults.drop()
        status = settings.api_error_status if "error" in reply else 200
        response = api_faults.spoil(fault, reply, status)
        if call is not None:
            response.call_on_close(call.player.release)
        return response

    def _note(self, request: Request, body: bytes) -> Entry:
        return self._board.log.add(
            session_id=0,
            event="?",
            sent_at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            body=self._masked(body.decode(errors="replace")),
            content_type=request.mimetype,
            api=self.name,
        )

    def _finish(
        self,
        entry: Entry,
        response: Response | None,
        began: float,
        error: str,
        answer: Answer,
    ) -> None:
        text = ""
        if response is not None and not response.is_streamed:
            text = self._masked(response.get_data(as_text=True))
        self._board.log.answered(
            entry,
            status=None if response is None else response.status_code,
            answer=text[:_NOTED],
            ms=round((time.monotonic() - began) * 1000),
            error=error,
            session_id=answer.started.session_id if answer.started else 0,
        )

    def _masked(self, text: str) -> str:
        """What is noted holds no key."""
        masked = _SECRET.sub(r"\1***", text[: 16 * _NOTED])
        return masked.replace(self._board.settings.api_key, "***")[:_NOTED]


def _is_json(request: Request) -> bool:
    """A foreign web page cannot send this type without asking first: see `body_of`."""
    return request.mimetype == "application/json"


def _error(
    number: json_rpc.Id, problem: RpcError, metadata: dict[str, Any]
) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": problem.as_json(metadata)}


def _mnemonic(reply: Mapping[str, Any]) -> str:
    return str(reply["error"]["data"]["mnemonic"]) if "error" in reply else ""


def _spoken(fault: str) -> str:
    return "" if fault in ("", "ok") else fault


def _wanted(fault: str, request: Request) -> RpcError:
    """An error that was asked for, with what its text needs where that is known."""
    if fault == "ip_not_whitelisted":
        return RpcError(fault, ip=request.remote_addr)
    return RpcError(fault)


def _session_id(params: Mapping[str, Any]) -> int:
    value = params.get("call_session_id")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
