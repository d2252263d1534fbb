# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hide secrets in all that this process logs.

The token of a connection is part of an address, and addresses get into logs in many ways:
the access log, exceptions, the debug logs of libraries. So each record is looked at when it
is made, whoever makes it, and in whatever way the address is spelled: in capitals, with
doubled or encoded slashes, with path parameters, with the token as a parameter, encoded
once or more often. Besides, secrets that this process knows by their hash are found wherever
they stand.
"""

import hashlib
import logging
import re
from urllib.parse import unquote

# Parts of our addresses that are no secret.
_WORDS = {
    "handset",
    "endleg",
    "end",
    "recording",
    "legout",
    "callout",
    "route",
    "health",
    "dashboard",
    "export_xlsx",
    "errors",
}
# A shorter value is no secret worth the name, and might be an ordinary word.
_SHORTEST = 12
_MAX_DIGESTS = 1000
# "%" that is itself encoded, however often, and other ways to write a character.
_ESCAPE = r"(?:%(?:25)*|\\u00|\\x)"


def _spelled(character: str) -> str:
    """Return a pattern for all ways to write a character."""
    codes = {ord(character.lower()), ord(character.upper())}
    hexes = "|".join(f"{code:02x}" for code in sorted(codes))
    return f"(?:{re.escape(character)}|{_ESCAPE}(?:{hexes}))"


_SLASH = rf"(?:{_ESCAPE}(?:2f|5c)|\\*/|\\+)"
# Where a part of an address ends: there is a slash, a parameter, or the address is over.
_STOP = "|".join([_SLASH, *map(_spelled, "?#;")])
_PART = rf"(?:(?!{_STOP})[^\s\"'<>\\|,)\]}}\x1b])"
# Bounded: each "callgear" in a long line is a start, from which all of it is tried.
_PARAMETERS = rf"(?:{_spelled(';')}{_PART}{{0,50}}){{0,10}}"
# The folder of the addon, which tracebacks show, is no address.
_ADDRESS = re.compile(
    rf"(?<!callgear_integration/)(?P<start>{''.join(map(_spelled, 'callgear'))})"
    rf"(?P<params>{_PARAMETERS})"
    rf"(?P<parts>(?:{_SLASH}+(?:{_PART}+{_PARAMETERS})?)+)"
    rf"(?P<query>{_spelled('?')}[^\s\"'<>\x1b]*)?",
    re.IGNORECASE,
)
_EACH_PART = re.compile(rf"({_SLASH}+)({_PART}*{_PARAMETERS})", re.IGNORECASE)
_PARAMETER = re.compile(
    rf"(?P<name>\b(?:token|api_?key|access_token){_spelled('=')})[^\s\"'&<>]+",
    re.IGNORECASE,
)
_RUN = re.compile(rf"[A-Za-z0-9_%.~-]{{{_SHORTEST},600}}")
_digests: set[str] = set()


def learn(secret: str | None) -> None:
    """Hide a secret wherever it stands; only its hash is kept."""
    if secret and len(secret) >= _SHORTEST:
        learn_digests([_digest(secret)])


def learn_digests(digests) -> None:
    """Hide the secrets with these SHA-256 hashes, in hexadecimal digits."""
    if len(_digests) < _MAX_DIGESTS:
        _digests.update(digest for digest in digests if digest)


def mask(text: str) -> str:
    """Return a text with the secrets in it replaced by stars."""
    masked = _RUN.sub(_mask_known, text) if _digests else text
    if "c" in masked or "C" in masked or "%" in masked or "\\" in masked:
        masked, count = _ADDRESS.subn(_mask_address, masked)
        if count:
            masked = _PARAMETER.sub(r"\g<name>***", masked)
    return masked


def _mask_known(match: re.Match) -> str:
    found = match[0]
    for _time in range(4):
        if _digest(found) in _digests:
            return "***"
        found = unquote(found)
    return match[0]


def _mask_address(match: re.Match) -> str:
    parts = _EACH_PART.sub(_mask_part, match["parts"])
    params = ";***" if match["params"] else ""
    query = "?***" if match["query"] else ""
    return f"{match['start']}{params}{parts}{query}"


def _mask_part(match: re.Match) -> str:
    slash, part = match.groups()
    is_id = part.isdigit() and len(part) < 10
    return slash + (part if not part or is_id or part in _WORDS else "***")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def install() -> None:
    """Mask what is logged from now on; may be called repeatedly."""
    make = logging.getLogRecordFactory()
    if not isinstance(make, _MaskingFactory):
        logging.setLogRecordFactory(_MaskingFactory(make))


class _MaskingFactory:
    """Makes log records without secrets, whichever handlers will write them."""

    def __init__(self, make):
        self._make = make
        self._format = logging.Formatter()

    def __call__(self, *args, **kwargs) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        try:
            self._mask(record)
        except Exception:  # a wrong format is told by whoever writes the record
            return record
        return record

    def _mask(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        masked = mask(text)
        if masked != text:
            record.msg, record.args = masked, ()
        if record.exc_info and record.exc_info[0]:
            text = self._format.formatException(record.exc_info)
            masked = mask(text)
            if masked != text:
                # What is set here is written instead of the exception itself.
                record.exc_text, record.exc_info = masked, None
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
