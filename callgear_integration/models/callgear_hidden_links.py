# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError

# Whose records are not for everybody. Other links lead to settings.
HIDEABLE = {
    "callgear.call",
    "callgear.leg",
    "callgear.recording",
    "helpdesk.ticket",
    "helpdesk.ticket.team",
    "res.partner",
    "res.users",
}


class CallgearHiddenLinks(models.AbstractModel):
    """Records that lead to others, which not everybody who reads them may read (R42).

    Odoo names whatever a readable record leads to, or refuses the whole list. Here such a
    link is empty for whoever may not follow it, and nothing else is missing.
    """

    _name = "callgear.hidden.links"
    _description = "Links are Shown to whom may Follow them"

    @api.depends_context("uid")
    def _compute_display_name(self):
        """Do not name a record after another one that the user may not read.

        Whoever the user is, Odoo computes the names of linked records with all rights.
        """
        if not self._is_link(self._rec_name):
            return super()._compute_display_name()
        for record in self:
            name = record._name_to_reader(record[self._rec_name])
            record.display_name = name or f"{record._name},{record.id}"

    def _name_to_reader(self, linked):
        """Return the name of a linked record, or "" if it is hidden from the user."""
        if linked._name not in HIDEABLE:
            # sudo: any model - settings are named to everybody, as Odoo does
            return linked.sudo().display_name or ""
        # The rights of the user count here, also where those of the code are wider.
        return linked.sudo(False)._filtered_access("read").display_name or ""

    def _unreadable_links(self, name):
        """Return the records to which a field leads, and that the user may not read."""
        if self.env.su or not self._is_link(name):
            return self.browse()
        return _unreadable(self[name])

    def _is_link(self, name):
        return name in self._fields and self._fields[name].type == "many2one"

    def _is_hideable(self, name):
        return self._is_link(name) and self._fields[name].comodel_name in HIDEABLE

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        for name in filter(self._is_hideable, fnames):
            if hidden := set(self._unreadable_links(name)._ids):
                for row in rows:
                    value = row[name]
                    if (value[0] if isinstance(value, tuple) else value) in hidden:
                        row[name] = False
        return rows

    def web_read(self, specification):
        """Read more than the names of linked records from those only that may be read."""
        inner = {
            name: spec
            for name, spec in specification.items()
            if set(spec.get("fields") or ()) - {"id", "display_name"}
            and self._unreadable_links(name)
        }
        names_only = {name: {"fields": {"display_name": {}}} for name in inner}
        rows = super().web_read({**specification, **names_only})
        for name, spec in inner.items():
            linked = self[name].with_context(**spec.get("context") or {})
            visible = linked._filtered_access("read").web_read(spec["fields"])
            values = {row["id"]: row for row in visible}
            for row in rows:
                if row[name]:
                    row[name] = values.get(row[name]["id"], row[name])
        return rows

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Leave out what may not be read; refuse what is not for export, such as secrets.

        :raises AccessError: a field is not exportable, whoever asks for it
        """
        names = {path[0] for path in fields if path}
        self._check_exportable(names)
        links = {name: self._unreadable_links(name) for name in names}
        links = {name: linked for name, linked in links.items() if linked}
        if not links:
            return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        rows = []
        for record in self:
            lacking = {name for name, linked in links.items() if record[name] in linked}
            is_kept = [not path or path[0] not in lacking for path in fields]
            kept = [path for path, kept in zip(fields, is_kept, strict=True) if kept]
            for row in super(CallgearHiddenLinks, record)._export_rows(
                kept, _is_toplevel_call=_is_toplevel_call
            ):
                cells = iter(row)
                rows.append([next(cells) if kept else "" for kept in is_kept])
        return rows

    def _check_exportable(self, names):
        for name in sorted(names & self._fields.keys()):
            field = self._fields[name]
            if field.groups and not field.exportable:
                label = field.get_description(self.env, ["string"])
                raise AccessError(self.env._("%s is not exported.", label["string"]))

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        """Leave the name of a group out, if it is that of a hidden record."""
        shown = super()._web_read_group_groupby_formatter(groupby_spec, values)
        if self.env.su or not self._is_hideable(groupby_spec):
            return shown
        comodel = self.env[self._fields[groupby_spec].comodel_name]
        hidden = _unreadable(comodel.union(*values))

        def name_if_visible(value):
            label, domain = shown(value)
            if value in hidden:
                label = (value.id, self.env._("Not shown to you"))
            return label, domain

        return name_if_visible


def _unreadable(records):
    return records - records._filtered_access("read")
