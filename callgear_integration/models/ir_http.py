# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import abort

from odoo import models
from odoo.http import request

from ..callgear.notification import MAX_BODY


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_callgear(cls):
        """Do not authenticate (the route checks the token); read the raw body.

        CallGear may declare JSON as a form. So the body is read before the form parser
        would consume it.
        """
        if (request.httprequest.content_length or 0) > MAX_BODY:
            abort(request.make_json_response({"status": "too large"}, status=413))
        # A chunked body has no declared length, and the route's own limit comes later.
        request.httprequest.max_content_length = MAX_BODY + 1
        request.httprequest.get_data()
        cls._auth_method_none()

    def session_info(self):
        """Add the agent's current calls, so that the page shows them at once."""
        result = super().session_info()
        if self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
            result["callgear"] = self.env.user._callgear_session()
        return result
