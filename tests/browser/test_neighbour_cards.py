# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A1, R55: the helpdesk's own cards, and ours in the call-back list only."""

from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.http_case import CallgearHttpCase
from odoo.addons.callgear_integration.tests.scenarios import missed

ALL_TICKETS = "helpdesk_mgmt.helpdesk_ticket_action"
MY_TICKETS = "helpdesk_mgmt.helpdesk_my_tickets_action"


class CardsCase(CallgearHttpCase):
    def tour(self, name, path):
        self.env.flush_all()
        self.start_tour(path, f"callgear_{name}", login=self.sara.login, timeout=60)

    def ticket_tour(self, name, action):
        """A tour of an action of the helpdesk's, where there is one known ticket."""
        self.plain_ticket(number="HT-A1")
        self.tour(name, f"/odoo/action-{self.env.ref(action).id}")


@tagged("post_install", "-at_install")
class TestCards(CardsCase):
    def test_a1_all_tickets_as_cards(self):
        """A1: number and subject, as the helpdesk shows them"""
        self.ticket_tour("cards_of_list", ALL_TICKETS)

    def test_a1_my_tickets(self):
        """A1: they open as cards"""
        self.ticket_tour("cards", MY_TICKETS)


@tagged("post_install", "-at_install")
class TestCardsOnPhone(CardsCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_a1_all_tickets(self):
        """A1: a list opens as the helpdesk's cards"""
        self.ticket_tour("cards", ALL_TICKETS)

    def test_r47_call_back(self):
        """R47: the call-back list opens as ours"""
        self.deliver(missed())
        self.tour("call_back_cards", "/odoo/call-back")
