# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The other direction: asking CallGear, with the key that agents never see."""

from odoo import models
from odoo.exceptions import UserError

from ..api_messages import explain
from ..callgear.call_api import CallApi
from ..callgear.data_api import DataApi
from ..callgear.errors import BadAddress


class CallgearConnection(models.Model):
    _inherit = "callgear.connection"

    def _call_api(self):
        """Return a client that starts and steers calls with this connection's key.

        :raises UserError: the address or the key is missing, or the address is none
        """
        return self._api_client(CallApi, "api_url")

    def _data_api(self):
        """The same, for reading operators, numbers and past calls."""
        return self._api_client(DataApi, "data_api_url")

    def _api_client(self, kind, address_field):
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
        try:
            return kind(connection[address_field], connection.api_key)
        except BadAddress as error:
            raise UserError(self._explain(error)) from error

    def _explain(self, error):
        """Say what went wrong with a request, in the words of the user's language.

        :param error: an ApiError
        """
        return explain(error, self.env)
