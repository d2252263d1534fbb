# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""How PostgreSQL is reached: by the user's variables, or at a cluster of our own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from .console import Problem
from .paths import short_hash

PORT = 5432


@dataclass(frozen=True)
class Connection:
    """What libpq and Odoo need to connect; ``extra`` are further PG* variables."""

    host: str = ""
    port: int = PORT
    user: str = ""
    password: str = field(default="", repr=False)
    sslmode: str = ""
    maintenance: str = "postgres"
    extra: Mapping[str, str] = field(default_factory=dict)
    own: bool = False  # a cluster that we made: all that is in it is ours

    @property
    def key(self) -> str:
        """Tells servers apart: file stores belong to one server."""
        return short_hash(self.host, str(self.port), self.user, length=8)

    def environment(self) -> dict[str, str]:
        """The variables for libpq; in Odoo 19 they outrank its configuration file."""
        variables = {
            **self.extra,
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGSSLMODE": self.sslmode,
        }
        return {key: value for key, value in variables.items() if value}

    def odoo_options(self) -> dict[str, str]:
        """The same for Odoo's configuration file."""
        options = {
            "db_host": self.host,
            "db_port": str(self.port),
            "db_user": self.user,
            "db_password": self.password,
            "db_sslmode": self.sslmode,
        }
        return {key: value for key, value in options.items() if value}


def given_by_user() -> Connection | None:
    """The server that DATABASE_URL or the PG* variables name, if they name one."""
    url = os.environ.get("DATABASE_URL")
    if url:
        return _from_url(url)
    if not any(os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER")):
        return None
    known = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGDATABASE")
    return Connection(
        host=os.environ.get("PGHOST", ""),
        port=int(os.environ.get("PGPORT") or PORT),
        user=os.environ.get("PGUSER", ""),
        password=os.environ.get("PGPASSWORD", ""),
        sslmode=os.environ.get("PGSSLMODE", ""),
        maintenance=os.environ.get("PGDATABASE") or "postgres",
        extra={
            key: value
            for key, value in os.environ.items()
            if key.startswith("PG") and key not in known and key != "PG_BINDIR"
        },
    )


def _from_url(url: str) -> Connection:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise Problem(
            "DATABASE_URL is not a PostgreSQL address.",
            "use postgresql://user:password@host:5432/ or unset DATABASE_URL.",
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return Connection(
        host=query.get("host") or unquote(parts.hostname or ""),
        port=int(query.get("port") or parts.port or PORT),
        user=unquote(parts.username or query.get("user", "")),
        password=unquote(parts.password or query.get("password", "")),
        sslmode=query.get("sslmode", ""),
        maintenance=unquote(parts.path.lstrip("/")) or "postgres",
    )
