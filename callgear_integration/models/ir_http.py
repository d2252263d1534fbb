# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import abort

from odoo import models
from odoo.http import request

from ..callgear.notification import MAX_BODY


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_callgear(cls):
        """No user, but the raw body is read before a form parser can eat it.

        CallGear's content type is not reliable: JSON comes declared as a form, too.
        """
        if (request.httprequest.content_length or 0) > MAX_BODY:
            abort(request.make_json_response({"status": "too large"}, status=413))
        # A chunked body names no length, and the route's own limit comes later.
        request.httprequest.max_content_length = MAX_BODY + 1
        request.httprequest.get_data()
        cls._auth_method_none()

    def session_info(self):
        """Calls are in the page from the first load, before any message arrives."""
        result = super().session_info()
        if self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
            result["callgear"] = self.env.user._callgear_session()
        return result
