# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What one call is made of: the input of every scenario."""

from __future__ import annotations

from dataclasses import dataclass

from .people import OPERATORS, VIRTUAL_NUMBERS, Contact, Operator


@dataclass(frozen=True)
class Parameters:
    """All that a call needs to know; the same parameters always give the same
    notifications.
    """

    session_id: int
    first_leg_id: int
    contact: Contact
    operators: tuple[Operator, ...] = OPERATORS[:2]
    virtual_number: str | None = VIRTUAL_NUMBERS[0]
    talk_seconds: float = 45
    ring_seconds: float = 8
    menu_seconds: float = 3
    recording_delay: float = 4
    recording_url: str = "http://127.0.0.1:8090"
    recording_style: str = "each"
    """`each`: one notification per file; `one`: a single one that lists all files."""
    external_id: str | None = None
    direction: str | None = None
    """Of a click-to-call: what the request to the Call API said; CallGear takes `in`
    when it said nothing.
    """
    first_call: str | None = None
    """Of a call that the Call API started: who is rung first, `employee` or `contact`.
    """
    caller_endleg: bool = False
    """Whether the end of the caller's own leg is told as well (the vendor does not
    say).
    """
    tags: tuple[str, ...] = ()

    def operator(self, index: int) -> Operator:
        """The operator at that place; the list is gone through again when it is too
        short.
        """
        return self.operators[index % len(self.operators)]
