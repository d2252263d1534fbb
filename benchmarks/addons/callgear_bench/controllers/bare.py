# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.http import Controller, request, route

# As the webhook's, but for its way of authentication.
BARE = {
    "type": "http",
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "readonly": False,
}


class Bare(Controller):
    """Routes that do one thing and leave no work for later."""

    @route("/callgear_bench/row/<string:name>", **BARE)
    def write_row(self, name, **_params):
        """Keep the body in one row, written by the ORM; the request commits it."""
        body = request.httprequest.get_data()
        # sudo: callgear.bench.row - the sender is nobody; this is a benchmark
        Row = request.env["callgear.bench.row"].sudo()
        Row.create({"name": name, "payload": body.decode()})
        return request.make_json_response({"status": "accepted"})

    @route("/callgear_bench/send/<string:login>/<string:kind>", **BARE)
    def send_message(self, login, kind, **_params):
        """Send the body to a user's pages by Odoo's own bus, as a kind of message."""
        body = request.get_json_data()
        # sudo: res.users - the sender is nobody; this is a benchmark
        Users = request.env["res.users"].sudo()
        Users.search([("login", "=", login)])._bus_send(kind, body)
        return request.make_json_response({"status": "accepted"})

    @route("/callgear_bench/ticket", **BARE)
    def make_ticket(self, **_params):
        """Create a customer's ticket as an agent, who then posts a note in it."""
        ids = request.get_json_data()
        tickets = request.env(user=ids["user_id"])["helpdesk.ticket"]
        ticket = tickets.create({"name": "Call", "description": "They called.", **ids})
        ticket.message_post(body=ticket.description, subtype_xmlid="mail.mt_note")
        return request.make_json_response({"status": "accepted"})
