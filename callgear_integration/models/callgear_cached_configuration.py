# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class CallgearCachedConfiguration(models.AbstractModel):
    """Configuration that is kept in the registry's cache (``ormcache``).

    Creating, changing or deleting a record clears the cache of all processes. It is
    cleared after the change, so that old values that were read meanwhile do not stay.
    """

    _name = "callgear.cached.configuration"
    _description = "Configuration Kept in the Cache"

    # Names of the cached fields; None: each change clears the cache.
    _cached_fields = None

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if records:
            self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        matters = self._cached_fields is None or vals.keys() & self._cached_fields
        if self and matters:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        if self:
            self.env.registry.clear_cache()
        return result
