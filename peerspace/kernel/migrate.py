"""Running Alembic from inside PeerSpace: upgrade, downgrade, and whether the database is at the newest revision."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to `revision`."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database down to `revision` ("base" removes every table)."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def newest() -> str:
    """The newest revision in this checkout."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(engine: Engine) -> str:
    """The revision the database is at; '' for an empty one.

    Raises SQLAlchemyError when the database cannot be reached.
    """
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_current(engine: Engine) -> bool:
    """True when the database can be reached and is at the newest revision."""
    try:
        return current(engine) == newest()
    except SQLAlchemyError:
        return False


def may_come_back(engine: Engine) -> bool:
    """True unless the database was reached and is not at the newest revision, or is a file that is not there.

    Whoever serves starts without a database that is away for a while: a full disk, a PostgreSQL that restarts.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not file.startswith("file:") and not Path(file).exists():
        return False
    try:
        return current(engine) == newest()
    except SQLAlchemyError:
        return True
