"""What commands share: the configured database, answers for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from peerspace.config import Config
from peerspace.kernel import migrate
from peerspace.kernel.uow import Database
from peerspace.logs import configure_logs
from peerspace.wiring import open_database, refuse_invented_in_production

NOT_MIGRATED = "The database is missing, away or not at the newest revision. Run: peerspace db upgrade"
as_json = click.option("--json", "wants_json", is_flag=True, help="Print JSON for a program to read.")


@contextmanager
def opened(*, migrated: bool = True) -> Iterator[tuple[Config, Database]]:
    """The configuration and its database; with `migrated`, only at the newest revision."""
    config = Config.from_env()
    configure_logs(config.log_format)
    database = open_database(config)
    try:
        if migrated and not migrate.is_current(database.engine):
            fail(NOT_MIGRATED)
        refuse_invented_in_production(config, database)
        yield config, database
    finally:
        database.close()


def fail(sentence: str, status: int = 1) -> NoReturn:
    """Say why on stderr and end with `status`."""
    click.echo(sentence, err=True)
    raise click.exceptions.Exit(status)


def answer(value: Any, wants_json: bool, sentence: str) -> None:
    """Print `value` as JSON for a program, else the sentence."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if wants_json else sentence)
