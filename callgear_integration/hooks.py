# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hooks that run once, at installation and at uninstallation."""


def post_init_hook(env):
    """Read the numbers of the contacts, and count the tickets, that exist already."""
    env["callgear.partner.phone"]._sync_with_all_partners()
    env["callgear.ticket.sum"]._begin()
    env["callgear.ticket.fact"]._count_all()


def uninstall_hook(env):
    """Keep recordings readable: make them attachments of their tickets."""
    env["callgear.recording"]._hand_over_to_tickets()
