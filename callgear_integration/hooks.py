# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hooks that run once, at installation and at uninstallation."""


def post_init_hook(env):
    """Create the partner phones of the contacts that exist already."""
    env["callgear.partner.phone"]._sync_with_all_partners()


def uninstall_hook(env):
    """Keep recordings readable: make them attachments of their tickets."""
    env["callgear.recording"]._hand_over_to_tickets()
