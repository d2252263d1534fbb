# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def count_by_slas(env):
    """Have all tickets counted again: their deadlines are those of SLAs now."""
    env["callgear.ticket.fact"]._recount_soon()


def count_without_slas(env):
    """Have all tickets counted again by what their teams promise."""
    env["callgear.ticket.fact"]._recount_soon()
