# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CallgearNumber(models.Model):
    """A virtual number of the account: what it is called, so that agents know it."""

    _name = "callgear.number"
    _description = "CallGear Virtual Number"
    _order = "name, id"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade"
    )
    number = fields.Char(required=True, help="With country code, such as +97145550100.")
    name = fields.Char(required=True, help="Shown to agents when the number is called.")

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
        """Return a number as calls name it."""
        number = connection._to_e164(raw)
        if not number:
            raise ValidationError(self.env._("%s is not a phone number.", raw))
        return number

    @api.model
    def _of(self, connection, number):
        """Return the account's own number in E.164, if it is one."""
        if not number:
            return self.browse()
        return self.search(
            [("connection_id", "=", connection.id), ("number", "=", number)], limit=1
        )
