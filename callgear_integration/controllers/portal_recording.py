# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.http import Controller, request, route

from ..tools.chosen_id import chosen_id


class CallgearPortalRecording(Controller):
    # A text: numbers of any size and sign get the same answer.
    @route(
        "/my/callgear/recording/<string:recording_id>",
        type="http",
        auth="callgear_user",
        methods=["GET"],
    )
    def portal_recording(self, recording_id):
        """Stream a recording of the customer's ticket, if the admin allows it.

        :return: the audio file; 404 if there is no such recording or the customer may not
            hear it (the same answer)
        """
        # sudo: callgear.recording - portal users have no right to recordings; whether they
        # may hear this one is checked below
        recording_sudo = request.env["callgear.recording"].sudo()
        recording_sudo = recording_sudo.browse(chosen_id(recording_id) or ())
        if not recording_sudo.exists()._may_hear_in_portal(request.env.user):
            raise request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(
            recording_sudo.attachment_id, "raw"
        )
        return stream.get_response()
