# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import Command, api, models

from .. import clock
from ..domain.verdict import CONVERSATION
from ..tools.hand import Hand, changed_by

_logger = logging.getLogger(__name__)

CRON = "callgear_integration.ir_cron_offer_waiting"
AGENT = "helpdesk_mgmt.group_helpdesk_user_own"
# To whom, one after the other; the last one is everybody.
STEPS = ("last", "contact", "team")
# Tickets that one run of the cron takes up.
MAX_AT_ONCE = 200
# What should have been told earlier is no news any more.
NEWS = timedelta(minutes=10)
# What cannot be offered now is tried again, the later the longer the caller has waited.
SOON, NOT_SO_SOON = timedelta(minutes=1), timedelta(minutes=10)
_NO_OFFER = {
    "call_offer_at": False,
    "call_offer_step": False,
    "call_offered_at": False,
}


class CallgearOffer(models.AbstractModel):
    """Offers on the callers whom nobody has claimed for a while (R47).

    First to who talked to them last, then to their contact's agent, then to everybody of the
    team, as long as nobody claims the ticket and the caller waits. The ticket says when the
    next one is due, so nothing is offered twice or forgotten, whichever process does it.
    """

    _name = "callgear.offer"
    _description = "Offers of Callers Who Wait"

    @api.model
    def _plan(self, ticket, legs, since, again=False):
        """Return the values of a ticket for when it is offered next.

        :param legs: the ticket's latest, see ``_callgear_latest_legs``
        :param since: since when the caller waits, or None
        :param again: a person has given it back, or to another team: it begins anew
        """
        minutes = ticket.team_id.callgear_unclaimed_minutes
        waits = since and ticket.active and not ticket.stage_id.closed
        if not minutes or not waits or _is_claimed(ticket):
            return {**_NO_OFFER, **self._no_users(ticket)}
        connection = legs[:1].call_id.connection_id
        if again:
            at = self._next_at(connection, clock.now(self.env), minutes)
            return {**_NO_OFFER, **self._no_users(ticket), "call_offer_at": at}
        before, is_offered = ticket.call_missed_since, ticket.call_offer_step
        if before and since > before:
            # They were called back, and wait once more.
            at = self._next_at(connection, since, minutes)
            return {**_NO_OFFER, **self._no_users(ticket), "call_offer_at": at}
        if is_offered or (ticket.call_offer_at and since == before):
            return {}
        return {"call_offer_at": self._next_at(connection, since, minutes)}

    @api.model
    def _plan_again(self, teams):
        """Begin to offer those who wait in teams, or offer them to nobody any more."""
        # sudo: helpdesk.ticket - what follows from the setting does not depend on the user
        Ticket = self.env["helpdesk.ticket"].sudo()
        tickets = Ticket.search(
            [
                ("team_id", "in", teams.ids),
                ("call_missed_since", "!=", False),
                ("stage_id.closed", "=", False),
            ]
        )
        offered = self._offered(tickets)
        tickets._callgear_update_waiting(again=True)
        self._take_back(tickets.filtered(lambda t: not t.call_offer_step), offered)

    @api.model
    def _no_users(self, ticket):
        """Return the values of a ticket that is offered to nobody any more."""
        return {"call_offer_user_ids": False} if ticket.call_offer_step else {}

    @api.model
    def _next_at(self, connection, start, minutes):
        """Return when to offer a caller whom nobody claims from a time on; or None."""
        at = connection._after_working_minutes(start, minutes)
        if at:
            self._start_at(at)
        return at

    @api.model
    def _start_at(self, at):
        # sudo: ir.cron - notifications have no user who may start it
        self.env.ref(CRON).sudo()._trigger(at)

    # -------------------------------------------------------------------- notices

    @api.model
    def _offered(self, tickets):
        """Return to whom tickets were offered: dict, ticket → users, in sudo mode."""
        return {t: t.call_offer_user_ids for t in tickets if t.call_offer_step}

    @api.model
    def _take_back(self, tickets, offered):
        """Take the notices of tickets back that somebody has acted on.

        :param offered: see ``_offered``: before somebody did
        """
        for ticket in tickets:
            for user in (offered or {}).get(ticket, ()):
                payload = {"ticket_id": ticket.id, "is_over": True}
                user._callgear_contact()._bus_send("callgear.offer", payload)

    @api.model
    def _tell(self, ticket, users, call):
        """Tell users that a caller waits whom nobody has claimed."""
        for user in users.filtered("callgear_popup"):
            own = self.with_env(user._callgear_env(ticket.company_id))
            number = call.with_context(lang=own.env.lang)._number_text()
            caller = ticket.with_env(own.env)._callgear_contact_name() or number
            text = own.env._("Nobody has called %(caller)s back yet", caller=caller)
            payload = {
                "ticket_id": ticket.id,
                "number": number,
                "phone": call.phone or None,
                "text": text,
            }
            user._callgear_contact()._bus_send("callgear.offer", payload)

    # ------------------------------------------------------------------------ cron

    @api.model
    def _cron_offer(self):
        """Offer on the callers for whom it is time."""
        cron, Ticket = self.env["ir.cron"], self.env["helpdesk.ticket"]
        due = [("call_offer_at", "<=", clock.now(self.env))]
        tickets = Ticket.search(due, order="call_offer_at, id", limit=MAX_AT_ONCE)
        cron._commit_progress(remaining=Ticket.search_count(due))
        away = self._away(tickets)
        for ticket in tickets:
            if not self._succeeds(self._offer, ticket, away):
                self._succeeds(self._postpone, ticket)
            if not cron._commit_progress(1):
                break

    @api.model
    def _succeeds(self, function, ticket, *args):
        """Do something with a ticket; one that fails must not keep the others waiting."""
        try:
            with self.env.cr.savepoint():
                function(ticket, *args)
        except Exception:
            _logger.warning("Ticket %s is not offered", ticket.id, exc_info=True)
            return False
        return True

    @api.model
    @changed_by(Hand.CALL)
    def _offer(self, ticket, away):
        """Offer a ticket to the next ones; again and again it does no harm.

        :param away: ids of users who are not at their place
        """
        now = clock.now(self.env)
        if not ticket.try_lock_for_update():
            # Who works on it at this moment may be about to claim it: the next run sees.
            self._start_at(now + SOON)
            return
        planned_at = ticket.call_offer_at
        if not planned_at or planned_at > now:
            return
        leg = ticket._callgear_leg_to_return(ticket._callgear_latest_missed())
        minutes = ticket.team_id.callgear_unclaimed_minutes
        waits = ticket._callgear_waiting() and leg and minutes
        if _is_claimed(ticket) or not waits:
            ticket._callgear_write_from_call({"call_offer_at": False})
            return
        if ticket._callgear_running_legs(leg.call_id):
            # Whoever is on the phone with them may settle it.
            self._postpone(ticket, SOON)
            return
        step, users = self._next(ticket, leg.call_id, away)
        later = None
        if step != STEPS[-1]:
            later = self._next_at(leg.call_id.connection_id, now, minutes)
        told = ticket.call_offer_user_ids | users
        with leg.call_id._quietly():
            ticket.write(
                {
                    "call_offer_at": later,
                    "call_offer_step": step,
                    "call_offered_at": now,
                    "call_offer_user_ids": [Command.set(told.ids)],
                }
            )
        if max(now - planned_at, leg.known_at - leg.started_at) < NEWS:
            self._tell(ticket, users, leg.call_id)

    @api.model
    @changed_by(Hand.CALL)
    def _postpone(self, ticket, delay=None):
        """Have a ticket offered later, unless somebody works on it."""
        now = clock.now(self.env)
        waited = now - (ticket.call_missed_since or now)
        at = now + (delay or min(max(waited / 20, SOON), NOT_SO_SOON))
        if ticket.try_lock_for_update() and ticket.call_offer_at:
            ticket._callgear_write_from_call({"call_offer_at": at})
        self._start_at(at)

    @api.model
    def _next(self, ticket, call, away):
        """Return the next step of a ticket, and the users to whom it is offered."""
        told = ticket.call_offer_user_ids | ticket.user_id
        done = STEPS.index(ticket.call_offer_step) + 1 if ticket.call_offer_step else 0
        for step in STEPS[done:-1]:
            users = self._candidates(step, ticket, call) - told
            users = self._suitable(users, ticket, call.company_id)
            if users := users.filtered(lambda user: user.id not in away):
                return step, users
        everybody = self._candidates(STEPS[-1], ticket, call)
        everybody = self._suitable(everybody, ticket, call.company_id)
        # If all of them are away, it is theirs all the same: nobody is forgotten.
        present = everybody.filtered(lambda user: user.id not in away)
        return STEPS[-1], present or everybody

    @api.model
    def _candidates(self, step, ticket, call):
        """Return to whom a step offers a ticket, whether they may see it or not."""
        if step == "last":
            return call._find_nearest(CONVERSATION).main_leg_id.user_id
        if step == "contact":
            partner = ticket.partner_id
            return partner.user_id or partner.commercial_partner_id.user_id
        if ticket.team_id:
            return ticket.team_id.user_ids
        return call.connection_id.operator_ids.user_id

    @api.model
    def _suitable(self, users, ticket, company):
        """Return those of users who are at work here, and may call the caller back."""
        team = ticket.team_id
        return users.filtered(
            lambda user: (
                user.active
                and (not team or user in team.user_ids)
                and company.id in user._get_company_ids()
                and user.has_group(AGENT)
                and ticket.with_env(user._callgear_env(company)).has_access("write")
            )
        )

    @api.model
    def _away(self, tickets):
        """Return the ids of users of whom CallGear says that they are not at their place.

        Who has several phones is away if none of them says otherwise. It may be asked for,
        so nothing may be locked now.
        """
        states = {}
        for connection in tickets.call_leg_ids.connection_id:
            statuses = self.env["callgear.presence"]._statuses(connection)
            for operator in connection.operator_ids if statuses else ():
                status = statuses.get(operator.employee_id)
                state = status and status["state"]
                states.setdefault(operator.user_id.id, set()).add(state)
        return {user_id for user_id, known in states.items() if known == {"away"}}


def _is_claimed(ticket):
    return ticket.call_claimed and ticket.user_id.active
