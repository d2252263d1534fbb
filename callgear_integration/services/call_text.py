# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date, format_time

from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED, VOICEMAIL
from ..tools.times import seconds_between


class CallgearCallText(models.AbstractModel):
    """What people read of a call: in tickets, messages, cards and lists alike.

    All texts are in the language of the context.
    """

    _name = "callgear.call.text"
    _description = "Texts about Calls"

    @api.model
    def _subject(self, call, entry):
        """Return the standard subject of a ticket for a call.

        :param str entry: the kind of ticket entry, or False while it is not known
        """
        number = call._visible_number()
        if call.is_erased:
            return self._subject_of_erased(call, entry)
        if call.direction == "out" and entry != MISSED:
            return self.env._("Outgoing call to %s", self._number(call))
        # Whole sentences, because languages inflect the words for a hidden number.
        if entry == MISSED and call.reason == VOICEMAIL:
            if not number:
                return self.env._("Voicemail from hidden number")
            return self.env._("Voicemail from %s", number)
        if entry == MISSED:
            if not number:
                return self.env._("Missed call from hidden number")
            return self.env._("Missed call from %s", number)
        if not number:
            return self.env._("Incoming call from hidden number")
        return self.env._("Incoming call from %s", number)

    @api.model
    def _subject_of_erased(self, call, entry):
        if call.direction == "out" and entry != MISSED:
            return self.env._("Outgoing call to deleted number")
        if entry == MISSED and call.reason == VOICEMAIL:
            return self.env._("Voicemail from deleted number")
        if entry == MISSED:
            return self.env._("Missed call from deleted number")
        return self.env._("Incoming call from deleted number")

    @api.model
    def _number(self, call):
        return call.with_context(lang=self.env.lang)._number_text()

    @api.model
    def _missed_notice(self, call, name):
        """Return what the agent is told of a missed call.

        :param name: of the other party, if the agent may see it
        """
        if name and call.reason == VOICEMAIL:
            return self.env._("Voicemail from %(name)s", name=name)
        if name:
            return self.env._("Missed call from %(name)s", name=name)
        return self._subject(call, MISSED)

    @api.model
    def _headline(self, leg):
        """Return what happened, in one line."""
        if leg.entry != ATTEMPT:
            return self._subject(leg.call_id, leg.entry)
        number = self._number(leg.call_id)
        who = leg.call_id.hung_up_by_id.name
        if leg.call_id.reason == "agent_cancelled":
            return self.env._(
                "Call to %(number)s: not made, %(agent)s cancelled it",
                number=number,
                agent=who,
            )
        if leg.call_id.reason == "agent_hung_up":
            return self.env._(
                "Call to %(number)s: %(agent)s hung up before it was answered",
                number=number,
                agent=who,
            )
        if leg._is_agent_absent():
            return self.env._(
                "Call to %(number)s: not made, %(agent)s did not pick up",
                number=number,
                agent=leg.user_id.name,
            )
        if leg.call_id.reason == "unheard":
            return self.env._("Call to %s: CallGear never reported it", number)
        return self.env._("Call to %s: no answer", number)

    @api.model
    def _state(self, leg):
        """Return what became of an agent's conversation, in a few words.

        :param leg: that has the ticket entry, if any leg of the call has one
        """
        reason = leg.call_id.reason
        if not leg.entry:
            if reason == VOICEMAIL:
                return self.env._("voicemail")
            return self.env._("missed outside working hours")
        course = self._course(leg)
        if leg.entry == CONVERSATION:
            return course
        if leg._is_voicemail():
            return self.env._("voicemail: %s", course)
        if reason == "agent_cancelled":
            return self.env._("cancelled")
        if reason == "agent_hung_up":
            return self.env._("cancelled: %s", course)
        if leg._is_agent_absent():
            return self.env._("not made: you did not pick up")
        if reason == "unheard":
            return self.env._("not reported by CallGear")
        if leg.entry == ATTEMPT:
            return self.env._("no answer: %s", course)
        return self.env._("missed: %s", course)

    @api.model
    def _course(self, leg):
        """Return how long it took: talked, waited or rung; and its result, if any."""
        call = leg.call_id
        if leg.entry == CONVERSATION:
            if not leg._is_over():
                return self.env._("Call in progress")
            if leg.length_unknown:
                talked = self.env._("talked, length unknown")
            else:
                talked = self.env._("talked %s", clock(leg.talk_seconds))
            result = leg.result_id.with_context(lang=self.env.lang)
            return f"{talked} · {result.name}" if result else talked
        waited = call.wait_seconds or call.total_seconds
        # Of a call of ours that was never told of, nothing is known either.
        unknown = call.length_unknown or call.reason == "unheard"
        if unknown and leg.entry == ATTEMPT:
            return self.env._("rang, length unknown")
        if unknown:
            return self.env._("waited, length unknown")
        if leg._is_agent_absent():
            return self.env._("the agent's own phone rang %s", clock(waited))
        if leg.entry == ATTEMPT:
            # The agent's own phone may have rung before: that is not the contact's.
            contact = call.live_leg_ids.filtered(lambda leg: not leg.is_operator)[-1:]
            rang = seconds_between(contact.started_at, contact.ended_at) or waited
            return self.env._("rang %s", clock(rang))
        if leg._is_voicemail():
            files = leg._recordings().filtered(lambda file: not file.leg_id)
            if length := sum(files.mapped("duration")):
                return self.env._("message of %s", clock(length))
            return self.env._("left a message")
        return self.env._("waited %s", clock(waited))

    @api.model
    def _started(self, call):
        """Return when the call began, by the clock of its CallGear account."""
        connection, lang = call.connection_id, self.env.context.get("lang")
        local = connection._to_local(call.started_at)
        day = format_date(self.env, local.date(), lang_code=lang)
        hour = format_time(
            self.env,
            call.started_at,
            tz=connection.tz,
            time_format="short",
            lang_code=lang,
        )
        return f"{day} {hour}"

    @api.model
    def _message_body(self, leg):
        """Return the call message as HTML: what, when and how long, what about."""
        head = Markup("<strong>%s</strong>") % self._headline(leg)
        when = f"{self._started(leg.call_id)} · {self._course(leg)}"
        body = Markup("<p>%s</p>") % Markup("<br>").join([head, when])
        if leg.summary:
            body += Markup("<p>%s</p>") % _lines(leg.summary)
        # sudo: callgear.deletion - that the data is gone is part of the message
        if leg.call_id.is_erased and leg.call_id.sudo().erasure_id.reason == "person":
            body += Markup("<p>%s</p>") % self.env._("The caller's data was erased.")
        return body

    @api.model
    def _ticket_description(self, leg, subject):
        """Return the description of a ticket as HTML; the helpdesk requires one."""
        return Markup("<p>%s</p>") % (_lines(leg.summary) if leg.summary else subject)

    @api.model
    def _in_all_languages(self, leg):
        """Return headline and course of a leg in each installed language.

        News of a card is sent once to all who look at the ticket, whatever they read.

        :return: dict: language code → {"headline": str, "course": str}
        """
        texts = {}
        for lang, _name in self.env["res.lang"].get_installed():
            text = self.with_context(lang=lang)
            texts[lang] = {
                "headline": text._headline(leg),
                "course": text._course(leg),
            }
        return texts

    @api.model
    def _running(self, leg):
        """Return what goes on in a conversation that is not over, in a few words."""
        if leg.call_id.state == "talking":
            return self.env._("%s is talking", leg.user_id.name)
        if leg.direction == "out":
            return self.env._("%s is calling", leg.user_id.name)
        return self.env._("Is calling again")


def clock(duration):
    """65 → 1:05."""
    minutes, rest = divmod(duration or 0, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"


def _lines(text):
    return Markup("<br>").join(text.strip().splitlines())
