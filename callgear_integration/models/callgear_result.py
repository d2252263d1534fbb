# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import ormcache


class CallgearResult(models.Model):
    """What may become of a conversation, in the words of the team: *Order placed* …"""

    _name = "callgear.result"
    _description = "Call Result"
    _inherit = ["callgear.cached.configuration", "callgear.hidden.links"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company")
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        string="Teams",
        help="Only for conversations of these teams; empty: for all.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    @api.model
    def _choices(self, leg):
        """Return the results that an agent may choose for a conversation.

        :param leg: that stands for the conversation
        :return: list of dicts, ``id`` and ``name`` in the user's language
        """
        known = [
            result
            for result in self._all_choices(self.env.lang)
            if result[2] in (False, leg.company_id.id)
        ]
        # Which team it is costs a look at the ticket or the agent.
        if any(team_ids for *_result, team_ids in known):
            team_id = (leg.ticket_id.team_id or leg.call_id._team(leg.user_id)).id
            known = [r for r in known if not r[3] or team_id in r[3]]
        return [{"id": result[0], "name": result[1]} for result in known]

    @api.model
    @ormcache("lang")
    def _all_choices(self, lang):
        """Return all results in order: tuples of id, name, company's id, teams' ids."""
        # sudo: callgear.result - the cache is shared by all users. A team has a dozen.
        # The caller's context must not show in it.
        own = self.sudo().with_context(lang=lang, active_test=True)
        results = own.search([])  # pylint: disable=no-search-all
        return tuple((r.id, r.name, r.company_id.id, r.team_ids._ids) for r in results)
