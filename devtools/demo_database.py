# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The demo's database: made once, brought up to the addon's files at later starts."""

from __future__ import annotations

import re

from . import fingerprint
from .console import Problem, say, step
from .database import Database
from .environment import Environment
from .paths import NAME

DATABASE = "demo"
OWNER = "bin/demo"
LANGUAGES = ("ru_RU",)
API_KEY = "simulator-key"
SETTINGS = """
settings = env["ir.config_parameter"].sudo()
settings.set_param("web.base.url", {url!r})
settings.set_param("web.base.url.freeze", "True")
settings.set_param("callgear_integration.private_recording_hosts", {simulator!r})
env.cr.commit()
connection = env["callgear.connection"].search([], limit=1)
if {simulator!r}:
    # The demo dials through the simulator. Without one, what the user has entered stays.
    connection.write({api!r})
    env.cr.commit()
print("WEBHOOK-URL=" + (connection.webhook_url or ""))
"""


def prepare(environment: Environment, *, fresh: bool) -> Database:
    """The database ``demo``, with the addon as its files are now."""
    database = Database(environment, DATABASE)
    state = {
        "environment": environment.venv.key,
        "data": fingerprint.of_addon_data(),
    }
    _refuse_foreign(database, fresh)
    note = database.note()
    if fresh or not note.get("complete"):
        with step("Making the demo's database: Odoo, helpdesk, addon, demo data"):
            database.create(owner=OWNER)
            database.install(NAME, languages=LANGUAGES)
    elif note.get("environment") != state["environment"]:
        with step("Odoo or its packages have changed: updating the database"):
            database.update("base")
    elif note.get("data") != state["data"]:
        with step("The addon has changed: updating the database"):
            database.update(NAME)
    database.set_note(owner=OWNER, complete=True, **state)
    return database


def _refuse_foreign(database: Database, fresh: bool) -> None:
    """On a server of the user's, a database that is not ours alone stays untouched."""
    if database.environment.connection.own or not database.exists():
        return
    if database.comment().get("owner") != OWNER:
        raise Problem(
            f"The server has a database {DATABASE!r} that bin/demo did not make.",
            f"drop or rename it (dropdb {DATABASE}), or unset DATABASE_URL and PGHOST.",
        )
    if not fresh and not database.note():
        raise Problem(
            f"The files of the server's database {DATABASE!r} are not in this folder.",
            "name the folder it was made with (--data DIR), or use --fresh.",
        )


def configure(database: Database, url: str, simulator: str) -> str:
    """Sets the addresses of this run; returns where webhooks must be sent."""
    with step("Setting the addresses of this run"):
        output = database.shell(
            SETTINGS.format(url=url, simulator=simulator, api=_api(simulator)),
            "Setting up the demo's addresses failed",
        )
    found = re.search(r"WEBHOOK-URL=(\S*)", output)
    if not found:
        raise Problem("The demo's connection could not be read.", output=output)
    if not found[1]:
        say("   there is no connection with a webhook address: calls will not arrive")
    return found[1]


def _api(simulator: str) -> dict[str, str]:
    """Where the connection reaches the APIs, and its key."""
    return {
        "api_url": f"http://{simulator}/v4.0",
        "data_api_url": f"http://{simulator}/v2.0",
        "api_key": API_KEY,
    }
