# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""S14: whatever a client sends to a method of ours, it is answered in words."""

import inspect
import json
import traceback
from pathlib import Path
from random import Random

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from .builder import SARA, UNKNOWN, CallBuilder
from .case import tagged
from .odd_values import odd_record_ids, odd_value
from .scenarios import incoming, missed
from .test_security_agents import PUBLIC, AgentCase

SEED = 20260328
# Calls of each method, for each of two users.
TIMES = 16
# Those of wizards and lists, beside the ones in PUBLIC.
OTHERS = {
    "callgear.unread.number": {"action_contact"},
    "callgear.dial.choice.line": {"action_call"},
    "callgear.dial.mixin": {"action_callgear_call", "callgear_numbers"},
    "callgear.move": {"action_move"},
    "callgear.connection.check": {"action_test"},
    "callgear.operator.import": {
        "action_apply",
        "action_fetch",
        "action_select_all",
        "action_select_none",
        "fetch_next",
    },
    "callgear.dashboard": {"get_data"},
    "callgear.statistics": {"action_open_ticket"},
    "callgear.ticket.fact": {"action_check"},
}
NOT_OURS = {"rating_send_request"}
ADDON = str(Path(__file__).parents[1])
OPERATORS = (
    "=",
    "!=",
    "in",
    "not in",
    "ilike",
    "<",
    ">=",
    "any",
    "child_of",
    "=?",
    "x",
)
# Keys of the context that our methods read.
CONTEXT = (
    "callgear_leg_id",
    "callgear_call_id",
    "callgear_ticket_id",
    "callgear_move_leg_id",
    "callgear_deletion",
    "callgear_kept_numbers",
    "callgear_period",
    "default_callgear_leg_id",
    "default_leg_id",
)


def methods():
    """All public methods of ours: (name of a model, name of a method), sorted."""
    return sorted(
        (model, name)
        for known in (PUBLIC, OTHERS)
        for model, names in known.items()
        for name in names - NOT_OURS
    )


@tagged("post_install", "-at_install")
class TestInput(AgentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver_all()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.group_ids |= cls.env.ref(
            "callgear_integration.group_callgear_manager"
        )
        # With a key, more is possible; what would be asked for is refused at once.
        cls.connection.api_key = "key"
        cls.connection.private_api_hosts = "nowhere.invalid:1"
        cls.connection.flush_recordset()
        cls.env.cr.execute(
            "UPDATE callgear_connection SET api_url = 'http://x', data_api_url = 'http://x'"
            " WHERE id = %s",
            [cls.connection.id],
        )
        cls.env.invalidate_all()

    @classmethod
    def deliver_all(cls):
        """A call that rings, one that goes on, one that is over, and one missed."""
        talking = CallBuilder(3).ring(SARA, 1).answer(SARA, 5)
        calls = (
            incoming(1),
            missed(2, 3600),
            talking,
            CallBuilder(4, UNKNOWN).ring(SARA, 2),
        )
        case = cls("deliver_all")
        case.deliver(*calls)

    def known_ids(self, model):
        """Ids of records of a model, and its own records to lead further in."""
        Model = self.env[model].sudo()
        if Model._abstract:
            return [1]
        if model == "callgear.move":
            leg = self.env["callgear.leg"].search([("user_id", "!=", False)], limit=1)
            return Model.create({"leg_id": leg.id}).ids
        return Model.search([], limit=6).ids or [1]

    def attempt(self, user, model, name, args, options):
        """Call a method as a client does, and undo it; an answer can be sent."""
        point = self.env.cr.savepoint()
        try:
            answer = call_kw(self.env[model].with_user(user), name, args, options)
            json.dumps(answer, default=str)
            self.env.flush_all()
        except UserError as error:
            self.assertTrue(str(error))
        finally:
            point.close(rollback=True)
            self.env.invalidate_all()

    def test_s14_each_public_method_checks_its_input(self):
        """There is one way for all: the decorator. A new method cannot do without."""
        for model, name in methods():
            with self.subTest(f"{model}.{name}"):
                method = getattr(type(self.env[model]), name)
                self.assertTrue(getattr(method, "callgear_for_clients", False))

    @mute_logger("odoo.addons.callgear_integration", "odoo.sql_db")
    def test_s14_any_input_of_any_public_method(self):
        random = Random(SEED)
        self.env.user.group_ids |= self.env.ref("base.group_no_one")
        users, phones = (self.admin, self.own), ["+971505550123", "050 555 0199"]
        for model, name in methods():
            method = getattr(type(self.env[model]), name)
            names = list(inspect.signature(method).parameters)[1:]
            is_model, known = hasattr(method, "_api_model"), self.known_ids(model)
            values = [*known, *phones, False]
            for number in range(TIMES * len(users)):
                user = users[number % len(users)]
                count = max(0, len(names) + random.choice((0, 0, 0, 0, -1, 1)))
                args = [odd_value(random, values) for _place in range(count)]
                options = {}
                if random.random() < 0.3:
                    key = random.choice([*names, "self", "a", "\ud800", "args"])
                    options[key] = odd_value(random, values)
                if random.random() < 0.3:
                    context = {random.choice(CONTEXT): odd_value(random, values)}
                    options["context"] = context
                if not is_model:
                    args.insert(0, odd_record_ids(random, known))
                try:
                    self.attempt(user, model, name, args, options)
                except Exception as error:
                    shown = f"{args!r:.300} {options!r:.300}"
                    text = ascii(f"seed {SEED}: {model}.{name} {shown} as {user.login}")
                    with self.subTest(text):
                        raise AssertionError(ascii(error)[:300]) from error
        self.env.registry.clear_cache()

    @mute_logger("odoo.addons.callgear_integration", "odoo.sql_db", "odoo.domains")
    def test_s14_any_value_in_forms_and_searches_of_our_models(self):
        """What Odoo itself cannot read is its own affair; our code is never in the way."""
        random = Random(SEED)
        names = [
            name
            for name, cls in self.env.registry.items()
            if cls._original_module == "callgear_integration" and not cls._transient
        ]
        for model in sorted([*names, "helpdesk.ticket", "res.partner", "res.users"]):
            if self.env[model]._abstract:
                continue
            known = self.known_ids(model)
            ours = [
                name
                for name, field in self.env[model]._fields.items()
                if "callgear_integration" in field._modules
            ]
            for number in range(TIMES * 2):
                field = random.choice(ours)
                value = odd_value(random, known)
                self.attempt_in_orm(number, model, known, field, value, random)
        self.env.registry.clear_cache()

    def test_s14_any_channel_that_a_page_subscribes_to(self):
        """Odoo takes texts only; other addons may hand on what they like."""
        random = Random(SEED)
        names = ["callgear.board", "callgear.call_back", "callgear.ticket_1"]
        names += [
            "callgear.ticket_999999999",
            "callgear.ticket_²",
            "callgear.ticket_-1",
        ]
        Socket = self.env["ir.websocket"].with_user(self.own)
        for _time in range(200):
            channels = [odd_value(random, names) for _place in range(4)]
            with self.subTest(ascii(f"seed {SEED}: {channels!r:.300}")):
                lists = Socket._callgear_replace_lists(list(channels))
                Socket._callgear_replace_tickets(lists)

    def attempt_in_orm(self, number, model, known, field, value, random):
        calls = (
            ("search_read", [[(field, random.choice(OPERATORS), value)], ["id"]]),
            ("web_save", [known[:1], {field: value}, {"id": {}}]),
            ("onchange", [[], {field: value}, [field], {field: {}}]),
            ("name_search", [value if isinstance(value, str) else ""]),
            ("web_read_group", [[(field, "=", value)], ["id"], ["__count"]]),
        )
        name, args = calls[number % len(calls)]
        context = {random.choice(CONTEXT): odd_value(random, known)}
        try:
            self.attempt(self.admin, model, name, args, {"context": context})
        except Exception as error:
            innermost = traceback.extract_tb(error.__traceback__)[-1]
            if innermost.filename.startswith(ADDON):
                text = ascii(
                    f"seed {SEED}: {model}.{name} {args!r:.300} {context!r:.200}"
                )
                with self.subTest(text, at=innermost):
                    raise AssertionError(ascii(error)[:300]) from error
