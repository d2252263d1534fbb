# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hold, consultation and transfer of a live call, in the order the Call API insists on:

Session → Talk ⇄ Hold → Dialing → Operator talk → Talk → Finishing
"""

from __future__ import annotations

from .people import Operator
from .session import Leg, Session

SESSION = "Session"
TALK = "Talk"
HOLD = "Hold"
DIALING = "Dialing"
OPERATOR_TALK = "Operator talk"
FINISHING = "Finishing"


class Impossible(Exception):
    """That cannot be done at this moment of the call."""


class CallControl:
    """The part of a live call that applications steer instead of phones."""

    session: Session
    ended: bool
    _holder: Leg | None = None
    """The operator who has put the contact on hold."""
    _consulted: Leg | None = None
    """The colleague whom the operator asks meanwhile."""

    @property
    def phase(self) -> str:
        """The state in the Call API's words."""
        if self.ended:
            return FINISHING
        if self._holder is None:
            return TALK if self.state == "talking" else SESSION
        if self._consulted is None:
            return HOLD
        return DIALING if self._consulted.state == "ringing" else OPERATOR_TALK

    def hold(self) -> None:
        """The contact listens to music."""
        self._require_phase(TALK)
        talking = [leg for leg in self._legs("talking") if not leg.contact]
        self._holder = talking[-1]

    def unhold(self) -> None:
        """The contact is back."""
        self._require_phase(HOLD)
        self._holder = None

    def consult(self, operator: Operator) -> None:
        """The operator calls a colleague while the contact waits."""
        self._require_phase(HOLD)
        if operator.employee_id is not None:
            self._require_free(operator.employee_id)
        self._consulted = self._dial(operator)
        self._consulted.private = True

    def hand_over(self) -> None:
        """The colleague takes the call, now or after picking up; the operator leaves it."""
        self._require_phase(DIALING, OPERATOR_TALK)
        holder = self._holder
        self._stop_holding()
        if holder is not None:
            self._end_leg(holder)

    def restore(self) -> None:
        """The colleague is out; the operator talks to the contact again."""
        self._require_phase(DIALING, OPERATOR_TALK)
        colleague = self._consulted
        self._holder = self._consulted = None
        if colleague is not None:
            self._end_leg(colleague)

    def _gone(self, leg: Leg) -> None:
        """A party has hung up or was hung up on."""
        if leg is self._holder:
            self._stop_holding()
        elif leg is self._consulted:
            self._consulted = None

    def _stop_holding(self) -> None:
        """Whoever was asked has the contact now."""
        if self._consulted is not None:
            self._consulted.private = False
        self._holder = self._consulted = None

    def _require_phase(self, *phases: str) -> None:
        if self.phase not in phases:
            raise Impossible(f"not in the state {self.phase}")

    # What the phones do

    @property
    def state(self) -> str:
        raise NotImplementedError

    def _legs(self, state: str) -> list[Leg]:
        raise NotImplementedError

    def _dial(self, operator: Operator | None, contact: bool = False) -> Leg:
        raise NotImplementedError

    def _require_free(self, employee_id: int) -> None:
        raise NotImplementedError

    def _end_leg(self, leg: Leg) -> None:
        raise NotImplementedError
