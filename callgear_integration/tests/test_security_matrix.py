# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R39, R42: each model × role × way × record, judged by the table in ``matrix.py``.

Nobody reads what is kept from their role, in any way; and what they may not read never
breaks what they may: no list, group, form or export is refused because of one record.
"""

import json
import traceback
from contextlib import contextmanager, suppress

from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.addons.mail.tools.discuss import Store

from .case import tagged
from .http_case import CallgearHttpCase
from .matrix import (
    PLACES,
    SEES,
    SOUND,
    MatrixCase,
    kept_from,
    patterns_kept_from,
    texts_of,
)

CONVERSATIONS = ("callgear.call", "callgear.leg", "callgear.recording")
# Models that lead to calls, or from which ours are reached.
NEIGHBOURS = (
    "helpdesk.ticket",
    "helpdesk.ticket.team",
    "helpdesk.ticket.channel",
    "helpdesk.ticket.stage",
    "mail.message",
    "res.partner",
    "res.users",
)
NEWEST = 40


def described(Model):
    """The fields that a user may read; of other addons' models, those of ours."""
    described = Model.fields_get(attributes=["type", "relation", "store"])
    if Model._name.startswith("callgear."):
        return described
    return {
        name: field
        for name, field in described.items()
        if name == "display_name" or name.startswith("call")
    }


def inner_of(Model, relation):
    """What a page may ask of linked records: their names, and the texts of ours."""
    texts = ("summary", "subject", "name", "phone", "number")
    if not relation.startswith("callgear.") and relation not in NEIGHBOURS:
        return {"display_name": {}}
    known = Model.env[relation].fields_get(texts, ["type"])
    return {"display_name": {}} | dict.fromkeys(known, {})


class Ways:
    """Each way to read records of a model; they return what a client gets to see."""

    def __init__(self, Model, ids):
        self.Model, self.domain = Model, [("id", "in", ids)]
        self.fields = described(Model)
        self.links = [
            name for name, field in self.fields.items() if field["type"] == "many2one"
        ]

    def spec(self):
        return {
            name: {"fields": inner_of(self.Model, field["relation"])}
            if field.get("relation")
            else {}
            for name, field in self.fields.items()
        }

    def search_read(self):
        return self.Model.search_read(self.domain, list(self.fields))

    def web_search_read(self):
        return self.Model.web_search_read(self.domain, self.spec())

    def read_found(self):
        return self.Model.search(self.domain).read(list(self.fields))

    def name_search(self):
        return self.Model.name_search("", self.domain)

    def groups(self):
        stored = [name for name in self.links if self.fields[name]["store"]]
        return [
            self.Model.formatted_read_group(self.domain, [name], ["__count"])
            for name in stored
        ]

    def export(self):
        env, name = self.Model.env, self.Model._name
        # Odoo's own: customers export nothing, and nobody exports messages.
        if name == "mail.message" or not env.user.has_group("base.group_allow_export"):
            return None
        paths = [
            name
            for name in self.fields
            if self.Model._fields[name].exportable and name != "id"
        ]
        paths += [f"{name}/display_name" for name in self.links]
        return self.Model.search(self.domain).export_data(paths)


WAYS = [name for name in vars(Ways) if name[0] != "_" and name != "spec"]


@tagged("post_install", "-at_install")
class TestMatrix(MatrixCase, CallgearHttpCase):
    def each_role(self):
        for role in SEES:
            self.env.invalidate_all()
            yield role, self.roles[role]

    def newest(self, model):
        """Ids of the latest records, with all rights."""
        order = "id desc" if self.env[model]._fields["id"].store else None
        return self.env[model].search([], order=order, limit=NEWEST).ids

    def models(self):
        ours = [name for name in self.env.registry if name.startswith("callgear.")]
        return [name for name in ours if not self.env[name]._abstract]

    def assertKept(self, told, role):
        """Nothing that is kept from a role is in what they were told."""
        told = str(told)
        for text in kept_from(role):
            place = told.find(text)
            self.assertEqual(place, -1, told[max(0, place - 120) : place + 40])

    def test_r42_each_model_role_and_way(self):
        """What is not theirs is in no answer, and no list is refused because of it."""
        for model, role, Model, ids in self.each_model_and_role():
            is_open = Model.has_access("read")
            for way in WAYS:
                self.env.invalidate_all()
                with self.judged(f"{model}, {role}, {way}"):
                    try:
                        told = getattr(Ways(Model, ids), way)()
                    except AccessError:
                        if is_open:
                            raise
                    else:
                        self.assertKept(told, role)

    def test_r42_each_record_by_its_id(self):
        """What is not found is refused, and without a word of it."""
        for model, role, Model, ids in self.each_model_and_role(self.models()):
            found = self.found(Model, [("id", "in", ids)])
            with self.judged(f"{model}, {role}"):
                readable = Model.browse(ids)._filtered_access("read")
                self.assertEqual(set(readable.ids), found)
                for record in [one for one in Model.browse(ids) if one.id not in found][
                    :3
                ]:
                    with self.assertRaises(AccessError) as refusal:
                        record.read(["display_name"])
                    self.assertKept(refusal.exception, role)

    def each_model_and_role(self, models=None):
        for model in models or (*self.models(), *NEIGHBOURS):
            ids = self.newest(model)
            for role, user in self.each_role():
                yield model, role, self.env[model].with_user(user), ids

    def found(self, Model, domain):
        try:
            return set(Model.search(domain)._ids)
        except AccessError:
            self.assertFalse(Model.has_access("read"), "the list is refused")
            return set()

    @contextmanager
    def judged(self, case):
        """Note what is wrong, and go on: a table is judged as a whole."""
        try:
            yield
        except Exception as error:  # whatever it is, it is a wrong cell
            frames = traceback.extract_tb(error.__traceback__)[-9:]
            where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
            text = f"{case}: {type(error).__name__} {str(error)[:200]} ({where})"
            self.wrong.append(text.replace("\n", " "))

    def setUp(self):
        super().setUp()
        self.wrong = []
        self.addCleanup(lambda: self.assertFalse(self.wrong, "\n".join(self.wrong)))

    def test_r42_conversations_as_the_table_says(self):
        for model in CONVERSATIONS:
            for role, user in self.each_role():
                Model = self.env[model].with_user(user)
                seen = set()
                with suppress(AccessError):
                    seen = {self.place_of(record.sudo()) for record in Model.search([])}
                with self.judged(f"{model}, {role}"):
                    self.assertEqual(seen & set(PLACES), SEES[role])

    def test_r42_not_found_letter_by_letter(self):
        """Neither by a text, nor by that of a linked record."""
        for model, role, Model, _ids in self.each_model_and_role():
            if role in ("all", "manager") or not Model.has_access("read"):
                continue  # what is kept from them is kept from "admin"
            domain = Domain.OR(
                Domain(path, "ilike", secret)
                for path in self.paths(Model)
                for secret in patterns_kept_from(role)
            )
            with self.judged(f"{model}, {role}"):
                self.assertFalse(Model.search(domain))

    def paths(self, Model):
        """Texts, and names of linked records of models that are open to the user."""
        for name, field in described(Model).items():
            known = Model._fields[name]
            is_secret = known.groups and not known.exportable  # see test_secrets.py
            if is_secret or not known._description_searchable:
                continue
            if field["type"] in ("char", "text"):
                yield name
            if field["type"] == "many2one":
                if Model.env[field["relation"]].has_access("read"):
                    yield from (name, f"{name}.display_name")

    def test_s7_a_hidden_contact_leaves_its_call_without_a_name(self):
        """In the journal, conversations and recordings: the number stands alone."""
        leg, number = self.legs["hidden"], "+447700900104"
        for role in ("own", "team_member", "all", "manager", "admin"):
            for record in (leg.call_id, leg, leg.recording_ids):
                mine = record.with_user(self.roles[role])
                with self.judged(f"{record}, {role}"):
                    self.env.invalidate_all()
                    [row] = mine.web_read(Ways(mine, mine.ids).spec())
                    self.assertIn(number, row["display_name"])
                    self.assertFalse(row.get("partner_id"))
        group = Ways(leg.call_id.with_user(self.own), leg.call_id.ids)
        [[partner]] = [
            [row["partner_id"] for row in rows if "partner_id" in row]
            for rows in group.groups()
            if rows and "partner_id" in rows[0]
        ]
        self.assertEqual(partner[1], "Not shown to you")

    def test_o7_figures_of_a_ticket_that_was_given_away_do_not_name_it(self):
        """R39: it counts for who worked on it; its title is not theirs any more."""
        ticket = self.legs["elsewhere"].ticket_id
        for model in ("callgear.statistics", "callgear.ticket.fact"):
            rows = self.env[model].search([("ticket_id", "=", ticket.id)])
            self.assertTrue(rows)
            mine = rows.with_user(self.own)._filtered_access("read")
            self.env.invalidate_all()
            with self.judged(model):
                self.assertTrue(mine, "the agent has talked in this ticket")
                told = mine.web_read({"ticket_id": {"fields": {"name": {}}}})
                self.assertEqual({row["ticket_id"] for row in told}, {False})

    def test_r42_cards_of_calls_in_the_chatter(self):
        """What a page is told of a ticket's messages."""
        for role, user in self.each_role():
            for place, leg in self.legs.items():
                messages = leg.ticket_id.message_ids.with_user(user)
                with self.judged(f"{role}, {place}"):
                    self.env.invalidate_all()
                    try:
                        readable = messages._filtered_access("read")
                        # Odoo's own: authors may read what they have written.
                        readable -= readable.filtered(
                            lambda one: one.is_current_user_or_guest_author
                        )
                        told = Store().add(readable).get_result()
                    except AccessError as error:
                        told = error
                    self.assertKept(told, role)
                    self.assertEqual(
                        f"Said-body-{place}." in str(told), place in SEES[role]
                    )

    def test_r42_what_agents_and_managers_pages_ask_for(self):
        """The phone, the search field, the board, the dashboard, who waits."""
        for role, user in self.each_role():
            for name, ask in self.questions(self.env(user=user)).items():
                with self.judged(f"{role}, {name}"):
                    self.env.invalidate_all()
                    try:
                        told = ask()
                    except AccessError as error:
                        told = error
                    self.assertKept(told, role)

    def questions(self, env):
        Users, options = env["res.users"], {"date_from": "2026-03-28"}
        return {
            "current calls": Users.callgear_current_calls,
            "phone": Users.callgear_phone,
            "waiting": Users.callgear_waiting,
            "search": lambda: Users.callgear_search("Contact-"),
            "search by title": lambda: Users.callgear_search("Said-title-"),
            "board": env["callgear.board"].get_data,
            "dashboard": lambda: env["callgear.dashboard"].get_data(options),
        }

    def test_r42_channels_of_pages(self):
        """A page is told of changes in tickets that its user may read, of no others."""
        wanted = {
            f"callgear.ticket_{leg.ticket_id.id}": p for p, leg in self.legs.items()
        }
        for role, user in self.each_role():
            Websocket = self.env["ir.websocket"].with_user(user)
            with self.judged(role):
                with MockRequest(Websocket.env) as request:
                    request.session.uid = user.id
                    channels = Websocket._build_bus_channel_list(list(wanted))
                heard = {
                    wanted[f"callgear.ticket_{channel[0].id}"]
                    for channel in channels
                    if isinstance(channel, tuple)
                    and channel[0]._name == "helpdesk.ticket"
                }
                self.assertEqual(heard, SEES[role])

    def test_r42_files_of_recordings(self):
        """By Odoo's route and by that of the portal: the sound, or as if there were none."""
        self.connection.portal_recordings = self.abroad.portal_recordings = True
        self.env.flush_all()
        for role, user in self.each_role():
            login = None if role == "public" else user.login
            self.authenticate(login, login)
            for place, leg in self.legs.items():
                recording = leg.recording_ids
                addresses = (
                    f"/web/content/{recording.attachment_id.id}",
                    f"/my/callgear/recording/{recording.id}",
                )
                for address in addresses[: 1 if role == "stranger" else 2]:
                    with self.judged(f"{role}, {place}, {address}"):
                        answer = self.url_open(address, allow_redirects=False)
                        heard = answer.content == SOUND
                        self.assertEqual(heard, place in SEES[role], answer)
                        self.assertLess(answer.status_code, 500)

    def test_r42_pages_of_tickets(self):
        """The portal's page of a ticket, and the export of the dashboard."""
        data = json.dumps({"date_from": "2026-03-28", "date_to": "2026-03-28"})
        for role in ("public", "portal", "internal", "own"):
            login = None if role == "public" else self.roles[role].login
            self.authenticate(login, login)
            for place, leg in self.legs.items():
                with self.judged(f"{role}, {place}"):
                    answer = self.url_open(f"/my/ticket/{leg.ticket_id.id}")
                    self.assertLess(answer.status_code, 500)
                    if place not in SEES[role]:
                        for text in texts_of(place):
                            self.assertNotIn(text, answer.text)
            answer = self.url_open(
                "/callgear/dashboard/export_xlsx", data={"data": data}
            )
            self.assertLess(answer.status_code, 500)
