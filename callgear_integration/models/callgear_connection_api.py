# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The other direction: asking CallGear, with the key that agents never see."""

from odoo import models
from odoo.exceptions import UserError

from ..tools.call_api import CallApi
from ..tools.data_api import DataApi
from .callgear_api_messages import explain


class CallgearConnection(models.Model):
    _inherit = "callgear.connection"

    def _call_api(self):
        """Return a client that starts and steers calls with this connection's key."""
        address, key = self._api_access("api_url")
        return CallApi(address, key)

    def _data_api(self):
        """Return a client that reads operators, numbers and past calls."""
        address, key = self._api_access("data_api_url")
        return DataApi(address, key)

    def _api_access(self, address_field):
        self.ensure_one()
        # sudo: callgear.connection - agents call through it, only admins see what is in it
        connection = self.sudo()
        if not connection[address_field]:
            label = connection._fields[address_field].get_description(self.env)
            raise UserError(
                self.env._(
                    "%(field)s is missing in the CallGear connection %(connection)s.",
                    field=label["string"],
                    connection=connection.name,
                )
            )
        if not connection.api_key:
            raise UserError(
                self.env._(
                    "The CallGear connection %s has no API key yet.", connection.name
                )
            )
        return connection[address_field], connection.api_key

    def _explain(self, error):
        """Say what went wrong with a request, in the words of the user's language.

        :param error: an ApiError
        """
        return explain(error, self.env)
