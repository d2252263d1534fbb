# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, replace
from datetime import datetime

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import clock
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
from ..ticket_entries import MAX_LATEST
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
    """What is known of the callers of a ticket: who waits, and what ended each waiting.

    Stage, waiting, promise, list and notices all follow from it. ``legs`` are the latest
    of the ticket.
    """

    legs: object
    callers: list[Caller]

    def waits_for(self, call) -> bool:
        """Return whether the caller of a missed call waits; in doubt they do."""
        legs = set(call.live_leg_ids.ids)
        return all(
            caller.waits
            for caller in self.callers
            if any(missed.key in legs for missed in caller.missed)
        )


@dataclass(frozen=True)
class Window:
    """Of the talks of a kind none is left out until ``early`` and since ``late``."""

    early: datetime = datetime.max
    late: datetime = datetime.min

    def shows(self, group: Group) -> bool:
        """Return whether all talks around the missed calls of a group are known."""
        ended_early = group.talk and group.talk.started_at <= self.early
        return bool(ended_early) or group.missed[0].started_at >= self.late


# Nothing has been looked for.
CLOSED = Window(datetime.min, datetime.max)


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
    def _history(self, ticket, legs, reopened=False):
        """Return the ``History`` of the callers of a ticket.

        :param legs: the ticket's latest, see ``_callgear_latest_legs``
        :param reopened: a person has just opened the ticket again
        """
        missed, is_cut = legs.filtered(_is_missed), len(legs) == MAX_LATEST
        if is_cut:
            missed |= self._known_firsts(ticket) | self._last_of_each(ticket)
        # Nobody can call back whose number has been deleted.
        missed = missed.filtered(lambda leg: not leg.call_id.is_erased)
        talks, windows = self._talks(ticket, legs, missed.call_id, is_cut)
        callers = divide_callers(map(_told, missed), talks)
        is_only = len(callers) == 1
        found = []
        for caller in callers:
            own = legs.browse(one.key for one in caller.missed)
            ticks = self._ticks(ticket, own, reopened)
            groups = group_missed(caller.missed, caller.talks, ticks)
            if is_cut:
                self._complete(ticket, legs, groups, own.call_id, ticks, is_only)
            keys = [None, *own.call_id._caller_keys(limit=None)]
            known = [windows.get(key, CLOSED) for key in keys]
            groups = [self._settled(group, legs, known) for group in groups]
            found.append(replace(caller, groups=tuple(groups)))
        return History(legs, found)

    @api.model
    def _settled(self, group, legs, windows):
        """Return a group as it counts: where not all is known of it, as it is stored.

        :param windows: of the talks that may have ended it
        """
        calls = legs.browse(one.key for one in group.missed).call_id
        ended_at = max(filter(None, calls.mapped("called_back_at")), default=None)
        is_old = group.missed[0].key not in legs.ids
        is_sure = all(window.shows(group) for window in windows)
        if is_sure and not (is_old and ended_at and group.waits):
            return group
        group = replace(group, is_sure=False)
        if not ended_at or not group.waits:
            return group
        later = tuple(one for one in group.missed if one.started_at > ended_at)
        return (
            replace(group, missed=later) if later else replace(group, done_at=ended_at)
        )

    @api.model
    def _follow(self, ticket, history):
        """Bring the waitings of the callers of a ticket in step with their calls.

        :param history: see ``_history``
        :return: values of the ticket: since when a caller waits, and what they were promised
        """
        since, promised, over = [], [], history.legs.browse()
        for group in (group for caller in history.callers for group in caller.groups):
            leg = history.legs.browse(group.missed[0].key)
            if group.is_sure and self._write(ticket, group):
                over |= leg.browse(missed.key for missed in group.missed)
            if group.waits:
                since.append(leg.started_at)
                if leg.call_id.call_back_state == WAITING:
                    promised.append((leg.call_id.call_back_due_at, leg.call_id.id))
        if over and since:
            # The ticket goes on waiting, and tells nobody of those who do not.
            self.env["callgear.announcer"]._take_back_notices(over)
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
        known = Domain.OR([Domain(name, "!=", False)] for name in marks)
        calls = self.env["callgear.call"].search(
            Domain("missed_ticket_id", "=", ticket.id) & known,
            order="started_at desc, id desc",
            limit=MAX_LATEST,
        )
        return self._missed_legs(calls)

    @api.model
    def _last_of_each(self, ticket):
        """Return the last missed call in a ticket of each number and contact.

        So nobody is forgotten to whom nothing was promised, whoever has called since. It
        goes from caller to caller in the index: what it reads grows with the callers of the
        ticket, not with their calls.
        """
        Call = self.env["callgear.call"]
        Call.flush_model(["missed_ticket_id", "line_key", "partner_id", "started_at"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE last AS (
                    (%(first)s)
                    UNION ALL
                    SELECT next.* FROM last CROSS JOIN LATERAL (%(next)s) next
                )
                SELECT id FROM last
                """,
                first=_last_missed(ticket, SQL("TRUE")),
                next=_last_missed(
                    ticket,
                    SQL(
                        "(COALESCE(line_key, ''), COALESCE(partner_id, 0))"
                        " > (last.line, last.partner)"
                    ),
                ),
            )
        )
        calls = Call.browse(id_ for (id_,) in rows)
        latest = calls.sorted("started_at desc, id desc")[:MAX_LATEST]
        return self._missed_legs(latest)

    @api.model
    def _missed_legs(self, calls):
        """Return what makes calls missed ones in their tickets: legs."""
        domain = [("call_id", "in", calls.ids), ("entry", "=", MISSED)]
        return self.env["callgear.leg"].search(domain)

    @api.model
    def _talks(self, ticket, legs, calls, is_cut):
        """Return the talks with callers since the first of their missed calls.

        Whoever talks often has more than are read: those in between are not known.

        :param calls: their missed calls
        :param is_cut: the ticket has more calls than ``legs``
        :return: list of ``Talk``; ``Window`` by key of a caller, None: of the ticket's talks
        """
        since = min(calls.mapped("started_at"), default=datetime.min)
        here, windows = legs.filtered(lambda leg: leg.entry == CONVERSATION), {}
        windows[None] = Window()
        if is_cut:
            here, windows[None] = self._talks_here(ticket, since)
        here = here.call_id.filtered(lambda call: call.started_at >= since)
        keys = {key for own in calls._by_caller() for key in own._caller_keys()}
        domain = [
            ("connection_id", "in", calls.connection_id.ids),
            ("history", "in", TALKS),
            ("started_at", ">=", since),
        ]
        talks = self._search_talks(domain, keys, "started_at desc, id desc")
        full = {}
        for key, found in _by_key(talks, keys).items():
            windows[key] = Window()
            if len(found) >= MAX_TALKS:
                full[key] = sorted(found.mapped("started_at"))[-MAX_TALKS]
        if full:
            first = self._search_talks(domain, full, "started_at, id")
            for key, found in _by_key(first, full).items():
                early = sorted(found.mapped("started_at"))[:MAX_TALKS][-1]
                windows[key] = Window(early, full[key])
            talks |= first
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
            for call in here | talks
        ]
        return told, windows

    @api.model
    def _talks_here(self, ticket, since):
        """Return the conversations of a ticket with many calls, and their ``Window``."""
        Leg = self.env["callgear.leg"]
        domain = [
            ("ticket_id", "=", ticket.id),
            ("entry", "=", CONVERSATION),
            ("started_at", ">=", since),
        ]
        last = Leg.search(domain, order="started_at desc, id desc", limit=MAX_TALKS)
        if len(last) < MAX_TALKS:
            return last, Window()
        first = Leg.search(domain, order="started_at, id", limit=MAX_TALKS)
        # A leg begins after its call.
        early, late = first[-1].call_id.started_at, last[-1].started_at
        return first | last, Window(early, late)

    @api.model
    def _search_talks(self, domain, keys, order, limit=MAX_TALKS):
        """Return the first talks of each key of callers, read."""
        found = self.env["callgear.call"]._search_each(
            domain, sorted(keys), order, limit
        )
        found.fetch(_OF_TALK)
        return found

    @api.model
    def _complete(self, ticket, legs, groups, calls, ticks, is_only):
        """Give a caller's group its first call, also if it is not among the latest ones.

        It is the first group of the latest calls, or else the last one.

        :param groups: of the caller, one is replaced
        :param calls: their missed calls
        :param is_only: nobody else waits in the ticket
        """
        latest = set(legs.ids)
        place = next(
            (n for n, one in enumerate(groups) if latest & {m.key for m in one.missed}),
            len(groups) - 1,
        )
        group, keys = groups[place], calls._caller_keys()
        first = group.missed[0]
        if not keys:
            return
        talks = [
            ("connection_id", "in", calls.connection_id.ids),
            ("history", "in", TALKS),
            ("started_at", "<", first.started_at),
        ]
        talks = self._search_talks(talks, keys, "started_at desc, id desc", 1)
        if is_only:
            talks |= self._last_here(ticket, first, calls)
        same = Domain.OR([Domain(*key) for key in keys])
        same &= Domain("started_at", "<", first.started_at)
        if talks:
            same &= Domain("started_at", ">", max(talks.mapped("started_at")))
        domain = [
            ("ticket_id", "=", ticket.id),
            ("entry", "=", MISSED),
            ("call_id", "any", same),
        ]
        before = [tick for tick in ticks if tick <= first.known_at]
        if before:
            domain.append(("known_at", ">=", max(before)))
        earlier = legs.search(domain, order="started_at, id", limit=1)
        groups[place] = replace(group, missed=(*map(_told, earlier), *group.missed))

    @api.model
    def _last_here(self, ticket, first, calls):
        """Return the last talk before a missed call that the only caller may have had.

        It stands in the ticket, see ``divide_callers``.
        """
        domain = Domain("ticket_id", "=", ticket.id) & Domain(
            "entry", "=", CONVERSATION
        )
        domain &= Domain("started_at", "<", first.started_at)
        if calls.partner_id:
            domain &= Domain("call_id.origin_ticket_id", "=", ticket.id) | Domain(
                "call_id.partner_id", "=", False
            )
        order = "started_at desc, id desc"
        return self.env["callgear.leg"].search(domain, order=order, limit=1).call_id

    @api.model
    def _ticks(self, ticket, missed, reopened):
        """Return when persons have ticked a caller off, or the ticket, as a list.

        Who opens the ticket again takes the last tick back, unless the caller has called
        since.

        :param missed: the missed calls of the caller
        """
        kept = missed.call_id.mapped("call_back_done_at")
        ticks, done_at = sorted(filter(None, kept)), ticket.call_done_at
        is_ticked = bool(ticks) and ticks[-1] > max(missed.mapped("known_at"))
        if done_at:
            return [*ticks, done_at]
        if not ticket.active:
            return ticks if is_ticked else [*ticks, clock.precise_now(self.env)]
        return ticks[:-1] if is_ticked and reopened else ticks

    @api.model
    def _write(self, ticket, group):
        """Write to the first call of a group how the waiting ended, and the promise.

        :return: whether it has ended just now
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
        changed = write_changes(call, values)
        return bool(changed.get("call_back_done_at") or changed.get("called_back_at"))

    @api.model
    def _due(self, ticket, group, call):
        """Return by when the caller is to be called back, or None, and whose promise it is.

        It stays as it was made. With another team, it is that team's promise: not any more
        once it is over or broken, unless nobody but the calls has chosen the team.
        """
        due_at, team = call.call_back_due_at, ticket.team_id
        if due_at and call.call_back_team_id != team and not ticket.call_auto:
            is_open = group.state(due_at) == WAITING and due_at > clock.now(self.env)
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
        waiting.write(
            {
                "call_back_state": "done",
                "call_back_done_at": clock.precise_now(self.env),
            }
        )


def _last_missed(ticket, which):
    """Return the SQL of the last missed call of the first caller in a ticket's index.

    :param SQL which: the callers among which the first is meant
    """
    return SQL(
        """
        SELECT id, COALESCE(line_key, '') AS line, COALESCE(partner_id, 0) AS partner
        FROM callgear_call
        WHERE missed_ticket_id = %s AND %s
        ORDER BY COALESCE(line_key, ''), COALESCE(partner_id, 0),
            started_at DESC, id DESC
        LIMIT 1
        """,
        ticket.id,
        which,
    )


def _is_missed(leg):
    return leg.entry == MISSED


def _by_key(calls, keys):
    """Return calls by key of their callers: dict, key → calls."""
    lines, partners = calls.grouped("line_key"), calls.grouped("partner_id")
    partners = {partner.id: found for partner, found in partners.items()}
    values = {"line_key": lines, "partner_id": partners}
    return {key: values[key[0]].get(key[2], calls.browse()) for key in keys}


def _told(leg):
    call = leg.call_id
    return Missed(leg.id, call.started_at, leg.known_at, *call._caller_names())
