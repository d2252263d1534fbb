# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import partial

from odoo import SUPERUSER_ID, api, modules
from odoo.http import Controller, request, route
from odoo.modules.registry import Registry

from ..callgear.notification import MAX_BODY
from ..services import drainers


class CallgearWebhook(Controller):
    """Take notifications in: store what comes, answer, and leave the work to others."""

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
        if receipt.code == 429:
            response.headers["Retry-After"] = "1"
        if receipt.is_work:
            _have_worked_on(request.env.cr, response)
        return response


def _answer(code, **values):
    return request.make_json_response(values, status=code)


def _have_worked_on(cr, response):
    """Have the stored notification worked on, as soon as it is committed.

    If this process dies before, the cron finds it.
    """
    if modules.module.current_test:
        # A test has one transaction, which other threads cannot see, and no commit.
        response.call_on_close(partial(_work, cr.dbname))
    else:
        cr.postcommit.add(partial(drainers.wake, cr.dbname))


def _work(dbname):
    with Registry(dbname).cursor() as cr:
        # sudo: callgear.event - CallGear has no user; the notification is checked
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["callgear.connection"]._note_refusals()
        while env["callgear.event"]._work_on_next():
            pass
