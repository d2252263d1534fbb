# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether a number belongs to one of some countries."""

from collections.abc import Iterable

from phonenumbers import country_code_for_region, parse, region_code_for_number

# North America's code is that of two dozen countries, some of them expensive to call.
_SHARED_BY_MANY = 1


def is_number_of(number: str, countries: Iterable[str]) -> bool:
    """Return whether a number belongs to one of the countries, by its country code.

    :param number: E.164
    :param countries: ISO codes
    """
    countries = set(countries)
    parsed = parse(number)
    if region_code_for_number(parsed) in countries:
        return True
    code = parsed.country_code
    return code != _SHARED_BY_MANY and code in map(country_code_for_region, countries)
