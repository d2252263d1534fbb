# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import ormcache


class HelpdeskTicketStage(models.Model):
    """Stages to which calls move tickets."""

    _name = "helpdesk.ticket.stage"
    _inherit = ["helpdesk.ticket.stage", "callgear.cached.configuration"]
    _cached_fields = frozenset(
        {"active", "closed", "company_id", "name", "sequence", "team_ids", "unattended"}
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    def write(self, vals):
        """Have all tickets counted again when other stages count as closed."""
        closed = {stage: stage.closed for stage in self} if "closed" in vals else {}
        result = super().write(vals)
        if any(stage.closed != was for stage, was in closed.items()):
            self.env["callgear.ticket.fact"]._recount_soon()
        return result

    def unlink(self):
        """Remember which stages were closed: what has happened is not to change with them."""
        gone = [
            {"former_id": stage.id, "company_id": stage.company_id.id}
            for stage in self
            if stage.closed
        ]
        result = super().unlink()
        # sudo: callgear.deleted.stage - noted for everybody who may delete a stage
        self.env["callgear.deleted.stage"].sudo().create(gone)
        return result

    @api.model
    @ormcache()
    def _callgear_open_ids(self):
        """Return the ids of all stages in which tickets are open, archived ones too."""
        # sudo: helpdesk.ticket.stage - whose stages they are does not matter
        Stage = self.sudo().with_context(active_test=False)
        return tuple(Stage.search([("closed", "=", False)]).ids)

    @ormcache("self.id", "lang")
    def _callgear_shown_name(self, lang):
        """Return the name to show to users in a language, or None."""
        # sudo: helpdesk.ticket.stage - whoever may read a ticket is shown its stage
        return self.sudo().with_context(lang=lang).display_name or None

    def _callgear_fits(self, company, team):
        """Return whether tickets of a company and team may be in the stage."""
        return (
            self.active
            and self.company_id in (company, company.browse())
            and (not self.team_ids or team in self.team_ids)
        )

    @api.model
    def _callgear_stand_in(self, role, company, team):
        """Return the stage that is most like a stage role, or none.

        :param str role: ``open``, ``pending`` or ``closed``
        :param team: of the tickets; may be empty
        """
        stages = self.search(
            Domain("closed", "=", role == "closed")
            & Domain("company_id", "in", (False, company.id))
            & (Domain("team_ids", "=", False) | Domain("team_ids", "in", team.ids))
        )
        if role == "pending":
            # The last one before the end; the first one is for what nobody has looked at.
            return (stages.filtered(lambda stage: not stage.unattended) or stages)[-1:]
        return stages[:1]
