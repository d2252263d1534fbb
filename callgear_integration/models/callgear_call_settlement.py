# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make it so: what a call amounts to, in tickets.

The verdict says what should stand in tickets; this file makes it true and leaves alone
what is true already. It may run as often as it likes, at any stage of a call.
"""

from odoo import models

from ..domain.verdict import ANSWERED, ATTEMPT, MISSED, Party, judge
from ..tools.write_changes import write_changes

# A group of missed calls is split at most so far; callers do not try more often.
MAX_SPLIT = 100


class CallgearCall(models.Model):
    _inherit = "callgear.call"

    def _settle(self):
        for call in self:
            call._settle_one()

    def _settle_one(self):
        verdict = self._judge()
        items = {item.key: item for item in verdict.items}
        reason = verdict.reason
        if verdict.outcome == MISSED and not self.connection_id._is_working_time(
            self.started_at
        ):
            items, reason = {}, "outside_hours"
        if reason == "agent_absent" and not self.event_ids:
            reason = "unheard"
        write_changes(self, {"outcome": verdict.outcome or False, "reason": reason})
        tickets = self._pass_on(items)
        for leg in self.live_leg_ids:
            if leg.id in items:
                tickets |= leg._carry(items[leg.id])
        if verdict.outcome == ANSWERED:
            # Also if it was no agent of ours: the caller does not wait any more.
            tickets |= self._settle_missed_before()
            if items and self.partner_id and self.phone:
                Phone = self.env["callgear.partner.phone"]
                Phone._note_conversation(self.partner_id, self.phone, self.started_at)
        tickets.exists()._update_from_calls()

    def _judge(self):
        parties = [
            Party(
                key=leg.id,
                is_operator=leg.is_operator,
                mapped=bool(leg.user_id),
                order=(leg.started_at, leg.dial_number, leg.leg_id),
                picked_up=bool(leg.picked_up_at),
                answered_at=leg.answered_at or None,
                ended_at=leg.ended_at or None,
            )
            for leg in self.live_leg_ids
        ]
        return judge(
            parties,
            outgoing=self.direction == "out",
            ended=self.state == "ended",
            internal=self.is_internal,
            lost=self.is_lost,
            talked=self.has_talk,
        )

    def _pass_on(self, items):
        """Take from legs what is not theirs any more, and give it to those it is.

        :return: tickets that have lost something
        """
        tickets = self.env["helpdesk.ticket"]
        lost = self.live_leg_ids.filtered(lambda leg: leg.item and leg.id not in items)
        heirs = self.live_leg_ids.filtered(
            lambda leg: leg.id in items and items[leg.id].ended and not leg.ticket_id
        )
        for leg in lost:
            heir = next(
                (h for h in heirs if leg._may_pass_on(items[h.id].kind)), heirs.browse()
            )
            if heir:
                heirs -= heir
                leg._pass_to(heir)
            else:
                tickets |= leg._withdraw()
        return tickets

    def _settle_missed_before(self):
        """A conversation ends the waiting of the missed calls before it.

        Those after it, if they were grouped with the ones before when the conversation
        was not known yet, go to a ticket of their own.

        :return: tickets of missed calls to look at again
        """
        missed = self._neighbour(MISSED)
        ticket = missed.live_leg_ids.filtered(lambda leg: leg.item == MISSED).ticket_id[
            :1
        ]
        if not ticket:
            return ticket
        later = self.env["callgear.leg"].search(
            [
                ("ticket_id", "=", ticket.id),
                ("item", "in", (MISSED, ATTEMPT)),
                ("ticket_choice", "=", "auto"),
                ("started_at", ">", self.started_at),
            ],
            order="started_at, id",
            limit=MAX_SPLIT,
        )
        if later:
            later.ticket_id = False
            for leg in later:
                ticket |= leg._find_ticket()
        return ticket

    def _announce(self, contacts=None):
        """Tell the agents concerned; nobody of calls between colleagues.

        :param contacts: all with the caller's number, if they have just been looked up
        """
        for call in self:
            if not call.is_internal:
                call.live_leg_ids._announce(contacts)
                call.live_leg_ids._announce_card()

    # ---------------------------------------------------------------- tickets

    def _ticket_vals(self, leg):
        """Values of a ticket that is made by itself for what a leg carries."""
        connection = self.connection_id
        partner = self.partner_id
        number = self._number_text()
        title = leg.subject or self._subject(leg.item)
        return {
            "name": title,
            "description": leg._ticket_description(title),
            "partner_id": partner.id,
            "partner_name": partner.name or number,
            "partner_email": partner.email,
            "user_id": leg.user_id.id,
            "team_id": self._team(leg.user_id).id,
            "channel_id": self._channel().id,
            "company_id": connection.company_id.id,
            "call_kind": self._kind(leg.item),
            "call_auto": True,
        }

    def _subject(self, item):
        """The standard subject, in the language of the context."""
        number = self.phone or self.phone_raw
        if self.direction == "out" and item != MISSED:
            return self.env._("Outgoing call to %s", self._number_text())
        # Whole sentences, because languages inflect the words for a hidden number.
        if item == MISSED:
            if not number:
                return self.env._("Missed call from hidden number")
            return self.env._("Missed call from %s", number)
        if not number:
            return self.env._("Incoming call from hidden number")
        return self.env._("Incoming call from %s", number)

    def _kind(self, item):
        return "missed" if item == MISSED else self.direction

    def _channel(self):
        """The channel of the tickets made from the call: its number's own comes first."""
        return self.virtual_number_id.channel_id or self.connection_id.channel_id

    def _stage(self, role):
        """The stage of a role (open, pending or closed), by the number or as usual."""
        own = self.virtual_number_id[f"{role}_stage_id"]
        return own or self.connection_id._stage(role)

    def _team(self, user):
        """The team of an automatic ticket: one that its agent belongs to.

        A ticket drops an agent who is not in its team, so the call's own team serves
        only its members; others get a team of theirs, or none.
        """
        team = self.virtual_number_id.team_id or self.connection_id.team_id
        if not user or not team or user in team.user_ids:
            return team
        company = self.connection_id.company_id
        teams = user.helpdesk_team_ids.filtered(
            lambda own: own.active and own.company_id in (company, company.browse())
        )
        return teams[:1]

    def _in_language(self):
        """The call with the language of its connection in the context."""
        lang = self.connection_id.lang or self.company_id.partner_id.lang
        return self.with_context(lang=lang or self.env.lang)

    def _settlement_context(self):
        """Context for writing to tickets: ours, not a person's, and silent to customers."""
        notify = self.connection_id.notify_customers
        return {"callgear_settlement": True, "callgear_silent": not notify}
