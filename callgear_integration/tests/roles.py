# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One user of each kind, and calls that belong to different people."""

from odoo.addons.mail.tests.common import mail_new_test_user

from .builder import OMAR, SARA
from .case import CallgearCase

HELPDESK = "helpdesk_mgmt.group_helpdesk_"
GROUPS = {
    "own": HELPDESK + "user_own",
    "other_own": HELPDESK + "user_own",
    "team_member": HELPDESK + "user_team",
    "all": HELPDESK + "user",
    "manager": HELPDESK + "manager",
    "admin": "callgear_integration.group_callgear_manager",
    "internal": "base.group_user",
    "portal": "base.group_portal",
    "public": "base.group_public",
}
SECRETS = {
    "callgear.connection": (
        "token",
        "token_hash",
        "webhook_url",
        "api_key",
    ),
    "callgear.recording": ("url",),
}


def make_roles(env, company=None):
    """Create a user of each kind; return them by name."""
    company = company or env.ref("base.main_company")
    users = {}
    for name, groups in GROUPS.items():
        if not groups.startswith(("base.group_portal", "base.group_public")):
            # With the right to export, so that nothing but ours keeps secrets in.
            groups = f"base.group_user,base.group_allow_export,{groups}"
        users[name] = mail_new_test_user(
            env,
            login=f"cg_role_{name}",
            name=name.capitalize(),
            email=f"{name}@roles.example.com",
            groups=groups,
            company_id=company.id,
            company_ids=company.ids,
        )
    return users


def map_operator(connection, employee, user):
    """Let a user be an operator whom the calls of the tests name."""
    operator = connection.operator_ids.filtered(
        lambda known: known.employee_id == str(employee.id)
    )
    operator.user_id = user
    return operator


class SecurityCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)
        cls.own, cls.other = cls.roles["own"], cls.roles["other_own"]
        cls.member = cls.roles["team_member"]
        map_operator(cls.connection, SARA, cls.own)
        map_operator(cls.connection, OMAR, cls.other)
        cls.team.user_ids |= cls.own | cls.member

    def foreign_team(self):
        """A team of the other agent alone."""
        return self.env["helpdesk.ticket.team"].create(
            {
                "name": "Elsewhere",
                "company_id": self.connection.company_id.id,
                "user_ids": self.other.ids,
            }
        )

    def calls_of(self, user):
        """Calls of the tests that a user sees."""
        domain = [("connection_id", "=", self.connection.id)]
        return self.env["callgear.call"].with_user(user).search(domain)
