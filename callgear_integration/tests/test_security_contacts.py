# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: the numbers of a contact are as visible as the contact, whatever rule hides it."""

from odoo.exceptions import AccessError

from .case import tagged
from .test_security_visibility import VisibilityCase

NUMBER = "+447700900133"


@tagged("post_install", "-at_install")
class TestNumbersOfContacts(VisibilityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles["admin"].group_ids += cls.env.ref("base.group_partner_manager")
        cls.contact = cls.env["res.partner"].create(
            {"name": "Mx Secret", "phone": f"{NUMBER}, 050 555 017777"}
        )
        cls.numbers = cls.env["callgear.partner.phone"].search(
            [("partner_id", "=", cls.contact.id)]
        )
        cls.unread = cls.env["callgear.unread.number"].search(
            [("partner_id", "=", cls.contact.id)]
        )
        cls.rule = cls.env["ir.rule"].create(
            {
                "name": "Secret contacts",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('name', 'not like', 'Secret')]",
            }
        )

    def each(self):
        """User, and the records that they may read by their groups."""
        self.assertTrue(self.numbers and self.unread)
        for role in ("own", "manager", "admin", "internal"):
            yield self.roles[role], self.numbers
        yield self.roles["admin"], self.unread

    def test_r42_as_visible_as_the_contact(self):
        for hidden in (True, False):
            self.rule.active = hidden
            for user, records in self.each():
                with self.subTest(f"{user.name}, {records._name}, {hidden}"):
                    self.assertVisible(records, user, not hidden)

    def test_r42_an_archived_contact_is_visible(self):
        """Being archived is no right that is missing."""
        self.rule.active = False
        self.contact.active = False
        for user, records in self.each():
            with self.subTest(f"{user.name}, {records._name}"):
                self.assertVisible(records, user, True)

    def test_r42_not_found_by_paths_and_groups(self):
        """Neither the number, nor whose it is."""
        for user, records in self.each():
            mine = records.with_user(user)
            name = "number" if "number" in records._fields else "text"
            for domain in (
                [("partner_id.name", "ilike", "Secret")],
                [(name, "=", records[0][name])],
                [("display_name", "ilike", records[0][name])],
            ):
                with self.subTest(f"{user.name}, {records._name}, {domain}"):
                    self.assertFalse(mine.search(domain))
                    self.assertFalse(mine.search_read(domain))
                    self.assertFalse(mine._read_group(domain, ["partner_id", name]))
                    self.assertFalse(mine.formatted_read_group(domain, [name]))
            Partner = self.env["res.partner"].with_user(user)
            found = Partner.search([("callgear_phone_ids.number", "=", NUMBER)])
            self.assertFalse(found)

    def test_r42_not_changed(self):
        """Who manages contacts may not change, delete or give numbers to hidden ones."""
        admin = self.roles["admin"]
        mine = self.numbers.with_user(admin)
        for act in (
            lambda: mine.write({"number": "+447700900134"}),
            mine.unlink,
            lambda: mine.create({"partner_id": self.contact.id, "number": "+44770090"}),
        ):
            with self.assertRaises(AccessError):
                act()
        self.rule.active = False
        mine.create({"partner_id": self.contact.id, "number": "+447700900135"})
