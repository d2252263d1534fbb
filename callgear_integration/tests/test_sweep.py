# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: calls whose end was never told are ended, each for itself."""

from datetime import timedelta

from odoo import fields
from odoo.tools import mute_logger

from .builder import OMAR, SARA, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged

CALL_LOGGER = "odoo.addons.callgear_integration.services.reconciliation"


@tagged("post_install", "-at_install")
class TestSweep(CallgearCase):
    def sweep(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["callgear.reconciliation"]._cron_sweep()

    def let_pass(self, call, **time):
        call.last_event_at = fields.Datetime.now() - timedelta(**time)

    def test_r40_a_call_that_cannot_be_ended_does_not_hold_up_others(self):
        """One whose notification cannot be read any more, and older than the other."""
        bad = self.deliver(CallBuilder(1, UNKNOWN).ring(OMAR, 2))
        good = self.deliver(CallBuilder(2).ring(SARA, 2))
        bad.event_ids.payload = "{"
        self.let_pass(bad, hours=8)
        self.let_pass(good, hours=7)
        with mute_logger(CALL_LOGGER):
            self.sweep()
        self.assertEqual((bad.state, good.state), ("ringing", "ended"))
