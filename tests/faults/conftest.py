# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same traffic for all faults, and what it leaves behind without any."""

import pytest

from .traffic import traffic, undisturbed


@pytest.fixture(scope="session")
def told():
    """150 notifications of calls of all kinds."""
    return traffic(150)


@pytest.fixture(scope="session")
def expected(told):
    """What an undisturbed replay of them leaves behind."""
    with undisturbed(told) as left:
        assert len(left["calls"]) > 25
        yield left
