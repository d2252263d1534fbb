# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import time
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_date

from ..domain import books
from ..domain.books import COUNTED_TOO, DAY, MONTH, Finding
from ..models.callgear_difference import BOOKS
from ..transaction import end_transaction, in_own_transaction, roll_back
from .book_rows import BookRows, by_call, talk_values

_logger = logging.getLogger(__name__)
# What is computed and stored, and may have to be computed anew.
_OF_CALL = ("main_leg_id", "agent_id", "has_ticket", "missed_ticket_id")
# Without a ticket, team and channel are those of the settings of the call's day.
_OF_PLACE = ("team_id", "channel_id")
_OF_LEG = ("team_id", "channel_id")


class CallgearBooks(models.AbstractModel):
    """Holds journal, tickets and dashboard against each other (R64).

    Each part of a period is read by a few statements from one snapshot, and compared by the
    rules in ``domain/books.py``, which know nothing of how the records were written. What is
    wrong is worked on again as if news had come: what is right then was put right.
    """

    _name = "callgear.books"
    _description = "Journal, Tickets and Dashboard"

    @api.model
    def _balance(self, comparison, since, till, until):
        """Compare a part of a comparison's period, and note each difference.

        :param float until: when to leave off (monotonic)
        :return: whether all was compared; what is noted already is passed over next time
        """
        own = self.with_user(SUPERUSER_ID)
        for book in ("records", "facts", "sums"):
            read = partial(own._read, book, comparison, since, till)
            noted = set(comparison.difference_ids.mapped("key"))
            found = [one for one in read() if _key(one) not in noted]
            if not found:
                continue
            tried = getattr(own, f"_put_{book}_right")(found, until)
            left = set(map(_key, read()))
            in_own_transaction(self.env, partial(own._note, comparison, tried, left))
            if len(tried) < len(found):
                return False
        return True

    @api.model
    def _read(self, book, comparison, since, till):
        """Return what differs in a part of the books, from one snapshot.

        :param str book: ``records``, ``facts`` or ``sums``
        """
        if book == "facts":
            in_own_transaction(self.env, self._count_due)
        self.env.flush_all()
        # What follows sees the database as it is at one moment, unlike the work on calls.
        end_transaction(self.env)
        self.env.invalidate_all()
        connection, is_last = comparison.connection_id, till >= comparison.date_to
        days_ending = self.env["callgear.ticket.sum"]._days_ending
        rows = BookRows(
            self.env,
            connection,
            since,
            till,
            days=days_ending(since, till, is_last),
            # At last, when their days are right.
            months=days_ending(comparison.date_from, till, True) if is_last else [],
            with_strays=self._is_first(connection),
        )
        found = books.gravest(getattr(self, f"_in_{book}")(rows))
        end_transaction(self.env)
        return found

    @api.model
    def _count_due(self):
        self.env["callgear.ticket.fact"]._note_broken_promises()
        self.env["callgear.ticket.fact"]._count_noted_now()

    @api.model
    def _is_first(self, connection):
        """Return whether it is the first connection of its company.

        It answers for what belongs to none: what is deleted, and sums.
        """
        own = [("company_id", "=", connection.company_id.id)]
        return connection == connection.search(own, order="id", limit=1)

    @api.model
    def _safely(self, put_right):
        """Put one thing right; if it fails, it remains, and stops no others."""
        try:
            in_own_transaction(self.env, put_right)
        except Exception:
            roll_back(self.env)
            _logger.warning("A difference could not be put right", exc_info=True)

    # -------------------------------------------------------- journal and tickets

    @api.model
    def _in_records(self, rows):
        """Yield what journal and tickets do not say alike."""
        calls = rows.calls()
        ids = [call.id for call in calls]
        legs = rows.legs(ids)
        of_call, recordings = by_call(legs), by_call(rows.recordings(ids))
        for call in calls:
            yield from books.of_call(call, of_call[call.id], recordings[call.id])
        for ticket in rows.tickets(sorted(_tickets(legs))):
            yield from books.of_ticket(ticket)

    @api.model
    def _put_records_right(self, found, until):
        """Work on calls, and on tickets, as if news of them had come.

        :return: the findings that were worked on before the time was over
        """
        tried = []
        for place in dict.fromkeys((one.what, one.key) for one in found):
            self._safely(partial(self._put_record_right, *place))
            tried += [one for one in found if (one.what, one.key) == place]
            if time.monotonic() >= until:
                break
        return tried

    @api.model
    def _put_record_right(self, what, key):
        if what == "call":
            call = self.env["callgear.call"].browse(key).exists()
            if call:
                self._settle_again(call)
            return
        ticket = self.env["helpdesk.ticket"].browse(key).exists()
        if ticket.call_leg_ids.filtered("entry"):
            self._update(ticket)

    @api.model
    def _settle_again(self, call):
        """Fold a call's notifications again, and bring its tickets in step."""
        connection = call.connection_id
        connection._lock("session", call.session_id)
        if not self.env["callgear.refresh"]._refresh(connection, call.session_id):
            # Its notifications are not kept any more.
            with call._quietly():
                call._lock_caller()
                self.env["callgear.settlement"]._settle(call)
        legs = call.live_leg_ids
        for leg in legs.filtered("message_id"):
            self.env["callgear.settlement"]._sync_message(leg)
        self._compute_again(legs.filtered("ticket_id"), _OF_LEG)
        has_place = call.main_leg_id.ticket_id
        self._compute_again(call, (*_OF_CALL, *_OF_PLACE) if has_place else _OF_CALL)
        self._update(legs.ticket_id)

    @api.model
    def _update(self, tickets):
        tickets._callgear_update_from_calls()
        self._compute_again(tickets.exists(), ("call_waiting_since",))

    @api.model
    def _compute_again(self, records, names):
        """Compute stored fields anew, whatever stands there."""
        for name in names:
            self.env.add_to_compute(records._fields[name], records)
        records._recompute_recordset(names)
        records.flush_recordset()

    # ------------------------------------------------------ dashboard and journal

    @api.model
    def _in_facts(self, rows):
        """Yield what the facts of the dashboard, and the journal, do not say alike."""
        Fact = self.env["callgear.ticket.fact"]
        if Fact._is_being_counted():
            return
        # What another transaction has noted, or is counting at this moment.
        due_tickets, due_calls = self.env["callgear.fact.due"]._left()
        calls = [call for call in rows.calls() if call.id not in due_calls]
        ids, now = [call.id for call in calls], fields.Datetime.now()
        facts = rows.facts("call", ids)
        for call in calls:
            expected = books.call_values(call, now)
            yield from books.of_figures("call", call.id, expected, facts.get(call.id))
        legs = [leg for leg in rows.legs(ids) if leg.ticket_id not in due_tickets]
        facts = rows.facts("leg", [leg.id for leg in legs])
        for leg in legs:
            yield from books.of_figures(
                "call", leg.call_id, talk_values(leg), facts.get(leg.id)
            )
        ticket_ids = sorted(_tickets(legs) - due_tickets)
        facts = rows.facts("ticket", ticket_ids)
        for ticket_id, expected in rows.new_tickets(ticket_ids).items():
            yield from books.of_figures(
                "ticket", ticket_id, expected, facts.get(ticket_id)
            )
        for source, id_, ticket_id, kind, at in rows.stray_facts():
            what, key = ("call", id_) if source == "call" else ("ticket", ticket_id)
            if key not in (due_calls if what == "call" else due_tickets):
                yield Finding(COUNTED_TOO, what, key, "kind", kind, at=(at,))

    @api.model
    def _put_facts_right(self, found, until):
        """Count calls and tickets again, and make the sums of their days anew.

        :return: the findings
        """
        calls = [one.key for one in found if one.what == "call"]
        tickets = {one.key for one in found if one.what == "ticket"}
        tickets |= set(self.env["callgear.call"].browse(calls).leg_ids.ticket_id.ids)
        count = self.env["callgear.ticket.fact"]._count_locked
        self._safely(partial(count, sorted(tickets), calls))
        # What stands in a sum has been counted by what was wrong.
        Sum = self.env["callgear.ticket.sum"]
        for day in Sum._summed_days({at for one in found for at in one.at}):
            self._safely(partial(Sum._add_up_again, day))
        return found

    @api.model
    def _in_sums(self, rows):
        """Yield which days are added up otherwise than their facts."""
        if not rows.with_strays or self.env["callgear.ticket.fact"]._is_being_counted():
            return
        Sum, company = self.env["callgear.ticket.sum"], rows.connection.company_id
        wrong = set()
        for day, *said in Sum._unequal_days(company, rows.days):
            wrong.add(day.replace(day=1))
            yield Finding(DAY, "day", day, *said)
        for month, *said in Sum._unequal_months(company, rows.months):
            if month not in wrong:
                yield Finding(MONTH, "month", month, *said)

    @api.model
    def _put_sums_right(self, found, until):
        """Make the sums of days anew.

        :return: the findings
        """
        for day in sorted({one.key for one in found}):
            self._safely(partial(self.env["callgear.ticket.sum"]._add_up_again, day))
        return found

    # --------------------------------------------------------------- writing down

    @api.model
    def _note(self, comparison, findings, left):
        """Note findings as differences.

        :param left: keys of those that remain
        """
        own = comparison.connection_id._in_admins_language()
        words = self.with_context(lang=own.env.lang)
        for one in findings:
            self.env["callgear.difference"]._note(
                comparison,
                _key(one),
                kind=one.kind,
                state="left" if _key(one) in left else "completed",
                **words._values(comparison, one),
            )

    @api.model
    def _values(self, comparison, finding):
        """Return where a difference is, and what the two books say."""
        Call, Ticket = self.env["callgear.call"], self.env["helpdesk.ticket"]
        values = {
            "one_says": self._told(finding, finding.one),
            "other_says": self._told(finding, finding.other),
        }
        if finding.what in ("day", "month"):
            start, _end = self.env["callgear.ticket.sum"]._bounds(finding.key)
            return {**values, "day": finding.key, "started_at": start}
        if finding.what == "ticket":
            ticket = Ticket.browse(finding.key).exists()
            made_at = ticket.call_made_at or ticket.create_date
            # By its first call it is known.
            phone = ticket._callgear_first_leg().call_id.phone
            values |= {"ticket_id": ticket.id, "started_at": made_at, "phone": phone}
        else:
            call = Call.browse(finding.key).exists()
            values |= {
                "call_id": call.id,
                "session_id": call.session_id,
                "phone": call.phone,
                "ticket_id": call.main_leg_id.ticket_id.id,
                "started_at": call.started_at,
            }
        values["started_at"] = values["started_at"] or comparison.date_from
        return values

    @api.model
    def _told(self, finding, value):
        """Return in words what a book says, with the name of the field."""
        if finding.kind in (DAY, MONTH):
            day = format_date(self.env, finding.key)
            if not finding.name:
                return day
            label = self._label(self.env["callgear.statistics"]._fields[finding.name])
            return f"{day}, {label}: {value}"
        models_ = {"ticket": "helpdesk.ticket", "call": "callgear.call"}
        names = [models_.get(finding.what), "callgear.leg", "callgear.ticket.fact"]
        found = (self.env[name]._fields.get(finding.name) for name in names if name)
        field = next(filter(None, found), None)
        if not finding.name:
            return False
        if value is None or value is False and field and field.type != "boolean":
            return self.env._("nothing")
        if not field:
            return str(value)
        return f"{self._label(field)}: {self._in_words(field, value)}"

    @api.model
    def _label(self, field):
        return field.get_description(self.env, ["string"])["string"]

    @api.model
    def _in_words(self, field, value):
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value).exists().display_name
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type == "datetime":
            return self.env["ir.qweb.field.datetime"].value_to_html(value, {})
        return str(value)


def _key(finding):
    """Return what names a difference among those of a comparison.

    Between the same books, a call has one.
    """
    return f"{BOOKS[finding.kind]}:{finding.what}:{finding.key}"


def _tickets(legs):
    return {leg.ticket_id for leg in legs if leg.ticket_id}
