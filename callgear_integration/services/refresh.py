# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from psycopg2 import OperationalError

from odoo import api, models

from ..callgear.notification import Notification
from ..domain.absorb import Absorbed, absorb, needs_all, revived
from ..domain.conversations import Party, talks_of_agents
from ..domain.facts import Fact, first
from ..domain.legs import CONTACT_KEY, dial_number, placeholder_key
from ..domain.timeline import build_timeline, without_microseconds
from ..domain.verdict import ANSWERED, IGNORED, MISSED, VOICEMAIL
from ..tools.times import seconds_between
from ..tools.write_changes import write_changes
from ..transaction import LITTLE_PATIENCE, PATIENCE, begin_work, end_transaction
from . import drainers

_logger = logging.getLogger(__name__)


@dataclass
class Folded:
    """What the notifications of a session have become.

    ``events`` were read, ``absorption`` says which of them need not be read again.
    ``contacts`` have the caller's number, None if they were not looked up. ``news`` are
    the names of fields of the call and its legs that have changed, None if that is not
    known any more; ``answered`` are agents' legs that have been answered; ``recordings``
    says whether there are others than before. ``is_late``: nothing is new but what came too
    late.
    """

    call: Any
    events: Any
    absorption: Any = None
    contacts: Any = None
    news: set[str] | None = field(default_factory=set)
    answered: Any = ()
    recordings: bool = False
    is_late: bool = False


class CallgearRefresh(models.AbstractModel):
    """From notifications to records: folds a session and writes what has changed."""

    _name = "callgear.refresh"
    _description = "Refresh of Calls from their Notifications"

    @api.model
    def _refresh(self, connection, session_id, popups=None, steps=None):
        """Bring the call of a session, and its tickets, up to what is known of it.

        Idempotent. The work depends on the notifications of this one session only.

        :param str popups: when the agents are told in a transaction of its own, which ends
            before tickets are touched: ``before_new`` if one has to be made, as that may
            take long; ``first`` in any case; by default never
        :param steps: how to work on tickets, see ``callgear.settlement``; with errors the
            notifications stay pending
        :return: the call, or none if nothing is known of it
        """
        with connection._quietly():
            connection._lock("session", session_id)
            folded = self._fold(connection, session_id)
            call, events = folded.call, folded.events
            if not call or folded.is_late:
                return call
            if call.is_sealed:
                events._drop_late(call)
                return call
            pending = events.filtered(lambda event: event.state == "pending")
            is_begun = not pending or bool(pending.call_id)
            events.filtered(lambda event: not event.call_id).call_id = call
            if is_begun or self._concerns_others(folded):
                if is_begun:
                    folded.news = None
                self._bring_in_step(folded, session_id, popups, steps)
            elif folded.recordings:
                self.env["callgear.announcer"]._announce_recordings(call)
            if steps and steps.errors:
                return call
            pending.write({"state": "done", "error": False})
            self._absorb(call, events, folded.absorption)
            return call

    @api.model
    def _bring_in_step(self, folded, session_id, popups, steps):
        """Bring what follows from a call in step: tickets, and what pages show of it."""
        call, contacts = folded.call, folded.contacts
        self.env["callgear.steering"]._follow(call)
        if self._concerns_tickets(call):
            is_first = popups == "first"
            if is_first or (popups == "before_new" and self._makes_ticket(call)):
                self._tell(folded, contacts)
                # They may be others by the time the lock is ours again.
                contacts = None
                end_transaction(self.env)
                begin_work(self.env, PATIENCE if is_first else LITTLE_PATIENCE)
                # Somebody has new facts, or an agent's words are being saved.
                call.connection_id._lock("session", session_id)
                if not folded.events._are_all_live(call.connection_id, session_id):
                    # They had, and have absorbed some notifications.
                    folded.absorption = None
            call._lock_caller()
        self.env["callgear.settlement"]._settle(call, steps, folded.news)
        self._tell(folded, contacts)
        self.env["callgear.answered.notice"]._tell(call)

    @api.model
    def _tell(self, folded, contacts):
        """Tell agents of a call, and have those before it that it shows to be over, be so."""
        for leg in folded.answered:
            leg._overtake()
        folded.answered = ()
        self.env["callgear.announcer"]._announce(folded.call, contacts)

    @api.model
    def _concerns_others(self, folded):
        """Return whether tickets and pages may have to follow what has been folded.

        They do not if the notifications have told nothing new. The work that an earlier
        attempt has left undone is another question: its notifications have a call already.
        """
        call = folded.call
        agents = call.live_leg_ids.filtered("entry").user_id
        if folded.news or any(not agent._callgear_is_active() for agent in agents):
            return True  # who has left meanwhile takes no ticket
        # The text of a voicemail says how long it is; a call back is marked by its recording.
        return folded.recordings and (
            call.has_voicemail
            or call.direction == "out"
            and MISSED in call.live_leg_ids.ticket_id.mapped("call_kind")
        )

    @api.model
    def _refresh_among_others(self, connection, session_id):
        """Refresh one of several calls: if it fails, the others are worked on all the same.

        :return: whether it has not failed; if it has, nothing of it is left
        """
        try:
            with self.env.cr.savepoint():
                self._refresh(connection, session_id)
        except OperationalError:
            raise  # somebody works on the call at this moment: it is repeated
        except Exception:
            _logger.warning("CallGear call %s: failed", session_id, exc_info=True)
            return False
        return True

    @api.model
    def _concerns_tickets(self, call):
        """Whether anything of the call stands in a ticket, should, or ends a waiting."""
        verdict = call._judge()
        entries = call.live_leg_ids.filtered("entry")
        talked = verdict.outcome == ANSWERED or verdict.is_elsewhere
        return bool(verdict.entries or entries) or talked

    @api.model
    def _makes_ticket(self, call):
        """Return whether a ticket has to be made, or found, for an entry of the call."""
        ended = {entry.key for entry in call._judge().entries if entry.ended}
        return any(
            leg.id in ended
            and not leg.ticket_id
            and leg.ticket_choice not in ("deleted", "elsewhere")
            for leg in call.live_leg_ids
        )

    # --------------------------------------------------------------------- fold

    @api.model
    def _fold(self, connection, session_id):
        """Make call, legs and recordings what the session's notifications say.

        :return: ``Folded``; without a call if there are no notifications
        """
        call, events, facts = self._load(connection, session_id)
        if not facts:
            is_late = bool(call) and not call.is_sealed
            return Folded(call, events, is_late=is_late)
        events, facts, timeline, absorption = self._fold_facts(
            call, connection, session_id, events, facts
        )
        timeline = without_microseconds(timeline)
        number = connection._to_e164(timeline.contact_phone)
        is_over = call.state == "ended" and call.phone_raw == timeline.contact_phone
        contacts = None
        if not (is_over and call.partner_id):
            # A known caller's contact is looked up no more when the call is over.
            Phone = self.env["callgear.partner.phone"]
            contacts = Phone._find_partners(connection, number)
        values = self._call_values(connection, timeline, number)
        if call.origin_user_id:
            values.pop("external_id")  # a template may leave our own key out
        values |= self._heard_values(call, events, timeline)
        if contacts is not None:
            is_colleague = self._is_of_colleague(connection, timeline, number, contacts)
            # Numbers that are entered later change no call that is over.
            values["is_internal"] = call.is_internal if is_over else is_colleague
            if not is_colleague and not values["is_internal"]:
                values["partner_id"] = call._partner_among(contacts).id
        was_open = call.state != "ended"
        if call:
            news = set(write_changes(call, values)) - {"last_event_at", "end_known_at"}
        else:
            news = set(values)
            # What most calls begin with: it need not be written once more.
            values["reason"] = "dialling" if timeline.direction == "out" else "ringing"
            values["connection_id"] = connection.id
            values["company_id"] = connection._settings().company_id
            call = call.create(values)
        answered, changed = self._sync_legs(call, timeline, was_open)
        recordings = self._sync_recordings(call, timeline)
        if was_open and not timeline.recordings and not call.absorbed:
            # A call that goes on has none but those told: they need not be looked for.
            call._fields["recording_ids"]._insert_cache(call, [()])
        news |= changed
        return Folded(call, events, absorption, contacts, news, answered, recordings)

    @api.model
    def _load(self, connection, session_id):
        """Load the call of a session, and what its notifications say.

        What came too late is set aside; if nothing else is new, there are no facts.

        :return: ``callgear.call``, ``callgear.event``, list of ``Fact``
        """
        Event = self.env["callgear.event"]
        events, facts = Event._load_facts(connection, session_id)
        facts = facts or self._facts_of_given_up(connection, session_id)
        if not facts:
            return self.env["callgear.call"], events, facts
        call = events.call_id or self._find(connection, session_id, facts)
        if call.is_sealed:
            return call, events, []
        if events._set_late_aside(call):
            events, facts = Event._load_facts(connection, session_id)
            if all(event.state == "done" for event in events):
                facts = []
        return call, events, facts

    @api.model
    def _heard_values(self, call, events, timeline):
        """Return the values of a call that say when it was last heard of, and of its end."""
        values = {}
        if events:
            values["last_event_at"] = max(events.mapped("received_at"))
        is_over = timeline.state == "ended"
        if call.state != "ended" or not is_over:
            heard_at = values.get("last_event_at") or call.given_up_at
            values["end_known_at"] = is_over and heard_at
        return values

    @api.model
    def _is_of_colleague(self, connection, timeline, number, contacts):
        """Return whether the other party is a colleague, see ``_is_internal``."""
        own = self.env["callgear.virtual.number"]._find_by_number(connection, number)
        raw = timeline.contact_phone
        return bool(own) or connection._is_internal(raw, number, contacts)

    @api.model
    def _facts_of_given_up(self, connection, session_id):
        """Return what is certain of a call of ours that was never told of: it is over."""
        call = self._find(connection, session_id, [])
        if not call.given_up_at or not call.origin_user_id:
            return []
        notification = Notification(
            event="end",
            session_id=session_id,
            external_id=call.external_id,
            contact_phone=call.phone,
            virtual_phone=call.virtual_phone or None,
            employee_id=call.origin_operator_id.employee_id or None,
            employee_name=call.origin_operator_id.name or None,
        )
        return [Fact(call.started_at, notification)]

    @api.model
    def _find(self, connection, session_id, facts):
        """Return the call of a session; ours by its key, if the webhook outran the answer."""
        Call = self.env["callgear.call"]
        own = [("connection_id", "=", connection.id)]
        # There is one at most.
        call = Call.search([*own, ("session_id", "=", session_id)], order="id")
        external_id = first(fact.notification.external_id for fact in facts)
        if not call and external_id:
            # A call that nothing was heard of went by its own key meanwhile.
            unnamed = ("session_id", "in", (False, external_id))
            call = Call.search(
                [*own, ("external_id", "=", external_id), unnamed], limit=1
            )
        return call

    @api.model
    def _fold_facts(self, call, connection, session_id, events, facts):
        """Fold what a call's notifications say, without those that are absorbed.

        :return: the notifications that were read, what they say, their timeline, and
            the Absorption that follows
        """
        build = partial(
            build_timeline,
            own=bool(call.origin_user_id),
            initiator=call.origin_operator_id.employee_id or None,
            given_up_at=call.given_up_at or None,
        )
        absorbed = Absorbed.loads(call.absorbed)
        if absorbed:
            pairs = list(zip(events, facts, strict=True))
            new = [fact for event, fact in pairs if event.state == "pending"]
            Event = self.env["callgear.event"]
            again = Event._load_facts(connection, session_id, legs=revived(new))
            events, facts = events + again[0], facts + again[1]
            kept = [
                f for e, f in zip(events, facts, strict=True) if e.state != "pending"
            ]
            if needs_all(build(facts), new, kept, absorbed):
                rest = Event._load_facts(connection, session_id, absorbed=True)
                events, facts = events + rest[0], facts + rest[1]
                absorbed = None
        timeline = build(facts)
        absorption = absorb(facts, timeline, absorbed) if events else None
        return events, facts, timeline, absorption

    @api.model
    def _absorb(self, call, events, absorption):
        """Note what later folds need not read; what stands in a ticket, they always do."""
        if not absorption:
            return
        used = [legs for legs in call._conversations() if legs._is_in_use()]
        kept = call.live_leg_ids.browse().union(*used)
        legs = (call.live_leg_ids - kept).filtered(
            lambda leg: leg.leg_id in absorption.legs and not leg._is_in_use()
        )
        gone = {events[index].id: None for index in absorption.spare}
        for leg in legs:
            for index in absorption.legs[leg.leg_id]:
                gone[events[index].id] = leg.leg_id
        events._set_absorbed(gone)
        legs.is_absorbed = True
        absorbed = absorption.absorbed and absorption.absorbed.dumps()
        write_changes(call, {"absorbed": absorbed})

    # ----------------------------------------------------------------- records

    @api.model
    def _call_values(self, connection, timeline, number):
        virtual = connection._to_e164(timeline.virtual_phone)
        own = self.env["callgear.virtual.number"]._find_by_number(connection, virtual)
        return {
            "session_id": timeline.session_id,
            "external_id": timeline.external_id,
            "direction": timeline.direction,
            "state": timeline.state,
            "phone": number,
            "phone_raw": timeline.contact_phone,
            "contact_name": timeline.contact_name,
            "virtual_phone": virtual or timeline.virtual_phone,
            "virtual_number_id": own[virtual].id if virtual in own else False,
            "is_lost": timeline.is_lost,
            "has_talk": timeline.talked,
            "has_voicemail": timeline.voicemail,
            "started_at": timeline.started_at,
            "answered_at": timeline.answered_at,
            "ended_at": timeline.ended_at,
            "wait_seconds": timeline.wait_seconds,
            "talk_seconds": timeline.talk_seconds,
            "total_seconds": timeline.total_seconds,
            "length_unknown": timeline.length_unknown,
            "scenario_name": timeline.scenario_name,
            "finish_reason": timeline.finish_reason,
            "tags": ", ".join(timeline.tags) or None,
        }

    @api.model
    def _sync_legs(self, call, timeline, was_open=True):
        """Make the leg records those of the timeline.

        :param bool was_open: the call had not ended for all that was known so far, so that
            it counts for operators who have been mapped meanwhile
        :return: the agents' legs that have been answered; set of the names of fields that
            have changed
        """
        wanted = {leg.key: leg for leg in timeline.legs}
        records = {leg.leg_id: leg for leg in self._revive_legs(call, wanted)}
        _rename_placeholders(records, wanted)
        planned = self._plan_legs(call, timeline, records, was_open)
        answered, news = self.env["callgear.leg"], set()
        _sum_up_conversations(timeline, planned)
        for record, values in planned.values():
            if record:
                changed = write_changes(record, values)
                news.update(changed)
                if "answered_at" in changed:
                    answered |= record
        new = self.env["callgear.leg"].create(
            [
                {**values, "call_id": call.id, "company_id": call.company_id.id}
                for record, values in planned.values()
                if not record
            ]
        )
        stale = [record for key, record in records.items() if key not in wanted]
        if stale:
            call._lock_caller()
            legs = self.env["callgear.leg"].union(*stale)
            self.env["callgear.settlement"]._delete_placeholders(legs)
            answered -= legs
        if new or stale:
            news.add("leg_ids")
        answered = (answered | new).filtered(
            lambda leg: leg.is_operator and leg.answered_at and leg.user_id
        )
        return answered, news

    @api.model
    def _plan_legs(self, call, timeline, records, was_open):
        """Return what is to be written: dict, leg key → (record or None, values).

        :param records: dict, leg key → record
        """
        operators = self.env["callgear.operator"]._find_or_create(
            call.connection_id,
            {
                leg.employee_id: leg.employee_name
                for leg in timeline.operator_legs
                if leg.employee_id
            },
        )
        planned = {}
        for leg in timeline.legs:
            operator = operators.get(leg.employee_id) if leg.is_operator else None
            values = _leg_values(leg, operator)
            record = records.get(leg.key)
            # The agent is whoever works as the operator when the leg becomes theirs, or
            # who begins to while the call goes on. Nobody loses a call of theirs.
            is_theirs = record and values["operator_id"] == record.operator_id.id
            if not is_theirs or (was_open and operator and not record.user_id):
                values["user_id"] = operator._agent().id if operator else False
            planned[leg.key] = record, values
        return planned

    @api.model
    def _revive_legs(self, call, wanted):
        """Have the wanted ones of the absorbed legs live again.

        :return: the call's live legs
        """
        live = call.live_leg_ids
        if not call.absorbed:
            return live
        missing = wanted.keys() - set(live.mapped("leg_id"))
        again = self.env["callgear.leg"].search(
            [
                ("call_id", "=", call.id),
                ("leg_id", "in", list(missing)),
                ("is_absorbed", "=", True),
            ]
        )
        if again:
            again.is_absorbed = False
            call.invalidate_recordset(["live_leg_ids"])
        return live | again

    @api.model
    def _sync_recordings(self, call, timeline):
        """Make the recording records those of the timeline.

        None of an ignored call, unless it is a message on an answering machine.

        :return: whether there are others than before
        """
        if not timeline.recordings:
            return False
        verdict = call._judge()
        if verdict.outcome == IGNORED and verdict.reason != VOICEMAIL:
            call.recording_ids.filtered(lambda r: r.state != "stored").unlink()
            return True
        # All files of a conversation are those of the leg that stands for it.
        legs = {
            leg.leg_id: conversation[0]
            for conversation in call._conversations()
            for leg in conversation
        }
        records = {recording.url: recording for recording in call.recording_ids}
        new, changed = [], False
        for number, recording in enumerate(_in_order_of_talks(timeline)):
            leg = legs.get(recording.leg_key)
            values = {
                "leg_id": leg.id if leg else False,
                "duration": recording.seconds or 0,
                "sequence": number,
            }
            if record := records.get(recording.url):
                changed |= record._update_from_timeline(values)
            else:
                values |= {"call_id": call.id, "company_id": call.company_id.id}
                new.append({**values, "url": recording.url})
        if new:
            recordings = self.env["callgear.recording"].create(new)
            if drainers.fetches_now():
                recordings._trigger()
        return changed or bool(new)


def _rename_placeholders(records, wanted):
    """A leg known by its party only becomes the one that a notification names."""
    missing = [leg for key, leg in wanted.items() if key not in records]
    for leg in missing:
        key = placeholder_key(leg.employee_id) if leg.is_operator else CONTACT_KEY
        old = records.get(key)
        if old and key not in wanted:
            records[leg.key] = records.pop(key)
            old.leg_id = leg.key


def _sum_up_conversations(timeline, planned):
    """Tell with the first leg of a conversation how long it took at all phones.

    :param planned: leg key → (record or None, values to write); changed in place
    """
    parties = []
    for leg in timeline.operator_legs:
        record, values = planned[leg.key]
        agent = values.get("user_id", record and record.user_id.id)
        parties.append(
            Party(leg.key, True, agent, leg.order, leg.answered_at, leg.ended_at)
        )
    for talk in talks_of_agents(parties):
        begun = talk[0]
        values = planned[begun.key][1]
        ends = [party.ended_at for party in talk]
        if len(talk) > 1 and all(ends):
            values["talk_seconds"] = seconds_between(begun.answered_at, max(ends))
        values["length_unknown"] = any(
            planned[party.key][1]["length_unknown"] for party in talk
        )
        values["is_passed_on"] = bool(begun.ended_at) and not all(ends)


def _in_order_of_talks(timeline):
    """Return the recordings in the order of their conversations' answers."""
    talks = [leg for leg in timeline.operator_legs if leg.answered_at]
    talks.sort(key=lambda leg: (leg.answered_at, leg.order))
    places = {leg.key: place for place, leg in enumerate(talks)}
    return sorted(
        timeline.recordings, key=lambda one: places.get(one.leg_key, len(talks))
    )


def _leg_values(leg, operator):
    return {
        "leg_id": leg.key,
        "dial_number": dial_number(leg.key),
        "operator_id": operator.id if operator else False,
        "is_operator": leg.is_operator,
        "state": leg.state,
        "started_at": leg.started_at,
        "picked_up_at": leg.picked_up_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "talk_seconds": leg.talk_seconds or 0,
        "length_unknown": leg.length_unknown,
        "is_passed_on": False,
    }
