# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From notifications to records: fold a session and write what has changed."""

from functools import partial

from odoo import api, models

from ..domain.absorb import Absorbed, absorb, needs_all, revived
from ..domain.facts import first
from ..domain.legs import CONTACT_KEY, stand_in
from ..domain.timeline import build_timeline, without_microseconds
from ..domain.verdict import ANSWERED, IGNORED
from ..tools.write_changes import write_changes
from ..transaction import begin_work, end_transaction


class CallgearCall(models.Model):
    _inherit = "callgear.call"

    @api.model
    def _refresh(self, connection, session_id, popups_first=False):
        """Bring the call of a session, and its tickets, up to what is known of it.

        Idempotent. Work depends on the notifications of this one session only.

        :param bool popups_first: tell the agents in a transaction of its own, before any
            ticket is touched, which may take longer or wait for somebody; commits. The
            lock of the session is held already.
        :return: the call, or none if nothing is known of it
        """
        if not popups_first:  # whoever wants that holds the lock
            connection._lock("session", session_id)
        call, events, absorption, contacts = self._fold(connection, session_id)
        if not call:
            return call
        events.filtered(lambda event: not event.call_id).call_id = call
        if call._concerns_tickets():
            if popups_first:
                call._announce(contacts)
                contacts = None  # they may be others by the time the lock is ours again
                end_transaction(self.env)
                begin_work(self.env)
                if not connection._try_lock("session", session_id):
                    return call  # somebody has new facts, and does the rest with them
                if not events._are_all_live(connection, session_id):
                    absorption = None  # somebody had new facts, and has absorbed some
            call._lock_caller()
        call._settle()
        call._announce(contacts)
        pending = events.filtered(lambda event: event.state == "pending")
        pending.write({"state": "done", "error": False})
        call._absorb(events, absorption)
        return call

    @api.model
    def _fold(self, connection, session_id):
        """Make call, legs and recordings what the session's notifications say.

        :return: the call, the notifications that were read, which of them need not be
            read again, and the contacts with the caller's number; no call if there are
            no notifications
        """
        Event = self.env["callgear.event"]
        events, facts = Event._facts(connection, session_id)
        facts = facts or self._facts_of_unheard(connection, session_id)
        if not facts:
            return self.browse(), events, None, None
        call = self._find(connection, session_id, facts)
        events, facts, timeline, absorption = call._fold_facts(
            connection, session_id, events, facts
        )
        timeline = without_microseconds(timeline)
        number = connection._to_e164(timeline.contact_phone)
        contacts = self.env["callgear.phone"]._partners(connection, number)
        values = self._timeline_values(connection, timeline, number, contacts)
        if call.origin_user_id:
            values.pop("external_id")  # a template may leave our own key out
        if events:
            values["last_event_at"] = max(events.mapped("received_at"))
        if not values["is_internal"]:
            values |= self._caller_values(call, contacts)
        if call:
            write_changes(call, values)
        else:
            # What most calls begin with: it need not be written once more.
            values["reason"] = "dialling" if timeline.direction == "out" else "ringing"
            call = self.create(values | {"connection_id": connection.id})
        call._sync_legs(timeline)
        call._sync_recordings(timeline)
        return call, events, absorption, contacts

    def _fold_facts(self, connection, session_id, events, facts):
        """Fold what a call's notifications say, without those that are absorbed.

        :return: the notifications that were read, what they say, their timeline, and
            the Absorption that follows
        """
        build = partial(
            build_timeline,
            own=bool(self.origin_user_id),
            initiator=self.origin_operator_id.employee_id or None,
            given_up_at=self.given_up_at or None,
        )
        absorbed = Absorbed.loads(self.absorbed)
        if absorbed:
            pairs = list(zip(events, facts, strict=True))
            new = [fact for event, fact in pairs if event.state == "pending"]
            Event = self.env["callgear.event"]
            again = Event._facts(connection, session_id, legs=revived(new))
            events, facts = events + again[0], facts + again[1]
            kept = [
                f for e, f in zip(events, facts, strict=True) if e.state != "pending"
            ]
            if needs_all(build(facts), new, kept, absorbed):
                rest = Event._facts(connection, session_id, absorbed=True)
                events, facts = events + rest[0], facts + rest[1]
                absorbed = None
        timeline = build(facts)
        absorption = absorb(facts, timeline, absorbed) if events else None
        return events, facts, timeline, absorption

    def _absorb(self, events, absorption):
        """Note what later folds need not read; what stands in a ticket, they always do."""
        self.ensure_one()
        if not absorption:
            return
        legs = self.live_leg_ids.filtered(
            lambda leg: leg.leg_id in absorption.legs and not leg._is_in_use()
        )
        gone = {events[index].id: None for index in absorption.spare}
        for leg in legs:
            for index in absorption.legs[leg.leg_id]:
                gone[events[index].id] = leg.leg_id
        events._set_absorbed(gone)
        legs.is_absorbed = True
        write_changes(
            self, {"absorbed": absorption.absorbed and absorption.absorbed.dumps()}
        )

    def _lock_caller(self):
        """Have one caller's calls go one at a time: missed calls are grouped over them."""
        connection = self.connection_id
        connection._lock("caller", self.phone or self.session_id)
        if self.partner_id:
            connection._lock("partner", self.partner_id.id)

    def _concerns_tickets(self):
        """Whether anything of the call stands in a ticket, should, or ends a waiting."""
        verdict = self._judge()
        entries = self.live_leg_ids.filtered("item")
        return bool(verdict.items or entries) or verdict.outcome == ANSWERED

    @api.model
    def _find(self, connection, session_id, facts):
        """Return the call of a session; ours by its key, if the webhook outran the answer."""
        own = [("connection_id", "=", connection.id)]
        call = self.search([*own, ("session_id", "=", session_id)], limit=1)
        external_id = first(fact.said.external_id for fact in facts)
        if not call and external_id:
            # A call that nothing was heard of went by its own key meanwhile.
            unnamed = ("session_id", "in", (False, external_id))
            call = self.search(
                [*own, ("external_id", "=", external_id), unnamed], limit=1
            )
        return call

    @api.model
    def _timeline_values(self, connection, timeline, number, contacts):
        virtual = connection._to_e164(timeline.virtual_phone)
        own = self.env["callgear.virtual.number"]._among(connection, number, virtual)
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
            "is_internal": number in own
            or connection._is_internal(timeline.contact_phone, number, contacts),
            "is_lost": timeline.is_lost,
            "has_talk": timeline.talked,
            "started_at": timeline.started_at,
            "answered_at": timeline.answered_at,
            "ended_at": timeline.ended_at,
            "wait_seconds": timeline.wait_seconds,
            "talk_seconds": timeline.talk_seconds,
            "total_seconds": timeline.total_seconds,
            "scenario_name": timeline.scenario_name,
            "tags": ", ".join(timeline.tags) or None,
        }

    @api.model
    def _caller_values(self, call, contacts):
        """Who is on the other end: once found or chosen, they stay."""
        if call.partner_id or call.partner_chosen:
            return {}
        return {"partner_id": contacts[:1].id}

    # ------------------------------------------------------------------- legs

    def _sync_legs(self, timeline):
        """Make the leg records those of the timeline."""
        self.ensure_one()
        wanted = {leg.key: leg for leg in timeline.legs}
        records = {leg.leg_id: leg for leg in self._legs_of(wanted)}
        self._rename_stand_ins(records, wanted)
        operators = self.env["callgear.operator"]._find_or_create(
            self.connection_id,
            {
                leg.employee_id: leg.employee_name
                for leg in timeline.operator_legs
                if leg.employee_id
            },
        )
        new = []
        for key, leg in wanted.items():
            operator = operators.get(leg.employee_id) if leg.is_operator else None
            values = self._leg_values(leg, operator)
            if key in records:
                records[key]._take_facts(values, operator)
            else:
                user = operator._agent() if operator else self.env["res.users"]
                new.append({**values, "call_id": self.id, "user_id": user.id})
        self.env["callgear.leg"].create(new)
        stale = [record for key, record in records.items() if key not in wanted]
        if stale:
            self._lock_caller()
            self.env["callgear.leg"].union(*stale)._withdraw_for_good()

    def _legs_of(self, wanted):
        """Return the live legs, and the wanted ones of those absorbed, which then live."""
        if not self.absorbed:
            return self.live_leg_ids
        known = self.live_leg_ids
        missing = wanted.keys() - set(known.mapped("leg_id"))
        revived = self.env["callgear.leg"].search(
            [
                ("call_id", "=", self.id),
                ("leg_id", "in", list(missing)),
                ("is_absorbed", "=", True),
            ]
        )
        if revived:
            revived.is_absorbed = False
            self.invalidate_recordset(["live_leg_ids"])
        return known | revived

    @staticmethod
    def _rename_stand_ins(records, wanted):
        """A leg known by its party only becomes the one that a notification names."""
        missing = [leg for key, leg in wanted.items() if key not in records]
        for leg in missing:
            key = stand_in(leg.employee_id) if leg.is_operator else CONTACT_KEY
            old = records.get(key)
            if old and key not in wanted:
                records[leg.key] = records.pop(key)
                old.leg_id = leg.key

    @staticmethod
    def _leg_values(leg, operator):
        return {
            "leg_id": leg.key,
            "operator_id": operator.id if operator else False,
            "is_operator": leg.is_operator,
            "state": leg.state,
            "started_at": leg.started_at,
            "picked_up_at": leg.picked_up_at,
            "answered_at": leg.answered_at,
            "ended_at": leg.ended_at,
            "talk_seconds": leg.talk_seconds or 0,
        }

    def _sync_recordings(self, timeline):
        """Make the recording records those of the timeline; none of an ignored call."""
        self.ensure_one()
        if self._judge().outcome == IGNORED:
            self.recording_ids.filtered(lambda r: r.state != "stored").unlink()
            return
        legs = {leg.leg_id: leg for leg in self.live_leg_ids}
        records = {recording.url: recording for recording in self.recording_ids}
        new = []
        for recording in timeline.recordings:
            leg = legs.get(recording.leg_key)
            values = {
                "leg_id": leg.id if leg else False,
                "duration": recording.seconds or 0,
            }
            if record := records.get(recording.url):
                record._take_facts(values)
            else:
                new.append({**values, "call_id": self.id, "url": recording.url})
        self.env["callgear.recording"]._expect(new)
