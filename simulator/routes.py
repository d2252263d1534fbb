# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A route whose endpoint is the very function that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response


def route(
    method: str, path: str, answer: Callable[..., Response], **defaults: Any
) -> Rule:
    """A rule for one method; `defaults` are further arguments of the function."""
    endpoint: Any = answer
    return Rule(path, endpoint=endpoint, methods=[method], defaults=defaults or None)
