# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A value that tracebacks, logs and messages show as stars."""


class Secret:
    """Holds a text or bytes; only ``reveal`` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes):
        self._value = value

    def reveal(self) -> str | bytes:
        """Return the value itself."""
        return self._value

    def mask(self, text: str) -> str:
        """Replace the secret in a text that came from outside, which may echo it."""
        # A shorter one is none, and would take ordinary letters with it.
        return text.replace(self._value, "***") if len(self._value) >= 6 else text

    def __bool__(self):
        return bool(self._value)

    def __repr__(self):
        return "***"

    def __reduce__(self):
        raise TypeError("a secret is not written down")
