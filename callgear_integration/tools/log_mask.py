# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hide the tokens of notification URLs in the server's access log."""

import logging
import re

# Mistyped addresses contain the token as well: doubled slashes, an encoded slash.
_TOKEN = re.compile(
    r"(/callgear(?:/|%2F)+)[^/\s\"?]+(/[^\s\"?]*)?(\?[^\s\"]*)?", re.IGNORECASE
)


class TokenMask(logging.Filter):
    """Replaces the token in the path of a notification URL by stars."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = mask(text)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


def mask(text: str) -> str:
    """Return a log line with the tokens of notification URLs replaced by stars."""
    return _TOKEN.sub(r"\1***\2", text)


def install() -> None:
    """Mask tokens in the log of HTTP requests; may be called repeatedly."""
    logger = logging.getLogger("werkzeug")
    if not any(isinstance(known, TokenMask) for known in logger.filters):
        logger.addFilter(TokenMask())
