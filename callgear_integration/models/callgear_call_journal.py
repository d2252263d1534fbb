# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The journal: by what calls are counted, and whose they are in figures."""

from odoo import api, fields, models

from ..domain.verdict import CONVERSATION

CHANNEL_HELP = "The channel of its ticket."


class CallgearCall(models.Model):
    _name = "callgear.call"
    _inherit = ["callgear.call", "callgear.day.time"]

    main_leg_id = fields.Many2one(
        "callgear.leg",
        string="Main Conversation",
        compute="_compute_main_leg_id",
        store=True,
        ondelete="set null",
        index="btree_not_null",
    )
    agent_id = fields.Many2one(
        related="main_leg_id.user_id",
        string="Agent",
        help="Who talked with the caller first; of a call that nobody answered, who was "
        "rung last. The others are under Conversations.",
    )
    team_id = fields.Many2one(related="main_leg_id.ticket_id.team_id", string="Team")
    channel_id = fields.Many2one(
        related="main_leg_id.ticket_id.channel_id", string="Channel", help=CHANNEL_HELP
    )

    @api.depends("leg_ids.item", "leg_ids.answered_at", "leg_ids.started_at")
    def _compute_main_leg_id(self):
        """One conversation stands for the call, so that each call counts once."""
        for call in self:
            talks = call.live_leg_ids.filtered(lambda leg: leg.item == CONVERSATION)
            legs = talks or call.live_leg_ids.filtered("item")
            call.main_leg_id = legs.sorted(
                lambda leg: (
                    leg.answered_at or leg.started_at,
                    leg.dial_number,
                    leg.leg_id,
                )
            )[:1]


class CallgearLeg(models.Model):
    _name = "callgear.leg"
    _inherit = ["callgear.leg", "callgear.day.time"]

    outcome = fields.Selection(related="call_id.outcome")
    virtual_phone = fields.Char(related="call_id.virtual_phone")
    team_id = fields.Many2one(related="ticket_id.team_id", string="Team")
    channel_id = fields.Many2one(
        related="ticket_id.channel_id", string="Channel", help=CHANNEL_HELP
    )
