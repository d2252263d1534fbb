# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import ormcache

# No phone rings longer. Without a limit, a call whose end was lost is shown for hours.
RINGING_MINUTES = 5
# Nobody talks longer without any news of the call.
TALKING_HOURS = 2
# So many conversations whose note is not finished are shown.
MAX_NOTES = 5
CALL_PREFERENCES = [
    "callgear_popup",
    "callgear_sound",
    "callgear_desktop_notification",
    "callgear_open_contact",
]


class ResUsers(models.Model):
    _inherit = "res.users"

    callgear_popup = fields.Boolean(
        string="Call Popup", default=True, help="Show a popup while my phone rings."
    )
    callgear_sound = fields.Boolean(
        string="Call Sound", default=False, help="Play a sound while my phone rings."
    )
    callgear_desktop_notification = fields.Boolean(
        string="Desktop Notification of Calls",
        default=True,
        help="Let the browser notify me of a call while I look at something else.",
    )
    callgear_open_contact = fields.Boolean(
        string="Open the Caller's Contact",
        default=True,
        help="When I answer, the caller's contact opens by itself.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + CALL_PREFERENCES

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + CALL_PREFERENCES

    @api.model
    def _get_invalidation_fields(self):
        # The contact is cached: it is the bus channel of calls, and identifies colleagues.
        return super()._get_invalidation_fields() | {"partner_id"}

    def _callgear_contact(self):
        """Return the user's contact, whose bus channel the user's pages subscribe to."""
        return self.env["res.partner"].browse(self._callgear_contact_id())

    @ormcache("self.id")
    def _callgear_contact_id(self):
        return self.partner_id.id

    def _callgear_session(self):
        """Return the data that the web client gets with its first page.

        :return: dict: ``calls`` (as ``callgear_current_calls``), ``preferences`` (dict of
            bool by name)
        """
        self.ensure_one()
        return {
            "calls": self.callgear_current_calls(),
            "preferences": {
                name.removeprefix("callgear_"): self[name] for name in CALL_PREFERENCES
            },
        }

    @api.model
    def callgear_current_calls(self):
        """Return the user's current conversations, for the popups after a reload.

        Those come first whose note is to be finished, then those that go on.

        :return: list of at most 25 dicts, the payloads of ``callgear.call`` on the bus
        """
        now = fields.Datetime.now()
        # sudo: callgear.leg - the user's own conversations
        legs_sudo = (
            self.env["callgear.leg"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("state", "!=", "ended"),
                    ("call_id.state", "!=", "ended"),
                    ("call_id.is_internal", "=", False),
                    (
                        "call_id.last_event_at",
                        ">",
                        now - timedelta(hours=TALKING_HOURS),
                    ),
                    ("overtaken_at", "=", False),
                    "|",
                    ("state", "=", "talking"),
                    ("known_at", ">", now - timedelta(minutes=RINGING_MINUTES)),
                ],
                order="started_at desc, id desc",
                limit=20,
            )
            .sorted()
        )
        announcer_sudo = legs_sudo.env["callgear.announcer"]
        # Several phones of the user that ring or are used in a call are one conversation.
        popups = {leg_sudo._popup_leg(): leg_sudo for leg_sudo in legs_sudo}
        going_on = [announcer_sudo._payload(leg_sudo) for leg_sudo in popups.values()]
        shown = {payload["id"] for payload in going_on}
        notes = (
            announcer_sudo._payload(leg_sudo)
            for leg_sudo in legs_sudo._open_notes(self.env.user, MAX_NOTES).sorted()
        )
        # One that goes on at another phone of the agent is not over.
        return [n for n in notes if n["note"] and n["id"] not in shown] + going_on
