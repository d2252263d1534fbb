# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may do what with calls, role by role; secrets are the CallGear admin's alone."""

from odoo.exceptions import AccessError

from .builder import OMAR, UNKNOWN
from .case import tagged
from .roles import SECRETS, SecurityCase
from .scenarios import HOUR, incoming

# Model → role → rights: Read, Write, Create, Unlink. A role not named has none.
LADDER = ("own", "other_own", "team_member", "all", "manager", "admin")
RIGHTS = {
    "callgear.connection": {"manager": "R", "admin": "RWCU"},
    "callgear.popup.field": {"manager": "R", "admin": "RWCU"},
    "callgear.virtual.number": {**dict.fromkeys(LADDER, "R"), "admin": "RWCU"},
    "callgear.notification.template": {"admin": "R"},
    "callgear.earlier.token": {"admin": "RU"},
    "callgear.operator": {**dict.fromkeys(LADDER, "R"), "admin": "RWCU"},
    "callgear.operator.phone": {"admin": "RWCU"},
    "callgear.comparison": {"admin": "RCU"},
    "callgear.difference": {"admin": "R"},
    "callgear.trouble": {"admin": "R"},
    "callgear.event": {"admin": "RWU"},
    "callgear.call": dict.fromkeys(LADDER, "R"),
    "callgear.leg": dict.fromkeys(LADDER, "R"),
    "callgear.recording": dict.fromkeys(LADDER, "R"),
    "callgear.statistics": dict.fromkeys(LADDER, "R"),
    "callgear.ticket.fact": dict.fromkeys(LADDER, "R"),
    "callgear.deletion": {"manager": "R", "admin": "R"},
    "callgear.listening": {"manager": "R", "admin": "R"},
    "callgear.ticket.change": {"admin": "R"},
    "callgear.deleted.stage": {"admin": "R"},
    "callgear.fact.due": {},
    "callgear.ticket.sum": dict.fromkeys(LADDER, "R"),
    "callgear.partner.phone": {**dict.fromkeys(LADDER, "R"), "internal": "R"},
    "callgear.result": {
        **dict.fromkeys(LADDER, "R"),
        "manager": "RWCU",
        "admin": "RWCU",
    },
    "callgear.unread.number": {"admin": "R"},
}
OPERATIONS = {"R": "read", "W": "write", "C": "create", "U": "unlink"}


@tagged("post_install", "-at_install")
class TestRoles(SecurityCase):
    def test_r42_rights_of_each_role_on_each_model(self):
        for model, allowed in RIGHTS.items():
            for role, user in self.roles.items():
                Model = self.env[model].with_user(user)
                has = "".join(
                    letter
                    for letter, name in OPERATIONS.items()
                    if Model.has_access(name)
                )
                with self.subTest(f"{model}, {role}"):
                    self.assertEqual(has, allowed.get(role, ""))

    def test_all_models_are_in_the_table(self):
        ours = {name for name in self.env.registry if name.startswith("callgear.")}
        stored = {
            name
            for name in ours
            if not (self.env[name]._transient or self.env[name]._abstract)
        }
        self.assertEqual(stored, set(RIGHTS))

    def test_own_calls_only(self):
        mine = self.deliver(incoming(1))
        self.deliver(incoming(2, HOUR, employee=OMAR, caller=UNKNOWN))
        self.assertEqual(self.calls_of(self.own).ids, mine.ids)

    def test_own_sees_the_calls_of_tickets_given_to_them(self):
        call = self.deliver(incoming(1, employee=OMAR))
        self.assertFalse(self.calls_of(self.own))
        call.ticket_ids.user_id = self.own
        self.assertEqual(self.calls_of(self.own).ids, call.ids)

    def test_team_sees_the_calls_of_their_team(self):
        """And of no team, as the helpdesk lets them read such tickets."""
        mine = self.deliver(incoming(1))
        theirs = self.deliver(incoming(2, HOUR, employee=OMAR, caller=UNKNOWN))
        self.assertEqual(self.calls_of(self.member), theirs | mine)
        theirs.ticket_ids.team_id = self.foreign_team()
        self.assertEqual(self.calls_of(self.member).ids, mine.ids)

    def test_user_manager_and_admin_see_all_calls(self):
        self.deliver(incoming(1), incoming(2, HOUR, employee=OMAR, caller=UNKNOWN))
        for role in ("all", "manager", "admin"):
            with self.subTest(role):
                self.assertEqual(len(self.calls_of(self.roles[role])), 2)

    def test_legs_and_recordings_follow_the_calls(self):
        self.deliver(incoming(1))
        theirs = self.deliver(incoming(2, HOUR, employee=OMAR, caller=UNKNOWN))
        theirs.ticket_ids.team_id = self.foreign_team()
        for role, count in (("own", 1), ("team_member", 1), ("all", 2), ("admin", 2)):
            domain = [("call_id.connection_id", "=", self.connection.id)]
            for model in ("callgear.leg", "callgear.recording"):
                with self.subTest(f"{model}, {role}"):
                    Model = self.env[model].with_user(self.roles[role])
                    self.assertEqual(Model.search_count(domain), count)

    def test_r42_foreign_calls_are_refused_by_id(self):
        call = self.deliver(incoming(1, employee=OMAR))
        for record in (call, call.leg_ids, call.recording_ids):
            for user in (self.own, self.roles["internal"], self.roles["portal"]):
                with self.subTest(f"{record._name}, {user.name}"):
                    with self.assertRaises(AccessError):
                        record.with_user(user).read(["display_name"])

    def test_r42_totals_tell_nothing_of_foreign_calls(self):
        self.deliver(incoming(1, employee=OMAR))
        Call = self.env["callgear.call"].with_user(self.own)
        domain = [("connection_id", "=", self.connection.id)]
        self.assertEqual(Call._read_group(domain, ["outcome"], ["__count"]), [])
        self.maryam.invalidate_recordset()
        self.assertEqual(self.maryam.with_user(self.own).call_count, 0)

    def test_several_companies(self):
        """Calls of a company are visible only while that company is active."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.deliver(incoming())
        for role in ("all", "manager", "admin"):
            user = self.roles[role]
            user.company_ids |= other
            with self.subTest(role):
                for model in ("call", "leg", "recording", "operator"):
                    Model = self.env[f"callgear.{model}"].with_user(user)
                    here = Model.with_context(allowed_company_ids=self.env.company.ids)
                    there = Model.with_context(allowed_company_ids=other.ids)
                    self.assertTrue(here.search([]), model)
                    self.assertFalse(there.search([]), model)

    def test_admin_of_another_company_sees_no_connection(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        admin = self.roles["admin"]
        admin.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in (
            "connection",
            "notification.template",
            "event",
            "operator.phone",
        ):
            with self.subTest(model):
                self.assertFalse(
                    self.env[f"callgear.{model}"].with_user(admin).search([])
                )
        with self.assertRaises(AccessError):
            self.connection.with_user(admin).read(["api_key"])


@tagged("post_install", "-at_install")
class TestSecrets(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.api_key = "very-secret"
        cls.connection.action_rotate_token()

    def secret_records(self):
        call = self.deliver(incoming())
        call.leg_ids.ticket_id.user_id = self.own
        return {
            "callgear.connection": self.connection,
            "callgear.recording": call.recording_ids,
        }

    def each_secret(self, *roles):
        """Records with the rights of a user, and the name of a secret field."""
        return [
            (records.with_user(self.roles[role]), name)
            for model, records in self.secret_records().items()
            for role in roles
            for name in SECRETS[model]
        ]

    def case(self, records, name):
        return self.subTest(f"{records._name}.{name}, {records.env.user.name}")

    def test_r42_secrets_are_not_read(self):
        for records, name in self.each_secret("own", "all", "manager"):
            with self.case(records, name):
                with self.assertRaises(AccessError):
                    records.read([name])
                with self.assertRaises(AccessError):
                    records.mapped(name)

    def test_r42_secrets_are_not_searched(self):
        """Searches would reveal them letter by letter."""
        for records, name in self.each_secret("own", "all", "manager"):
            with self.case(records, name), self.assertRaises(AccessError):
                records.search([(name, "like", "a%")])

    def test_r42_secrets_are_not_sorted_by(self):
        for records, name in self.each_secret("own", "all", "manager"):
            with self.case(records, name), self.assertRaises(AccessError):
                records.search([], order=name)

    def test_r42_secrets_are_not_grouped_by(self):
        for records, name in self.each_secret("own", "all", "manager"):
            with self.case(records, name):
                with self.assertRaises(AccessError):
                    records._read_group([], [name], ["__count"])
                with self.assertRaises(AccessError):
                    records._read_group([], [], [f"{name}:array_agg"])

    def test_r42_secrets_are_not_reached_over_relations(self):
        self.deliver(incoming())
        Call = self.env["callgear.call"].with_user(self.roles["manager"])
        for path in (
            "connection_id.api_key",
            "connection_id.token",
            "recording_ids.url",
        ):
            with self.subTest(path), self.assertRaises(AccessError):
                Call.search([(path, "ilike", "a")])

    def test_r42_secrets_are_not_in_the_list_of_fields(self):
        for records, name in self.each_secret("own", "all", "manager"):
            with self.case(records, name):
                if records.browse().has_access("read"):
                    self.assertNotIn(name, records.fields_get())

    def test_r42_secrets_are_not_exported(self):
        for records, name in self.each_secret("own", "all", "manager"):
            with self.case(records, name), self.assertRaises(AccessError):
                records.export_data([name])

    def test_r42_not_even_the_admin_is_offered_to_export_secrets(self):
        for records, name in self.each_secret("admin"):
            with self.case(records, name):
                described = records.fields_get([name], ["exportable"])[name]
                self.assertIs(described.get("exportable"), False)

    def test_r42_secrets_are_not_copied(self):
        copied = self.connection.copy()
        self.assertFalse(copied._used_api_key())
        self.assertFalse(copied.earlier_token_ids)
        self.assertNotEqual(copied.token, self.connection.token)

    def test_r2_the_admin_reads_the_addresses(self):
        connection = self.connection.with_user(self.roles["admin"])
        self.assertTrue(connection.webhook_url.endswith(connection.token))
        self.assertIn(connection.token, connection.notification_template_ids[0].url)

    def test_r42_no_secret_is_tracked_in_messages(self):
        connection = self.connection.with_user(self.roles["admin"])
        connection.write({"api_key": "another-secret"})
        connection.action_rotate_token()
        self.env.cr.flush()
        messages = self.connection.message_ids
        said = " ".join(str(message.body) for message in messages)
        shown = messages.tracking_value_ids.mapped("field_id.name")
        self.assertNotIn("secret", said)
        self.assertFalse({"api_key", "token", "webhook_url"} & set(shown))
