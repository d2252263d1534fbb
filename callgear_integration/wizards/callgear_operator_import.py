# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError

PAGE = 500


class CallgearOperatorImport(models.TransientModel):
    """The account's employees beside the operators here; nothing changes before *Apply*."""

    _name = "callgear.operator.import"
    _description = "Fetching of CallGear Operators"
    _rec_name = "connection_id"

    connection_id = fields.Many2one("callgear.connection", ondelete="cascade")
    state = fields.Selection(
        [("draft", "Begin"), ("fetching", "Fetching"), ("ready", "To be looked at")],
        required=True,
        default="draft",
    )
    fetched = fields.Integer(readonly=True)
    total = fields.Integer(readonly=True)
    line_ids = fields.One2many(
        "callgear.operator.import.line",
        "import_id",
        domain=[("state", "!=", "unchanged")],
    )
    unchanged_line_ids = fields.One2many(
        "callgear.operator.import.line",
        "import_id",
        string="Unchanged Operators",
        domain=[("state", "=", "unchanged")],
        readonly=True,
    )
    new_count = fields.Integer(compute="_compute_counts")
    changed_count = fields.Integer(compute="_compute_counts")
    gone_count = fields.Integer(compute="_compute_counts")
    unchanged_count = fields.Integer(compute="_compute_counts")
    show_unchanged = fields.Boolean()
    warning = fields.Char(readonly=True)

    @api.depends("state")
    def _compute_counts(self):
        counts = {
            (found, state): count
            for found, state, count in self.env[
                "callgear.operator.import.line"
            ]._read_group(
                [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
            )
        }
        for record in self:
            for state in ("new", "changed", "gone", "unchanged"):
                record[f"{state}_count"] = counts.get((record._origin, state), 0)

    @api.model
    def _start(self, connection):
        """Open the page; it fetches by itself once the connection is known."""
        record = self.create(
            {
                "connection_id": connection.id,
                "state": "fetching" if connection else "draft",
            }
        )
        return record._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Operators in CallGear"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_fetch(self):
        """Begin, or begin again."""
        self.ensure_one()
        if not self.connection_id:
            raise UserError(self.env._("Choose a connection first."))
        (self.line_ids | self.unchanged_line_ids).unlink()
        self.write({"state": "fetching", "fetched": 0, "total": 0, "warning": False})
        return self._open()

    # --------------------------------------------------------------- fetching

    def fetch_next(self):
        """Fetch one page; called by the page that shows the progress, until done.

        :return: dict with ``fetched``, ``total``, ``done``, and ``error`` in words
        """
        self.ensure_one()
        self.check_access("write")
        connection = self.connection_id
        connection.check_access("write")
        if self.state != "fetching":
            return self._progress()
        api_client, offset = connection._data_api(), self.fetched
        try:
            page = api_client.employees(offset=offset, limit=PAGE)
        except ApiError as error:
            return self._progress(error=connection._explain(error))
        self._take_page(page.items)
        self.write({"fetched": page.done, "total": page.total})
        if page.last:
            self._finish(complete=page.done >= page.total)
        return self._progress()

    def _progress(self, error=None):
        return {
            "fetched": self.fetched,
            "total": self.total,
            "done": self.state != "fetching",
            "error": error,
        }

    # --------------------------------------------------------------- choosing

    def action_select_all(self):
        self.line_ids.selected = True
        return self._open()

    def action_select_none(self):
        self.line_ids.selected = False
        return self._open()

    # --------------------------------------------------------------- applying

    def action_apply(self):
        """Do what is selected; two operators of one agent only if that is meant."""
        self.ensure_one()
        connection = self.connection_id
        connection.check_access("write")
        lines = self.line_ids.filtered("selected")
        doubles = lines._doubles()
        if doubles and doubles != self.warning:
            self.warning = doubles
            return self._open()
        # Calls list employees by themselves: not at the same time.
        connection._lock("operators", "")
        gone = lines.filtered(lambda line: line.state == "gone").operator_id
        gone.action_archive()
        created, changed = (lines.filtered(lambda line: line.state != "gone"))._apply()
        return self._tell(created, changed, gone)

    def _tell(self, created, changed, gone):
        words = self.env._(
            "Operators added: %(added)s, changed: %(changed)s, archived: %(gone)s.",
            added=len(created),
            changed=len(changed),
            gone=len(gone),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": words,
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _add_lines(self, vals_list):
        self.write({"line_ids": [Command.create(values) for values in vals_list]})
