# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What happens once, at installation and at uninstallation."""


def post_init_hook(env):
    """Read the numbers of the contacts that are already there."""
    env["callgear.partner.phone"]._sync_with_all_partners()


def uninstall_hook(env):
    """Leave recordings readable: they go on as attachments of their tickets."""
    env["callgear.recording"]._hand_over_to_tickets()
