# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CallGear Helpdesk Integration: SLA",
    "summary": "The statistics use the deadlines of Helpdesk Ticket SLA",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "CallGear Integration Team, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/helpdesk",
    "depends": ["callgear_integration", "helpdesk_mgmt_sla"],
    "auto_install": True,
    "post_init_hook": "count_by_slas",
    "uninstall_hook": "count_without_slas",
}
