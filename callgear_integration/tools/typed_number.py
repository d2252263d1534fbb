# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What numbers may begin with of which a person has typed the first digits."""

import re

from phonenumbers import PhoneMetadata

from .phone_number import normalized

_MIN_DIGITS = 3
_NUMBER_SIGNS = re.compile(r"[+(]?[\d\s()./+-]+")


def is_beginning(text: str) -> bool:
    """Return whether a text holds nothing but signs and digits of a phone number."""
    text = normalized(text)
    digits = re.sub(r"\D", "", text)
    return len(digits) >= _MIN_DIGITS and bool(_NUMBER_SIGNS.fullmatch(text.strip()))


def ranges(text: str, *countries: str | None) -> list[tuple[str, str]]:
    """Return the ranges of numbers in E.164 that begin as typed.

    A range is found by an ordinary index, in any order of letters that a database may
    have: all numbers have the plus in common, and digits follow each other everywhere.

    :param text: typed digits; with a plus, 00 or a trunk prefix, or without
    :param countries: ISO codes of the countries that a national number may belong to
    :return: (first, after the last) of each range; [] if it is no number
    """
    if not is_beginning(text):
        return []
    text = normalized(text)
    digits = re.sub(r"\D", "", text)
    if text.lstrip(" (").startswith("+"):
        starts = [digits]
    elif digits.startswith("00"):
        starts = [digits[2:]]
    else:
        starts = [digits]
        for country in countries:
            starts += _in_country(digits, country)
    return [
        (f"+{start}", f"+{_after(start)}")
        for start in dict.fromkeys(starts)
        if start and not start.startswith("0")
    ]


def _in_country(digits, country):
    plan = PhoneMetadata.metadata_for_region(country) if country else None
    if not plan:
        return []
    trunk = plan.national_prefix
    found = [f"{plan.country_code}{digits}"]
    if trunk and digits.startswith(trunk):
        found.insert(0, f"{plan.country_code}{digits.removeprefix(trunk)}")
    return found


def _after(start):
    """Return what comes after all that begins so: 2019 → 202."""
    head = start.rstrip("9")
    return head[:-1] + str(int(head[-1]) + 1) if head else "a"
