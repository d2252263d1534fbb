# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The JSON API under /api: what the page does, a test can do too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from .api_faults import FAULTS
from .api_settings import COMPONENTS
from .disturbance import BODIES
from .json_rpc import ERRORS
from .live import KINDS
from .order import Order
from .people import CONTACTS, OPERATORS, VIRTUAL_NUMBERS
from .routes import route
from .scenarios import SCENARIOS
from .settings import RECORDING_MODES, RECORDING_STYLES, Invalid
from .switchboard import Call, Switchboard
from .templates import EVENTS

_MODES = ("blind", "attended")


class Control:
    """One method per route."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def rules(self) -> list[Rule]:
        actions = "any(answer, ring, transfer, hangup, stop)"
        return [
            route("GET", "/api/setup", self.setup),
            route("GET", "/api/calls", self.calls),
            route("POST", "/api/calls", self.place),
            route("GET", "/api/calls/<int:session_id>", self.one_call),
            route("POST", f"/api/calls/<int:session_id>/<{actions}:action>", self.act),
            route("GET", "/api/log", self.log),
            route("DELETE", "/api/log", self.clear_log),
            route("GET", "/api/settings", self.settings),
            route("PUT", "/api/settings", self.change_settings),
        ]

    def setup(self, request: Request) -> Response:
        """What the page offers to choose from."""
        return answer({
            "live": [{"name": name, "text": text} for name, text in KINDS.items()],
            "scenarios": [
                {"name": item.name, "example": item.example, "text": item.text}
                for item in SCENARIOS.values()
            ],
            "operators": [asdict(operator) for operator in OPERATORS],
            "callers": [asdict(contact) for contact in CONTACTS],
            "virtual_numbers": list(VIRTUAL_NUMBERS),
            "events": list(EVENTS),
            "bodies": BODIES,
            "recording_modes": RECORDING_MODES,
            "recording_styles": list(RECORDING_STYLES),
            "api_faults": FAULTS,
            "api_errors": list(ERRORS),
            "api_components": COMPONENTS,
        })  # fmt: skip

    def calls(self, request: Request) -> Response:
        return answer([call.view() for call in self._switchboard.calls()])

    def one_call(self, request: Request, session_id: int) -> Response:
        return answer(self._call(session_id).view())

    def place(self, request: Request) -> Response:
        call = self._switchboard.place(Order.from_json(body_of(request)))
        return answer({"session_id": call.session_id}, 201)

    def act(self, request: Request, session_id: int, action: str) -> Response:
        """A press on a phone. The answer is the call as it is afterwards."""
        call, data = self._call(session_id), body_of(request)
        leg_id, employee_id = whole(data, "leg_id"), whole(data, "employee_id")
        if action == "stop":
            call.stop()
        elif action == "answer":
            call.hand().answer(leg_id, employee_id)
        elif action == "hangup":
            call.hand().hang_up(leg_id, employee_id)
        elif action == "ring":
            call.hand().ring(required(employee_id, "employee_id"))
        else:
            mode = data.get("mode", "blind")
            if mode not in _MODES:
                raise Invalid(f"mode: one of {', '.join(_MODES)}")
            call.hand().transfer(required(whole(data, "to"), "to"), mode, leg_id)
        return answer(call.view())

    def log(self, request: Request) -> Response:
        """Entries newest first; with ?after=<revision> only what changed since."""
        after = request.args.get("after", 0, type=int)
        session_id = request.args.get("session_id", None, type=int)
        revision, entries = self._switchboard.log.since(after, session_id)
        return answer({"revision": revision, "entries": entries})

    def clear_log(self, request: Request) -> Response:
        self._switchboard.log.clear()
        return answer({})

    def settings(self, request: Request) -> Response:
        return answer(self._switchboard.settings.as_json())

    def change_settings(self, request: Request) -> Response:
        return answer(self._switchboard.change(body_of(request)).as_json())

    def _call(self, session_id: int) -> Call:
        try:
            return self._switchboard.call(session_id)
        except KeyError:
            raise NotFound("no such call") from None


def answer(data: Any, status: int = 200) -> Response:
    text = json.dumps(data, ensure_ascii=False)
    return Response(
        text,
        status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request.

    The content type is insisted on: a foreign web page cannot send it without asking
    this server first, so it cannot place calls for whoever has the simulator open.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("application/json is needed")
    try:
        data = json.loads(request.get_data() or b"{}")
    except ValueError:
        raise BadRequest("not JSON") from None
    if not isinstance(data, dict):
        raise BadRequest("an object is needed")
    return data


def whole(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Invalid(f"{name}: a whole number is needed")
    return value


def required(value: int | None, name: str) -> int:
    if value is None:
        raise Invalid(f"{name}: is needed")
    return value
