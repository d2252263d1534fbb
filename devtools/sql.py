# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""SQL for the few things done outside of Odoo, by the environment's psycopg2."""

from __future__ import annotations

import json
import os
import subprocess

from .console import Problem
from .pg_connection import Connection
from .venv import Venv

# CREATE DATABASE and its kin cannot run inside of a transaction: autocommit.
HELPER = """\
import json, sys, psycopg2
request = json.load(sys.stdin)
connection = psycopg2.connect(dbname=request["database"])
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(request["statement"], request["values"])
rows = cursor.fetchall() if cursor.description else []
json.dump(rows, sys.stdout, default=str)
"""


def execute(
    venv: Venv, connection: Connection, database: str, statement: str, *values: object
) -> list[list]:
    """Runs one statement (placeholders ``%s``) and returns the rows it gives."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    request = {
        "database": database,
        "statement": statement,
        "values": list(values) or None,
    }
    done = subprocess.run(
        [str(venv.python), "-I", "-c", HELPER],
        env={**environment, **connection.environment()},
        input=json.dumps(request), capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        reason = next(
            (line for line in done.stderr.splitlines() if line.startswith("psycopg2.")),
            "no reason given",
        )
        raise Problem(
            f"PostgreSQL refused: {statement.split(chr(10))[0][:100]} ({reason})",
            "check DATABASE_URL or the PG* variables, if you set them: the user needs "
            "the right to create databases.",
            done.stderr,
        )
    return json.loads(done.stdout)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
