# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: with everything mixed in, the outcome is that of an orderly delivery.

Calls of one caller around a change of clocks, in and outside the working hours, at mapped
and unmapped operators; automation rules write to their tickets; somewhere in between it
becomes known who is calling.
"""

from datetime import datetime, timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command

from odoo.addons.callgear_integration.tests import test_clock_change
from odoo.addons.callgear_integration.tests.builder import OMAR
from odoo.addons.callgear_integration.tests.case import stopped_at, tagged
from odoo.addons.callgear_integration.tests.scenarios import (
    HOUR,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    softphone_unanswered,
    two_phones,
    two_phones_missed,
    voicemail,
)
from odoo.addons.callgear_integration.tests.test_history import warehouse_talks
from odoo.addons.callgear_integration.tests.test_working_hours import hours

from ..effort import tries
from ..odoo.test_caller_order import DEEDS, NUMBERS, SETTINGS, CallerCase
from .test_rules import ON_CREATION, ON_STAGE, ON_UPDATE, RulesCase

KINDS = {
    "missed": missed,
    "missed in the menu": missed_in_menu,
    "rung at two phones": two_phones_missed,
    "voicemail": voicemail,
    "answered": lambda *call: incoming(*call, employee=OMAR),
    "answered at one of two phones": two_phones,
    "an unmapped operator talks": warehouse_talks,
    "called back": softphone,
    "called back in vain": softphone_unanswered,
}
# When clocks are set back, and forward, in Berlin (UTC).
CHANGES = ("2025-10-26 01:00", "2026-03-29 01:00")
# The calls begin half an hour before that, and then each after so many seconds.
STEP = HOUR // 2


@st.composite
def days(draw):
    """What happens in one night.

    :return: (change of clocks, calls, deed, order of deliveries, moment of the deed)
    """
    change = draw(st.sampled_from(CHANGES))
    of = st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 1))
    chosen = draw(st.lists(of, min_size=2, max_size=4))
    calls = [
        KINDS[kind](place, place * STEP, NUMBERS[which])
        for place, (kind, which) in enumerate(chosen)
    ]
    count = sum(len(call.deliveries) for call in calls)
    repeats = draw(st.lists(st.integers(0, count - 1), max_size=4))
    order = draw(st.permutations([*range(count), *repeats]))
    deed = draw(st.sampled_from(sorted(DEEDS.keys() - {"linked"})))
    return change, calls, deed, order, draw(st.integers(0, len(order)))


@tagged("post_install", "-at_install")
class TestMixed(RulesCase, CallerCase):
    moved = test_clock_change.TestClockChange.moved

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.tz = "Europe/Berlin"
        # In the autumn the last call is late, in spring all but the first.
        open_hours = hours("5", start=0, end=24) + hours("6", start=0, end=2.75)
        cls.connection.working_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Night",
                "tz": "Europe/Berlin",
                "company_id": cls.connection.company_id.id,
                "attendance_ids": [Command.clear(), *open_hours],
            }
        )
        stage = cls.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")
        on_stage = {"trigger_field_ids": [Command.set(stage.ids)]}
        cls.rules = cls.make_rule("on_create", ON_CREATION)
        cls.rules |= cls.make_rule("on_create_or_write", ON_UPDATE)
        cls.rules |= cls.make_rule("on_create_or_write", ON_STAGE, **on_stage)

    def told(self, calls, change, zone=None):
        """All notifications of calls: [(when, the delivery)], in order."""
        began = datetime.fromisoformat(change) - timedelta(seconds=STEP)
        told = [item for call in calls for item in self.moved(call, began, zone)]
        return sorted(told, key=lambda item: item[0])

    def run_in_order(self, calls, change, deed):
        """Everything is known first, nothing else writes, no time needs reading."""
        self.rules.active = False
        DEEDS[deed](self)()
        with patch.object(
            type(self.connection), "_instants", lambda _self, written: (written,)
        ):
            for utc, delivery in self.told(calls, change, "UTC"):
                with stopped_at(self.env, utc):
                    self.post(delivery)

    def run_mixed(self, calls, change, deed, order, moment):
        late = DEEDS[deed](self)
        told = self.told(calls, change)
        for place, index in enumerate(order):
            if place == moment:
                late()
            utc, delivery = told[index]
            with stopped_at(self.env, utc + timedelta(seconds=place)):
                self.post(delivery)
        if moment >= len(order):
            late()

    @settings(SETTINGS, max_examples=tries(8, full=100))
    @given(days())
    def test_r40_everything_mixed_in(self, day):
        change, calls, deed, order, moment = day
        expected = self.on_a_clean_slate(self.run_in_order, calls, change, deed)
        found = self.on_a_clean_slate(
            self.run_mixed, calls, change, deed, order, moment
        )
        self.maxDiff = None
        self.assertEqual(found, expected)
