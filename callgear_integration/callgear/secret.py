# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A value that is shown as stars in tracebacks, logs and messages."""


class Secret:
    """Holds a text or bytes, which only ``reveal`` returns."""

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes):
        self._value = value

    def reveal(self) -> str | bytes:
        """Return the value itself."""
        return self._value

    def mask(self, text: str) -> str:
        """Replace the secret by stars in a text from outside, which may contain it."""
        # A shorter value is no real key, and might occur in ordinary words.
        return text.replace(self._value, "***") if len(self._value) >= 6 else text

    def __bool__(self):
        return bool(self._value)

    def __repr__(self):
        return "***"

    def __reduce__(self):
        raise TypeError("a secret cannot be serialised")
