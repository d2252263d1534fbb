# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R5: employees are fetched from CallGear, compared, and taken over when told to."""

from odoo.exceptions import AccessError
from odoo.tests import Form

from odoo.addons.callgear_integration.tests.builder import (
    LINA,
    OMAR,
    SARA,
    WAREHOUSE,
    CallBuilder,
)
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.roles import make_roles
from odoo.addons.mail.tests.common import mail_new_test_user

from ..setup_case import SetupCase


class ImportCase(SetupCase):
    def start(self):
        """Press *Fetch from CallGear*; return the page that opens."""
        action = self.connection.action_fetch_operators()
        return (
            self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])
        )

    def fetch(self):
        """The same, with all of it fetched."""
        record = self.start()
        while not (progress := record.fetch_next())["done"]:
            self.assertFalse(progress["error"])
        record.invalidate_recordset()
        return record

    def line(self, record, employee_id):
        lines = record.line_ids | record.unchanged_line_ids
        return lines.filtered(lambda line: line.employee_id == str(employee_id))

    def apply(self, record):
        return record.action_apply()["params"]["message"]

    def agree(self):
        """Have the operators be as in CallGear, but for their users."""
        record = self.fetch()
        record.line_ids.user_id = False
        for line in record.line_ids:
            line.user_id = line.operator_id.user_id
        self.apply(record)

    def user(self, login, **values):
        groups = "base.group_user,helpdesk_mgmt.group_helpdesk_user"
        return mail_new_test_user(self.env, login=login, groups=groups, **values)


@tagged("post_install", "-at_install")
class TestComparing(ImportCase):
    def test_r5_new_employee(self):
        self.operator(SARA.id).unlink()
        line = self.line(self.fetch(), SARA.id)
        self.assertEqual((line.state, line.selected), ("new", True))
        self.assertEqual(line.name, "Haddad Sara")
        self.assertEqual(line.email, "sara.haddad@example.com")
        self.assertEqual(line.extension, "101")

    def test_r5_what_has_changed_is_said(self):
        self.operator(SARA.id).write({"name": "Sarah", "extension": "555"})
        line = self.line(self.fetch(), SARA.id)
        self.assertEqual((line.state, line.selected), ("changed", True))
        self.assertIn("Name: Sarah → Haddad Sara", line.changes)
        self.assertIn("Extension: 555 → 101", line.changes)

    def test_r5_whose_row_cannot_be_read_is_not_gone(self):
        """Else they would be archived with one click."""
        self.change(api_fault="damaged", api_fault_method="get.employees")
        record = self.fetch()
        self.assertNotIn("gone", record.line_ids.mapped("state"))
        self.assertIn("only 2 of 4 employees", record.warning)
        before = self.connection.operator_ids
        self.apply(record)
        self.assertEqual(self.connection.operator_ids & before, before)
        self.assertFalse(before.filtered("left_at"))

    def test_r5_nothing_changes_before_apply(self):
        before = self.connection.operator_ids.read(["name", "email", "active"])
        self.fetch()
        after = self.connection.operator_ids.read(["name", "email", "active"])
        self.assertEqual(before, after)

    def test_r5_unchanged_operators_are_apart(self):
        self.agree()
        record = self.fetch()
        self.assertFalse(record.line_ids)
        self.assertEqual(record.unchanged_count, 4)

    def test_r5_order_of_the_names_and_a_suffix_are_no_change(self):
        self.agree()
        self.operator(SARA.id).name = "Sara Haddad (amoCRM)"
        self.assertEqual(self.line(self.fetch(), SARA.id).state, "unchanged")

    def test_r5_gone_operator(self):
        gone = self.operator(SARA.id).copy({"employee_id": "9", "name": "Gone"})
        line = self.line(self.fetch(), 9)
        self.assertEqual((line.state, line.operator_id), ("gone", gone))

    def test_r5_entered_by_hand_with_another_id_found_by_email(self):
        operator = self.operator(SARA.id)
        operator.write(
            {"employee_id": "1", "name": "S.", "email": "Sara.Haddad@example.com "}
        )
        line = self.line(self.fetch(), SARA.id)
        self.assertEqual((line.state, line.operator_id), ("changed", operator))
        self.assertIn(f"1 → {SARA.id}", line.changes)

    def test_r5_entered_by_hand_with_another_id_found_by_name(self):
        operator = self.operator(WAREHOUSE.id)
        operator.employee_id = "1"
        line = self.line(self.fetch(), WAREHOUSE.id)
        self.assertEqual((line.state, line.operator_id), ("changed", operator))

    def test_r5_two_of_one_name_are_not_guessed(self):
        self.operator(WAREHOUSE.id).employee_id = "1"
        self.operator(1).copy({"employee_id": "2"})
        record = self.fetch()
        self.assertEqual(self.line(record, WAREHOUSE.id).state, "new")
        self.assertEqual(record.gone_count, 2)

    def test_r5_an_archived_operator_is_not_taken_back_by_itself(self):
        self.agree()
        self.operator(SARA.id).active = False
        line = self.line(self.fetch(), SARA.id)
        self.assertEqual((line.state, line.selected), ("changed", False))
        self.assertIn("archived", line.changes)

    def test_r5_what_callgear_does_not_know_stays(self):
        self.agree()
        self.operator(WAREHOUSE.id).email = "stock@example.com"
        self.assertEqual(self.line(self.fetch(), WAREHOUSE.id).state, "unchanged")

    def test_r5_operators_of_another_connection_stay_out(self):
        other = self.connection.copy({"name": "Other"})
        self.operator(SARA.id).copy({"connection_id": other.id, "employee_id": "77"})
        self.assertFalse(self.line(self.fetch(), 77))


@tagged("post_install", "-at_install")
class TestProposing(ImportCase):
    def test_r5_user_with_the_same_email(self):
        self.operator(SARA.id).unlink()
        user = self.user("s.haddad", name="S. H.", email="sara.haddad@example.com")
        self.assertEqual(self.line(self.fetch(), SARA.id).user_id, user)

    def test_r5_user_with_the_same_name(self):
        self.operator(SARA.id).unlink()
        self.assertEqual(self.line(self.fetch(), SARA.id).user_id, self.sara)

    def test_r5_email_goes_before_the_name(self):
        self.operator(SARA.id).unlink()
        user = self.user("s.haddad", name="S. H.", email="sara.haddad@example.com")
        self.assertNotEqual(user.name, self.sara.name)
        self.assertEqual(self.line(self.fetch(), SARA.id).user_id, user)

    def test_r5_two_users_of_one_name_are_not_guessed(self):
        self.operator(SARA.id).unlink()
        self.user("sara2", name="Sara Haddad", email="other@example.com")
        self.assertFalse(self.line(self.fetch(), SARA.id).user_id)

    def test_r5_user_of_another_operator_is_named_not_proposed(self):
        self.operator(SARA.id).unlink()
        self.operator(OMAR.id).user_id = self.sara
        line = self.line(self.fetch(), SARA.id)
        self.assertFalse(line.user_id)
        self.assertIn("Sara Haddad would fit", line.note)
        self.assertIn("Omar Nasser", line.note)

    def test_r5_user_of_another_company_is_not_proposed(self):
        self.operator(SARA.id).unlink()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.sara.write({"company_ids": company.ids, "company_id": company.id})
        self.assertFalse(self.line(self.fetch(), SARA.id).user_id)

    def test_r5_customers_are_not_proposed(self):
        self.operator(WAREHOUSE.id).unlink()
        mail_new_test_user(
            self.env, login="stock", name="Warehouse", groups="base.group_portal"
        )
        self.assertFalse(self.line(self.fetch(), WAREHOUSE.id).user_id)

    def test_r5_operator_listed_by_a_call_gets_their_user(self):
        """One whom a notification has named has neither e-mail nor user"""
        self.agree()
        self.operator(LINA.id).unlink()
        self.deliver(CallBuilder(1).ring(LINA, 1))
        user = self.user("lina.p", name="L.", email="lina.petrova@example.com")
        record = self.fetch()
        line = self.line(record, LINA.id)
        self.assertEqual((line.state, line.user_id), ("changed", user))
        self.apply(record)
        self.assertEqual(self.operator(LINA.id).user_id, user)

    def test_r5_choosing_a_user_who_is_taken_is_said(self):
        self.operator(WAREHOUSE.id).unlink()
        record = self.fetch()
        line = self.line(record, WAREHOUSE.id)
        with Form(line) as form:
            form.user_id = self.sara
            self.assertIn("Sara Haddad is the agent of", form.note)


@tagged("post_install", "-at_install")
class TestApplying(ImportCase):
    def test_r5_new_operator_is_made(self):
        self.operator(SARA.id).unlink()
        message = self.apply(self.fetch())
        operator = self.operator(SARA.id)
        self.assertEqual(operator.user_id, self.sara)
        self.assertIn("101", operator.phone_ids.mapped("number"))
        self.assertIn("added: 1", message)

    def test_r5_changed_operator_keeps_their_user(self):
        operator = self.operator(SARA.id)
        operator.name = "Sarah"
        self.apply(self.fetch())
        self.assertEqual(operator.name, "Haddad Sara")
        self.assertEqual(operator.user_id, self.sara)

    def test_r5_gone_operator_is_archived_with_their_user(self):
        gone = self.operator(SARA.id).copy({"employee_id": "9", "name": "Gone"})
        self.apply(self.fetch())
        self.assertFalse(gone.active)
        self.assertEqual(gone.user_id, self.sara)

    def test_r5_calls_of_an_operator_under_another_id_stay_theirs(self):
        operator = self.operator(SARA.id)
        call = CallBuilder(1).ring(SARA, 1)
        self.deliver(call)
        operator.write({"employee_id": "1", "email": "sara.haddad@example.com"})
        self.apply(self.fetch())
        self.assertEqual(operator.employee_id, str(SARA.id))
        self.assertEqual(self.leg(call, self.sara).operator_id, operator.sudo())

    def test_r5_what_is_not_selected_stays(self):
        operator = self.operator(SARA.id)
        operator.name = "Sarah"
        record = self.fetch()
        self.line(record, SARA.id).selected = False
        self.apply(record)
        self.assertEqual(operator.name, "Sarah")

    def test_r5_nothing_selected(self):
        record = self.fetch()
        record.action_select_none()
        self.assertIn("added: 0, changed: 0, archived: 0", self.apply(record))

    def test_r5_one_agent_for_two_is_asked_first(self):
        self.operator(WAREHOUSE.id).unlink()
        record = self.fetch()
        self.line(record, WAREHOUSE.id).user_id = self.sara
        action = record.action_apply()
        self.assertEqual(action["res_id"], record.id)
        self.assertIn("Sara Haddad (Haddad Sara, Warehouse)", record.warning)
        self.assertFalse(self.operator(WAREHOUSE.id))
        self.apply(record)
        self.assertEqual(self.operator(WAREHOUSE.id).user_id, self.sara)

    def test_r5_a_call_lists_an_employee_meanwhile(self):
        self.operator(SARA.id).unlink()
        record = self.fetch()
        self.deliver(CallBuilder(1).ring(SARA, 1))
        self.apply(record)
        self.assertEqual(self.operator(SARA.id).user_id, self.sara)

    def test_r5_can_be_repeated(self):
        self.apply(self.fetch())
        record = self.fetch()
        self.assertFalse(record.line_ids)


@tagged("post_install", "-at_install")
class TestFetching(ImportCase):
    def test_r5_page_by_page(self):
        self.change(employees_generated=1200)
        record = self.start()
        progress = [record.fetch_next() for _page in range(3)]
        self.assertEqual([step["fetched"] for step in progress], [500, 1000, 1204])
        self.assertEqual([step["done"] for step in progress], [False, False, True])
        self.assertEqual({step["total"] for step in progress}, {1204})

    def test_r4_error_in_words_and_on_from_there(self):
        self.change(employees_generated=600)
        record = self.start()
        record.fetch_next()
        self.change(employees_generated=600, api_ip_allowed=False)
        progress = record.fetch_next()
        self.assertIn("Security → API", progress["error"])
        self.assertEqual((progress["fetched"], progress["done"]), (500, False))
        self.change(employees_generated=600)
        self.assertTrue(record.fetch_next()["done"])
        self.assertEqual(record.new_count, 600)

    def test_r5_whoever_is_named_twice_is_one_line(self):
        """The list moves on while it is read."""
        self.change(employees_generated=600)
        record = self.start()
        record.fetch_next()
        record.fetched = 400
        record.fetch_next()
        self.assertEqual(record.new_count, 600)

    def test_r5_a_list_that_ends_early_makes_nobody_gone(self):
        gone = self.operator(SARA.id).copy({"employee_id": "9", "name": "Gone"})
        record = self.start()
        record._add_page([])
        record.write({"fetched": 1, "total": 5})
        record._finish(complete=False)
        self.assertFalse(record.gone_count)
        self.assertIn("1 of 5", record.warning)
        self.assertTrue(gone.active)

    def test_r5_three_thousand_employees(self):
        """The number of queries does not grow with the number of employees."""
        self.change(employees_generated=2_996)
        # PostgreSQL keeps its plan for checking a foreign key: one that suits the four
        # operators of the test takes long for thousands.
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        record = self.start()
        record.fetch_next()
        with QueryCount(self, 60):
            record.fetch_next()
            self.env.flush_all()
        while not record.fetch_next()["done"]:
            pass
        record.invalidate_recordset()
        self.assertEqual(record.new_count, 2_996)
        # Rows are inserted by the hundred, each with its two or three numbers.
        with QueryCount(self, 320):
            self.apply(record)
            self.env.flush_all()
        self.assertEqual(len(self.connection.operator_ids), 3_000)

    def test_r5_only_the_admin_fetches(self):
        roles = make_roles(self.env)
        record = self.start()
        for role in ("own", "team_member", "all", "manager", "internal", "portal"):
            with self.assertRaises(AccessError):
                self.connection.with_user(roles[role]).action_fetch_operators()
            with self.assertRaises(AccessError):
                record.with_user(roles[role]).fetch_next()

    def test_r5_another_admins_page_is_theirs(self):
        record = self.fetch()
        with self.assertRaises(AccessError):
            record.with_user(make_roles(self.env)["admin"]).action_apply()

    def test_r5_from_the_list_of_operators(self):
        """With several connections the page asks for which."""
        action = self.Operator.browse().action_fetch()
        record = self.env[action["res_model"]].browse(action["res_id"])
        several = self.env["callgear.connection"].search_count([]) > 1
        self.assertEqual(record.state, "draft" if several else "fetching")
        action = self.operator(SARA.id).action_fetch()
        record = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(record.connection_id, self.connection)


class QueryCount:
    """No more queries than this in the block."""

    def __init__(self, case, limit):
        self.case, self.limit = case, limit

    def __enter__(self):
        self.case.env.flush_all()
        self.before = self.case.cr.sql_log_count

    def __exit__(self, *error):
        if not error[0]:
            count = self.case.cr.sql_log_count - self.before
            self.case.assertLess(count, self.limit)
