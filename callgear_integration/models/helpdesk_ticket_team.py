# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import wraps

from odoo import api, fields, models
from odoo.tools import ormcache

from ..tools.hand import Hand, changed_by

# The method of helpdesk_ticket_close_inactive, and the context in which it searches.
CLOSE_INACTIVE = "close_team_inactive_tickets"
INACTIVE = "callgear_inactive"
# By which the statistics measure.
TARGETS = (
    "callgear_answer_seconds",
    "callgear_any_reply_hours",
    "callgear_closing_hours",
    "callgear_first_reply_hours",
)
_PROMISE = "callgear_call_back_minutes"
# What was promised before anybody has changed it; so many changes are remembered.
EVER, MAX_SETTINGS = "0001-01-01 00:00:00", 100


class HelpdeskTicketTeam(models.Model):
    """Target times of a team for replies and closing (R38); what counts as inactive."""

    _name = "helpdesk.ticket.team"
    _inherit = ["helpdesk.ticket.team", "callgear.cached.configuration"]
    # Whose figures users see follows from the agents of their teams (R39).
    _cached_fields = frozenset({"active", "company_id", "user_ids"})

    callgear_first_reply_hours = fields.Float(
        string="First Reply Within (h)",
        help="Hours from the creation of a ticket to the first reply. 0: no target.",
    )
    callgear_any_reply_hours = fields.Float(
        string="Any Reply Within (h)",
        help="Hours that a customer's message may wait for a reply. 0: no target.",
    )
    callgear_closing_hours = fields.Float(
        string="Closed Within (h)",
        help="Hours from the creation of a ticket to its closing. 0: no target.",
    )
    callgear_call_back_minutes = fields.Integer(
        string="Called Back Within (min)",
        help="Minutes of working time within which callers are called back after a missed "
        "call. 0: nothing is promised.",
    )
    callgear_unclaimed_minutes = fields.Integer(
        string="Offered on After (min)",
        help="Minutes of working time after which a missed call that nobody has claimed "
        "is offered to others. 0: it is not offered.",
    )
    # What was promised is not to change with the setting: what was set, and since when.
    callgear_call_back_settings = fields.Json(
        string="Earlier Promises", readonly=True, copy=False
    )

    callgear_answer_seconds = fields.Integer(
        string="Answered Within (s)",
        default=20,
        help="Seconds within which incoming calls are to be answered; their share is the "
        "service level. 0: no target.",
    )

    _callgear_hours_positive = models.Constraint(
        "CHECK (callgear_first_reply_hours >= 0 AND callgear_any_reply_hours >= 0 "
        "AND callgear_closing_hours >= 0 AND callgear_call_back_minutes >= 0 "
        "AND callgear_unclaimed_minutes >= 0 AND callgear_answer_seconds >= 0)",
        "A target time cannot be negative.",
    )

    def write(self, vals):
        """Keep what was promised to callers (R47); count all again by other target times."""
        minutes = vals.get(_PROMISE)
        for team in self if minutes is not None else ():
            if team[_PROMISE] != minutes:
                before = team.callgear_call_back_settings or [[EVER, team[_PROMISE]]]
                now = fields.Datetime.to_string(fields.Datetime.now())
                kept = [*before, [now, minutes]][-MAX_SETTINGS:]
                team.callgear_call_back_settings = kept
        targets = {team: [team[name] for name in TARGETS] for team in self}
        offering = self.filtered("callgear_unclaimed_minutes")
        result = super().write(vals)
        still = self.filtered("callgear_unclaimed_minutes")
        if switched := (offering - still) | (still - offering):
            self.env["callgear.offer"]._plan_again(switched)
        if any(
            [team[name] for name in TARGETS] != was for team, was in targets.items()
        ):
            self.env["callgear.ticket.fact"]._recount_soon()
        return result

    def _callgear_promised_minutes(self, moment):
        """Return within how many minutes callers were called back who called at a time.

        :param datetime moment: naive UTC
        :return: 0 if nothing was promised
        """
        at = fields.Datetime.to_string(moment)
        for since, minutes in reversed(self.callgear_call_back_settings or []):
            if since <= at:
                return minutes
        return 0 if self.callgear_call_back_settings else self[_PROMISE]

    def unlink(self):
        """Have all tickets counted again: no target times hold for those of the team."""
        self.env["callgear.ticket.fact"]._recount_soon()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    @api.model
    @ormcache()
    def _callgear_active_ids(self):
        """Return the ids of all teams that are not archived."""
        # sudo: helpdesk.ticket.team - the cache is shared by all users.
        # A company has some teams.  pylint: disable-next=no-search-all
        return frozenset(self.sudo().with_context(active_test=True).search([]).ids)

    @ormcache("self.id")
    def _callgear_member_ids(self):
        """Return the ids of the users who belong to the team and are not archived."""
        # sudo: helpdesk.ticket.team - the cache is shared by all users
        own = self.sudo().with_context(active_test=True)
        return frozenset(own.user_ids.ids)

    def _callgear_fits(self, company):
        """Return whether tickets of calls of a company may be in the team."""
        return self.active and self.company_id in (company, company.browse())

    def _register_hook(self):
        """Have calls count as activity where helpdesk_ticket_close_inactive closes (R55).

        Its method does not call another one, and it is loaded after this addon: an
        override would never be called.
        """
        super()._register_hook()
        close = getattr(type(self), CLOSE_INACTIVE, None)
        if close and not hasattr(close, INACTIVE):
            setattr(type(self), CLOSE_INACTIVE, _heeding_calls(close))


def _heeding_calls(close):
    """Return the method that closes inactive tickets, which heeds their calls as well."""

    @wraps(close)
    @changed_by(Hand.AUTOMATION)
    def close_with_calls(self, *args, **kwargs):
        return close(self.with_context(**{INACTIVE: True}), *args, **kwargs)

    setattr(close_with_calls, INACTIVE, True)
    return close_with_calls
