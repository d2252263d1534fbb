# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Call API v4.0: starts calls and manages running ones."""

from __future__ import annotations

from . import call_manage, call_start, login
from .api import Api


class CallApi(Api):
    """POST /v4.0."""

    name = "call"
    path = "/v4.0"
    methods = {
        **login.methods("basic"),
        **call_start.METHODS,
        **call_manage.METHODS,
    }
