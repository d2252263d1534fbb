# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import tempfile

from werkzeug.wsgi import FileWrapper

from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, Response, content_disposition, request, route
from odoo.tools.osutil import clean_filename


class CallgearPersonalData(Controller):
    @route(
        "/callgear/personal_data/<int:wizard_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=False,
    )
    def export(self, wizard_id):
        """Return all that calls hold about a contact, as a ZIP file.

        :param int wizard_id: of the user's ``callgear.personal.data``
        :return: the file; 404 if there is no such dialog of the user's
        """
        wizard = request.env["callgear.personal.data"].browse(wizard_id).exists()
        try:
            wizard.check_access("read")
            domain = wizard and wizard._domain()
        except (AccessError, UserError):
            domain = None
        if not domain:
            raise request.not_found()
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
        # sudo: callgear.personal.export - the user's rights were checked above
        export_sudo = request.env["callgear.personal.export"].sudo()
        loose = wizard._loose_notifications()
        export_sudo._write(file, domain, wizard.partner_id.sudo(), loose)
        size = file.tell()
        file.seek(0)
        name = request.env._("Personal data of calls")
        response = Response(FileWrapper(file), direct_passthrough=True)
        response.headers["Content-Type"] = "application/zip"
        response.headers["Content-Length"] = str(size)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Disposition"] = content_disposition(
            clean_filename(f"{name}.zip")
        )
        response.call_on_close(file.close)
        return response
