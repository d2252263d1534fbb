# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests on a database share: a connection, agents, contacts, and delivery."""

import json
from contextlib import contextmanager

from freezegun import freeze_time

from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.mail.tests.common import mail_new_test_user

from .builder import LINA, OMAR, SARA, SARA_MOBILE, VIRTUAL, WAREHOUSE

AGENT_GROUPS = (
    "base.group_user,base.group_partner_manager,helpdesk_mgmt.group_helpdesk_user"
)


@contextmanager
def undone(env):
    """Undo what is done inside, also in all caches."""
    savepoint = env.cr.savepoint(flush=True)
    try:
        yield
    finally:
        savepoint.close(rollback=True)
        env.cr.precommit.clear()
        env.invalidate_all()
        # An operator that notifications have made known is kept there.
        env.registry.clear_cache()


@contextmanager
def stopped_at(env, utc):
    """Let both clocks stand still at a time (UTC): that of the node, and the database's.

    What a statement calls ``now()`` is a function that is found before PostgreSQL's own.
    """
    env.cr.execute(
        SQL(
            """CREATE SCHEMA IF NOT EXISTS stopped;
               CREATE OR REPLACE FUNCTION stopped.now() RETURNS timestamptz LANGUAGE sql
               AS $$ SELECT current_setting('callgear.now')::timestamptz $$;
               SET LOCAL search_path TO stopped, pg_catalog, public;
               SELECT set_config('callgear.now', %s, true)""",
            f"{utc}+00",
        )
    )
    with freeze_time(utc):
        yield
        env.flush_all()
    env.cr.execute("SET LOCAL search_path TO DEFAULT")


def set_up_helpdesk(env):
    """Create agents, a team, a connection, operators and contacts.

    :return: dict of records by name
    """
    made = {}
    company = env.ref("base.main_company")
    for name, login in (
        ("Sara Haddad", "sara"),
        ("Omar Nasser", "omar"),
        ("Lina P", "lina"),
    ):
        made[login] = mail_new_test_user(
            env,
            login=f"cg_{login}",
            name=name,
            email=f"{login}@agents.example.com",
            groups=AGENT_GROUPS,
            tz="UTC",
        )
    agents = made["sara"] | made["omar"] | made["lina"]
    made["team"] = env["helpdesk.ticket.team"].create(
        {"name": "Hotline", "user_ids": agents.ids, "company_id": company.id}
    )
    made["connection"] = env["callgear.connection"].create(
        {
            "name": "Test account",
            "company_id": company.id,
            "tz": "Asia/Dubai",
            "country_id": env.ref("base.ae").id,
            "virtual_phone": f"+{VIRTUAL}",
            "team_id": made["team"].id,
            "lang": "en_US",
        }
    )
    _create_operators(made["connection"], made)
    made["maryam"] = env["res.partner"].create(
        {
            "name": "Maryam Khalil",
            "email": "maryam@customers.example.com",
            "country_id": env.ref("base.ae").id,
            "phone": "050 555 0123",
        }
    )
    return made


def _create_operators(connection, users):
    agents = {SARA: users["sara"], OMAR: users["omar"], LINA: users["lina"]}
    connection.env["callgear.operator"].create(
        [
            {
                "connection_id": connection.id,
                "employee_id": str(employee.id),
                "name": employee.name,
                "extension": str(100 + number),
                "user_id": employee in agents and agents[employee].id,
            }
            for number, employee in enumerate((SARA, OMAR, LINA, WAREHOUSE), start=1)
        ]
    )


class CallgearCase(TransactionCase):
    """Delivers notifications the way the controller does, without HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The demo agents' calls have no place in these tests.
        cls.env["callgear.partner.phone"].search([]).unlink()
        for name, record in set_up_helpdesk(cls.env).items():
            setattr(cls, name, record)
        cls.open = cls.connection.open_stage_id
        cls.pending = cls.connection.pending_stage_id
        cls.closed = cls.connection.closed_stage_id

    @classmethod
    def add_second_phone(cls):
        """Give Sara a second phone, which is an operator of its own in CallGear."""
        return cls.env["callgear.operator"].create(
            {
                "connection_id": cls.connection.id,
                "employee_id": str(SARA_MOBILE.id),
                "name": SARA_MOBILE.name,
                "extension": "111",
                "user_id": cls.sara.id,
            }
        )

    def undone(self):
        """Undo what is done inside; a context manager."""
        return undone(self.env)

    def rolled_back(self, function, *args):
        """Call a function; undo what it does, and return what it returns."""
        with self.undone():
            return function(*args)

    def post(self, delivery, connection=None):
        """Store and process one notification; return the receipt."""
        connection = connection or self.connection
        receipt = connection._receive(delivery.event, delivery.body)
        if receipt.event_id:
            self.process(self.env["callgear.event"].browse(receipt.event_id))
        return receipt

    def process(self, event):
        """Work on the call of a notification; a failure fails the test."""
        connection = event.connection_id
        refresh = self.env["callgear.refresh"].with_company(connection.company_id)
        refresh._refresh(connection, event.session_id)
        self.env.flush_all()

    def deliver(self, *calls):
        """Deliver what calls (or plain deliveries) tell; return the call of the last."""
        told = [d for call in calls for d in getattr(call, "deliveries", [call])]
        for delivery in told:
            self.post(delivery)
        return self.call_of(calls[-1])

    def call_of(self, call):
        session = getattr(call, "session", None)
        domain = [("connection_id", "=", self.connection.id)]
        if session:
            domain.append(("session_id", "=", str(session)))
        return self.env["callgear.call"].search(domain, order="id desc", limit=1)

    def leg(self, call, user):
        """The conversation of a user in a call."""
        return self.call_of(call).leg_ids.filtered(lambda leg: leg.user_id == user)

    def told(self, leg):
        """What the pages of a conversation's agent are told of it."""
        return self.env["callgear.announcer"]._payload(leg)

    def sent(self, kind):
        """Messages of the bus since this was last asked: list of (contact id, payload)."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([], order="id")
        messages = [(json.loads(r.channel), json.loads(r.message)) for r in rows]
        rows.unlink()
        return [
            (channel[2], message["payload"])
            for channel, message in messages
            if message["type"] == kind
        ]

    def by(self, user, call):
        """The conversation of a user, with that user's rights."""
        return self.leg(call, user).with_user(user)

    def ticket_of(self, call, user):
        """The ticket in which a user's conversation stands."""
        return self.leg(call, user).ticket_id

    def open_form(self, user, call):
        """Press *New ticket from this call*; return the form that opens."""
        action = self.by(user, call).action_new_ticket()
        Ticket = self.env[action["res_model"]].with_user(user)
        return Form(Ticket.with_context(**action["context"]))

    def make_ticket(self, user, call, **typed):
        """Press *New ticket from this call*, type, press *Create*."""
        form = self.open_form(user, call)
        for name, value in typed.items():
            setattr(form, name, value)
        return form.save()

    def plain_ticket(self, **values):
        """A ticket that has nothing to do with a call."""
        return self.env["helpdesk.ticket"].create(
            {
                "name": "Delivery is late",
                "description": "<p>Where is it?</p>",
                "partner_id": self.maryam.id,
                "team_id": self.team.id,
                "user_id": self.sara.id,
                "stage_id": self.open.id,
                **values,
            }
        )

    def notes(self, ticket):
        """The call messages of a ticket, oldest first."""
        return ticket.call_leg_ids.message_id.sorted("id")

    def tickets(self):
        """All tickets with calls of the connection, oldest first."""
        legs = self.env["callgear.leg"].search(
            [("call_id.connection_id", "=", self.connection.id)]
        )
        return legs.ticket_id.sorted("id")


def within(start, end):
    """The domain of a period of the statistics."""
    bounds = [("date", ">=", start)] if start else []
    return bounds + ([("date", "<", end)] if end else [])


__all__ = ["CallgearCase", "set_up_helpdesk", "tagged", "within"]
