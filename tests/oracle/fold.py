# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addon's own answer without a database: fold, legs, verdict."""

from datetime import datetime, timedelta

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


def found(heard) -> dict[str, Found]:
    """Deliver notifications one by one; return what the rules make of each session."""
    stores: dict[str, Store] = {}
    timelines = {}
    for one in heard:
        notification = parse(one.event, one.text.encode())
        store = stores.setdefault(notification.session_id, Store())
        facts = facts_of([notification], [ARRIVED], _instants)
        timelines[notification.session_id], _lacking = store.deliver(facts)
    return {
        session: _found(timeline, stores[session])
        for session, timeline in timelines.items()
    }


def _agent(leg):
    return ACCOUNT.agents.get(leg.employee_id and int(leg.employee_id))


def _found(timeline, store) -> Found:
    agents = {leg.key: _agent(leg) for leg in timeline.legs}
    verdict = judge(
        [
            Party(
                leg.key,
                leg.is_operator,
                agents[leg.key],
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
    outcome, entries = verdict.outcome, verdict.entries
    if verdict.reason == VOICEMAIL:  # the account wants no tickets for these
        outcome, entries = "ignored", ()
    owners = {}
    for entry in entries:
        owners[entry.key] = entry.key
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
    answered = [leg for leg in timeline.operator_legs if leg.answered_at and _agent(leg)]
    owners, current = {}, None
    for leg in sorted(answered, key=lambda leg: (leg.answered_at, leg.order)):
        current = leg if leg.key in begun else current
        owners[leg.key] = current and (_agent(current), _key(current.key))
    return owners


def _key(key):
    """The phone that somebody dials on is no leg: "own"."""
    return key if key.isdigit() else "own"


__all__ = ["found", "timedelta"]
