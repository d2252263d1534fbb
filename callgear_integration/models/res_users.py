# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import ormcache

from .. import clock
from ..client_input import for_clients
from ..tools.chosen_id import chosen_id
from ..tools.times import iso

# So many conversations whose note is not finished are shown, and so many looked at of those
# that a page knows already.
MAX_NOTES, MAX_KNOWN_NOTES = 5, 50
# Who counts as an agent in the statistics depends on these.
COUNTED = {"partner_id", "share"}
CALL_PREFERENCES = [
    "callgear_popup",
    "callgear_sound",
    "callgear_desktop_notification",
    "callgear_open_contact",
]


class ResUsers(models.Model):
    _inherit = "res.users"

    callgear_popup = fields.Boolean(
        string="Open the Phone When It Rings",
        default=True,
        help="The phone opens by itself when somebody calls me.",
    )
    callgear_sound = fields.Boolean(
        string="Call Sound", default=False, help="Play a sound while my phone rings."
    )
    callgear_desktop_notification = fields.Boolean(
        string="Desktop Notifications for Calls",
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
        # The teams are in the record rules of the figures.
        return super()._get_invalidation_fields() | {"partner_id", "helpdesk_team_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._callgear_recount()
        return users

    def _write_multi(self, vals_list):
        """Have the statistics follow who is an agent: it is computed from their groups."""
        result = super()._write_multi(vals_list)
        if any(COUNTED & vals.keys() for vals in vals_list):
            self._callgear_recount()
        return result

    def unlink(self):
        self._callgear_recount()
        # sudo: callgear.ticket.sum - whoever deletes users need not read figures
        self.env["callgear.ticket.sum"].sudo()._forget_hours(self)
        return super().unlink()

    def _callgear_recount(self):
        """Have all tickets counted again if one of the users has done something in any."""
        # sudo: mail.message, helpdesk.ticket - whether there is any, whoever may read it
        env = self.sudo().with_context(active_test=False).env
        sources = {
            "mail.message": [
                ("model", "=", "helpdesk.ticket"),
                ("author_id", "in", self.partner_id.ids),
            ],
            "helpdesk.ticket": [("create_uid", "in", self.ids)],
            "callgear.ticket.change": [("user_id", "in", self.ids)],
        }
        if any(env[model].search_count(d, limit=1) for model, d in sources.items()):
            env["callgear.ticket.fact"]._recount_soon()

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(CALL_PREFERENCES):
            for user in self:
                user._callgear_contact()._bus_send(
                    "callgear.preferences", user._callgear_preferences()
                )
        return result

    def _callgear_contact(self):
        """Return the user's contact, whose bus channel the user's pages subscribe to."""
        return self.env["res.partner"].browse(self._callgear_contact_id())

    @ormcache("self.id")
    def _callgear_contact_id(self):
        return self.partner_id.id

    @ormcache("self.id")
    def _callgear_is_active(self):
        """Return whether the user may log in; it is cached."""
        return self.active

    def _callgear_env(self, company):
        """Return the environment with the user's rights in a company, in their language.

        The companies that whoever does something has chosen are not the user's. If the
        company is not theirs either, they may see what they may see in their own.
        """
        ids = [company.id] if company.id in self._get_company_ids() else []
        own = self.with_user(self).with_context(allowed_company_ids=ids)
        return own.with_context(lang=own.context_get()["lang"]).env

    def _callgear_session(self):
        """Return the data that the web client gets with its first page.

        :return: dict: ``calls`` (as ``callgear_current_calls``), ``preferences`` (dict of
            bool by name), ``waiting`` (number of callers to call back, by company id),
            ``now`` (str, ISO 8601: the clock of a computer may be wrong)
        """
        self.ensure_one()
        # The user's record comes in sudo mode.
        phone = self.env(user=self.id, su=False)["callgear.agent.phone"]
        return {
            "calls": self.callgear_current_calls(),
            "preferences": self._callgear_preferences(),
            "waiting": phone._waiting(),
            "now": iso(clock.now(self.env)),
        }

    def _callgear_preferences(self):
        """Return how the user wants to be told of calls: dict of bool by name."""
        self.ensure_one()
        return {name.removeprefix("callgear_"): self[name] for name in CALL_PREFERENCES}

    @for_clients()
    @api.model
    def callgear_current_calls(self, known_notes=()):
        """Return the user's current conversations, for the popups after a reload.

        Those come first whose note is to be finished, then those that go on.

        :param list known_notes: ids of conversations whose notes a page shows as open. They
            are returned as well if they are, so that what is not returned is finished.
        :return: list of at most 25 dicts and those, as ``callgear.call`` on the bus
        """
        known_notes = known_notes if isinstance(known_notes, list | tuple) else []
        known_ids = [*filter(None, map(chosen_id, known_notes[:MAX_KNOWN_NOTES]))]
        # sudo: callgear.leg - the user's own conversations
        Leg = self.env["callgear.leg"].sudo()
        legs_sudo = Leg.search(
            Leg._going_on()
            & Domain("user_id", "=", self.env.uid)
            & Domain("call_id.is_internal", "=", False),
            # "ringing" sorts before "talking": what rings is never cut off.
            order="state, started_at desc, id desc",
            limit=20,
        ).sorted()
        announcer_sudo = legs_sudo.env["callgear.announcer"]
        # Several phones of the user that ring or are used in a call are one conversation.
        popups = {leg_sudo._popup_leg(): leg_sudo for leg_sudo in legs_sudo}
        going_on = [announcer_sudo._payload(leg_sudo) for leg_sudo in popups.values()]
        shown = {payload["id"] for payload in going_on}
        noted_sudo = legs_sudo._open_notes(self.env.user, MAX_NOTES, known_ids)
        notes = (announcer_sudo._payload(leg_sudo) for leg_sudo in noted_sudo.sorted())
        # One that goes on at another phone of the agent is not over.
        return [n for n in notes if n["note"] and n["id"] not in shown] + going_on

    # ------------------------------------------------ the own status in CallGear

    @for_clients()
    @api.model
    def callgear_status(self):
        """Return the user's own status in CallGear, and those that they can choose.

        :return: dict: ``id`` (text), ``name``, ``state`` (``free``, ``busy``, ``away`` or
            None), ``options`` (list of {``id``, ``name``}), ``can_set`` (bool); None if the
            user has no operator, or the account tells no statuses
        """
        try:
            operator_sudo = self._callgear_own_operator()
        except UserError:
            return None
        return self.env["callgear.presence"]._own_status(operator_sudo)

    @for_clients()
    @api.model
    def callgear_set_status(self, status_id):
        """Set the user's own status in CallGear.

        :param str status_id: ``id`` of one of the options of ``callgear_status``
        :return: as ``callgear_status``
        :raises UserError: the user has no operator, or CallGear refuses
        """
        operator_sudo = self._callgear_own_operator()
        return self.env["callgear.presence"]._choose(operator_sudo, status_id)

    @api.model
    def _callgear_own_operator(self):
        """Return the operator whose phone is the user's, in sudo mode.

        :raises UserError: there is none
        """
        # sudo: callgear.operator - which one it is, is the user's own matter
        operator_sudo = self.env["callgear.operator"].sudo()
        return operator_sudo._find_for_agent(self.env.user, self.env.companies)

    @for_clients()
    @api.model
    @api.readonly
    def callgear_phone(self):
        """Return what the phone shows while no call goes on; times in UTC, ISO 8601.

        :return: dict: ``planned`` (calls to make today, at most 20), ``last`` (the user's
            last calls, at most 10, first those missed whose callers wait), ``figures`` (of
            the user's day; seconds), ``waiting`` (number of callers to call back)
        :raises AccessError: the user is no agent
        """
        return self.env["callgear.agent.phone"]._data()

    @for_clients()
    @api.model
    @api.readonly
    def callgear_waiting(self):
        """Return how many callers wait whom the user may call back, in their companies.

        :raises AccessError: the user may not read tickets
        """
        return sum(self.env["callgear.agent.phone"]._waiting().values())

    @for_clients()
    @api.model
    @api.readonly
    def callgear_search(self, text, behind_plus=False):
        """Return whom a typed name or number may mean, at most 8; none below 2 characters.

        A text that is certainly one number comes first. Numbers are found by their first
        digits.

        :param bool behind_plus: the text stands behind a sign that may have been meant as
            the plus of a number: both readings are offered, the national one first
        :return: list of dicts: ``name``, ``phone`` (E.164; None: no number to call),
            ``label`` (what tells them apart), ``res_model`` and ``res_id`` (a contact, an
            operator, or None)
        :raises AccessError: the user is no agent
        """
        return self.env["callgear.agent.phone"]._find(text, behind_plus)
