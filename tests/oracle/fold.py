# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addon's own answer without a database: fold, legs, verdict."""

from collections import defaultdict
from datetime import datetime
from random import Random

from odoo.addons.callgear_integration.callgear.notification import parse
from odoo.addons.callgear_integration.domain.conversations import Party
from odoo.addons.callgear_integration.domain.facts import facts_of
from odoo.addons.callgear_integration.domain.verdict import VOICEMAIL, judge

from ..unit.absorbing import Store
from .account import ACCOUNT, AHEAD
from .judge import Found, FoundPhone

ARRIVED = datetime(2026, 6, 1)


def _instants(local):
    return (local - AHEAD,)


def found(history) -> dict[str, Found]:
    """Deliver notifications as they arrived; return what the rules make of each session.

    Those that wait are worked on together.
    """
    rng = Random(history.seed)
    waiting = list(history.heard)
    stores: dict[str, Store] = defaultdict(Store)
    timelines = {}
    while waiting:
        size = rng.choice((1, 2, 4, 8))
        batch, waiting = waiting[:size], waiting[size:]
        sessions = defaultdict(list)
        for one in batch:
            notification = parse(one.event, one.text.encode())
            sessions[notification.session_id].append(notification)
        for session, said in sessions.items():
            facts = facts_of(said, [ARRIVED] * len(said), _instants)
            timelines[session], _lacking = stores[session].deliver(facts)
    return {
        session: _found(timeline, stores[session])
        for session, timeline in timelines.items()
    }


def _agent(leg):
    return ACCOUNT.agents.get(leg.employee_id and int(leg.employee_id))


def _judged(timeline):
    return judge(
        [
            Party(
                leg.key,
                leg.is_operator,
                _agent(leg),
                leg.order,
                leg.answered_at,
                leg.ended_at,
                bool(leg.picked_up_at),
                leg.started_at,
            )
            for leg in timeline.legs
        ],
        outgoing=timeline.direction == "out",
        ended=timeline.state == "ended",
        internal=timeline.contact_phone in ACCOUNT.own_numbers,
        lost=timeline.is_lost,
        talked=timeline.talked,
        voicemail=timeline.voicemail,
    )


def _found(timeline, store) -> Found:
    agents = {leg.key: _agent(leg) for leg in timeline.legs}
    verdict = _judged(timeline)
    outcome, entries = verdict.outcome, verdict.entries
    if verdict.reason == VOICEMAIL:  # the account wants no tickets for these
        outcome, entries = "ignored", ()
    talks = _talks(timeline, entries)
    return Found(
        outgoing=timeline.direction == "out",
        number=timeline.contact_phone or "",
        began_at=timeline.started_at,
        ended_at=timeline.ended_at,
        answered_at=timeline.answered_at,
        outcome=outcome,
        wait=timeline.wait_seconds,
        talk=timeline.talk_seconds,
        total=timeline.total_seconds,
        phones={
            key: FoundPhone(
                _agent(leg),
                leg.employee_id and int(leg.employee_id),
                leg.answered_at,
                leg.ended_at,
                leg.talk_seconds,
            )
            for key, leg in store.legs.items()
            if leg.is_operator
        },
        entries=[
            ((entry.kind, agents[entry.key], _key(entry.key)), entry.handed_over)
            for entry in entries
        ],
        files={one.url: talks.get(one.leg_key) for one in timeline.recordings},
    )


def _talks(timeline, entries):
    """For each answered leg of an agent, the conversation that it belongs to."""
    begun = [entry.key for entry in entries if entry.kind == "conversation"]
    answered = [
        leg for leg in timeline.operator_legs if leg.answered_at and _agent(leg)
    ]
    owners, current = {}, None
    for leg in sorted(answered, key=lambda leg: (leg.answered_at, leg.order)):
        current = leg if leg.key in begun else current
        owners[leg.key] = current and (_agent(current), _key(current.key))
    return owners


def _key(key):
    """The phone that somebody dials on is no leg: "own"."""
    return key if key.isdigit() else "own"
