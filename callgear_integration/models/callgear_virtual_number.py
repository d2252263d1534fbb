# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class CallgearVirtualNumber(models.Model):
    """A virtual number of the account: its name, and where the calls to it go.

    A team, channel or stage that is left empty is that of the connection.
    """

    _name = "callgear.virtual.number"
    _description = "CallGear Virtual Number"
    _inherit = "callgear.cached.configuration"
    _order = "name, id"
    _check_company_auto = True
    _cached_fields = frozenset({"number", "name", "channel_id", "connection_id"})

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    number = fields.Char(required=True, help="With country code, such as +97145550100.")
    name = fields.Char(required=True, help="Shown to agents when the number is called.")
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Team of the tickets made from calls with this number.",
    )
    channel_id = fields.Many2one(
        "helpdesk.ticket.channel",
        check_company=True,
        help="Channel of the tickets made from calls with this number.",
    )
    open_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        check_company=True,
        help="Stage of tickets that wait for an agent, such as missed calls.",
    )
    pending_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        check_company=True,
        help="Stage of tickets after a conversation.",
    )
    closed_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        check_company=True,
        help="Stage of tickets about which nothing is left to do.",
    )

    _number_uniq = models.UniqueIndex(
        "(connection_id, number)", "This number is already listed."
    )

    @api.model_create_multi
    def create(self, vals_list):
        Connection = self.env["callgear.connection"]
        for vals in vals_list:
            connection = Connection.browse(vals["connection_id"])
            vals["number"] = self._e164(connection, vals["number"])
        return super().create(vals_list)

    def write(self, vals):
        if "number" in vals:
            vals = {
                **vals,
                "number": self._e164(self.connection_id[:1], vals["number"]),
            }
        return super().write(vals)

    @api.model
    def _e164(self, connection, raw):
        """Return a number as calls name it, in E.164.

        :raises ValidationError: it is not a phone number
        """
        number = connection._to_e164(raw)
        if not number:
            raise ValidationError(self.env._("%s is not a phone number.", raw))
        return number

    @api.model
    def _among(self, connection, *numbers):
        """Return the records of those numbers (E.164) that are the account's own.

        :return: dict, number → record
        """
        own = self._ids_by_number(connection)
        return {number: self.browse(own[number]) for number in numbers if number in own}

    @api.model
    @ormcache("connection.id")
    def _ids_by_number(self, connection):
        """Return an account's own numbers: dict, number (E.164) → id."""
        # sudo: callgear.virtual.number - kept for everybody, whoever asks first
        domain = [("connection_id", "=", connection.id)]
        own = self.sudo().search_fetch(domain, ["number"])
        return {record.number: record.id for record in own}

    @ormcache("self.id")
    def _shown_name(self):
        """Return the name that agents are shown."""
        # sudo: callgear.virtual.number - its name is there to be shown
        return self.sudo().name
