# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keep webhook tokens out of the server's access log."""

import logging
import re

# Mistyped addresses hold the token as well: doubled slashes, a slash that is encoded.
_TOKEN = re.compile(
    r"(/callgear(?:/|%2F)+)[^/\s\"?]+(/[^\s\"?]*)?(\?[^\s\"]*)?", re.IGNORECASE
)


class TokenMask(logging.Filter):
    """Replace the token in the path of a webhook by stars."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = mask(text)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


def mask(text: str) -> str:
    return _TOKEN.sub(r"\1***\2", text) if "/callgear" in text else text


def install() -> None:
    """Mask the log of HTTP requests; safe to call again."""
    logger = logging.getLogger("werkzeug")
    if not any(isinstance(known, TokenMask) for known in logger.filters):
        logger.addFilter(TokenMask())
