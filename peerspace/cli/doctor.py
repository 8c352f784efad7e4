"""`peerspace doctor`: what is set, what is wrong, and how to mend it."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from peerspace.cli.common import answer, as_json, fail
from peerspace.community.help_lines_state import help_line_states
from peerspace.config import Config
from peerspace.kernel import migrate
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.models import Installation, JobLease, JobRun
from peerspace.kernel.uow import Database
from peerspace.wiring import open_database

LEAST_FREE = 500 * 1024 * 1024
"""Bytes of free disk under which a release or a backup may fail."""
SECRETS = ("secret_key", "audit_key", "data_key", "database_url", "redis_url", "mail_url")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `state`: ok, warning or wrong; `mend` says what to do."""

    part: str
    state: str
    what: str
    mend: str = ""


@click.command()
@as_json
def doctor(wants_json: bool) -> None:
    """Look at settings, database, Redis, disk, clock, mail, jobs, help lines; exit status 1 if something is wrong."""
    config = Config.from_env()
    database = open_database(config)
    checks: tuple[Callable[[Config, Database], Iterator[Finding]], ...] = (
        _settings, _proxy, _database, _audit, _redis, _disk, _clock, _mail, _jobs, _help_lines,
    )  # fmt: skip
    found = [finding for check in checks for finding in check(config, database)]
    database.close()
    lines = [f"{f.state:>8}  {f.part}: {f.what}" + (f"\n          {f.mend}" if f.mend else "") for f in found]
    answer([asdict(finding) for finding in found], wants_json, "\n".join(lines))
    if any(finding.state == "wrong" for finding in found):
        fail("Something is wrong; see above.")


def _settings(config: Config, _: Database) -> Iterator[Finding]:
    for name in config.__dataclass_fields__:
        value = getattr(config, name)
        shown = ("set" if value else "not set") if name in SECRETS else value
        given = f"PEERSPACE_{name.upper()}" in os.environ
        yield Finding(f"PEERSPACE_{name.upper()}", "ok", f"{shown}{'' if given else ' (default)'}")


def _proxy(config: Config, _: Database) -> Iterator[Finding]:
    """PeerSpace speaks no TLS: where people use https, a proxy stands in front."""
    if config.secure_cookies and not config.trusted_proxies:
        yield Finding(
            "proxy",
            "wrong" if config.production else "warning",
            "PEERSPACE_BASE_URL is https, so a proxy stands in front, and PEERSPACE_TRUSTED_PROXIES is 0: "
            "everybody shares one address and its rate limits",
            "Set PEERSPACE_TRUSTED_PROXIES to the number of proxies in front, usually 1.",
        )


def _database(config: Config, database: Database) -> Iterator[Finding]:
    try:
        current = migrate.current(database.engine)
    except SQLAlchemyError as error:
        yield Finding(
            "database",
            "wrong",
            f"cannot be reached ({type(error).__name__})",
            "Check PEERSPACE_DATABASE_URL.",
        )
        return
    if current != migrate.newest():
        yield Finding("database", "wrong", f"is at revision {current or 'none'}", "Run: peerspace db upgrade")
        return
    try:
        with database.write(installation(Origin.COMMAND)) as uow:
            uow.session.execute(text("SELECT 1"))
            stamped = uow.session.scalar(select(Installation.invented_at))
    except PeerSpaceError as error:
        yield Finding(
            "database",
            "wrong",
            f"cannot be written to ({error.values.get('reason')})",
            "Free space or permissions.",
        )
        return
    if not database.is_sqlite and _setting(database, "fsync") == "off":
        yield Finding(
            "database",
            "wrong" if config.production else "warning",
            "PostgreSQL runs with fsync=off: a power cut can lose or spoil what was sent",
            "Set fsync = on in postgresql.conf and restart PostgreSQL.",
        )
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    yield Finding("database", "ok", f"{kind} at revision {current}, can be written to")
    if stamped is not None:
        state = "wrong" if config.production else "ok"
        yield Finding(
            "database",
            state,
            "holds invented people; production refuses it",
            "Use a fresh database in production.",
        )


def _audit(_: Config, database: Database) -> Iterator[Finding]:
    try:
        with database.read(installation(Origin.COMMAND)) as uow:
            fault = database.audit_log.head_fault(uow.session)
    except PeerSpaceError:
        return  # said above
    if fault is None:
        yield Finding("audit", "ok", "the chain ends as the head kept outside the database says")
        return
    yield Finding(
        "audit",
        "wrong",
        f"the chain and the head kept outside the database disagree ({fault.kind}, entry {fault.seq})",
        "Run: peerspace audit verify. After restoring an older backup on purpose: peerspace audit accept",
    )


def _setting(database: Database, name: str) -> str:
    with database.engine.connect() as connection:
        return str(connection.scalar(text("SELECT current_setting(:name)"), {"name": name}))


def _redis(config: Config, _: Database) -> Iterator[Finding]:
    if config.redis_url is None:
        yield Finding("redis", "ok", "not used: one web process at most")
        return
    import redis  # late: only where it is configured

    from peerspace.redis_link import connect

    try:
        connect(config.redis_url).ping()
    except redis.RedisError as error:
        yield Finding(
            "redis", "wrong", f"does not answer ({type(error).__name__})", "Check PEERSPACE_REDIS_URL."
        )
        return
    yield Finding("redis", "ok", "answers")


def _disk(config: Config, _: Database) -> Iterator[Finding]:
    for name, path in (("data folder", config.var_dir), ("releases", config.export_dir)):
        if not path.is_dir():
            yield Finding(name, "warning", f"{path} is not there yet", "It is made when it is first needed.")
            continue
        if not os.access(path, os.W_OK):
            yield Finding(
                name,
                "wrong",
                f"{path} cannot be written to",
                "Give PeerSpace's account the right to write there.",
            )
            continue
        if path.stat().st_mode & 0o007:
            yield Finding(
                name, "warning", f"{path} can be read by everybody on this machine", f"chmod 700 {path}"
            )
        free = shutil.disk_usage(path).free
        state = "ok" if free > LEAST_FREE else "wrong"
        yield Finding(
            name, state, f"{free // 2**20} MiB free", "" if state == "ok" else "Make room on the disk."
        )


def _clock(_: Config, database: Database) -> Iterator[Finding]:
    here = datetime.now(UTC)
    if here.year < 2026:
        yield Finding("clock", "wrong", f"says {here:%Y-%m-%d}", "Set the machine's clock.")
        return
    if not database.is_sqlite:
        try:
            with database.engine.connect() as connection:
                there = connection.scalar(select(func.now()))
        except SQLAlchemyError:
            return  # said above
        apart = abs((here - there).total_seconds()) if there else 0.0
        if apart > 5:
            yield Finding(
                "clock",
                "wrong",
                f"{apart:.0f} s apart from the database's",
                "Let both follow one time server.",
            )
            return
    yield Finding("clock", "ok", f"{here:%Y-%m-%d %H:%M} UTC")


def _mail(config: Config, _: Database) -> Iterator[Finding]:
    if config.mail_url is None:
        yield Finding("mail", "ok", "not set: nothing is sent by e-mail")
    else:
        yield Finding("mail", "warning", "is set, and this version sends no e-mail yet")


def _jobs(_: Config, database: Database) -> Iterator[Finding]:
    try:
        with database.read(installation(Origin.COMMAND)) as uow:
            lease = uow.session.scalar(select(JobLease).where(JobLease.name == "background"))
            since = uow.now - timedelta(days=1)
            failed = uow.session.execute(
                select(JobRun.job, func.count())
                .where(JobRun.started_at > since, JobRun.error != "")
                .group_by(JobRun.job)
            ).all()
            now = uow.now
    except PeerSpaceError:
        return  # said above
    if lease is None or lease.expires_at < now:
        yield Finding(
            "jobs",
            "warning",
            "nobody does the background work now",
            "Start `peerspace serve` or `peerspace worker`.",
        )
    else:
        yield Finding("jobs", "ok", "background work is held by a running process")
    for job, number in failed:
        yield Finding("jobs", "warning", f"{job} failed {number} times since yesterday", "The log says why.")


def _help_lines(_: Config, database: Database) -> Iterator[Finding]:
    try:
        with database.read(installation(Origin.COMMAND)) as uow:
            stand = help_line_states(uow)
    except PeerSpaceError:
        return  # said above
    open_ones, old, changed = Counter[str](), Counter[str](), Counter[str]()
    for one in stand.everything():
        where = getattr(one.subject, "country", "directories")
        open_ones[where] += one.state in ("unconfirmed", "lapsed")
        old[where] += one.state == "old"
        changed[where] += one.shipped_changed
    look = "Call each line or read its page, then confirm it at /admin/help-lines."
    for counted, what, mend in (
        (open_ones, "nobody has confirmed {}: production shows no such line", look),
        (old, "{} confirmed more than six months ago", look),
        (
            changed,
            "{} changed here, and PeerSpace ships another content since",
            "Compare them at /admin/help-lines.",
        ),
    ):
        if counted.total():
            places = ", ".join(f"{place} {number}" for place, number in sorted(counted.items()) if number)
            yield Finding("help lines", "warning", what.format(f"{counted.total()} ({places})"), mend)
    if not open_ones.total() + old.total() + changed.total():
        yield Finding("help lines", "ok", "all confirmed within six months")
