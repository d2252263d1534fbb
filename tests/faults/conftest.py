# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same traffic for all faults, and what it leaves behind without any."""

import pytest

# Odoo's addons cannot be imported yet when pytest reads this file.


@pytest.fixture(scope="session")
def told():
    """100 notifications of calls of all kinds."""
    from .traffic import traffic

    return traffic(100)


@pytest.fixture(scope="session")
def expected(told):
    """What an undisturbed replay of them leaves behind."""
    from .traffic import undisturbed

    with undisturbed(told) as left:
        assert len(left["calls"]) > 15
        yield left
