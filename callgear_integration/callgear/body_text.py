# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The text of a request's body: unpacked and decoded, as its headers and itself say.

The headers may be wrong or missing. So what the body shows by itself comes first: the
signature of gzip, a byte order mark, being valid UTF-8.
"""

import json
import zlib

_GZIP = b"\x1f\x8b"
_PACKED = {"gzip", "x-gzip", "deflate"}
# A proxy in between may pack once more; nobody packs more often than that.
_MAX_LAYERS = 3
# How zlib reads gzip and zlib streams, and streams without any header.
_WINDOWS = (47, -15)
# Codecs of Python that are no charsets of texts.
_NO_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}


class TooLarge(ValueError):
    """The body is larger than allowed, as it came or unpacked."""


def body_text(
    body: bytes, content_encoding: str | None, charset: str | None, limit: int
) -> str:
    """Return the text of a body.

    :param content_encoding: the header of this name
    :param charset: as the header ``Content-Type`` names it
    :param limit: largest number of bytes; never more memory than that is used to unpack
    :raises TooLarge: the body has more than ``limit`` bytes
    """
    return decoded(unpacked(body, content_encoding, limit), charset)


def unpacked(body: bytes, content_encoding: str | None, limit: int) -> bytes:
    """Undo the compression of a body; if that fails, it is returned as it came.

    :raises TooLarge: as ``body_text``
    """
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    layers = min(_MAX_LAYERS, sum(name in _PACKED for name in names))
    while len(body) <= limit and (layers > 0 or body.startswith(_GZIP)):
        inner = _inflated(body, limit)
        layers -= 1
        if inner is None or layers < -_MAX_LAYERS:
            break
        body = inner
    if len(body) > limit:
        raise TooLarge
    return body


def _inflated(body: bytes, limit: int) -> bytes | None:
    """Return the content of a complete packed body, or None; at most a byte too much."""
    for window in _WINDOWS:
        content, rest = b"", body
        try:
            while rest and len(content) <= limit:
                stream = zlib.decompressobj(window)
                content += stream.decompress(rest, limit + 1 - len(content))
                if len(content) > limit:
                    return content
                if not stream.eof:
                    raise zlib.error("the end is missing")
                # gzip may consist of several parts, or be padded.
                rest = stream.unused_data.lstrip(b"\x00")
        except zlib.error:
            continue
        return content
    return None


def decoded(body: bytes, charset: str | None = None) -> str:
    """Return the text of bytes; what cannot be decoded becomes replacement characters.

    :param charset: the declared one; it may be missing, unknown or wrong
    """
    unicode = json.detect_encoding(body)
    if unicode != "utf-8":
        text = body.decode(unicode, "replace")
        if _looks_right(text) or unicode == "utf-8-sig":
            return text
    try:
        return body.decode()
    except UnicodeDecodeError:
        text = _declared(body, charset)
        return text if _looks_right(text) else body.decode(errors="replace")


def _declared(body: bytes, charset: str | None) -> str:
    name = (charset or "").strip("\"' ").lower()
    if name.replace("-", "_") in _NO_CHARSETS:
        return ""
    try:
        return body.decode(name, "replace")
    except (
        LookupError,
        ValueError,
    ):  # no charset at all, or one that never fails softly
        return ""


def _looks_right(text: str) -> bool:
    """Return whether an object may begin here, as JSON or in a form."""
    return "{" in text or "%7B" in text.upper()
