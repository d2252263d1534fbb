# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..tools.phone_number import line_key
from .callgear_connection import PLACE_FIELDS


class CallgearVirtualNumber(models.Model):
    """A virtual number of the account, and the rules for tickets of its calls.

    For a team, channel or stage that is empty, the connection's applies.
    """

    _name = "callgear.virtual.number"
    _description = "CallGear Virtual Number"
    _inherit = ["callgear.cached.configuration", "callgear.hidden.links"]
    _order = "name, id"
    _check_company_auto = True
    _cached_fields = frozenset({"number", "name", "connection_id", *PLACE_FIELDS})

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    number = fields.Char(required=True, help="With country code, such as +97145550100.")
    name = fields.Char(
        string="Number Name",
        required=True,
        help="Shown to agents when the number is called.",
    )
    consent_note = fields.Char(
        string="Consent",
        help="How callers of this number learn that calls are recorded, or are asked for "
        "their consent, such as: announcement before the first ring.",
    )
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
        help="Stage of tickets that need no further work.",
    )

    _number_uniq = models.UniqueIndex(
        "(connection_id, number)", "This number is already listed."
    )

    def _check_places(self, changed):
        """Check team, channel and stages, as in ``callgear.connection``."""
        for number in self:
            number.connection_id._check_active(number, changed)
            number.connection_id._check_number_stages(number, changed)

    @api.model_create_multi
    def create(self, vals_list):
        Connection = self.env["callgear.connection"]
        for vals in vals_list:
            connection = Connection.browse(vals["connection_id"])
            vals["number"] = self._e164(connection, vals["number"])
        numbers = super().create(vals_list)
        numbers._check_places(set(PLACE_FIELDS))
        return numbers

    def write(self, vals):
        if "number" in vals:
            vals = {
                **vals,
                "number": self._e164(self.connection_id[:1], vals["number"]),
            }
        result = super().write(vals)
        if changed := vals.keys() & {"connection_id", *PLACE_FIELDS}:
            self._check_places(
                set(PLACE_FIELDS) if "connection_id" in changed else changed
            )
        return result

    @api.model
    def _e164(self, connection, raw):
        """Return a number in E.164, the form in which calls have it.

        :raises ValidationError: it is not a phone number
        """
        number = connection._to_e164(raw)
        if not number:
            raise ValidationError(self.env._("%s is not a phone number.", raw))
        return number

    @api.model
    def _find_by_number(self, connection, *numbers):
        """Return the virtual numbers of a connection among some numbers (E.164).

        :return: dict, number → record
        """
        own = self._ids_by_number(connection)
        keys = {number: line_key(number) for number in numbers if number}
        return {
            number: self.browse(own[key]) for number, key in keys.items() if key in own
        }

    @api.model
    @ormcache("connection.id")
    def _ids_by_number(self, connection):
        """Return the virtual numbers of a connection: dict, key of the line → id."""
        # sudo: callgear.virtual.number - the cache is shared by all users
        domain = [("connection_id", "=", connection.id)]
        own = self.sudo().search_fetch(domain, ["number"])
        return {line_key(record.number): record.id for record in own}

    @ormcache("self.id")
    def _shown_name(self):
        """Return the name to show to agents."""
        # sudo: callgear.virtual.number - the name is shown to all agents
        return self.sudo().name
