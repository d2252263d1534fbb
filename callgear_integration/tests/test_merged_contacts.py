# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13, R41: of merged contacts one has all numbers, as if they had been typed there."""

from itertools import product

from .case import CallgearCase, tagged

ONE, TWO = "+447700900111", "+447700900112"
NEW = "+447700900113"


@tagged("post_install", "-at_install")
class TestMergedContacts(CallgearCase):
    def contact(self, typed, added):
        """A contact with a number in its phone field and one that was added, or none."""
        contact = self.env["res.partner"].create({"name": "Twin", "phone": typed})
        if added:
            values = {"partner_id": contact.id, "number": added}
            self.env["callgear.partner.phone"].create(values)
        return contact

    def merge(self, target, *sources):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        ids = [target.id, *(source.id for source in sources)]
        wizard._merge(ids, target)
        self.env.invalidate_all()

    def known(self, contact):
        """The numbers by which a caller is recognised as the contact."""
        find = self.env["callgear.partner.phone"]._find_partners
        found = {n: find(self.connection, n) for n in (ONE, TWO, NEW)}
        return {number for number, contacts in found.items() if contact in contacts}

    def test_r13_r41_as_if_typed_there(self):
        """Numbers of the field follow the field; those added, and those left over, stay."""
        some = (False, ONE, TWO)
        for typed, added, theirs, learned in product(some, repeat=4):
            if (typed and typed == added) or (theirs and theirs == learned):
                continue
            with self.subTest(f"{typed} {added} + {theirs} {learned}"), self.undone():
                target = self.contact(typed, added)
                self.merge(target, self.contact(theirs, learned))
                everything = {typed, added, theirs, learned} - {False}
                self.assertEqual(target.phone, typed or theirs)
                self.assertEqual(self.known(target), everything)
                left_over = theirs if theirs != target.phone else False
                stay = {added, learned, left_over} - {False}
                target.phone = NEW
                self.assertEqual(self.known(target), {*stay, NEW})
                target.phone = False
                self.assertEqual(self.known(target), stay)

    def test_r13_r41_several_phone_fields(self):
        """A field that the target has empty is filled; each number follows its field."""
        Partner = type(self.env["res.partner"])
        self.patch(Partner, "_callgear_phone_fields", lambda self: ("phone", "ref"))
        target = self.contact(ONE, False)
        source = self.contact(False, False)
        source.ref = TWO
        self.merge(target, source)
        self.assertEqual(target.ref, TWO)
        target.ref = NEW
        self.assertEqual(self.known(target), {ONE, NEW})

    def test_r13_r41_three_at_once(self):
        target = self.contact(False, False)
        self.merge(target, self.contact(ONE, False), self.contact(TWO, NEW))
        self.assertEqual(self.known(target), {ONE, TWO, NEW})
        in_field = target.phone
        target.phone = False
        self.assertEqual(self.known(target), {ONE, TWO, NEW} - {in_field})

    def test_r13_correction_after_a_merge(self):
        """A number that the other contact had anyway is not forgotten with the call."""
        for typed in (True, False):
            with self.subTest(typed=typed), self.undone():
                target, source = self.contact(NEW, False), self.contact(TWO, False)
                Phone = self.env["callgear.partner.phone"]
                Phone._find_or_create(target, ONE, self.call_without_contact())
                own = {"phone": ONE} if typed else {}
                source.write(own)
                self.merge(target, source)
                row = Phone._find_of_partner(target, ONE)
                self.assertEqual(bool(row.learned_call_id), not typed)

    def call_without_contact(self):
        return self.env["callgear.call"].create(
            {
                "connection_id": self.connection.id,
                "session_id": "77",
                "phone": ONE,
                "direction": "in",
                "started_at": "2026-11-02 08:00:00",
            }
        )
