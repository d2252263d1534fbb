# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..client_input import for_clients
from ..models.callgear_connection import ADMIN

# Names of kept recordings that are shown.
MAX_NAMED = 10


class CallgearPersonalData(models.TransientModel):
    """What calls hold about a contact, or an unknown caller: exported, or erased (R51)."""

    _name = "callgear.personal.data"
    _description = "Personal Data of a Caller"

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    call_id = fields.Many2one("callgear.call", readonly=True, ondelete="cascade")
    number = fields.Char(related="call_id.phone")
    call_count = fields.Integer(string="Calls", compute="_compute_counts")
    recording_count = fields.Integer(string="Recordings", compute="_compute_counts")
    summary_count = fields.Integer(string="Summaries", compute="_compute_counts")
    notification_count = fields.Integer(
        string="Notifications", compute="_compute_counts"
    )
    ticket_count = fields.Integer(string="Tickets", compute="_compute_counts")
    listening_count = fields.Integer(string="Times Listened", compute="_compute_counts")
    running_count = fields.Integer(string="Calls That Go On", compute="_compute_counts")
    erased_count = fields.Integer(
        string="Erased Already", compute="_compute_erased_count"
    )
    kept_count = fields.Integer(string="Exempt", compute="_compute_kept")
    kept_names = fields.Text(string="Exempt Ones", compute="_compute_kept")
    with_kept = fields.Boolean(
        string="Erase these as well", help="Also what is marked to be kept."
    )
    note = fields.Char(
        string="Why",
        help="Kept with the trace of the deletion, so without data of the contact: "
        "request of 3 March, for instance.",
    )

    @api.model
    def _action(self, partner, call=None):
        """Return the action that opens the dialog.

        :param partner: may be empty
        :param call: of an unknown caller
        """
        self._check_may()
        wizard = self.create(
            {"partner_id": partner.id, "call_id": not partner and call and call.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Personal Data"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _check_may(self):
        """:raises AccessError: the user is no CallGear administrator"""
        if not self.env.user.has_group(ADMIN):
            raise AccessError(
                self.env._("Only CallGear administrators export and erase such data.")
            )

    def _domain(self):
        """Return the domain of the calls, after a check of the user's rights.

        :raises AccessError: they may not export, nor read the contact or the call
        """
        self.ensure_one()
        self._check_may()
        self.partner_id.check_access("read")
        self.call_id.check_access("read")
        if not self.partner_id and not self.call_id:
            raise UserError(
                self.env._("The contact or the call does not exist any more.")
            )
        # sudo: callgear.erasure - calls of the user's companies, whoever may see them
        erasure_sudo = self.env["callgear.erasure"].sudo()
        return erasure_sudo._domain_of(self.partner_id.sudo(), self.call_id.sudo())

    def _loose_notifications(self):
        """Return the notifications of no call that are about the contact or caller."""
        # sudo: callgear.erasure - as in _domain, which has checked the rights
        erasure_sudo = self.env["callgear.erasure"].sudo()
        return erasure_sudo._loose_notifications(
            self.partner_id.sudo(), self.call_id.sudo()
        )

    @api.depends("partner_id", "call_id")
    def _compute_counts(self):
        for wizard in self:
            calls = wizard._domain()
            of_calls = Domain("call_id", "any!", calls)
            # sudo: as in _domain: what is counted need not be visible one by one
            of = wizard.sudo().env
            stored = of_calls & Domain("attachment_id", "!=", False)
            written = of_calls & Domain("summary", "!=", False)
            goes_on = calls & Domain("state", "!=", "ended")
            heard = Domain("recording_id", "any!", of_calls)
            in_tickets = Domain("call_leg_ids", "any!", of_calls)
            wizard.call_count = of["callgear.call"].search_count(calls)
            wizard.running_count = of["callgear.call"].search_count(goes_on)
            wizard.recording_count = of["callgear.recording"].search_count(stored)
            wizard.summary_count = of["callgear.leg"].search_count(written)
            told = of["callgear.event"].search_count(of_calls)
            wizard.notification_count = told + len(wizard._loose_notifications())
            wizard.ticket_count = of["helpdesk.ticket"].search_count(in_tickets)
            wizard.listening_count = of["callgear.listening"].search_count(heard)

    @api.depends("partner_id", "call_id")
    def _compute_erased_count(self):
        """An erased call is nobody's any more: the trace knows how many there were."""
        for wizard in self:
            known = [
                ("reason", "=", "person"),
                ("partner_id", "=", wizard.partner_id.id),
            ]
            # sudo: callgear.deletion - as in _domain
            Deletion = self.env["callgear.deletion"].sudo()
            rows = Deletion.search(known if wizard.partner_id else [("id", "=", 0)])
            wizard.erased_count = sum(rows.mapped("call_count"))

    @api.depends("partner_id", "call_id")
    def _compute_kept(self):
        """Calls that are exempt, or have a recording that is."""
        for wizard in self:
            kept = Domain("is_kept", "=", True) & Domain("attachment_id", "!=", False)
            # sudo: callgear.call - as in _domain
            Call = self.env["callgear.call"].sudo()
            exempt = self.env["callgear.erasure"]._exempt_domain()
            exempt |= Domain("recording_ids", "any", kept)
            calls = Call.search(wizard._domain() & exempt)
            wizard.kept_count = len(calls)
            wizard.kept_names = wizard._names(calls)

    def _names(self, calls):
        """Return when the calls were, one a line."""
        text = self.env["callgear.call.text"].with_context(lang=self.env.lang)
        names = [
            f"{text._started(call)} · {call._number_text()}"
            for call in calls[:MAX_NAMED]
        ]
        return "\n".join([*names, *(["…"] if calls[MAX_NAMED:] else [])])

    @for_clients(one=True)
    def action_export(self):
        """Return the action that downloads all of it.

        :raises AccessError: as ``_domain``
        """
        self._domain()
        return {
            "type": "ir.actions.act_url",
            "url": f"/callgear/personal_data/{self.id}",
            "target": "download",
        }

    @for_clients(one=True)
    def action_erase(self):
        """Erase all of it, and trace that.

        :raises AccessError: as ``_domain``
        :raises UserError: it was not said why
        """
        calls = self._domain()
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why, for the trace of the deletion."))
        # sudo: callgear.deletion, callgear.erasure - the user's rights were checked above
        env = self.sudo().env
        company = self.call_id.sudo().company_id or self.env.company
        deletion = env["callgear.deletion"].create(
            {
                "reason": "person",
                "user_id": self.env.uid,
                "note": self.note.strip(),
                "partner_id": self.partner_id.id,
                "company_id": company.id,
                "with_kept": self.with_kept,
            }
        )
        env["callgear.erasure"]._erase(calls, deletion, self._loose_notifications())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Erased calls: %s. See Deletions.", deletion.call_count
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
