# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may ask the APIs, and how often: key, address, components, points."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from typing import Any

from .api_settings import COMPONENTS
from .json_rpc import RpcError
from .settings import Settings

LOGIN = "simulator"
"""The user who can log in; the password is the key."""
SESSION_SECONDS = 3600


class _Window:
    """Points that were spent in the running minute or day."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._began = time.monotonic()
        self.spent = 0

    def turn(self) -> None:
        """Start counting from zero when the time is over."""
        gone = time.monotonic() - self._began
        if gone >= self.seconds:
            self._began += gone // self.seconds * self.seconds
            self.spent = 0

    @property
    def reset(self) -> int:
        return max(1, round(self._began + self.seconds - time.monotonic()))


class Account:
    """The account behind both APIs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}
        self._windows = {"minute": _Window(60), "day": _Window(24 * 3600)}

    def check_address(self, settings: Settings, address: str) -> None:
        """Only listed addresses may ask."""
        if not settings.api_ip_allowed:
            raise RpcError("ip_not_whitelisted", ip=address)

    def check_token(self, settings: Settings, token: Any) -> None:
        """The account's key, or what a log-in has given."""
        if token is None:
            raise RpcError("required_parameter_missed", "access_token")
        if not isinstance(token, str):
            raise RpcError("data_type_error", "access_token", object="string")
        if hmac.compare_digest(token.encode(errors="replace"), _bytes(settings)):
            if settings.api_key_state == "expired":
                raise RpcError("access_token_expired", "access_token")
            if settings.api_key_state == "blocked":
                raise RpcError("access_token_blocked", "access_token")
            return
        until = self._tokens.get(token)
        if until is None:
            raise RpcError("access_token_invalid", "access_token")
        if until < time.time():
            raise RpcError("access_token_expired", "access_token")

    def check_plan(self, settings: Settings, component: str) -> None:
        """The account is active and has what the method needs."""
        if not settings.api_account_active:
            raise RpcError("account_inactive")
        if component not in settings.api_components:
            name = COMPONENTS[component]
            if component == "data":
                raise RpcError("method_component_disabled", components=name)
            raise RpcError("component_disabled", component_name=name)

    def check_points(self, settings: Settings) -> None:
        """There are points left, of this minute and of this day."""
        limits = self.limits(settings)
        for name in self._windows:
            if not limits[f"{name}_remaining"]:
                highest = limits[f"{name}_limit"]
                raise RpcError(
                    "limit_exceeded", limit_type=name, limit_max_value=highest
                )

    def spend(self) -> None:
        """A request has succeeded: every method costs one point."""
        with self._lock:
            for window in self._windows.values():
                window.turn()
                window.spent += 1

    def limits(self, settings: Settings) -> dict[str, int]:
        """What every answer tells about the points."""
        highest = {"day": settings.api_points_day, "minute": settings.api_points_minute}
        found: dict[str, int] = {}
        with self._lock:
            for name, limit in highest.items():
                window = self._windows[name]
                window.turn()
                found[f"{name}_limit"] = limit
                found[f"{name}_remaining"] = max(0, limit - window.spent)
                found[f"{name}_reset"] = window.reset
        return found

    def login(self, settings: Settings, login: str, password: str) -> dict[str, Any]:
        """A token for an hour."""
        good = hmac.compare_digest(password.encode(errors="replace"), _bytes(settings))
        if login != LOGIN or not good:
            raise RpcError("auth_error")
        token = secrets.token_hex(32)
        until = int(time.time()) + SESSION_SECONDS
        with self._lock:
            self._tokens[token] = until
        return {"access_token": token, "expire_at": until}

    def age(self, seconds: float) -> None:
        """Let time pass for the tokens of log-ins."""
        with self._lock:
            for token in self._tokens:
                self._tokens[token] -= seconds

    def logout(self, token: str) -> None:
        """Make the token invalid; a key stays valid."""
        with self._lock:
            self._tokens.pop(token, None)


def _bytes(settings: Settings) -> bytes:
    return settings.api_key.encode(errors="replace")
