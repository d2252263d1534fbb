# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The WSGI application: collects the routes of its parts and turns errors into answers.

A part is anything with `rules()`; a further API of CallGear becomes one more part in
`PARTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .call_api import CallApi
from .call_control import Impossible
from .control import Control, answer
from .data_api import DataApi
from .pages import Pages
from .settings import Invalid
from .switchboard import Switchboard

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 256 * 1024
LOCAL_NAMES = ("127.0.0.1", "localhost")


class Part(Protocol):
    """A group of routes; the endpoint of a rule is the function that answers."""

    def rules(self) -> list[Rule]: ...


PARTS: tuple[Callable[[Switchboard], Part], ...] = (Control, Pages, CallApi, DataApi)


class Application:
    """Dispatches requests; `any_host` is for a server that is meant to be reached under
    other names.
    """

    def __init__(self, switchboard: Switchboard, *, any_host: bool = False) -> None:
        self._any_host = any_host
        rules = [rule for part in PARTS for rule in part(switchboard).rules()]
        self._map = Map(rules, strict_slashes=False)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = MAX_BODY
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            # A name that merely resolves to this machine would let a foreign page read
            # and act (DNS rebinding).
            if not self._any_host and request.host.rsplit(":", 1)[0] not in LOCAL_NAMES:
                raise BadRequest("open this page as localhost")
            endpoint: Any
            endpoint, arguments = self._map.bind_to_environ(request.environ).match()
            response = endpoint(request, **arguments)
            assert isinstance(response, Response)
            return response
        except Invalid as problem:
            return answer({"error": str(problem)}, 400)
        except Impossible as problem:
            return answer({"error": str(problem)}, 409)
        except HTTPException as problem:
            if not request.path.startswith("/api/"):
                return Response.from_app(problem, request.environ)
            response = answer({"error": problem.description}, problem.code or 500)
            response.headers.extend(
                [
                    item
                    for item in problem.get_headers(request.environ)
                    if item[0] == "Allow"
                ]
            )
            return response
