# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, models
from odoo.exceptions import AccessError

from .. import clock
from ..client_input import for_clients
from ..domain.verdict import ANSWERED, CONVERSATION, MISSED, UNANSWERED
from ..models.callgear_call import QUIET_MINUTES, SILENT_HOURS
from ..models.callgear_leg import RINGING_MINUTES
from ..models.ir_websocket import BOARD, LISTENERS
from ..tools.times import iso

MAX_LIVE = 500
# The busiest state of an agent is the one that is shown.
BUSY = ("talking", "calling", "ringing")


class CallgearBoard(models.AbstractModel):
    """The live board: who rings, talks and waits now, and how today has gone.

    A bounded number of queries, however many agents and calls there are.
    """

    _name = "callgear.board"
    _description = "Live Board of Calls"

    @for_clients()
    @api.model
    @api.readonly
    def get_data(self):
        """Return all that the live board shows; times in UTC, ISO 8601.

        :raise AccessError: the user is no helpdesk manager
        """
        if not self.env.user.has_group(LISTENERS[BOARD]):
            raise AccessError(
                self.env._("The live board is only for helpdesk managers.")
            )
        agents = self._agents()
        # sudo: callgear.call - managers see all calls of the companies; who is on the
        # other end is checked in _names
        calls_sudo = self.sudo()._calls()
        return {
            "now": iso(clock.now(self.env)),
            "waiting": self._waiting(calls_sudo),
            "agents": self._states(calls_sudo, agents),
            "today": self._today(),
            "call_back": self._call_back(),
        }

    # ------------------------------------------------------- agents and calls

    @api.model
    def _agents(self):
        """Users who are operators."""
        # sudo: callgear.operator, res.users - names of colleagues are no secret
        operators_sudo = self.env["callgear.operator"].sudo()
        operators_sudo = operators_sudo.search(
            [
                ("user_id.active", "=", True),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return operators_sudo.user_id.sorted("name")

    @api.model
    def _calls(self):
        """Calls that go on; not those whose end was lost."""
        now = clock.now(self.env)
        return self.env["callgear.call"].search(
            [
                ("state", "!=", "ended"),
                ("company_id", "in", self.env.companies.ids),
                ("last_event_at", ">", now - timedelta(hours=SILENT_HOURS)),
            ],
            order="started_at, id",
            limit=MAX_LIVE,
        )

    @api.model
    def _legs(self, calls):
        """Conversations of agents that ring or go on."""
        fresh = clock.now(self.env) - timedelta(minutes=RINGING_MINUTES)
        return calls.live_leg_ids.filtered(
            lambda leg: (
                leg.user_id
                and leg.state != "ended"
                and (leg.state == "talking" or leg.known_at > fresh)
            )
        )

    # ------------------------------------------------------------ what is shown

    @api.model
    def _waiting(self, calls):
        """Callers who have not been answered, the one who waits longest first."""
        quiet = clock.now(self.env) - timedelta(minutes=QUIET_MINUTES)
        waiting = []
        for call in calls:
            if call.direction != "in" or call.is_internal or call.state != "ringing":
                continue
            ringing = self._legs(call)
            if ringing or (call.last_event_at >= quiet and call.reason == "ringing"):
                waiting.append((call, ringing.user_id))
        names = self._names([call for call, _ringing in waiting])
        return [
            {
                "id": call.id,
                "state": "ringing" if ringing else "queue",
                "since": iso(call.started_at),
                "agents": ringing.mapped("name"),
                **names[call.id],
            }
            for call, ringing in waiting
        ]

    @api.model
    def _states(self, calls, agents):
        """What each agent does, and what they have done today."""
        current = {}
        # Of two alike the later one: the earlier has ended, and nobody has told.
        for leg in self._legs(calls):
            known = current.get(leg.user_id.id)
            if not known or BUSY.index(_state(leg)) <= BUSY.index(_state(known)):
                current[leg.user_id.id] = leg
        current = {user.id: current[user.id] for user in agents if user.id in current}
        names = self._names([leg.call_id for leg in current.values()])
        today = self._agents_today(agents)
        return [
            {
                "id": user.id,
                "name": user.name,
                **today[user.id],
                **_agent_state(current.get(user.id), names),
            }
            for user in agents
        ]

    @api.model
    def _names(self, calls):
        """Who is on the other end and what they called, by call, as the user may see it."""
        # sudo: callgear.call - the manager's companies'; contacts and tickets are checked
        # below
        calls_sudo = self.env["callgear.call"].sudo().browse(c.id for c in calls)
        partners = calls_sudo.partner_id.with_env(self.env)._filtered_access("read")
        tickets_sudo = calls_sudo.live_leg_ids.ticket_id
        tickets = tickets_sudo.with_env(self.env)._filtered_access("read")
        names = {}
        for call in calls_sudo:
            theirs = call.live_leg_ids.ticket_id
            hidden = theirs and not theirs & tickets
            known = call.partner_id in partners and not hidden
            names[call.id] = {
                "number": self.env._("not visible to you")
                if hidden
                else call._number_text(),
                "partner": call.partner_id.with_env(self.env).display_name
                if known
                else "",
                "direction": call.direction,
                "virtual": call.virtual_number_id.name or call.virtual_phone or "",
                "internal": call.is_internal,
            }
        return names

    @api.model
    def _today_start(self):
        """When the user's day began, in UTC."""
        zone = self.env.tz
        today = pytz.utc.localize(clock.now(self.env)).astimezone(zone).date()
        begin = zone.localize(datetime.combine(today, time.min))
        return begin.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _agents_today(self, agents):
        # sudo: callgear.leg - agents of the manager's companies, and no more than how many
        rows = (
            self.env["callgear.leg"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "in", agents.ids),
                    ("company_id", "in", self.env.companies.ids),
                    ("started_at", ">=", self._today_start()),
                    ("entry", "in", (CONVERSATION, MISSED)),
                ],
                ["user_id", "entry"],
                ["__count", "talk_seconds:sum"],
            )
        )
        today = {
            user.id: {"answered": 0, "missed": 0, "talk_seconds": 0} for user in agents
        }
        for user, entry, count, talk_seconds in rows:
            if entry == MISSED:
                today[user.id]["missed"] = count
            else:
                today[user.id] |= {"answered": count, "talk_seconds": talk_seconds or 0}
        return today

    @api.model
    def _today(self):
        """How today's calls have gone, of those that the user may see."""
        rows = self.env["callgear.call"]._read_group(
            [
                ("started_at", ">=", self._today_start()),
                ("company_id", "in", self.env.companies.ids),
                ("outcome", "in", (ANSWERED, MISSED, UNANSWERED)),
            ],
            ["direction", "outcome", "length_unknown"],
            ["__count", "wait_seconds:sum"],
        )
        count, waited, calls_in = defaultdict(int), 0, 0
        for direction, outcome, is_unknown, calls, wait_seconds in rows:
            count[direction, outcome] += calls
            # How long somebody has waited who was not answered is not known.
            if direction == "in" and not (is_unknown and outcome == MISSED):
                waited += wait_seconds or 0
                calls_in += calls
        answered, missed = count["in", ANSWERED], count["in", MISSED]
        return {
            "answered": answered,
            "missed": missed,
            "outgoing": count["out", ANSWERED] + count["out", UNANSWERED],
            "average_wait": round(waited / calls_in) if calls_in else 0,
        }

    @api.model
    def _call_back(self):
        """Callers who wait to be called back: how many, and the first since when."""
        [(count, since)] = self.env["helpdesk.ticket"]._read_group(
            [("call_waiting_since", "!=", False)],
            aggregates=["__count", "call_waiting_since:min"],
        )
        return {"count": count, "since": iso(since)}


def _state(leg):
    """What the agent does in the conversation: talk, call, or be rung."""
    if leg.call_id.state == "talking" and leg.state == "talking":
        return "talking"
    return "calling" if leg.direction == "out" else "ringing"


def _agent_state(leg, names):
    if not leg:
        return {"state": "free", "since": None, "call": None}
    state = _state(leg)
    since = leg.answered_at if state == "talking" else leg.started_at
    return {"state": state, "since": iso(since), "call": names[leg.call_id.id]}
