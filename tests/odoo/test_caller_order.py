# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13, R26, R40: when it becomes known who is calling makes no difference."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.addons.callgear_integration.tests.builder import LINA, OMAR, UNKNOWN, YUSUF
from odoo.addons.callgear_integration.tests.case import CallgearCase, tagged
from odoo.addons.callgear_integration.tests.scenarios import (
    HOUR,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    softphone_unanswered,
)
from odoo.addons.callgear_integration.tests.snapshot import snapshot
from odoo.addons.callgear_integration.tests.test_history import WITHOUT_TICKET

from ..effort import tries

KINDS = {
    "missed": missed,
    "missed in the menu": missed_in_menu,
    "answered": lambda *call: incoming(*call, employee=OMAR),
    "called back": lambda *call: softphone(*call, employee=LINA),
    "called back in vain": softphone_unanswered,
}
NUMBERS = (UNKNOWN, YUSUF)


def calls(kinds, most):
    """Lists of (kind, which number)."""
    of = st.tuples(st.sampled_from(sorted(kinds)), st.integers(0, 1))
    return st.lists(of, min_size=1, max_size=most)


class CallerCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.ann, cls.bob = Partner.create([{"name": "Ann"}, {"name": "Bob"}])
        cls.both = Partner.create({"name": "Ann's old one"})

    def on_a_clean_slate(self, function, *args):
        with self.undone():
            function(*args)
            self.env.flush_all()
            self.env.invalidate_all()
            return snapshot(self.env, self.connection)

    def number(self, partner, which):
        values = {"partner_id": partner.id, "number": f"+{NUMBERS[which]}"}
        return self.env["callgear.partner.phone"].create(values)


# Each deed: what is there from the beginning, and what is done at some moment.


def _typed(test):
    def late():
        test.ann.phone = f"+{NUMBERS[0]}"
        test.number(test.ann, 1)

    return late


def _one_known(test):
    test.ann.phone = f"+{NUMBERS[0]}"
    return lambda: test.number(test.ann, 1)


def _merged(test):
    test.ann.phone = f"+{NUMBERS[0]}"
    test.both.phone = f"+{NUMBERS[1]}"

    def late():
        wizard = test.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([test.ann.id, test.both.id], test.ann)

    return late


def _moved(test):
    test.ann.phone = f"+{NUMBERS[0]}"
    row = test.number(test.ann, 1)

    def late():
        row.partner_id = test.bob

    return late


def _retyped(test):
    test.ann.phone = f"+{NUMBERS[0]}"

    def late():
        test.ann.phone = False
        test.bob.phone = f"+{NUMBERS[0]}"

    return late


def _replaced(test):
    test.ann.phone = f"+{NUMBERS[1]}"
    test.number(test.bob, 0)

    def late():
        test.number(test.bob, 1)
        test.ann.active = False

    return late


def _linked(test):
    """By an agent, after the first call from the number, or typed if there is none."""

    def late():
        for which, number in enumerate(NUMBERS):
            call = test.env["callgear.call"].search(
                [("phone", "=", f"+{number}")], order="id", limit=1
            )
            if call:
                call.link_partner(test.ann.id)
            else:
                test.number(test.ann, which)

    return late


DEEDS = {
    "typed": _typed,
    "one known": _one_known,
    "merged": _merged,
    "moved": _moved,
    "retyped": _retyped,
    "replaced": _replaced,
    "linked": _linked,
}
SETTINGS = settings(
    max_examples=tries(8, full=100),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@tagged("post_install", "-at_install")
class TestCallerOrder(CallerCase):
    def told(self, chosen):
        """The calls, an hour after each other."""
        return [
            KINDS[kind](place, place * HOUR, NUMBERS[which])
            for place, (kind, which) in enumerate(chosen, start=1)
        ]

    def run_through(self, deed, told, moment):
        late = DEEDS[deed](self)
        for place, call in enumerate(told):
            if place == moment:
                late()
            self.deliver(call)
        if moment >= len(told):
            late()

    @SETTINGS
    @given(st.sampled_from(sorted(DEEDS)), calls(KINDS, 5), st.data())
    def test_r13_whenever_it_becomes_known(self, deed, chosen, data):
        """Before all calls, between two of them, or after all: it ends the same.

        The calls themselves may be delivered in another order as well.
        """
        moment = data.draw(st.integers(0, len(chosen)))
        told = self.told(chosen)
        order = data.draw(st.permutations(told))
        first = self.on_a_clean_slate(self.run_through, deed, told, 0)
        found = self.on_a_clean_slate(self.run_through, deed, order, moment)
        self.maxDiff = None
        self.assertEqual(found, first)


@tagged("post_install", "-at_install")
class TestHistoryOrder(CallerCase):
    def deliver_all(self, told):
        self.deliver(*told)

    @SETTINGS
    @given(calls(KINDS, 4), st.data())
    def test_r26_calls_without_a_ticket_change_no_ticket(self, chosen, data):
        """Wherever among the others they are, and in whatever order they are told.

        Whether somebody waits is another matter: a talk of theirs ends that.
        """
        told = TestCallerOrder.told(self, chosen)
        strangers = [
            WITHOUT_TICKET[name](20 + place, place * HOUR + HOUR // 2, NUMBERS[which])
            for place, (name, which) in enumerate(
                data.draw(calls(WITHOUT_TICKET, 3)), start=1
            )
        ]
        mixed = data.draw(st.permutations(told + strangers))
        plain = self.on_a_clean_slate(self.deliver_all, told)["tickets"]
        found = self.on_a_clean_slate(self.deliver_all, mixed)["tickets"]
        self.assertEqual(_without_waiting(found), _without_waiting(plain))


def _without_waiting(tickets):
    """Leave out the two times of the call-back list; see ``snapshot``."""
    return [ticket[:7] + ticket[9:] for ticket in tickets]
