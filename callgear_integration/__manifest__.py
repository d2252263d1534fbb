# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CallGear Helpdesk Integration",
    "summary": "Every call of the CallGear cloud PBX in the right helpdesk ticket",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "CallGear Integration Team, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/helpdesk",
    "depends": ["helpdesk_mgmt", "resource"],
    "external_dependencies": {"python": ["phonenumbers"]},
    "data": [
        "security/callgear_security.xml",
        "security/callgear_setup_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "views/callgear_operator_views.xml",
        "views/callgear_notification_template_views.xml",
        "views/callgear_event_views.xml",
        "views/callgear_connection_check_views.xml",
        "views/callgear_operator_import_views.xml",
        "views/callgear_comparison_views.xml",
        "views/callgear_connection_views.xml",
        "views/callgear_recording_views.xml",
        "views/callgear_result_views.xml",
        "views/callgear_leg_views.xml",
        "views/callgear_call_views.xml",
        "views/callgear_journal_views.xml",
        "views/callgear_board_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_ticket_call_back_views.xml",
        "views/res_partner_views.xml",
        "views/callgear_unread_number_views.xml",
        "views/res_users_views.xml",
        "views/portal_templates.xml",
        "wizards/callgear_dial_choice_views.xml",
        "wizards/callgear_move_views.xml",
        "views/menus.xml",
        "views/callgear_dashboard_views.xml",
        "views/callgear_statistics_views.xml",
        "views/helpdesk_ticket_team_views.xml",
        "data/ir_filters_data.xml",
    ],
    "assets": {
        # In every page: what rings.
        "web.assets_backend": [
            "callgear_integration/static/src/**/*",
            ("remove", "callgear_integration/static/src/parts/**/*"),
            ("remove", "callgear_integration/static/src/views/**/*"),
        ],
        # Odoo has all style sheets in each page once more; the phone is not printed.
        "web.assets_web_print": [
            ("remove", "callgear_integration/static/src/calls/*.scss"),
            ("remove", "callgear_integration/static/src/click_to_call/*.scss"),
            ("remove", "callgear_integration/static/src/phone/*.scss"),
        ],
        # What belongs to a call beyond its ringing; `call_parts.js` says when it is loaded.
        "callgear_integration.assets_parts": [
            "callgear_integration/static/src/parts/**/*"
        ],
        # Odoo loads it for a view that it does not know yet, `lazy_actions.js` for a page.
        "web.assets_backend_lazy": ["callgear_integration/static/src/views/**/*"],
        "web.assets_unit_tests": [
            ("include", "callgear_integration.assets_parts"),
            "callgear_integration/static/tests/**/*",
            ("remove", "callgear_integration/static/tests/tours/**/*"),
        ],
        "web.assets_tests": ["callgear_integration/static/tests/tours/**/*"],
    },
    "demo": ["demo/callgear_demo.xml"],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
