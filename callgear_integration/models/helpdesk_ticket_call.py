# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What calls make of a ticket: a projection of the conversations that stand in it.

Only the first and the last of them are looked at, however many there are.
"""

from odoo import models

from ..domain.verdict import ANSWERED, ATTEMPT, CONVERSATION, MISSED
from ..tools.write_changes import write_changes

# Tickets that a call has moved in this transaction, in the data of its pre-commit hook.
SILENT = "callgear_integration.silent"


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def _create_for_leg(self, leg):
        """Make the ticket of a conversation about which nobody has done anything."""
        call = leg.call_id._in_language()
        vals = call._ticket_vals(leg.with_env(call.env))
        role = self._auto_role(leg)
        vals["stage_id"] = call._stage(role).id
        vals["call_effect"] = f"{leg.id}:{role}"
        context = {
            **call._settlement_context(),
            "mail_create_nosubscribe": True,
            "mail_auto_subscribe_no_notify": True,
        }
        return self.with_env(call.env).with_context(**context).create(vals)

    @staticmethod
    def _auto_role(leg):
        if leg.item == ATTEMPT:
            return "closed"
        leg.ticket_choice = "auto"
        return leg._effect() or "open"

    def _project(self):
        """Bring kind, icon and stage, and of untouched tickets all, in step with calls."""
        for ticket in self.exists():
            first = ticket._call_leg("started_at, dial_number, id")
            if not first:
                if ticket.call_icon:
                    ticket._settle_values({"call_icon": False})
                continue
            if ticket.call_auto:
                ticket._project_untouched(first)
            ticket._settle_values({"call_icon": ticket._icon()})
            ticket._project_stage(first.call_id)

    def _call_leg(self, order, items=(CONVERSATION, MISSED, ATTEMPT), **equal):
        domain = [("ticket_id", "=", self.id), ("item", "in", items)]
        domain += [(name, "=", value) for name, value in equal.items()]
        return self.env["callgear.leg"].search(domain, order=order, limit=1)

    def _project_untouched(self, first):
        call = first.call_id._in_language()
        vals = call._ticket_vals(first.with_env(call.env))
        vals["user_id"] = self._agent_of_missed(first).id
        vals["team_id"] = call._team(self.env["res.users"].browse(vals["user_id"])).id
        vals.pop("description")
        self._settle_values(vals)

    def _agent_of_missed(self, first):
        """The agent of the call; of several missed ones, the last who was rung."""
        if first.item != MISSED:
            return first.user_id
        last = self.env["callgear.leg"].search(
            [
                ("ticket_id", "=", self.id),
                ("item", "=", MISSED),
                ("user_id", "!=", False),
            ],
            order="started_at desc, dial_number desc, id desc",
            limit=1,
        )
        return last.user_id

    def _icon(self):
        if self.call_kind != "missed":
            return "call"
        called_back = self.env["callgear.leg"].search_count(
            [
                ("ticket_id", "=", self.id),
                ("item", "=", CONVERSATION),
                ("call_id.direction", "=", "out"),
                ("recording_ids", "!=", False),
            ],
            limit=1,
        )
        return "call" if called_back else "missed"

    def _project_stage(self, call):
        """Give the ticket the stage that its last call asks for."""
        leg, role = self._last_effect()
        if not role:
            return
        stage = call._stage(role)
        effect = f"{leg.id}:{role}"
        if effect == self.call_effect:
            return
        if not self.call_auto and (self.call_effect or "").startswith(f"{leg.id}:"):
            return  # a person's ticket is moved once by a conversation, not again
        if (
            self.call_touched_at
            and leg.known_at
            and self.call_touched_at >= leg.known_at
        ):
            return  # the stage was chosen by a person since the call began
        self._settle_values({"stage_id": stage.id, "call_effect": effect})

    def _expect_effect(self, leg):
        """Let a conversation move the ticket once more: its agent has done something."""
        if (self.call_effect or "").startswith(f"{leg.id}:"):
            self._settle_values({"call_effect": False})

    def _track_template(self, tracking):
        """No e-mail to the customer because a call has moved the ticket."""
        templates = super()._track_template(tracking)
        moved = self.env.cr.precommit.data.get(SILENT, ())
        if self.env.context.get("callgear_silent") or self.id in moved:
            templates.pop("stage_id", None)
        return templates

    def _last_effect(self):
        """Return the conversation that decides about the stage, and what it asks for."""
        order = "started_at desc, dial_number desc, id desc"
        last = self._call_leg(order, (CONVERSATION, MISSED), state="ended")
        if not last:
            last = self._call_leg(order, (ATTEMPT,))
        if last.item == MISSED:
            # He was talked to since: what he wanted is dealt with where that stands.
            answer = last.call_id._neighbour(ANSWERED, later=True)
            elsewhere = answer.live_leg_ids.filtered(
                lambda leg: leg.item == CONVERSATION and leg.ticket_id
            )
            if elsewhere and self not in elsewhere.ticket_id:
                return elsewhere[-1], "closed"
        return last, last and last._effect()

    def _settle_values(self, values):
        context = {"callgear_settlement": True}
        call = self._call_leg("started_at desc, id desc").call_id
        if call:
            context = call._settlement_context()
        changed = write_changes(self.with_context(**context), values)
        if "stage_id" in changed and context.get("callgear_silent"):
            # E-mails are made when the transaction ends, with the context of whoever
            # was first to change a ticket in it: that need not be us.
            data = self.env.cr.precommit.data
            data.setdefault(SILENT, set()).add(self.id)
