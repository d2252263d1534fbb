# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.http import Controller, request, route


class CallgearPortalRecording(Controller):
    @route("/my/callgear/recording/<int:recording_id>", type="http", auth="user")
    def portal_recording(self, recording_id):
        """Let a customer hear a recording of his ticket, if the admin allows it.

        One answer for a recording that is not there, not allowed or somebody else's.
        """
        # sudo: callgear.recording - portal users have no right to it; the ticket decides
        recording_sudo = request.env["callgear.recording"].sudo().browse(recording_id)
        if not recording_sudo.exists()._may_hear_in_portal(request.env.user):
            raise request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(
            recording_sudo.attachment_id, "raw"
        )
        return stream.get_response()
