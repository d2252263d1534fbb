# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The database with the addon among its neighbours (R43, R55).

The neighbours take most of a minute to install, so a database with them alone is kept; the
addon is installed into a copy of it, which is kept as well until its files change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import base_database, fingerprint, installed_database
from .console import step
from .database import Database
from .environment import Environment
from .locking import exclusive
from .paths import NAME, checkout_key, short_hash

# Those of OCA's helpdesk repository, in the versions of requirements/oca.txt, and those
# of Odoo and OCA that send, move or watch messages, or store attachments elsewhere.
NEIGHBOURS = (
    "helpdesk_mgmt_activity",
    "helpdesk_mgmt_crm",
    "helpdesk_mgmt_fieldservice",
    "helpdesk_mgmt_merge",
    "helpdesk_mgmt_project",
    "helpdesk_mgmt_rating",
    "helpdesk_mgmt_sale",
    "helpdesk_mgmt_sale_project",
    "helpdesk_mgmt_sla",
    "helpdesk_mgmtsystem_nonconformity",
    "helpdesk_portal_priority",
    "helpdesk_product",
    "helpdesk_ticket_close_inactive",
    "helpdesk_ticket_partner_response",
    "helpdesk_ticket_related",
    "helpdesk_type",
    "auditlog",
    "base_automation",
    "fs_attachment_s3",
    "mail_tracking",
    "sms",
    "voip_oca",
)


@contextmanager
def temporary(environment: Environment) -> Iterator[Database]:
    """A copy for the tests of one run; dropped in the end."""
    source = Database(environment, f"callgear_beside_{checkout_key()}")
    with installed_database.dropped(environment, "beside") as database:
        with exclusive(environment.folder / f"{source.name}.lock"):
            _ensure(source, _neighbours(environment))
            database.copy_from(source)
        yield database


def _neighbours(environment: Environment) -> Database:
    """The neighbours without the addon, made when they are missing."""
    base = base_database.ensure(environment)
    key = short_hash(base.name, *NEIGHBOURS, length=8)
    database = Database(environment, f"callgear_neighbours_{key}")
    with exclusive(environment.folder / f"{database.name}.lock"):
        if not database.note().get("complete"):
            with step("Making the database of the neighbours"):
                database.copy_from(base)
                database.install(*NEIGHBOURS, demo=False)
                database.set_note(complete=True)
    return database


def _ensure(database: Database, neighbours: Database) -> None:
    state = {"base": neighbours.name, "data": fingerprint.of_addon_data()}
    if database.note() != state:
        with step("Installing the addon among the neighbours"):
            database.copy_from(neighbours)
            database.install(NAME, demo=False)
            database.set_note(**state)
