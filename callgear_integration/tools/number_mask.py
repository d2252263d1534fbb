# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Take phone numbers out of texts, however they are written there."""

import re
from collections.abc import Iterable

INSTEAD = "…"
_BETWEEN = r"[\s().\-\u00a0/]{0,3}"
# The end of a number is the same with and without country code and trunk prefix.
_END, _SHORT = 7, 5


def number_ends(numbers: Iterable[str | None]) -> list[str]:
    """Return the digits at the end of numbers by which they are found in a text."""
    found = {_end(re.sub(r"\D", "", number or "")) for number in numbers}
    return sorted(found - {""})


def without_numbers(text: str, numbers: Iterable[str | None]) -> str:
    """Return a text in which ``…`` stands for each of the numbers.

    :param numbers: in E.164, or as they came
    """
    for end in number_ends(numbers):
        digits = _BETWEEN.join(end)
        # Country code, trunk prefix and the rest of the area code before it.
        before = (
            rf"(?:\+?\d(?:{_BETWEEN}\d){{0,7}}{_BETWEEN}|\+)?"
            if len(end) >= _SHORT
            else r"\+?"
        )
        text = re.sub(rf"(?<!\d)\(?{before}{digits}(?!\d)", INSTEAD, text)
    return text


def _end(digits: str) -> str:
    if len(digits) >= _END + 3:
        return digits[-_END:]
    return digits[-max(_SHORT, len(digits) - 3) :]
