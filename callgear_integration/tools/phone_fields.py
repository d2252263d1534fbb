# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tell which fields hold phone numbers, from views and names."""

import re

_NAME = re.compile(
    r"(^|_)(phone|mobile|telephone|tel|cell|cellphone|whatsapp|telefon|telefono)(_?\d+)?$"
)


def phone_field_paths(arch):
    """Return the fields that a view shows with a phone widget.

    :param arch: etree element of the view
    :return: list of tuples: the names of the fields around it (of lists in a form), and
        its own
    """
    paths = []
    for node in arch.iter("field"):
        if "phone" in (node.get("widget") or "").lower() and node.get("name"):
            around = [field.get("name") for field in node.iterancestors("field")]
            paths.append((*reversed(around), node.get("name")))
    return paths


def is_phone_name(name):
    """Return whether a field that somebody has added by hand is called a phone number."""
    return bool(_NAME.search(name.lower()))
