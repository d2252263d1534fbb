# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Logging in and out: the other way to a token, the same in both APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .api import Answer, Method
from .api_parameters import Param
from .switchboard import Switchboard


def methods(component: str) -> dict[str, Method]:
    """The two methods, as part of a component."""
    credentials = {
        "login": Param("string", required=True),
        "password": Param("string", required=True),
    }
    return {
        "login.user": Method(component, credentials, login_user, free=True),
        "logout.user": Method(component, {}, logout_user),
    }


def login_user(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    given = board.account.login(board.settings, params["login"], params["password"])
    return Answer(given)


def logout_user(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    board.account.logout(params["access_token"])
    return Answer({"success": True})
