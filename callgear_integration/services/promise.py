# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..domain.promise import WAITING, Missed, Talk, group_missed
from ..domain.verdict import CONVERSATION, MISSED, TALKS
from ..models.helpdesk_ticket import MAX_SAME_CALLER
from ..tools.times import precise_now
from ..tools.write_changes import write_changes

# Talks of a caller that are looked at, the latest first; waitings before them stay.
MAX_TALKS = 50
_NOTHING = {
    "call_back_due_at": False,
    "call_back_state": False,
    "call_back_team_id": False,
    "call_back_done_at": False,
    "called_back_at": False,
}


class CallgearPromise(models.AbstractModel):
    """The promise to call back: kept, broken, got through by themselves, ticked off (R47).

    It is one for each group of missed calls of a caller, and stands with the first of them,
    as it was made. It follows from what is known of the caller's calls: so it may be worked
    out as often as need be, in whatever order they become known.
    """

    _name = "callgear.promise"
    _description = "Promise to Call Back"

    @api.model
    def _follow(self, ticket, legs):
        """Bring the promises to the caller of a ticket in step with their calls.

        :param legs: the ticket's latest, see ``_callgear_latest_legs``
        :return: values of the ticket: the promise that is waited for, if any
        """
        missed, waited = legs.filtered(_is_missed), self.env["callgear.call"]
        # There may be earlier ones: promises were made with them, or none was.
        is_cut = len(legs) == MAX_SAME_CALLER
        earliest = legs[-1:].filtered(_is_missed).call_id if is_cut else waited
        if is_cut:
            missed |= self._promised(ticket)
        if missed and self._is_promised(ticket, missed):
            for group in self._groups(ticket, legs, missed):
                calls = waited.browse(one.key for one in group.missed)
                if earliest in calls and not any(calls.mapped("call_back_state")):
                    continue  # nobody knows which is the first of them
                waited = self._write(ticket, group) or waited
        return {
            "call_promise_id": waited.id,
            "call_back_due_at": waited.call_back_due_at,
        }

    @api.model
    def _promised(self, ticket):
        """Return the latest of a ticket's missed calls with which something was promised."""
        return self.env["callgear.leg"].search(
            [
                ("ticket_id", "=", ticket.id),
                ("entry", "=", MISSED),
                ("call_id.call_back_state", "!=", False),
            ],
            order="started_at desc, id desc",
            limit=MAX_SAME_CALLER,
        )

    @api.model
    def _is_promised(self, ticket, missed):
        """Return whether there is anything to do: most teams promise nothing."""
        team = ticket.team_id
        return (
            team.callgear_call_back_minutes
            or team.callgear_call_back_settings
            or any(leg.call_id.call_back_state for leg in missed)
        )

    @api.model
    def _groups(self, ticket, legs, missed):
        """Return the groups of a ticket's missed calls, with the calls' ids as keys."""
        calls = missed.call_id
        known = {leg.call_id: leg.known_at for leg in missed}
        talks, until = self._talks(legs, calls)
        groups = group_missed(
            [Missed(call.id, call.started_at, known[call]) for call in calls],
            talks,
            self._ticks(ticket, missed),
        )
        return [group for group in groups if group.missed[0].started_at >= until]

    @api.model
    def _talks(self, legs, calls):
        """Return the talks with the caller since the first of the calls.

        :return: list of ``Talk``, and the time since which none is left out
        """
        since = until = min(calls.mapped("started_at"))
        Call = calls.browse()
        talks = legs.filtered(lambda leg: leg.entry == CONVERSATION).call_id
        talks = talks.filtered(lambda call: call.started_at >= since)
        for key in calls._caller_keys():
            found = Call.search_fetch(
                [
                    ("connection_id", "in", calls.connection_id.ids),
                    ("history", "in", TALKS),
                    ("started_at", ">=", since),
                    key,
                ],
                ["started_at", "answered_at", "direction"],
                order="started_at desc, id desc",
                limit=MAX_TALKS,
            )
            if len(found) == MAX_TALKS:
                until = max(until, found[-1].started_at)
            talks |= found
        told = [
            Talk(
                call.started_at,
                call.answered_at or call.started_at,
                call.direction == "out",
            )
            for call in talks
        ]
        return told, until

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
        """Write the promise of a group to its first call.

        :return: the call, if its promise is waited for
        """
        Call = self.env["callgear.call"]
        call, *others = (Call.browse(missed.key) for missed in group.missed)
        due_at, team = self._due(ticket, group, call)
        for other in others:
            self._forget(other)
        if not due_at:
            self._forget(call)
            return Call
        state = group.state(due_at)
        write_changes(
            call,
            {
                "call_back_due_at": due_at,
                "call_back_state": state,
                "call_back_team_id": team.id,
                "call_back_done_at": group.done_at,
                "called_back_at": group.talk and group.talk.at,
            },
        )
        return call if state == WAITING else Call

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
        """Nothing was promised with this call: it is not missed, or not the first one."""
        if call.call_back_state:
            call.write(_NOTHING)

    @api.model
    def _end_by_person(self, calls):
        """Note that a person has deleted the ticket in which callers waited."""
        waiting = calls.filtered(lambda call: call.call_back_state == WAITING)
        waiting.write({"call_back_state": "done", "call_back_done_at": precise_now()})


def _is_missed(leg):
    return leg.entry == MISSED
