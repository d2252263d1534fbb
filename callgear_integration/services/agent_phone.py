# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .. import clock
from ..callgear.json_repair import storable
from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED, VOICEMAIL
from ..tools.phone_number import country_of, only_e164
from ..tools.times import iso
from ..tools.typed_number import is_beginning, ranges
from .dialer import AGENT

MAX_PLANNED, MAX_LAST, MAX_MATCHES, MAX_COLLEAGUES = 20, 10, 8, 2
# Of one call an agent may have several legs, and of some they may not read the ticket.
MANY_LEGS = 40
# Rows of the index of numbers that are looked at, to find contacts the user may read.
MANY_NUMBERS = 40
# Who was missed longer ago is found in the call-back list, not among the last calls.
MISSED_DAYS = 30
MIN_TYPED, MAX_TYPED = 2, 64
CALLABLE = ("helpdesk.ticket", "res.partner")
# Missed without a ticket: it is the agent's to know nevertheless.
WITHOUT_ENTRY = ("outside_hours", VOICEMAIL)


class CallgearAgentPhone(models.AbstractModel):
    """What the phone in the top bar shows while no call goes on (R56).

    All of it is the user's own, and found by index. The number of queries does not depend
    on the number of records.
    """

    _name = "callgear.agent.phone"
    _description = "The Agent's Phone"

    @api.model
    def _data(self):
        """Return all that the panel shows; see ``res.users.callgear_phone``."""
        self._check_agent()
        return {
            "planned": self._planned(),
            "last": self._last(),
            "figures": self._figures(),
            "waiting": sum(self._waiting().values()),
        }

    @api.model
    def _check_agent(self):
        if not self.env.user.has_group(AGENT):
            raise AccessError(self.env._("Only helpdesk agents may make calls."))

    # ------------------------------------------------------------- planned calls

    @api.model
    def _planned(self):
        """Return the user's planned calls of today and before, the oldest first."""
        # The day of the context is that of its time zone.
        today = fields.Date.context_today(self.with_context(tz=self.env.tz.zone))
        activities = self.env["mail.activity"].search(
            [
                ("user_id", "=", self.env.uid),
                ("activity_type_id.category", "=", "phonecall"),
                ("date_deadline", "<=", today),
            ],
            order="date_deadline, id",
            limit=MAX_PLANNED,
        )
        records = self._readable_records(activities)
        phones, names = self._usual_phones(records), self._partner_names(records)
        return [
            {
                "activity_id": activity.id,
                "res_model": record._name if record else None,
                "res_id": record.id if record else None,
                "name": record.display_name if record else "",
                "summary": activity.summary or "",
                "deadline": activity.date_deadline.isoformat(),
                "is_overdue": activity.date_deadline < today,
                "can_call": bool(record) and record._name in CALLABLE,
                "phone": phones.get(record) or None,
                "partner_name": names.get(record, ""),
            }
            for activity in activities
            for record in [records.get(activity)]
        ]

    @api.model
    def _readable_records(self, activities):
        """Return what activities are about, if the user may read it: activity → record."""
        found = {}
        for name, of_model in activities.grouped("res_model").items():
            if name not in self.env:
                continue
            records = self.env[name].browse(of_model.mapped("res_id")).exists()
            readable = records._filtered_access("read")
            by_id = {record.id: record for record in readable}
            found |= {a: by_id[a.res_id] for a in of_model if a.res_id in by_id}
        return found

    @api.model
    def _partner_names(self, records):
        """Return the names of the contacts of tickets: ticket → str.

        :param dict records: activity → record
        """
        tickets = self._of_model("helpdesk.ticket", records)
        partners = tickets.partner_id._filtered_access("read")
        return {
            ticket: (ticket.partner_id & partners).name or ticket.partner_name or ""
            for ticket in tickets
        }

    @api.model
    def _of_model(self, model, records):
        found = (one for one in records.values() if one._name == model)
        return self.env[model].union(*found)

    @api.model
    def _usual_phones(self, records):
        """Return the numbers that are called without asking: record → E.164.

        :param dict records: activity → record
        """
        found = (
            self._of_model(model, records)._callgear_usual_numbers()
            for model in CALLABLE
        )
        return {record: phone for phones in found for record, phone in phones.items()}

    # ---------------------------------------------------------------- last calls

    @api.model
    def _last(self):
        """Return the user's last calls; first those missed whose callers still wait.

        Who has been missed several times is listed once.
        """
        since = clock.now(self.env) - timedelta(days=MISSED_DAYS)
        missed = Domain("call_id.outcome", "=", MISSED)
        waits = Domain("call_id.main_leg_id.ticket_id.call_waiting_since", "!=", False)
        waiting_sudo = self._own_legs(Domain("started_at", ">", since) & missed & waits)
        others_sudo = self._own_legs(
            Domain("entry", "!=", False)
            | missed  # and another agent was rung last
            | Domain("call_id.reason", "in", WITHOUT_ENTRY)
        )
        legs_sudo = waiting_sudo + others_sudo
        tickets = legs_sudo.call_id.main_leg_id.ticket_id | legs_sudo.ticket_id
        readable = tickets.with_env(self.env)._filtered_access("read")
        rows, seen = [], set()
        for leg_sudo in legs_sudo:
            call_sudo, ticket_sudo = leg_sudo.call_id, _entry_leg(leg_sudo).ticket_id
            if len(rows) == MAX_LAST:
                break
            hidden = ticket_sudo and ticket_sudo.id not in readable.ids
            if hidden or call_sudo in seen:
                continue
            waits = call_sudo.outcome == MISSED and ticket_sudo.call_waiting_since
            caller = ticket_sudo, *call_sudo._caller_names()
            if waits and caller in seen:
                continue
            waits = waits and ticket_sudo._callgear_waits_for(call_sudo)
            rows.append((leg_sudo, bool(waits)))
            seen |= {call_sudo, caller} if waits else {call_sudo}
        return self._last_payloads(rows)

    @api.model
    def _own_legs(self, domain):
        """Return the user's own conversations that are over, the last first."""
        # sudo: callgear.leg - the user's own; by rights to tickets, all tickets would be
        # looked at. ``_last`` checks those of these conversations.
        Leg = self.env["callgear.leg"].sudo()
        return Leg.search(
            Domain("user_id", "=", self.env.uid)
            & Domain("company_id", "in", self.env.companies.ids)
            & Domain("state", "=", "ended")
            & Domain("is_passed_on", "=", False)
            & domain,
            order="started_at desc, id desc",
            limit=MANY_LEGS,
        )

    @api.model
    def _last_payloads(self, rows):
        """Return what is shown of conversations.

        :param rows: list of (leg in sudo mode whose ticket the user may read, whether its
            caller waits)
        """
        # sudo: callgear.leg - see _own_legs
        Leg = self.env["callgear.leg"].sudo()
        # Read together.
        legs_sudo = Leg.browse(leg.id for leg, _waits in rows)
        partners = legs_sudo.call_id.partner_id.with_env(self.env)
        partners = partners._filtered_access("read")
        payloads, text = [], self.env["callgear.call.text"]
        for leg_sudo, (_leg, waits) in zip(legs_sudo, rows, strict=True):
            call_sudo = leg_sudo.call_id
            partner = call_sudo.partner_id.with_env(self.env) & partners
            payloads.append(
                {
                    "call_id": call_sudo.id,
                    "leg_id": leg_sudo.id,
                    "direction": call_sudo.direction,
                    "outcome": _outcome(_entry_leg(leg_sudo)),
                    "waits": waits,
                    "state": text._state(_entry_leg(leg_sudo)),
                    "phone": call_sudo.phone or None,
                    "number": call_sudo._number_text(),
                    "partner": _name_payload(partner),
                    "ticket": _ticket_payload(_entry_leg(leg_sudo).ticket_id),
                    "at": iso(leg_sudo.started_at),
                    "talk_seconds": leg_sudo.talk_seconds,
                    "is_voicemail": call_sudo.reason == VOICEMAIL,
                }
            )
        return payloads

    # ------------------------------------------------------------------- figures

    @api.model
    def _figures(self):
        """Return how the user's day has gone, as the live board counts it.

        :return: dict of int: ``answered`` (incoming), ``missed``, ``outgoing`` (answered),
            ``talk_seconds`` (of all conversations)
        """
        # sudo: callgear.leg - the user's own, and no more than how many
        rows = (
            self.env["callgear.leg"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "=", self.env.uid),
                    ("company_id", "in", self.env.companies.ids),
                    ("started_at", ">=", self.env["callgear.board"]._today_start()),
                    ("entry", "in", (CONVERSATION, MISSED)),
                ],
                ["entry", "call_id.direction"],
                ["__count", "talk_seconds:sum"],
            )
        )
        figures = dict.fromkeys(("answered", "missed", "outgoing", "talk_seconds"), 0)
        for entry, direction, count, talk_seconds in rows:
            if entry == MISSED:
                figures["missed"] += count
            else:
                figures["outgoing" if direction == "out" else "answered"] += count
                figures["talk_seconds"] += talk_seconds or 0
        return figures

    @api.model
    def _waiting(self):
        """Count the callers in the user's call-back list: company id → number."""
        rows = self.env["helpdesk.ticket"]._read_group(
            [("call_waiting_since", "!=", False)], ["company_id"], ["__count"]
        )
        return {company.id: count for company, count in rows}

    # -------------------------------------------------------------------- search

    @api.model
    def _find(self, text, behind_plus=False):
        """Return whom a typed name or number may mean; see ``callgear_search``."""
        self._check_agent()
        text = storable(text[:MAX_TYPED]).strip() if isinstance(text, str) else ""
        if len(text) < MIN_TYPED:
            return []
        typed = self._typed_numbers(text, *[f"+{text}"] if behind_plus else [])
        colleagues = self._find_colleagues(text)
        room = MAX_MATCHES - len(typed) - min(len(colleagues), MAX_COLLEAGUES)
        contacts = self._find_contacts(text)[:room]
        return [*typed, *contacts, *colleagues][:MAX_MATCHES]

    @api.model
    def _typed_numbers(self, *readings):
        """Return a match for each number that one of the texts certainly is."""
        # sudo: callgear.operator - as for a call, see callgear.dialer
        Operator = self.env["callgear.operator"].sudo()
        phones = {}
        for text in readings:
            try:
                operator = Operator._find_for_agent(self.env.user, self.env.companies)
                connection_sudo = operator.connection_id
                phone = connection_sudo._number_to_dial(text, self.env["res.partner"])
            except UserError:
                continue  # who calls it nevertheless is told why
            phones[phone] = self.env._("Call this number")
        if len(phones) > 1:
            phones = {phone: self._label_with_country(phone) for phone in phones}
        return [_match(phone, phone, label) for phone, label in phones.items()]

    @api.model
    def _label_with_country(self, phone):
        country = self.env["res.country"].search([("code", "=", country_of(phone))])
        if not country:
            return self.env._("Call this number")
        return self.env._("Call this number: %s", country.name)

    @api.model
    def _find_contacts(self, text):
        """Return the contacts with a number that begins so, or with such a name.

        Names are searched for as in Odoo's own lists, which have no index for parts of them.
        """
        if is_beginning(text):
            return self._find_by_number(text)
        name = Domain("complete_name", "ilike", text)
        email = Domain("email", "ilike", text)
        partners = self.env["res.partner"].search(name | email, limit=MAX_MATCHES)
        return [
            self._match_of(partner, number)
            for partner, numbers in partners._callgear_own_numbers().items()
            for number in numbers or [{"phone": None}]
        ]

    @api.model
    def _match_of(self, partner, number):
        """Return the match for a contact and one of its numbers.

        :param dict number: see ``callgear.dial.mixin``
        """
        about = self._about(partner)
        return _match(partner.name or "", number["phone"], about, partner)

    @api.model
    def _find_by_number(self, text):
        """Return matches: contacts with a number that begins so."""
        connections_sudo = self.env["res.partner"]._callgear_connections()
        countries = [one._settings().country_code for one in connections_sudo]
        bounds = ranges(text, *dict.fromkeys(countries))
        if not bounds:
            return []
        Partner = self.env["res.partner"]
        readable = Domain("partner_id", "in", Partner._search([("active", "=", True)]))
        # sudo: callgear.partner.phone - the index, of contacts that the user may read
        Phone = self.env["callgear.partner.phone"].sudo()
        rows_sudo = Phone.browse()
        for first, after in bounds:
            # One range at a time, which the index has in this order.
            between = Domain("number", ">=", first) & Domain("number", "<", after)
            rows_sudo |= Phone.search_fetch(
                between & readable,
                ["number", "partner_id"],
                order="number, id",
                limit=MANY_NUMBERS,
            )
        partners = rows_sudo.partner_id.with_env(self.env)
        # Of those that are found, the ones that stand where the user may see them.
        return [
            self._match_of(partner, number)
            for partner, numbers in partners._callgear_own_numbers().items()
            for number in numbers
            if any(first <= number["phone"] < after for first, after in bounds)
        ]

    @api.model
    def _about(self, partner):
        """Return what tells a contact from others of the same name."""
        company = partner.commercial_company_name or ""
        return (company if company != partner.name else "") or partner.email or ""

    @api.model
    def _find_colleagues(self, text):
        """Return the colleagues with such a name or extension.

        CallGear rings no extension from Odoo: they are called by a number of their own.
        """
        operators = self.env["callgear.operator"].search(
            [
                ("left_at", "=", False),
                ("user_id", "!=", self.env.uid),
                "|",
                ("name", "ilike", text),
                ("extension", "=", text),
            ],
            limit=MAX_MATCHES,
        )
        matches = []
        for operator in operators:
            # sudo: callgear.connection - only the country, to read the number
            country = operator.connection_id.sudo()._settings().country_code
            numbers = (operator.phone_numbers or "").split(",")
            phones = (only_e164(number, country) for number in numbers)
            extension = operator.extension or ""
            label = (
                self.env._("Colleague, extension %s", extension)
                if extension
                else self.env._("Colleague")
            )
            phone = next(filter(None, phones), None)
            matches.append(_match(operator.name, phone, label, operator))
        return matches


def _match(name, phone, label, record=None):
    return {
        "name": name,
        "phone": phone,
        "label": label,
        "res_model": record._name if record else None,
        "res_id": record.id if record else None,
    }


def _entry_leg(leg):
    """Return the leg with the ticket entry: of a missed call, that of who was rung last."""
    return leg if leg.entry else leg.call_id.main_leg_id or leg


def _outcome(leg):
    """Return how it ended for the agent: ``answered``, ``missed`` or ``unanswered``."""
    known = {CONVERSATION: "answered", ATTEMPT: "unanswered"}
    return known.get(leg.entry, "missed")


def _name_payload(partner):
    return {"id": partner.id, "name": partner.display_name} if partner else None


def _ticket_payload(ticket):
    if not ticket:
        return None
    return {
        "id": ticket.id,
        "number": ticket.number,
        "name": ticket.name,
        "is_closed": ticket.stage_id.closed,
    }
