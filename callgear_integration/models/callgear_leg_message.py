# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The call message: the one message of a ticket that stands for a conversation."""

from markupsafe import Markup

from odoo import Command, models
from odoo.tools import format_date, format_time, is_html_empty

from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED
from ..tools.durations import seconds_between
from ..tools.write_changes import write_changes


class CallgearLeg(models.Model):
    _inherit = "callgear.leg"

    def _sync_message(self):
        """Post the call message, or bring the one that is there up to date."""
        self.ensure_one()
        body = self.with_env(self.call_id._in_language().env)._message_body()
        message = self.message_id
        if not message:
            message = self.message_id = self._post_message(body)
        else:
            author = self._author()
            values = {"res_id": self.ticket_id.id, "author_id": author.id}
            if str(message.body) != str(body) and not _is_edited(message):
                values["body"] = body
            if message.author_id != author:
                values["email_from"] = author.email_formatted
            write_changes(message, values)
        attachments = self._audio()
        if message.attachment_ids != attachments:
            message.attachment_ids = [Command.set(attachments.ids)]

    def _post_message(self, body):
        """An internal note, so that no customer gets an e-mail because of a call."""
        ticket = self.ticket_id.with_context(
            callgear_settlement=True, mail_post_autofollow_author_skip=True
        )
        return ticket.message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            author_id=self._author().id,
        )

    def _author(self):
        """The agent; of a missed call, nobody in particular."""
        if self.item == MISSED or not self.user_id:
            return self.env.ref("base.partner_root")
        return self.user_id.partner_id

    def _audio(self):
        return self._recordings().attachment_id

    def _recordings(self):
        recordings = self.recording_ids
        if self.item == MISSED:  # the caller's voicemail belongs to no conversation
            recordings |= self.call_id.recording_ids.filtered(lambda r: not r.leg_id)
        return recordings

    def _message_body(self):
        self.ensure_one()
        head = Markup("<strong>%s</strong>") % self._headline()
        lines = Markup("<br>").join([head, *filter(None, self._details())])
        body = Markup("<p>%s</p>") % lines
        if self.summary:
            text = Markup("<br>").join(self.summary.strip().splitlines())
            body += Markup("<p>%s</p>") % text
        return body

    def _headline(self):
        if self.item == ATTEMPT:
            number = self.call_id._number_text()
            if self._is_absent():
                agent = self.user_id.name
                return self.env._(
                    "Call to %(number)s: not made, %(agent)s did not pick up",
                    number=number,
                    agent=agent,
                )
            if self.call_id.reason == "unheard":
                return self.env._("Call to %s: nothing was heard of it", number)
            return self.env._("Call to %s: no answer", number)
        return self.call_id._subject(self.item)

    def _is_absent(self):
        """Whether the agent himself did not pick up, so that nobody was called."""
        return self.item == ATTEMPT and self.call_id.reason == "agent_absent"

    def _details(self):
        """When, and how long: the second line of the message."""
        call = self.call_id
        lang, tz = self.env.context.get("lang"), call.connection_id.tz
        local = call.connection_id._to_local(call.started_at)
        day = format_date(self.env, local.date(), lang_code=lang)
        hour = format_time(
            self.env, call.started_at, tz=tz, time_format="short", lang_code=lang
        )
        yield f"{day} {hour} · {self._course()}"

    def _course(self):
        call = self.call_id
        if self.item == CONVERSATION:
            if not self.ended_at:
                return self.env._("Call in progress")
            return self.env._("talked %s", _clock(self.talk_seconds))
        waited = call.wait_seconds or call.total_seconds
        if self._is_absent():
            return self.env._("the agent's own phone rang %s", _clock(waited))
        if self.item == ATTEMPT:
            # The agent's own phone may have rung before: that is not the contact's.
            contact = call.live_leg_ids.filtered(lambda leg: not leg.is_operator)[-1:]
            rang = seconds_between(contact.started_at, contact.ended_at) or waited
            return self.env._("rang %s", _clock(rang))
        return self.env._("waited %s", _clock(waited))

    def _ticket_description(self, title):
        """The ticket's description, which helpdesk wants to be there."""
        if self.summary:
            title = Markup("<br>").join(self.summary.strip().splitlines())
        return Markup("<p>%s</p>") % title


def _is_edited(message):
    """Whether a person has rewritten or emptied the message: then the text is his."""
    return is_html_empty(message.body) or "o-mail-Message-edited" in message.body


def _clock(duration):
    """65 → 1:05."""
    minutes, rest = divmod(duration or 0, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"
