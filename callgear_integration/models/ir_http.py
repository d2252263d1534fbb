# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import abort

from odoo import models
from odoo.http import request

from ..callgear.notification import EVENTS, MAX_BODY

# What the forms that are sent to our routes have.
_FORM = ("data", "csrf_token")


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_callgear(cls):
        """Do not authenticate (the route checks the token); read the raw body.

        Whatever is no POST is answered here, before anything is read: the same for known
        and unknown tokens.
        """
        request.session.can_save = False  # refusals set no cookie either
        httprequest = request.httprequest
        if httprequest.method != "POST":
            _refuse_method(httprequest.path)
        if (httprequest.content_length or 0) > MAX_BODY:
            abort(request.make_json_response({"status": "too large"}, status=413))
        # A chunked body has no declared length, and the route's own limit comes later.
        httprequest.max_content_length = MAX_BODY + 1
        httprequest.get_data()
        # CallGear may declare JSON as a form. Neither that nor a query string may become
        # arguments of the route, which would break on some of them.
        httprequest.args = httprequest.form = httprequest.files = {}
        cls._auth_method_none()

    @classmethod
    def _auth_method_callgear_user(cls):
        """Log in as usual. Of a form, only the texts that our routes ask for are arguments.

        Others would be passed on by their names, ``self`` for instance, and break the call.
        """
        httprequest = request.httprequest
        form = httprequest.form
        httprequest.form = {name: form[name] for name in _FORM if name in form}
        httprequest.args = httprequest.files = {}
        cls._auth_method_user()

    def session_info(self):
        """Add the agent's current calls, so that the page shows them at once."""
        result = super().session_info()
        if self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
            result["callgear"] = self.env.user._callgear_session()
        return result


def _refuse_method(path):
    """Answer a request that is no POST: 405 at the six addresses, elsewhere 404."""
    parts = path.strip("/").split("/")
    if len(parts) == 3 and parts[2] in EVENTS:
        answer, status, headers = "method not allowed", 405, [("Allow", "POST")]
    else:
        answer, status, headers = "not found", 404, None
    abort(request.make_json_response({"status": answer}, headers, status=status))
