# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.http import Controller, request, route
from odoo.modules.registry import Registry

MAX_BODY = 256 * 1024


class CallgearWebhook(Controller):
    """The door for CallGear: store what comes, answer, and only then work on it."""

    @route(
        "/callgear/<string:token>/<string:event>",
        type="http",
        auth="callgear",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY + 1,
    )
    def receive(self, token, event, **_form):
        """Take one notification; answers as in the contract of the webhook."""
        body = request.httprequest.get_data()
        # sudo: callgear.connection - the sender is known by the token alone
        connection_sudo = request.env["callgear.connection"].sudo()._by_token(token)
        if not connection_sudo or not connection_sudo._is_event(event):
            return _answer(404, status="not found")
        if len(body) > MAX_BODY:
            return _answer(413, status="too large")
        receipt = connection_sudo._receive(event, body)
        response = _answer(receipt.code, **receipt.answer)
        if receipt.event_id:
            process = partial(_process, request.env.cr.dbname, receipt.event_id)
            response.call_on_close(process)
        return response


def _answer(code, **values):
    return request.make_json_response(values, status=code)


def _process(dbname, event_id):
    """Work on a stored notification, in a transaction of its own.

    If this worker dies here, the cron finds the event pending.
    """
    with Registry(dbname).cursor() as cr:
        # sudo: callgear.event - CallGear has no user; the notification is already checked
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["callgear.event"].browse(event_id)._process()
