# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A1, R55: what belongs to others looks as it would without us.

Whoever names no view gets the one of the best priority: a view of ours must never be
that one, on no model that is not ours. Extensions of others' views are no matter here.
"""

import re

from lxml import etree

from odoo.tests import TransactionCase, tagged

from .roles import make_roles

OURS = ("callgear_integration", "callgear_integration_sla")
TYPES = ("list", "kanban", "form", "search", "pivot", "graph", "calendar", "activity")
CALL_BACK = "callgear_integration.helpdesk_ticket_call_back_action"
# The usual priorities end at 100; some modules use 200 for *last*.
LATE = 200


def is_ours(model):
    return model.startswith("callgear.")


class NeighbourCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.views = cls.ours("ir.ui.view").filtered(
            lambda view: view.model and not is_ours(view.model)
        )
        cls.primary = cls.views.filtered(lambda view: view.mode == "primary")

    @classmethod
    def ours(cls, model):
        names = cls.env["ir.model.data"].search(
            [("module", "in", OURS), ("model", "=", model)]
        )
        records = cls.env[model].with_context(active_test=False)
        return records.search([("id", "in", names.mapped("res_id"))])

    def actions(self):
        """Others' actions that open a model to which we have added a view."""
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "in", self.views.mapped("model"))]
        )
        return actions - self.ours("ir.actions.act_window")


@tagged("post_install", "-at_install")
class TestDefaultViews(NeighbourCase):
    def assertSameWithoutOurs(self, look):
        """What ``look`` returns by key does not depend on our primary views."""
        with_ours = look()
        self.primary.active = False
        without = look()
        self.assertTrue(with_ours)
        changed = [key for key in with_ours if with_ours[key] != without[key]]
        self.assertFalse(changed)

    def opened(self, mobile):
        """Id and content of each view that others' actions open, lists as cards too."""
        opened = {}
        for action in self.actions():
            views = {kind: view for view, kind in action.views}
            views["search"] = action.search_view_id.id
            views.setdefault(action.mobile_view_mode, False)
            Model = self.env[action.res_model]
            for kind, view in views.items():
                found = Model.get_views([(view, kind)], {"mobile": mobile})["views"]
                place = (action.xml_id or action.name, kind)
                opened[place] = (found[kind]["id"], found[kind]["arch"])
        return opened

    def defaults(self):
        """The view that each model opens with where none is named."""
        View = self.env["ir.ui.view"]
        return {
            (model, kind): View.default_view(model, kind)
            for model in set(self.views.mapped("model"))
            for kind in TYPES
        }

    def test_a1_the_tests_meet_the_views_in_question(self):
        """Those of the helpdesk and the contacts, and actions that open them."""
        models = {"helpdesk.ticket", "res.partner"}
        self.assertLessEqual(models, set(self.primary.mapped("model")))
        self.assertLessEqual(models, set(self.actions().mapped("res_model")))

    def test_a1_actions_of_others_on_a_desktop(self):
        """A1: every view that others' actions can open is the one without us."""
        self.assertSameWithoutOurs(lambda: self.opened(mobile=False))

    def test_a1_actions_of_others_on_a_phone(self):
        """A1: there lists open as cards, in forms too."""
        self.assertSameWithoutOurs(lambda: self.opened(mobile=True))

    def test_a1_models_of_others(self):
        """A1: activities, search dialogs and links name a type, but no view."""
        self.assertSameWithoutOurs(self.defaults)

    def test_a1_ours_come_after_all_that_is_there(self):
        """A1: nor is one of ours the only view, and so the default, of its type."""
        for view in self.primary:
            others = self.env["ir.ui.view"].search(
                [
                    ("model", "=", view.model),
                    ("type", "=", view.type),
                    ("mode", "=", "primary"),
                    ("id", "not in", self.primary.ids),
                ]
            )
            with self.subTest(view.xml_id):
                self.assertTrue(others)
                self.assertGreater(view.priority, max(others.mapped("priority")))

    def test_a1_ours_come_after_a_late_view_of_a_third_party(self):
        """A1: also after one that is the last of its kind so far."""
        for view in self.primary:
            theirs = view.copy({"priority": LATE})
            both = [("id", "in", (view | theirs).ids)]
            with self.subTest(view.xml_id):
                self.assertEqual(self.env["ir.ui.view"].search(both, limit=1), theirs)


@tagged("post_install", "-at_install")
class TestOwnActions(NeighbourCase):
    def test_a1_our_actions_name_our_views(self):
        """R47: the call-back list opens as ours, also on a phone, as cards."""
        action = self.env.ref(CALL_BACK)
        named = {kind: view for view, kind in action.views}
        named["search"] = action.search_view_id.id
        self.assertEqual(action.mobile_view_mode, "kanban")
        for kind in ("list", "kanban", "search"):
            view = self.env.ref(
                f"callgear_integration.helpdesk_ticket_view_{kind}_call_back"
            )
            self.assertEqual(named[kind], view.id)

    def test_a1_none_of_our_primary_views_is_left_to_chance(self):
        """A1: as no default, each is opened by name only, or never."""
        actions = self.ours("ir.actions.act_window")
        named = actions.view_id | actions.search_view_id | actions.view_ids.view_id
        # The search for a caller is an action of the server's.
        for kind in ("list", "kanban"):
            named |= self.env.ref(
                f"callgear_integration.res_partner_view_{kind}_callgear"
            )
        self.assertFalse(self.primary - named)


@tagged("post_install", "-at_install")
class TestRecordsOfOthers(NeighbourCase):
    def begun(self):
        """When our installation began."""
        return min(self.ours("ir.ui.view").mapped("create_date"))

    def installed_later(self, model):
        """The records that other modules, installed since then, have brought along."""
        Data = self.env["ir.model.data"]
        before = Data._read_group([("create_date", "<", self.begun())], ["module"])
        names = Data.search(
            [
                ("module", "not in", [module for (module,) in before]),
                ("module", "not in", OURS),
                ("model", "=", model),
            ]
        )
        return self.env[model].browse(names.mapped("res_id"))

    def test_a1_no_record_of_others_is_written(self):
        """A1: views, actions and menus are extended or added, never changed."""
        for model in (
            "ir.ui.view",
            "ir.ui.menu",
            "ir.actions.act_window",
            "ir.actions.act_window.view",
            "ir.actions.server",
            "ir.actions.client",
            "ir.filters",
        ):
            Model = self.env[model].with_context(active_test=False)
            written = Model.search([("write_date", ">=", self.begun())])
            if model == "ir.actions.act_window.view":
                written = written.act_window_id
            kind = written._name
            written -= self.ours(kind) | self.installed_later(kind)
            with self.subTest(model):
                self.assertFalse(written)

    def test_a1_no_default_value_is_stored(self):
        """A1: the defaults of others' fields are theirs."""
        stored = self.env["ir.default"].search([("create_date", ">=", self.begun())])
        self.assertFalse(stored)

    def test_a1_favourites_are_for_our_models(self):
        """A1: no list of others' opens filtered by a favourite of ours."""
        for favourite in self.ours("ir.filters"):
            self.assertTrue(is_ours(favourite.model_id), favourite.name)

    def test_a1_no_action_is_bound_to_models_of_others(self):
        """A1: nothing of ours stands in the menus above others' lists.

        In the menu of a contact's form, CallGear administrators find what is held of it (R51).
        """
        admins = self.env.ref("callgear_integration.group_callgear_manager")
        for model in ("ir.actions.act_window", "ir.actions.server"):
            for action in self.ours(model).filtered("binding_model_id"):
                if not is_ours(action.binding_model_id.model):
                    self.assertEqual(action.binding_view_types, "form", action.name)
                    self.assertEqual(action.group_ids, admins, action.name)

    def test_a1_apps_open_as_before(self):
        """A1: the first menu of an app, which it opens with, is none of ours."""
        menus, roles = self.ours("ir.ui.menu"), make_roles(self.env)
        people = [user for user in roles.values() if user._is_internal()]

        def opened():
            return [self.apps(user) for user in people]

        before = opened()
        menus.active = False
        self.assertEqual(before, opened())

    def apps(self, user):
        """The action that each app opens with."""
        menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        return {
            menus[app]["xmlid"]: menus[app]["actionID"]
            for app in menus["root"]["children"]
        }

    def test_a1_menus_of_others_stay_where_they_are(self):
        """A1: ours stand below the helpdesk's menus or our own, and hold only ours."""
        Menu = self.env["ir.ui.menu"].with_context(active_test=False)
        ours = self.ours("ir.ui.menu")
        self.assertTrue(ours)
        for menu in ours:
            with self.subTest(menu.complete_name):
                parent = menu.parent_id
                [xml_id] = parent.get_external_id().values()
                module = xml_id.partition(".")[0]
                self.assertTrue(parent)
                self.assertIn(module, ("helpdesk_mgmt", *OURS))
        held = Menu.search([("parent_id", "in", ours.ids)])
        self.assertFalse(held - ours)

    def test_a1_nobody_loses_or_gains_rights_on_models_of_others(self):
        """A1: no access right and no record rule of ours is on a model of theirs."""
        for model, name in (("ir.rule", "model_id"), ("ir.model.access", "model_id")):
            for record in self.ours(model):
                theirs = record[name].model
                # The admin chooses the fields of the popup from the list of fields.
                if not is_ours(theirs) and theirs != "ir.model.fields":
                    self.fail(f"{record.display_name} is on {theirs}")

    def test_a1_order_and_name_of_others_records(self):
        """A1: neither how they are sorted, nor which field is their name."""
        for name in self.env.registry:
            Model = self.env[name]
            if is_ours(name) or not Model._auto:
                continue
            for cls in type(Model).__mro__:
                if cls.__module__.startswith("odoo.addons.callgear_integration"):
                    for attribute in ("_order", "_rec_name", "_rec_names_search"):
                        self.assertNotIn(attribute, vars(cls), name)


@tagged("post_install", "-at_install")
class TestNeighboursChanges(NeighbourCase):
    """R25, R55: what others do to their views does not break them because of ours."""

    ANCHOR = re.compile(r"^(//.*?) \| ")

    def anchors(self):
        """(our extension, the place that it names first), for each of them."""
        for view in self.views.filtered("inherit_id") - self.primary:
            for spec in etree.fromstring(view.arch_db).iter("xpath"):
                first = self.ANCHOR.match(spec.get("expr"))
                yield view, first[1] if first else spec.get("expr")

    def test_r25_r55_a_place_that_a_neighbour_has_removed(self):
        """Each place that we name, removed before ours comes."""
        seen = 0
        for view, place in self.anchors():
            if view.type == "qweb" or place == "//sheet/*[1]":
                continue  # a sheet always has a first element
            seen += 1
            with self.subTest(f"{view.xml_id}: {place}"):
                theirs = etree.fromstring(view.inherit_id.arch_db)
                for node in theirs.xpath(place):
                    node.getparent().remove(node)
                ours = etree.fromstring(view.arch_db)
                arch = view.apply_inheritance_specs(theirs, ours)
                if view.model == "helpdesk.ticket" and view.type != "search":
                    self.assertTrue(arch.xpath("//field[@name='call_icon']"))
        self.assertGreater(seen, 8)

    def test_r25_the_icon_stands_in_the_helpdesks_own_views(self):
        """R25: in list, cards and form as anybody's action opens them."""
        Ticket = self.env["helpdesk.ticket"]
        for kind in ("list", "kanban", "form"):
            arch = Ticket.get_view(view_type=kind)["arch"]
            found = etree.fromstring(arch).xpath("//field[@name='call_icon']")
            with self.subTest(kind):
                self.assertEqual(
                    [node.get("widget") for node in found], ["callgear_handset"]
                )
