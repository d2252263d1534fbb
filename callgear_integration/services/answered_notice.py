# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, models

from .. import clock

_logger = logging.getLogger(__name__)

# What was answered earlier is old news.
FRESH = timedelta(minutes=15)


class CallgearAnsweredNotice(models.AbstractModel):
    """Tells whoever looks after a caller that a colleague has answered the call (R49)."""

    _name = "callgear.answered.notice"
    _description = "Notice of an Answered Call"

    @api.model
    def _tell(self, call):
        """Send the notice of a call, as ``callgear.answered`` on the bus, once.

        A courtesy: what goes wrong with it does not stop the work on the call.

        The payload is a dict: ``call_id``, ``text`` (in the user's language), ``ticket_id``
        (the user's ticket of the caller, or None).
        """
        if call.direction != "in" or call.is_internal or call.answered_told:
            return
        answered = call.live_leg_ids.filtered(
            lambda leg: leg.is_operator and leg.user_id and leg.answered_at
        )
        is_fresh = call.answered_at and call.answered_at > clock.now(self.env) - FRESH
        # A caller who is still unknown may become known while the news is fresh.
        if not answered or not is_fresh or not call.partner_id:
            return
        call.answered_told = True
        try:
            self._send(call, answered.user_id)
        except OperationalError:
            raise  # somebody is in the way: the work on the call is repeated
        except Exception:
            _logger.warning("CallGear call %s: no notice", call.id, exc_info=True)

    @api.model
    def _send(self, call, agents):
        """Send the notice of a call to whoever looks after the caller, if anybody does.

        :param agents: users who have answered the call, the first one first
        """
        user, ticket = self._responsible(call)
        if not user or user in agents or not user.callgear_popup:
            return
        with self.env.cr.savepoint():  # most calls need none
            payload = self._payload(call, user, agents[0], ticket)
            user._callgear_contact()._bus_send("callgear.answered", payload)

    @api.model
    def _responsible(self, call):
        """Return the user who looks after the caller, or none, and their ticket, or none.

        It is whose open ticket of the caller was worked on last, or else the salesperson:
        an employee at work in the company of the call.
        """
        ticket = self.env["helpdesk.ticket"].search(
            [
                ("partner_id", "=", call.partner_id.id),
                ("stage_id.closed", "=", False),
                ("user_id", "!=", False),
                ("company_id", "in", (False, call.company_id.id)),
            ],
            order="write_date desc, id desc",
            limit=1,
        )
        user = ticket.user_id or call.partner_id.user_id
        at_work = user.active and not user.share
        is_ours = at_work and call.company_id.id in user._get_company_ids()
        return user if is_ours else user.browse(), ticket

    @api.model
    def _payload(self, call, user, agent, ticket):
        """Return the notice as the user may see it: no contact that they may not read."""
        own = self.with_env(user._callgear_env(call.company_id))
        number = call.with_context(lang=own.env.lang)._number_text()
        partner = call.partner_id.with_env(own.env)
        if partner.has_access("read"):
            text = own.env._(
                "%(agent)s answered a call from %(contact)s (%(number)s)",
                agent=agent.name,
                contact=partner.display_name,
                number=number,
            )
        else:
            text = own.env._(
                "%(agent)s answered a call from %(number)s",
                agent=agent.name,
                number=number,
            )
        readable = ticket and ticket.with_env(own.env).has_access("read")
        ticket_id = ticket.id if readable else None
        return {"call_id": call.id, "text": text, "ticket_id": ticket_id}
