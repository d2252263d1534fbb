# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

from ..domain.promise import (
    WAITING,
    Caller,
    Group,
    Missed,
    Talk,
    divide_callers,
    group_missed,
)
from ..domain.verdict import CONVERSATION, MISSED, TALKS
from ..models.helpdesk_ticket import MAX_SAME_CALLER
from ..tools.times import precise_now
from ..tools.write_changes import write_changes

# Of a caller who talks often, the first and the last talks that are looked at. Waitings in
# between stay as they are.
MAX_TALKS = 50
_OF_TALK = [
    "started_at",
    "answered_at",
    "direction",
    "line_key",
    "partner_id",
    "history",
]
_NOTHING = {
    "call_back_due_at": False,
    "call_back_state": False,
    "call_back_team_id": False,
    "call_back_done_at": False,
    "called_back_at": False,
}


@dataclass(frozen=True)
class History:
    """What is known of the callers of a ticket.

    ``legs`` are the latest of the ticket, ``missed`` its missed calls that are looked at;
    if it ``is_cut``, there may be earlier ones. Of the talks none is left out until
    ``early`` and since ``late``.
    """

    legs: object
    missed: object
    callers: list[Caller]
    is_cut: bool
    early: datetime
    late: datetime

    def is_sure_of(self, group: Group) -> bool:
        """Return whether all talks around the missed calls of a group are known."""
        ended_early = group.talk and group.talk.started_at <= self.early
        return bool(ended_early) or group.missed[0].started_at >= self.late


class CallgearPromise(models.AbstractModel):
    """Who waits to be called back, and what they were promised (R47).

    A waiting is one for each group of missed calls of a caller. When they were called back,
    or ticked off, stands with the first of these calls; so does the promise, if their team
    makes one: kept, broken, got through by themselves, ticked off. It follows from what is
    known of the caller's calls: so it may be worked out as often as need be, in whatever
    order they become known.
    """

    _name = "callgear.promise"
    _description = "Promise to Call Back"

    @api.model
    def _history(self, ticket, legs):
        """Return the ``History`` of the callers of a ticket.

        :param legs: the ticket's latest, see ``_callgear_latest_legs``
        """
        missed, is_cut = legs.filtered(_is_missed), len(legs) == MAX_SAME_CALLER
        if is_cut:
            missed |= self._known_firsts(ticket)
        talks, early, late = self._talks(ticket, legs, missed.call_id)
        callers = divide_callers(map(_told, missed), talks)
        return History(legs, missed, callers, is_cut, early, late)

    @api.model
    def _follow(self, ticket, history):
        """Bring the waitings of the callers of a ticket in step with their calls.

        :param history: see ``_history``
        :return: values of the ticket: since when a caller waits, and what they were promised
        """
        since, promised = [], []
        for group in self._groups(ticket, history):
            if history.is_sure_of(group):
                call = self._write(ticket, group)
                if call.call_back_state == WAITING:
                    promised.append((call.call_back_due_at, call.id))
            if group.waits:
                since.append(history.legs.browse(group.missed[0].key).started_at)
        due_at, call_id = min(promised, default=(None, None))
        return {
            "call_missed_since": ticket.call_kind == MISSED
            and min(since, default=None),
            "call_promise_id": call_id,
            "call_back_due_at": due_at,
        }

    @api.model
    def _known_firsts(self, ticket):
        """Return the latest of a ticket's missed calls that are known to begin a waiting.

        They need not be among the ticket's latest calls.
        """
        marks = ("call_back_state", "called_back_at", "call_back_done_at")
        domain = Domain.OR([Domain(f"call_id.{name}", "!=", False)] for name in marks)
        return self.env["callgear.leg"].search(
            Domain("ticket_id", "=", ticket.id) & Domain("entry", "=", MISSED) & domain,
            order="started_at desc, id desc",
            limit=MAX_SAME_CALLER,
        )

    @api.model
    def _groups(self, ticket, history):
        """Return the groups of missed calls of each caller, with the legs' ids as keys."""
        ticks, found = self._ticks(ticket, history.missed), []
        for caller in history.callers:
            groups = group_missed(caller.missed, caller.talks, ticks)
            if history.is_cut:
                groups[0] = self._with_first(ticket, groups[0], caller, ticks)
            found += groups
        return found

    @api.model
    def _talks(self, ticket, legs, calls):
        """Return the talks with callers since the first of their missed calls.

        Whoever talks often has more than are read: those in between are not known.

        :return: list of ``Talk``; until when, and since when, none is left out
        """
        early, late = datetime.max, datetime.min
        since = min(calls.mapped("started_at"), default=late)
        here = legs.filtered(lambda leg: leg.entry == CONVERSATION).call_id
        talks = here.filtered(lambda call: call.started_at >= since)
        find = partial(calls.search_fetch, field_names=_OF_TALK, limit=MAX_TALKS)
        for key in calls._caller_keys():
            domain = [
                ("connection_id", "in", calls.connection_id.ids),
                ("history", "in", TALKS),
                ("started_at", ">=", since),
                key,
            ]
            last = find(domain, order="started_at desc, id desc")
            talks |= last
            if len(last) == MAX_TALKS:
                first = find(domain, order="started_at, id")
                talks |= first
                early = min(early, first[-1].started_at)
                late = max(late, last[-1].started_at)
        told = [
            Talk(
                call.started_at,
                call.answered_at or call.started_at,
                call.direction == "out",
                *call._caller_names(),
                key=call.id,
                is_entry=call.history == CONVERSATION,
                from_here=call in here and call.origin_ticket_id == ticket,
            )
            for call in talks
        ]
        return told, early, late

    @api.model
    def _with_first(self, ticket, group, caller, ticks):
        """Return a group with its first call, also if it is not among the latest ones."""
        Leg, first = self.env["callgear.leg"], group.missed[0]
        known = Leg.browse(one.key for one in caller.missed).call_id
        keys = known._caller_keys()
        if not keys:
            return group
        calls = Domain.OR([Domain(*key) for key in keys])
        calls &= Domain("started_at", "<", first.started_at)
        talk = Leg.browse(first.key).call_id._find_nearest(*TALKS, same=known)
        if talk:
            calls &= Domain("started_at", ">", talk.started_at)
        domain = [
            ("ticket_id", "=", ticket.id),
            ("entry", "=", MISSED),
            ("call_id", "any", calls),
        ]
        before = [tick for tick in ticks if tick <= first.known_at]
        if before:
            domain.append(("known_at", ">=", max(before)))
        earlier = Leg.search(domain, order="started_at, id", limit=1)
        return replace(group, missed=(*map(_told, earlier), *group.missed))

    @api.model
    def _ticks(self, ticket, missed):
        """Return when persons have ticked the caller off, as a list.

        Who opens the ticket again takes the last one back, unless the caller has called
        since.
        """
        kept = missed.call_id.mapped("call_back_done_at")
        ticks, done_at = sorted(filter(None, kept)), ticket.call_done_at
        is_ticked = bool(ticks) and ticks[-1] > max(missed.mapped("known_at"))
        if done_at:
            return [*ticks, done_at]
        if not ticket.active:
            return ticks if is_ticked else [*ticks, precise_now()]
        return ticks[:-1] if is_ticked else ticks

    @api.model
    def _write(self, ticket, group):
        """Write to the first call of a group how the waiting ended, and the promise.

        :return: the call
        """
        legs = self.env["callgear.leg"].browse(missed.key for missed in group.missed)
        call, *others = legs.call_id
        for other in others:
            self._forget(other)
        values = {
            **_NOTHING,
            "call_back_done_at": group.done_at,
            "called_back_at": group.talk and group.talk.at,
        }
        due_at, team = self._due(ticket, group, call)
        if due_at:
            values |= {
                "call_back_due_at": due_at,
                "call_back_state": group.state(due_at),
                "call_back_team_id": team.id,
            }
        write_changes(call, values)
        return call

    @api.model
    def _due(self, ticket, group, call):
        """Return by when the caller is to be called back, or None, and whose promise it is.

        It stays as it was made. With another team, it is that team's promise: not any more
        once it is over or broken, unless nobody but the calls has chosen the team.
        """
        due_at, team = call.call_back_due_at, ticket.team_id
        if due_at and call.call_back_team_id != team and not ticket.call_auto:
            is_open = group.state(due_at) == WAITING and due_at > fields.Datetime.now()
            team = team if is_open else call.call_back_team_id
        if due_at and call.call_back_team_id == team:
            return due_at, team
        minutes = team._callgear_promised_minutes(call.started_at)
        if not minutes:
            return None, team
        connection = call.connection_id
        return connection._after_working_minutes(call.started_at, minutes), team

    @api.model
    def _forget(self, call):
        """Nobody waits from this call on: it is not missed, or not the first one."""
        write_changes(call, _NOTHING)

    @api.model
    def _end_by_person(self, calls):
        """Note that a person has deleted the ticket in which callers waited."""
        waiting = calls.filtered(lambda call: call.call_back_state == WAITING)
        waiting.write({"call_back_state": "done", "call_back_done_at": precise_now()})


def _is_missed(leg):
    return leg.entry == MISSED


def _told(leg):
    call = leg.call_id
    return Missed(leg.id, call.started_at, leg.known_at, *call._caller_names())
