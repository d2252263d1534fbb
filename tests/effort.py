# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How much is tried by tests that could go on for ever: more with ``bin/test --full``."""

import os

VARIABLE = "CALLGEAR_TEST_FULL"


def choose(full: bool) -> None:
    """Say how much, for this process and those that it starts."""
    os.environ[VARIABLE] = "1" if full else ""


def tries(usual: int, full: int) -> int:
    """Return how many examples to try."""
    return full if os.environ.get(VARIABLE) else usual
