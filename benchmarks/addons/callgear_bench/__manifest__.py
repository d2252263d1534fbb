# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CallGear Helpdesk Integration: Benchmarks",
    "summary": "What Odoo itself needs for the like, to compare with; never install it",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "Hidden",
    "author": "CallGear Integration Team, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/helpdesk",
    "depends": ["helpdesk_mgmt"],
    "data": ["security/ir.model.access.csv"],
}
