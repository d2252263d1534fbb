# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json

from werkzeug.exceptions import BadRequest

from odoo.http import Controller, content_disposition, request, route
from odoo.tools.osutil import clean_filename

from ..report.dashboard_xlsx import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_BYTES = 32 * 1024


class DashboardExport(Controller):
    @route(
        "/callgear/dashboard/export_xlsx",
        type="http",
        auth="callgear_user",
        methods=["POST"],
        readonly=True,
    )
    def export_xlsx(self, data=""):
        """Return the dashboard as an xlsx file.

        The figures are computed again, not taken from the browser.

        :param str data: JSON of the options, as ``callgear.dashboard.get_data`` takes them
        :raises BadRequest: it is not JSON, or too long
        """
        try:
            if len(data) > MAX_BYTES:
                raise ValueError
            options = json.loads(data)
        except (RecursionError, ValueError):
            raise BadRequest from None
        dashboard = request.env["callgear.dashboard"].get_data(options)
        chosen = dashboard["options"]
        name = request.env._(
            "Helpdesk figures from %(date_from)s to %(date_to)s",
            date_from=chosen["date_from"],
            date_to=chosen["date_to"],
        )
        return request.make_response(
            workbook(request.env, dashboard),
            headers=[
                ("Content-Type", XLSX),
                # Figures and names need not stay in anybody's cache.
                ("Cache-Control", "no-store"),
                (
                    "Content-Disposition",
                    content_disposition(clean_filename(f"{name}.xlsx")),
                ),
            ],
        )
