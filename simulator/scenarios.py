# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The list of scenarios: calls that play by themselves. S1-S14 are the numbered example
sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import click_to_call, incoming, softphone, transfers
from .parameters import Parameters
from .session import Session


@dataclass(frozen=True)
class Scenario:
    """A named course of a call."""

    name: str
    example: str
    text: str
    play: Callable[[Parameters], Session]


_ALL = (
    Scenario(
        "answered",
        "S1",
        "Incoming call, the first operator answers.",
        incoming.answered,
    ),
    Scenario(
        "second-answers",
        "",
        "Incoming call, the first operator lets it ring, the second answers.",
        incoming.second_answers,
    ),
    Scenario(
        "missed",
        "S2",
        "Incoming call, rung at the operators in turn, nobody answers.",
        incoming.missed,
    ),
    Scenario(
        "missed-group",
        "",
        "Incoming call, all operators rung at once, nobody answers.",
        incoming.missed_group,
    ),
    Scenario(
        "menu",
        "S3",
        "Incoming call, the caller hangs up in the voice menu.",
        incoming.lost_in_menu,
    ),
    Scenario(
        "group",
        "S4",
        "Incoming call, all operators rung at once, the second in the list answers.",
        incoming.group,
    ),
    Scenario(
        "voicemail",
        "",
        "Incoming call outside working hours, the caller leaves a message.",
        incoming.voicemail,
    ),
    Scenario(
        "missed-voicemail",
        "",
        "Incoming call, nobody answers, the caller leaves a message.",
        incoming.missed_voicemail,
    ),
    Scenario(
        "blind-transfer",
        "S5",
        "Incoming call, answered, passed on without asking; two recordings.",
        transfers.blind,
    ),
    Scenario(
        "attended-transfer",
        "S5",
        "Incoming call, answered, passed on after asking; two recordings.",
        transfers.attended,
    ),
    Scenario(
        "failed-transfer",
        "",
        "Incoming call, passed on without asking, and the colleague does not answer.",
        transfers.failed,
    ),
    Scenario(
        "unmapped",
        "S11",
        "Incoming call that only reaches an operator whom Odoo does not know.",
        incoming.unmapped,
    ),
    Scenario(
        "bare-number",
        "S11",
        "Incoming call, forwarded to a number that belongs to no employee.",
        incoming.bare_number,
    ),
    Scenario(
        "hidden",
        "S13",
        "Incoming call with a hidden number, answered.",
        incoming.hidden,
    ),
    Scenario(
        "softphone",
        "S6",
        "Outgoing call from the softphone, the contact answers.",
        softphone.answered,
    ),
    Scenario(
        "softphone-unanswered",
        "S7",
        "Outgoing call from the softphone, nobody answers.",
        softphone.unanswered,
    ),
    Scenario(
        "internal",
        "",
        "A colleague calls a colleague's short number.",
        softphone.internal,
    ),
    Scenario(
        "click-to-call",
        "S8",
        "Click-to-call, the contact answers.",
        click_to_call.answered,
    ),
    Scenario(
        "click-to-call-agent",
        "S9",
        "Click-to-call, the agent does not pick up.",
        click_to_call.agent_absent,
    ),
    Scenario(
        "click-to-call-unanswered",
        "S10",
        "Click-to-call, the contact does not answer.",
        click_to_call.unanswered,
    ),
)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
