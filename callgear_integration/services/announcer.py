# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import json
from dataclasses import dataclass, field

from odoo import api, models
from odoo.fields import Domain

from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED
from ..models.ir_websocket import BOARD, SUBCHANNEL
from ..tools.times import isos

# So many tickets of a kind are offered; so many are looked at, to find them.
MAX_TICKETS, MANY_TICKETS = 10, 40
# What is shown of them, and by what they are told apart.
_OF_TICKET = [
    "number",
    "name",
    "stage_id",
    "call_icon",
    "partner_id",
    "partner_name",
    "is_calls_channel",
]
# So many of the others in the caller's company.
MAX_OF_COMPANY = 5
# Missed calls whose notices are taken back at once, the latest first.
MANY_MISSED = 500
# In the data of a transaction's pre-commit hook: which lists it has told of news, and
# whose running calls it has changed something of, see ``CallersNews``.
TOLD = "callgear_integration.told"
NEWS = "callgear_integration.news_of_callers"


@dataclass
class CallersNews:
    """What a transaction has changed of what is shown of callers.

    Ids of contacts, of companies with tickets, of tickets without a contact; keys of
    numbers; and of the calls whose whole state was told after the last change.
    """

    partner_ids: set = field(default_factory=set)
    company_ids: set = field(default_factory=set)
    line_keys: set = field(default_factory=set)
    nameless_ids: set = field(default_factory=set)
    told_call_ids: set = field(default_factory=set)


class CallgearAnnouncer(models.AbstractModel):
    """Tells open pages of calls: popups, cards in tickets, the live board, lists.

    Messages always hold the whole state, never a delta, so that a lost or repeated one
    does no harm. What a page was told last is kept as a digest; only news is sent.
    """

    _name = "callgear.announcer"
    _description = "News of Calls for Open Pages"

    @api.model
    def _announce(self, call, contacts=None):
        """Tell the agents concerned; of calls between colleagues only the lists.

        :param contacts: all with the caller's number, if they have just been looked up
        """
        if not call.is_internal:
            self._announce_popups(call, contacts)
            self._announce_cards(call)
            self._announce_call_back(call)
        self._tell_lists(call.company_id, BOARD)

    @api.model
    def _announce_popups(self, call, contacts=None):
        """Send each conversation to its agent, as ``callgear.call`` on the bus.

        A conversation is one popup, whichever of the agent's phones ring or are used. A
        popup whose leg turns out to belong to another one ends. Calls between colleagues
        have none.
        """
        if call.is_internal:
            return
        shown, together = set(), {}
        conversations = call._conversations()
        if contacts is None and conversations:
            Phone = self.env["callgear.partner.phone"]
            contacts = Phone._find_partners(call.connection_id, call.phone)
        for legs in conversations:
            together |= dict.fromkeys(legs, legs)
            leg = legs._popup_leg(legs)
            shown.add(leg)
            self._announce_popup(leg, self._payload(leg, contacts, legs))
        for leg in call.live_leg_ids.filtered("announced"):
            if leg not in shown and leg.user_id:
                payload = self._payload(leg, contacts, together.get(leg, leg))
                gone = {"id": leg.id, "state": "ended", "dial": None, "outcome": None}
                self._announce_popup(leg, {**payload, **gone})
        news = self.env.cr.precommit.data.get(NEWS)
        if news:
            news.told_call_ids.add(call.id)

    @api.model
    def _announce_popup(self, leg, payload):
        told, revision = {**payload, "revision": 0}, leg.revision + 1
        if self._keep_digest(leg, "announced", told, revision=revision):
            payload["revision"] = revision
            leg.user_id._callgear_contact()._bus_send("callgear.call", payload)

    @api.model
    def _announce_recordings(self, call):
        """Tell pages of a call of which nothing but its recordings is new."""
        if not call.is_internal:
            self._announce_cards(call)
        self._tell_lists(call.company_id, BOARD)

    @api.model
    def _announce_cards(self, call):
        """Send the cards of a call's messages to the pages that show their tickets."""
        for leg in call.live_leg_ids:
            self._announce_card(leg)

    @api.model
    def _announce_card(self, leg):
        """Send a call message's card to the pages that show its ticket."""
        if not (leg.ticket_id and leg.message_id):
            return
        card = self._card(leg)
        # Pages of all who read the ticket are told the same, but not all may know the
        # contact: the page keeps the name that it has, or asks for it.
        del card["partner"]
        payload = {
            "ticket_id": leg.ticket_id.id,
            "message_id": leg.message_id.id,
            "callgear_call": card,
        }
        # The stage is not in the card, but a page that shows the ticket wants to know.
        told = [payload, leg.ticket_id.stage_id.id]
        if self._keep_digest(leg, "announced_card", told):
            channel = (leg.ticket_id, SUBCHANNEL)
            self.env["bus.bus"]._sendone(channel, "callgear.ticket", payload)

    @api.model
    def _announce_call_back(self, call):
        """Take back the notices of missed calls of a caller whom somebody calls back.

        Not before CallGear has accepted the call: until then it may refuse it.
        """
        if call.direction != "out" or call.is_call_back_told:
            return
        is_accepted = call.session_id not in (False, call.external_id)
        # Whom it goes to may be told after the first notification.
        if is_accepted and (call.line_key or call.partner_id):
            call.is_call_back_told = True
            tickets = call.origin_ticket_id | call._missed_tickets_before()
            waiting = tickets._callgear_waiting()
            self._take_back_missed(waiting, call)
            offer = self.env["callgear.offer"]
            offered = offer._offered(waiting)
            meant = [t for t in offered if self._may_return(call, t)]
            offer._take_back(meant, offered)

    @api.model
    def _take_back_missed(self, tickets, until=None, claims=None):
        """Take the notices of missed calls back from the pages of all agents told of them.

        The message ``callgear.missed`` names the calls. So it does not matter in which
        order it and the calls reach a page, and later calls in the ticket are not meant.

        :param until: the call back: missed calls after it are not meant
        :param claims: ticket → when it was claimed: those before it are taken back already
        """
        domain = [
            ("ticket_id", "in", tickets.ids),
            ("entry", "=", MISSED),
            ("user_id", "!=", False),
        ]
        if until:
            domain.append(("started_at", "<=", until.started_at))
        if not tickets:
            return
        # sudo: callgear.leg - who was told does not depend on the user
        Leg = self.env["callgear.leg"].sudo()
        legs_sudo = Leg.search(domain, order="id desc", limit=MANY_MISSED)
        if claims:
            legs_sudo = legs_sudo.filtered(
                lambda leg: leg.ticket_id not in claims or _is_since(leg, claims)
            )
        if until:
            legs_sudo = self._returned_by(until, legs_sudo)
        self._take_back_notices(legs_sudo)

    @api.model
    def _may_return(self, call, ticket):
        """Return whether a call back may be to the caller of a ticket who is offered on."""
        offered = ticket._callgear_call_to_return().live_leg_ids
        legs = self._returned_by(call, ticket._callgear_latest_missed())
        return bool(offered & legs)

    @api.model
    def _returned_by(self, call, legs):
        """Return those of missed calls to whose caller a call back may be.

        All of a ticket, if it is to a number of nobody in it.
        """
        callers = (legs.call_id | call)._by_caller()
        own = next(calls for calls in callers if call in calls)
        found = legs.browse()
        for some in legs.grouped("ticket_id").values():
            found |= some.filtered(lambda leg: leg.call_id in own) or some
        return found

    @api.model
    def _take_back_notices(self, legs):
        """Tell the agents of missed calls that somebody has acted on them.

        :param legs: in sudo mode
        """
        for user_sudo, told_sudo in legs.filtered("user_id").grouped("user_id").items():
            payload = {"call_ids": told_sudo.call_id.ids}
            user_sudo._callgear_contact()._bus_send("callgear.missed", payload)

    def _announce_gone(self, leg, ticket):
        """Tell the pages that show a ticket that a call message is in another one now."""
        payload = {"ticket_id": ticket.id, "gone_message_id": leg.message_id.id}
        channel = (ticket, SUBCHANNEL)
        self.env["bus.bus"]._sendone(channel, "callgear.ticket", payload)

    @api.model
    def _keep_digest(self, leg, field, payload, **values):
        """Keep the digest of a payload in a field; return whether it was another.

        :param values: what else to write to the leg then
        """
        text = json.dumps(payload, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest == leg[field]:
            return False
        with leg.call_id._quietly():
            leg.write({field: digest, **values})
        return True

    @api.model
    def _tell_lists(self, companies, channel, waiting=False):
        """Tell pages that list calls of companies that their list has changed.

        The message has no data: each page asks for its list with the rights of its user.

        :param channel: of ``ir_websocket``: ``BOARD``, ``CALL_BACK``
        :param bool waiting: there may be more or fewer rows of the call-back list: the
            pages that only count them ask for nothing else
        """
        precommit = self.env.cr.precommit
        if TOLD not in precommit.data:
            precommit.data[TOLD] = {}
            precommit.add(self._send_to_lists)
        told = precommit.data[TOLD]
        for company in companies:
            key = company, channel
            told[key] = told.get(key, False) or waiting

    def _send_to_lists(self):
        """Send one message for all that this transaction has told a list."""
        for (company, channel), waiting in self.env.cr.precommit.data.pop(TOLD).items():
            payload = {"waiting": True} if waiting else {}
            self.env["bus.bus"]._sendone((company, channel), channel, payload)

    # ------------------------------------- news of callers, from outside their calls

    @api.model
    def _note_news_of_callers(self, partners=(), tickets=(), line_keys=()):
        """Have the pages of agents who talk to callers ask for what is shown of them.

        Anybody may change a contact, or make and close a ticket, while a call goes on; so
        may another call of the same caller. The message ``callgear.calls`` has no data:
        so nobody waits for the call, and pages see what is committed, with their rights.
        """
        if not self.pool.ready:
            return  # tables may be on the way to what the modules say
        precommit = self.env.cr.precommit
        if NEWS not in precommit.data:
            precommit.data[NEWS] = CallersNews()
            precommit.add(self._send_news_of_callers)
        news = precommit.data[NEWS]
        news.partner_ids.update(partner.id for partner in partners)
        if tickets:
            # sudo: helpdesk.ticket - whose it is does not depend on the user
            tickets_sudo = tickets.sudo()
            news.company_ids.update(tickets_sudo.partner_id.commercial_partner_id.ids)
            nameless_sudo = tickets_sudo.filtered(lambda ticket: not ticket.partner_id)
            news.nameless_ids.update(nameless_sudo.ids)
        news.line_keys.update(line_keys)
        news.told_call_ids.clear()

    def _send_news_of_callers(self):
        """Send one message to each agent who rings or talks with one of the callers."""
        news = self.env.cr.precommit.data.pop(NEWS)
        callers = Domain("call_id.partner_id", "in", list(news.partner_ids))
        callers |= Domain(
            "call_id.partner_id.commercial_partner_id", "in", list(news.company_ids)
        )
        if news.line_keys or news.nameless_ids:
            nameless = Domain("call_id.partner_id", "=", False)
            callers |= nameless & Domain("call_id.line_key", "!=", False)
        # sudo: callgear.leg - who is on the line does not depend on the user
        Leg = self.env["callgear.leg"].sudo()
        legs_sudo = Leg.search(
            Leg._going_on()
            & Domain("user_id", "!=", False)
            & Domain("call_id", "not in", list(news.told_call_ids))
            & callers
        )
        strangers_sudo = legs_sudo.call_id.filtered(lambda call: not call.partner_id)
        if strangers_sudo:
            others_sudo = strangers_sudo - self._strangers_with_news(
                strangers_sudo, news
            )
            legs_sudo = legs_sudo.filtered(lambda leg: leg.call_id not in others_sudo)
        for user_sudo in legs_sudo.user_id:
            user_sudo._callgear_contact()._bus_send("callgear.calls", {})

    @api.model
    def _strangers_with_news(self, calls, news):
        """Return those of calls without a contact whose number's tickets have changed."""
        keys = set(news.line_keys)
        if news.nameless_ids:
            others = calls.search_fetch(
                [
                    ("connection_id", "in", calls.connection_id.ids),
                    ("line_key", "in", calls.mapped("line_key")),
                    ("leg_ids.ticket_id", "in", list(news.nameless_ids)),
                ],
                ["line_key"],
            )
            keys.update(others.mapped("line_key"))
        return calls.filtered(lambda call: call.line_key in keys)

    # ----------------------------------------------------------------- the popup

    @api.model
    def _payload(self, leg, contacts=None, legs=None):
        """Return a conversation as its agent may see it; times in UTC, ISO 8601.

        :param leg: any of the conversation's
        :param contacts: all with the caller's number, if they have just been looked up
        :param legs: all legs of the conversation, if they are known already
        """
        call = leg.call_id
        legs = legs or leg._conversation()
        popup, main = leg._popup_leg(legs), leg._main_leg(legs)
        live = leg._live_leg(legs)
        since = main.answered_at or live.picked_up_at or live.started_at
        # The agent is shown no contact and no ticket that they may not read, and all of
        # it in their language, whoever it is that sends the news.
        agent = self.with_env(leg.user_id._callgear_env(call.company_id))
        partner = agent._partner_payload(call)
        return {
            "id": popup.id,
            "revision": popup.revision,
            "call_id": call.id,
            "state": live._shown_state(),
            "call_state": call.state,
            "outcome": call.outcome or None,
            "direction": call.direction,
            "phone": call.phone or None,
            "number": call.with_context(lang=agent.env.lang)._number_text(),
            "missed_notice": agent._missed_notice(call, partner, main.ticket_id),
            "virtual_phone": call.virtual_phone or None,
            "virtual_name": call.virtual_number_id._shown_name() or None,
            **isos(
                started_at=popup.started_at,
                picked_up_at=live.picked_up_at,
                answered_at=main.answered_at,
                ended_at=live.ended_at,
                dial_since=since,
            ),
            "subject": main.subject or "",
            "summary": main.summary or "",
            "ticket_id": main.ticket_id.id or None,
            "ticket_choice": main.ticket_choice or None,
            "partner": partner,
            "partners": agent._candidates(call, contacts),
            **agent._tickets_to_choose(call),
            **agent._dial_payload(main, live),
            **agent._note_payload(main, live),
            **agent._passing_payload(main, live),
        }

    @api.model
    def _partner_payload(self, call):
        partner = call.partner_id.with_env(self.env)
        if not partner or not partner.has_access("read"):
            return None
        names = call.connection_id._settings().popup_field_names
        readable = [
            name
            for name in names
            if (field := partner._fields.get(name))
            and partner._has_field_access(field, "read")
        ]
        return {
            "id": partner.id,
            "name": partner.display_name,
            "fields": [
                {"label": _field_label(partner, name), "value": value}
                for name in readable
                if name != "name"  # it is the popup's title anyway
                and (value := _field_text(partner, name))
            ],
        }

    @api.model
    def _missed_notice(self, call, partner, ticket):
        """Return what the agent is told of a call that they have missed, or None.

        None also if somebody has acted on it: then it is told to nobody any more.

        :param ticket: that of the missed call, which may not be there yet
        """
        if call.outcome != MISSED:
            return None
        # sudo: helpdesk.ticket, callgear.call - whether somebody has acted on it
        if ticket and ticket.sudo()._callgear_is_attended(call.sudo()):
            return None
        name = partner and partner["name"]
        return self.env["callgear.call.text"]._missed_notice(call, name)

    @api.model
    def _candidates(self, call, contacts=None):
        """Return all contacts with the number, the likeliest first."""
        if not call.phone:
            return []
        if contacts is None:
            # sudo: callgear.partner.phone - the index; what is shown of it is checked below
            Phone = self.env["callgear.partner.phone"].sudo()
            contacts = Phone._find_partners(call.connection_id, call.phone)
        partners = contacts.with_env(self.env)._filtered_access("read")
        return [{"id": p.id, "name": p.display_name} for p in partners]

    @api.model
    def _tickets_to_choose(self, call):
        """Return the caller's open tickets, and those of the calls channel; newest first.

        Those of the contact, then the open ones of the contact's company; of a number
        without a contact, those of its calls.
        """
        partner = call.partner_id
        if partner:
            mine = Domain("partner_id", "=", partner.id)
        else:
            # sudo: callgear.call - which tickets; the agent's rights to them are checked
            tickets_sudo = call.sudo()._tickets_of_number(MAX_TICKETS)
            if not tickets_sudo:
                return {"open_tickets": [], "call_tickets": []}
            mine = Domain("id", "in", tickets_sudo.ids)
        is_open = self._is_open()
        of_calls = Domain("is_calls_channel", "=", True)
        tickets = self._newest_tickets(mine & (is_open | of_calls), MANY_TICKETS)
        if len(tickets) < MANY_TICKETS:
            opened = tickets.filtered_domain(is_open)
            called = tickets.filtered_domain(of_calls)
        else:  # those of the one kind may be older than all these
            opened = self._newest_tickets(mine & is_open, MAX_TICKETS)
            called = self._newest_tickets(mine & of_calls, MAX_TICKETS)
        of_company = self._tickets_of_company(partner) if partner else opened.browse()
        return {
            "open_tickets": [
                *_ticket_payloads(opened[:MAX_TICKETS]),
                *_ticket_payloads(of_company, marked=True),
            ],
            "call_tickets": _ticket_payloads(called[:MAX_TICKETS]),
        }

    @api.model
    def _tickets_of_company(self, partner):
        """Return the newest open tickets of others who belong to the caller's company."""
        # sudo: res.partner - to whom the caller belongs; rights to the tickets are checked
        partner_sudo = partner.sudo()
        company = partner_sudo.commercial_partner_id
        if company == partner_sudo and not company.is_company:
            return self.env["helpdesk.ticket"]  # a person on their own
        domain = Domain("commercial_partner_id", "=", company.id)
        domain &= Domain("partner_id", "!=", partner.id)
        is_open = self._is_open()
        return self._newest_tickets(domain & is_open, MAX_OF_COMPANY)

    @api.model
    def _is_open(self):
        """Return the domain of open tickets; the ids let the database use an index."""
        Stage = self.env["helpdesk.ticket.stage"]
        return Domain("stage_id", "in", Stage._callgear_open_ids())

    @api.model
    def _newest_tickets(self, domain, limit):
        Ticket = self.env["helpdesk.ticket"]
        return Ticket.search_fetch(domain, _OF_TICKET, order="id desc", limit=limit)

    @api.model
    def _dial_payload(self, main, live):
        """Return the part about calls from Odoo, and about steering calls.

        :param main: the leg that stands for the conversation
        :param live: the leg of the phone that the agent uses now
        """
        call = live.call_id
        own = call.origin_user_id and call.origin_user_id == live.user_id
        # sudo: callgear.call - whether the agent may read the ticket is checked below
        ticket = self.env["helpdesk.ticket"].browse(call.sudo().origin_ticket_id.id)
        origin = None
        if own and ticket and ticket.has_access("read"):
            origin = {"id": ticket.id, "number": ticket.number, "name": ticket.name}
        ended = live._shown_state() == "ended"
        return {
            "dial": _dial_state(main, live) if own else None,
            "dial_result": self._dial_result(main) if own and ended else None,
            "origin_ticket": origin,
            "control": (not ended and live.control) or "none",
            "consulted": (not ended and live._consulted_name()) or None,
            "can": live._possible_actions(),
        }

    @api.model
    def _dial_result(self, main):
        """Return what became of a call that was not answered, in words; else None."""
        if main.entry != ATTEMPT:
            return None
        return self.env["callgear.call.text"]._state(main)

    @api.model
    def _note_payload(self, main, live):
        """Return the part about the agent's note after the call, and its result.

        :param main: the leg that stands for the conversation
        :param live: the leg of the phone that the agent uses now
        """
        results = self.env["callgear.result"]._choices(main)
        chosen = main.result_id
        if chosen and chosen.id not in [result["id"] for result in results]:
            name = chosen.with_context(lang=self.env.lang).name
            results = [*results, {"id": chosen.id, "name": name}]
        return {
            "note": main._is_note_open(live),
            "result_id": chosen.id or None,
            "results": results,
        }

    @api.model
    def _passing_payload(self, main, live):
        """Return the part about passing the call on: from whom, to whom, what came of it."""
        steering = self.env["callgear.steering"]
        return {
            "passed_by": steering._passed_by_payload(live),
            "consult": steering._consult_payload(live),
            "control_note": steering._control_note(live),
        }

    # ------------------------------------------------------------------ the card

    @api.model
    def _card(self, leg):
        """Return what the card of a call message is drawn from; times UTC, ISO 8601."""
        call, legs = leg.call_id, leg._conversation()
        return {
            "leg_id": leg.id,
            # By which pages know the conversation: its words are one text everywhere.
            "popup_id": leg._popup_leg(legs).id,
            "entry": leg.entry or None,
            "is_voicemail": leg._is_voicemail(),
            "direction": call.direction,
            "state": leg._live_leg(legs).state,
            "texts": self.env["callgear.call.text"]._in_all_languages(leg),
            "partner": call._name_to_reader(call.partner_id),
            "partner_id": call.partner_id.id or None,
            "agent": leg.user_id._callgear_contact().name or "" if leg.user_id else "",
            "agent_user_id": leg.user_id.id or None,
            **isos(
                started_at=call.started_at,
                answered_at=leg.answered_at,
                ended_at=leg._over_at(legs),
            ),
            "summary": leg.summary or "",
            "recording_state": _recording_state(leg, legs),
            "recordings": [
                {
                    "id": recording.id,
                    "state": recording._shown_state(),
                    "duration": recording.duration,
                    "attachment_id": recording.attachment_id.id or None,
                }
                for recording in leg._recordings()
            ],
        }


def _is_since(leg, claims):
    claimed_at = claims[leg.ticket_id]
    return bool(claimed_at) and leg.started_at > claimed_at


def _field_label(partner, name):
    return partner._fields[name].get_description(partner.env, ["string"])["string"]


def _field_text(partner, name):
    """A field of the contact as text, without what the agent may not read."""
    field, value = partner._fields[name], partner[name]
    if field.relational:
        return ", ".join(value._filtered_access("read").mapped("display_name"))
    if field.type == "selection":
        options = dict(field._description_selection(partner.env))
        return options.get(value, "")
    if field.type == "boolean":
        return partner.env._("yes") if value else ""
    return str(value or "")


def _ticket_payloads(tickets, marked=False):
    """Return what is shown of tickets.

    :param bool marked: with whose they are: not the caller's own
    """
    return [
        {
            "id": ticket.id,
            "number": ticket.number,
            "name": ticket.name,
            "stage": ticket.stage_id._callgear_shown_name(ticket.env.lang),
            "call_icon": ticket.call_icon or None,
            "contact": ticket._callgear_contact_name() if marked else None,
        }
        for ticket in tickets
    ]


def _recording_state(leg, legs):
    """Return ``awaited`` if a recording may still come of which nothing is known, or None.

    CallGear does not say that there is none: who waits decides how long.

    :param legs: all legs of the conversation
    """
    if leg.entry != CONVERSATION or leg._recordings() or not leg._over_at(legs):
        return None
    return "awaited"


def _dial_state(main, live):
    if main.answered_at:
        return "talking"
    return "calling_contact" if live.picked_up_at else "calling_agent"
