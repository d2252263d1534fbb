# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13, R45: a contact is the same contact in calls of each account of CallGear."""

from itertools import permutations

from .builder import UNKNOWN, VIRTUAL
from .case import CallgearCase, _create_operators, tagged
from .scenarios import HOUR, incoming

NUMBER = f"+{UNKNOWN}"


@tagged("post_install", "-at_install")
class TestTwoAccounts(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.connection.copy(
            {"name": "Second account", "virtual_phone": f"+{VIRTUAL}"}
        )
        users = {"sara": cls.sara, "omar": cls.omar, "lina": cls.lina}
        _create_operators(cls.second, users)
        cls.ann = cls.env["res.partner"].create({"name": "Ann", "phone": "+4420794600"})
        cls.bob = cls.env["res.partner"].create({"name": "Bob"})

    def talk(self, connection, number, hour):
        """A conversation of Sara's in one of the accounts; returns it."""
        call = incoming(number, hour * HOUR, caller=UNKNOWN)
        for delivery in call.deliveries:
            self.post(delivery, connection)
        session = [("session_id", "=", str(call.session))]
        call = self.env["callgear.call"].search(
            [("connection_id", "=", connection.id), *session]
        )
        self.assertTrue(call)
        return call

    def choose(self, call, partner):
        call.with_user(self.sara).link_partner(partner.id)

    def row(self, partner):
        return self.env["callgear.partner.phone"]._find_of_partner(partner, NUMBER)

    def test_r45_last_spoken_to_in_either_account(self):
        """The latest conversation counts, also after one was given to somebody else."""
        for first, last in permutations((self.connection, self.second)):
            with self.subTest(first.name), self.undone():
                self.env["callgear.partner.phone"].create(
                    [
                        {"partner_id": self.ann.id, "number": NUMBER},
                        {"partner_id": self.bob.id, "number": NUMBER},
                    ]
                )
                early = self.talk(first, 1, 1)
                middle = self.talk(last, 2, 2)
                late = self.talk(first, 3, 3)
                self.assertEqual((early | middle | late).partner_id, self.ann)
                self.choose(late, self.bob)
                self.assertEqual(self.row(self.ann).last_spoken_at, middle.started_at)
                self.assertEqual(self.row(self.bob).last_spoken_at, late.started_at)
                self.choose(middle, self.bob)
                self.assertEqual(self.row(self.ann).last_spoken_at, early.started_at)
                self.choose(early, self.bob)
                self.assertFalse(self.row(self.ann).last_spoken_at)

    def test_r13_learned_in_either_account(self):
        """A number is forgotten with the last of the calls that told of it, in any order."""
        for order in permutations(range(3)):
            with self.subTest(order), self.undone():
                calls = [
                    self.talk(self.connection, 1, 1),
                    self.talk(self.second, 2, 2),
                    self.talk(self.connection, 3, 3),
                ]
                for call in calls:
                    self.choose(call, self.ann)
                for done, position in enumerate(order, start=1):
                    self.assertTrue(self.row(self.ann))
                    self.choose(calls[position], self.bob)
                    self.assertEqual(bool(self.row(self.ann)), done < len(order))
                for call in calls:
                    self.assertEqual(call.partner_id, self.bob)
