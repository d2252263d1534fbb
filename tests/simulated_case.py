# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests against the simulated CallGear: its two APIs, over real HTTP."""

import json
from urllib.parse import urlsplit

from odoo.exceptions import UserError

from odoo.addons.callgear_integration.tests.builder import NOBODY, SARA, CallBuilder
from odoo.addons.callgear_integration.tests.case import CallgearCase

from simulator.server import Server
from simulator.settings import Settings

HOSTS = "callgear_integration.private_recording_hosts"
KEY = "simulator-key"
# Nobody gives up on their own, and recordings are there at once.
PATIENT = {"ring_seconds": 3600, "recording_delay": 0}


class SimulatedCase(CallgearCase):
    """The connection's APIs are those of a simulator, which posts no notifications."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = Server(Settings(**PATIENT))
        server.__enter__()
        cls.addClassCleanup(server.stop)
        cls.simulator = server.switchboard
        cls.connection.write(
            {
                "api_url": f"{server.url}/v4.0",
                "data_api_url": f"{server.url}/v2.0",
                "api_key": KEY,
                "recording_hosts": "callgear.ae",
            }
        )
        cls.env["ir.config_parameter"].set_param(HOSTS, urlsplit(server.url).netloc)

    def setUp(self):
        super().setUp()
        self.simulator.change(vars(Settings()) | PATIENT)
        self.addCleanup(self.hang_up_all)
        self._before = len(self.simulator.calls())

    def hang_up_all(self):
        for call in self.simulator.calls():
            call.stop()

    def account(self, **settings):
        """Change the CallGear account, or what goes wrong with it."""
        self.simulator.change(settings)

    @property
    def asked(self):
        """The calls that the simulator was asked to start, the newest last."""
        return list(reversed(self.simulator.calls()))[self._before :]

    def payloads(self, user):
        """What the user's open pages are shown of calls that ring or go on."""
        shown = self.env["res.users"].with_user(user).callgear_current_calls()
        return [payload for payload in shown if not payload["note"]]

    def own_calls(self):
        domain = [("connection_id", "=", self.connection.id)]
        return self.env["callgear.call"].search(
            [*domain, ("origin_user_id", "!=", False)], order="id"
        )

    def told_of(self, own, start=0):
        """A builder of what CallGear tells of a call that we have started."""
        call = CallBuilder(
            1,
            direction="out",
            source="callapi",
            start=start,
            external_id=own.external_id,
        )
        call.session = int(own.session_id)
        call.caller = own.phone.lstrip("+")
        return call

    def talking(self, own):
        """Both have picked up."""
        call = self.told_of(own)
        self.deliver(
            call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6).answer(NOBODY, 20)
        )
        return call

    def refusal(self, function, *args, **options):
        """What the user is told; what was written is kept, unlike with assertRaises."""
        try:
            function(*args, **options)
        except UserError as error:
            return str(error)
        raise AssertionError("it was not refused")

    def bus_told(self, user):
        """The last state of a conversation that was sent to a user, committed or not."""
        self.env.cr.precommit.run()  # the bus writes its rows before the commit
        rows = self.env["bus.bus"].search([], order="id")
        told = [
            json.loads(row.message)
            for row in rows
            if json.loads(row.channel)[1:] == ["res.partner", user.partner_id.id]
        ]
        return [t["payload"] for t in told if t["type"] == "callgear.call"][-1]
