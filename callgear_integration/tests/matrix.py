# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may see what of whose calls: the table, and conversations for each of its columns."""

import re
from io import BytesIO

from odoo.addons.callgear_integration.callgear.download import Audio
from odoo.addons.mail.tests.common import mail_new_test_user

from .builder import SARA
from .case import _create_operators
from .roles import SecurityCase
from .scenarios import HOUR, incoming

# Sara has talked in all of them, so no conversation is seen because it was one's own. By
# whose its ticket is now:
#   own       assigned to the agent of the role "own"
#   team      assigned to a colleague in the same team
#   elsewhere assigned to an agent of another team
#   abroad    of another company
#   hidden    assigned to "own"; a record rule hides the contact from everybody
PLACES = ("own", "team", "elsewhere", "abroad", "hidden")
# R39, R42: an agent sees what is said in their own tickets, a team's user what is said in
# their teams', managers and users of all tickets all of their companies'. Others see none.
SEES = {
    "public": set(),
    "portal": set(),
    "internal": set(),
    "own": {"own", "hidden"},
    "team_member": {"own", "hidden", "team"},
    "all": {"own", "hidden", "team", "elsewhere"},
    "manager": {"own", "hidden", "team", "elsewhere"},
    "admin": {"own", "hidden", "team", "elsewhere"},
    "stranger": {"abroad"},  # a CallGear administrator of the other company
}
OUTSIDE = {"public", "portal"}
SOUND = b"ID3" + bytes(range(256)) * 4


def number_of(place):
    return f"44770090010{PLACES.index(place)}"


def texts_of(place):
    """What is written in a conversation and its ticket, and is as visible as the ticket."""
    return {f"Said-{what}-{place}." for what in ("title", "summary", "subject", "body")}


def name_of(place):
    return f"Contact-{place}."


def kept_from(role):
    """All texts that a role may read nowhere."""
    texts = set()
    for place in PLACES:
        sees = place in SEES[role]
        if not sees:
            texts |= texts_of(place)
        # Contacts are open to all employees, but for other companies' and hidden ones.
        is_open = role not in OUTSIDE and place not in ("hidden", "abroad")
        if not (is_open or (sees and place != "hidden")):
            texts.add(name_of(place))
        if not (is_open or sees):
            texts.add(number_of(place))
    return texts


def patterns_kept_from(role):
    """The same for ``like``: few, however much is written in a conversation."""
    return {re.sub("^Said-[a-z]+", "Said-%", text) for text in kept_from(role)}


class MatrixCase(SecurityCase):
    """A conversation with a recording for each place."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.team_id = False
        cls.abroad = cls._make_abroad()
        cls.roles["stranger"] = cls.abroad.create_uid
        mine = {"user_id": cls.own.id, "team_id": cls.team.id}
        colleague = {"user_id": cls.member.id, "team_id": cls.team.id}
        foreign = cls.foreign_team(cls)
        others = {"user_id": cls.other.id, "team_id": foreign.id}
        given = {"own": mine, "team": colleague, "elsewhere": others, "hidden": mine}
        cls.legs = {
            place: cls._converse(place, given.get(place, {})) for place in PLACES
        }
        cls.env["ir.rule"].create(
            {
                "name": "Hidden contacts",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('name', '!=', '{name_of('hidden')}')]",
            }
        )
        cls.env["callgear.ticket.fact"]._count_noted_now()
        total = cls.env["callgear.ticket.sum"]
        total._add_up(total._open_days())
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _make_abroad(cls):
        """The connection of another company, made by an administrator of it."""
        company = cls.env["res.company"].create({"name": "Abroad"})
        user = mail_new_test_user(
            cls.env,
            login="cg_role_stranger",
            groups="base.group_user,base.group_allow_export,"
            "callgear_integration.group_callgear_manager",
            company_id=company.id,
            company_ids=company.ids,
        )
        channel = cls.env["helpdesk.ticket.channel"].create(
            {"name": "Abroad", "company_id": company.id}
        )
        connection = (
            cls.env["callgear.connection"]
            .with_user(user)
            .create({"name": "Abroad", "tz": "UTC", "channel_id": channel.id})
        )
        _create_operators(
            connection.with_env(cls.env), {"sara": user, "omar": user, "lina": user}
        )
        return connection.with_env(cls.env)

    @classmethod
    def _converse(cls, place, given):
        """Let somebody talk, note and record; return the conversation."""
        at = cls.abroad if place == "abroad" else cls.connection
        number = number_of(place)
        cls.env["res.partner"].create(
            {
                "name": name_of(place),
                "email": f"{place}@customers.example.com",
                "phone": f"+{number}",
                "company_id": place == "abroad" and at.company_id.id,
            }
        )
        index = PLACES.index(place)
        told = incoming(90 + index, index * HOUR, number, SARA)
        refresh = cls.env["callgear.refresh"].with_company(at.company_id)
        for delivery in told.deliveries:
            at._receive(delivery.event, delivery.body)
            refresh._refresh(at, str(told.session))
        leg = cls.env["callgear.leg"].search(
            [("call_id.session_id", "=", str(told.session)), ("user_id", "!=", False)]
        )
        leg.write(
            {"summary": f"Said-summary-{place}.", "subject": f"Said-subject-{place}."}
        )
        leg.ticket_id.write({"name": f"Said-title-{place}.", **given})
        leg.ticket_id.message_unsubscribe(leg.ticket_id.message_partner_ids.ids)
        leg.ticket_id.message_post(
            body=f"Said-body-{place}.", author_id=cls.env.user.partner_id.id
        )
        leg.recording_ids._keep(Audio(BytesIO(SOUND), "audio/mpeg"))
        return leg

    def place_of(self, record):
        """The place of a call, conversation or recording; None if it is another one."""
        call = record.call_id if record._name != "callgear.call" else record
        for place, leg in self.legs.items():
            if leg.call_id == call:
                return place
        return None
