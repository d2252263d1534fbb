# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The simulator and the receiver of its own tests."""

from tests.simulator.conftest import receiver, simulator

__all__ = ["receiver", "simulator"]
