# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError

# References that the database would quietly empty, though somebody has chosen them.
CHOSEN = frozenset(
    {
        ("callgear.connection", "team_id"),
        ("callgear.virtual.number", "team_id"),
        ("callgear.virtual.number", "channel_id"),
        ("callgear.virtual.number", "open_stage_id"),
        ("callgear.virtual.number", "pending_stage_id"),
        ("callgear.virtual.number", "closed_stage_id"),
    }
)


class CallgearUsage(models.AbstractModel):
    """Says in words why a record that CallGear's records refer to cannot be deleted."""

    _name = "callgear.usage"
    _description = "Use of Records by CallGear"

    @api.model
    def _check_unused(self, records):
        """Check that none of our records prevents the deletion of some records.

        :raises UserError: one does; its text says which, and what to do
        """
        for model, field in self._references(records._name):
            # sudo: the records that refer to them prevent the deletion, seen or not
            Model = self.env[model].sudo().with_context(active_test=False)
            user = Model.search([(field.name, "in", records.ids)], limit=1)
            if user:
                self._refuse(user[field.name].with_env(self.env), user, field)

    @api.model
    def _references(self, comodel):
        """Return the references to a model that prevent a deletion: (model, field)."""
        return [
            (name, field)
            for name in sorted(self.env.registry.models)
            if name.startswith("callgear.")
            for field in self.env[name]._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name == comodel
            and not self.env[name]._abstract
            and (field.ondelete == "restrict" or (name, field.name) in CHOSEN)
        ]

    @api.model
    def _refuse(self, record, user, field):
        label = field.get_description(self.env, ["string"])["string"]
        # sudo: the name of what is in use, in the sentence that refuses to delete the other
        names = {
            "record": record.sudo().display_name,
            "kind": self.env["ir.model"]._get(user._name).name,
            "user": user.display_name,
            "field": label,
        }
        if user._name in ("callgear.connection", "callgear.virtual.number"):
            text = self.env._(
                "%(record)s cannot be deleted: the %(kind)s “%(user)s” uses it as its "
                "%(field)s. Choose another one there first.",
                **names,
            )
        else:
            text = self.env._(
                "%(record)s cannot be deleted: there are records that refer to it, such as "
                "%(kind)s “%(user)s”. Archive it instead.",
                **names,
            )
        raise UserError(text)
