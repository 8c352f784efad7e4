"""Where everything that is not an adapter is wired: the database, its audit log, who listens to which event.

Commands, jobs and the web all start from `open_database(config)`; `peerspace.app` adds Flask and Socket.IO.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from peerspace import features
from peerspace.community.rules import ensure_defaults as ensure_rules
from peerspace.config import Config
from peerspace.consent.notices import ensure_defaults as ensure_notice
from peerspace.control import tell_web_processes
from peerspace.kernel.audit import Audited, AuditLog
from peerspace.kernel.clock import Clock
from peerspace.kernel.db import make_engine
from peerspace.kernel.errors import BadSetting
from peerspace.kernel.events import Listeners
from peerspace.kernel.models import Installation
from peerspace.kernel.uow import Database, UnitOfWork

POSTGRES_PORT = 5432


def wire(listeners: Listeners, audit_log: AuditLog) -> None:
    """Tell every listener of the domain what it hears. Adapters add their own after-commit listeners."""
    listeners.after_commit(Audited, audit_log.keep_head)
    for feature in features.FEATURES:
        feature.listen(listeners, audit_log)


def open_database(config: Config, clock: Clock | None = None, *, in_web: bool = False) -> Database:
    """The configured database with its audit log and all domain listeners. Opens no connection yet.

    A process without sockets writes down what the web processes' sockets must hear of; `in_web` leaves that to
    peerspace.realtime.
    """
    audit_log = AuditLog(config.audit_key.encode(), audit_head_path(config))
    listeners = Listeners()
    wire(listeners, audit_log)
    if not in_web:
        tell_web_processes(listeners, lambda: "without_sockets")
    if config.database_url.startswith("sqlite"):
        config.var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Database(make_engine(config.database_url), audit_log, clock, listeners, features.CATALOGUE)


def audit_head_path(config: Config) -> Path:
    """Where the head of this database's audit chain is kept: two databases in one VAR_DIR have a file each.

    The name follows from where the database is, which nobody can change who only has the database. An embedded one is
    named by its place beside VAR_DIR, so that both can be moved together.
    """
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite":
        where = os.path.relpath((url.database or "").removeprefix("file:"), config.var_dir)
    else:
        where = f"{url.query.get('host', url.host)}:{url.port or POSTGRES_PORT}/{url.database}"
    return config.var_dir / f"audit-{hashlib.sha256(where.encode()).hexdigest()[:12]}.head"


def ensure_defaults(uow: UnitOfWork) -> None:
    """Publish the first rules and the first consent notice where there are none yet; nothing else is changed."""
    ensure_rules(uow)
    ensure_notice(uow)


def refuse_invented_in_production(config: Config, database: Database) -> bool:
    """Production refuses a database that demo or bench ever wrote to (invariant 1).

    False while that could not be asked: who serves asks again before anything is shown (peerspace.app).
    Raises BadSetting naming PEERSPACE_DATABASE_URL.
    """
    if not config.production:
        return True
    try:
        with database.engine.connect() as connection:
            invented = connection.execute(
                select(Installation.invented_at).where(Installation.id == 1)
            ).scalar_one_or_none()
    except SQLAlchemyError:
        return False  # away or not migrated: /readyz and `doctor` say so
    if invented is not None:
        raise BadSetting(
            "bad_setting",
            name="PEERSPACE_DATABASE_URL",
            problem="points to a database that holds invented people; production needs one that never did",
        )
    return True
