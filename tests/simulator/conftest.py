# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A receiver that stands where Odoo would, and a simulator that posts to it."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parents[2]))

from simulator.server import Server  # noqa: E402
from simulator.settings import Settings  # noqa: E402


class Receiver:
    """Takes in what is posted; `status` is what it answers."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, str]] = []
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.received.append((self.path, self.headers["Content-Type"], body))
                answer = b'{"status": "accepted"}'
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: Any) -> None:
                return

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/callgear/secret"
        threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def events(self) -> list[str]:
        return [path.rsplit("/", 1)[1] for path, _type, _body in list(self.received)]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _path, _type, body in list(self.received)]

    def wait(self, count: int, seconds: float = 30) -> list[str]:
        """The events, once there are that many."""
        wait_for(lambda: len(self.received) >= count, seconds)
        return self.events

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


DIAL: dict[str, Any] = {
    "first_call": "employee",
    "direction": "out",
    "virtual_phone_number": "97145550100",
    "contact": "971505550123",
    "external_id": "odoo-call-1",
    "employee": {"id": 701234},
}


class Client:
    """The API of a running simulator."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._http = requests.Session()
        self._http.trust_env = False

    def ask(
        self, method: str, path: str, data: Any = None, raw: str = "", **options: Any
    ) -> requests.Response:
        options |= {"data": raw} if data is None else {"json": data}
        return self._http.request(method, self.server.url + path, timeout=10, **options)

    def place(self, scenario: str, **order: Any) -> int:
        response = self.ask("POST", "/api/calls", {"scenario": scenario, **order})
        assert response.status_code == 201, response.text
        return int(response.json()["session_id"])

    def press(
        self, session_id: int, action: str, expect: int = 200, **data: Any
    ) -> dict[str, Any]:
        response = self.ask("POST", f"/api/calls/{session_id}/{action}", data)
        assert response.status_code == expect, response.text
        result: dict[str, Any] = response.json()
        return result

    def change(self, **settings: Any) -> None:
        response = self.ask("PUT", "/api/settings", settings)
        assert response.status_code == 200, response.text

    def rpc(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer of one of the two APIs, result or error."""
        params = {"access_token": "simulator-key", **params}
        if params["access_token"] is None:
            del params["access_token"]
        body = {"jsonrpc": "2.0", "id": "test", "method": method, "params": params}
        path = "/v2.0" if method.startswith(("get.", "update.")) else "/v4.0"
        answer: dict[str, Any] = self.ask("POST", path, body).json()
        assert answer["jsonrpc"] == "2.0" and answer["id"] == "test"
        return answer

    def data(self, method: str, **params: Any) -> Any:
        """What a request that must succeed gives."""
        answer = self.rpc(method, **params)
        assert "result" in answer, answer
        return answer["result"]["data"]

    def refused(self, method: str, **params: Any) -> tuple[str, str | None]:
        """Mnemonic and field of a request that must fail."""
        answer = self.rpc(method, **params)
        assert "error" in answer, answer
        details = answer["error"]["data"]
        return details["mnemonic"], details["field"]

    def dial(self, **params: Any) -> int:
        """A call from Odoo: the session it becomes."""
        return int(
            self.data("start.employee_call", **{**DIAL, **params})["call_session_id"]
        )

    def talk(self, **params: Any) -> int:
        """The same, once both have picked up."""
        session_id = self.dial(**params)
        for _party in range(2):
            self.press(session_id, "answer")
        return session_id

    def finish(self, session_id: int) -> dict[str, Any]:
        """The call once everything is sent."""
        wait_for(lambda: self.ask("GET", f"/api/calls/{session_id}").json()["done"])
        result: dict[str, Any] = self.ask("GET", f"/api/calls/{session_id}").json()
        return result


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[Client]:
    settings = Settings(webhook_url=receiver.url, recording_delay=0.05)
    with Server(settings, seed=1) as server:
        yield Client(server)
