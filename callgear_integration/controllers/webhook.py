# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import partial

from odoo import SUPERUSER_ID, api, modules
from odoo.http import Controller, request, route
from odoo.modules.registry import Registry

from ..callgear.body_text import TooLarge, body_text
from ..callgear.json_repair import storable
from ..callgear.notification import MAX_BODY
from ..models.callgear_event import LOOKED_AT, TOGETHER, URGENCY
from ..services import drainers

# Any method: Odoo would let OPTIONS through as well if POST were named, and answer others
# in HTML. What is no POST is answered at authentication.
_OPEN = {
    "type": "http",
    "auth": "callgear",
    "methods": None,
    "csrf": False,
    "save_session": False,
    "readonly": False,
    "max_content_length": MAX_BODY + 1,
}


class CallgearWebhook(Controller):
    """Receives notifications: stores and answers them; others process them."""

    @route("/callgear/<string:token>/<string:event>", **_OPEN)
    def receive(self, token, event):
        """Store one notification from CallGear.

        :param token: of the connection, part of the URL
        :param event: kind of notification, one of six, part of the URL
        :return: JSON: 200 accepted or duplicate; 400 not a notification; 404 unknown token
            or kind, or not an allowed sender; 405 no POST; 413 larger than 256 KiB; 429
            more than the rate limit
        """
        asked = request.httprequest
        # sudo: callgear.connection - the sender has no user, only the token
        connection_sudo = (
            request.env["callgear.connection"].sudo()._find_by_token(token)
        )
        if not connection_sudo or not connection_sudo._is_event(event):
            return _answer(404, status="not found")
        if not connection_sudo._takes_from(asked.remote_addr):
            # The same answer as to a wrong token: they do not learn that it is right.
            response = _answer(404, status="not found")
            if connection_sudo._is_telling_due():
                _start_work_after_commit(request.env.cr, response, event)
            return response
        try:
            text = body_text(
                asked.get_data(),
                asked.headers.get("Content-Encoding"),
                asked.mimetype_params.get("charset"),
                MAX_BODY,
            )
        except TooLarge:
            return _answer(413, status="too large")
        # Some charsets allow what cannot be encoded again.
        receipt = connection_sudo._receive(event, storable(text).encode())
        response = _answer(receipt.code, **receipt.answer)
        if receipt.code == 429:
            response.headers["Retry-After"] = "1"
        if receipt.is_work:
            _start_work_after_commit(request.env.cr, response, event)
        return response

    @route(["/callgear", "/callgear/<path:elsewhere>"], **_OPEN)
    def nothing(self, elsewhere=None):
        """Answer at all other addresses that begin like those for notifications."""
        return _answer(404, status="not found")


def _answer(code, **values):
    return request.make_json_response(values, status=code)


def _start_work_after_commit(cr, response, event):
    """Start to process the stored notification, as soon as it is committed.

    If this process dies before that, the cron processes it.
    """
    if modules.module.current_test:
        # A test does not commit its transaction, so other threads cannot see it.
        response.call_on_close(partial(_work, cr.dbname))
    else:
        wait = 0.0 if URGENCY[event] <= LOOKED_AT else TOGETHER
        cr.postcommit.add(partial(drainers.wake, cr.dbname, wait))


def _work(dbname):
    with Registry(dbname).cursor() as cr:
        # sudo: callgear.event - CallGear has no user; its token was checked
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["callgear.connection"]._note_refusals()
        while env["callgear.event"]._work_on_next():
            pass
