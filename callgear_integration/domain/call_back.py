# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may call back a caller who waits: one agent at a time, nobody twice (R47)."""

from dataclasses import dataclass
from datetime import timedelta

CLAIMED, ON_LINE, JUST_CALLED, OVER = "claimed", "on_line", "just_called", "over"
# A caller whom an agent has just called is left alone by the others for so long.
PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class Situation:
    """What is known of a caller; agents are None: nobody.

    ``claimer`` has claimed the ticket, ``on_line`` talks to the caller or calls them,
    ``just_called`` has called them within ``PAUSE``.
    """

    waits: bool
    claimer: object = None
    on_line: object = None
    just_called: object = None


def refusal(situation: Situation, agent: object) -> tuple[str | None, object]:
    """Return why an agent may not call the caller back, and because of which agent.

    :return: ``(None, None)`` if they may
    """
    for reason, other in (
        (ON_LINE, situation.on_line),
        (CLAIMED, situation.claimer),
    ):
        if other is not None and other != agent:
            return reason, other
    if not situation.waits:
        return OVER, None
    other = situation.just_called
    if other is not None and other != agent:
        return JUST_CALLED, other
    return None, None
