"""`peerspace db`: bringing the database to a revision and checking it."""

from __future__ import annotations

import click

from peerspace.cli.common import fail, opened
from peerspace.kernel import migrate
from peerspace.kernel.actor import Origin, installation
from peerspace.wiring import ensure_defaults


@click.group()
def db() -> None:
    """The database: upgrade, downgrade, check."""


@db.command()
@click.option("--revision", default="head", show_default=True, help="The revision to go up to.")
def upgrade(revision: str) -> None:
    """Bring the database up to the newest revision; with rules and a consent notice if it has none."""
    click.echo(f"The database is at revision {bring_up(revision)}.")


def bring_up(revision: str = "head") -> str:
    """Upgrade, publish the first rules and notice where there are none, and return the revision reached."""
    with opened(migrated=False) as (_, database):
        if not migrate.is_current(database.engine):
            migrate.upgrade(database.engine, revision)
        if migrate.is_current(database.engine):
            with database.write(installation(Origin.COMMAND)) as uow:
                ensure_defaults(uow)
        return migrate.current(database.engine)


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the database down to REVISION. Tables that did not exist then are removed with what they hold."""
    if not yes:
        click.confirm("This removes data. Go on?", abort=True)
    with opened(migrated=False) as (_, database):
        migrate.downgrade(database.engine, revision)
        click.echo(f"The database is at revision {migrate.current(database.engine) or 'none'}.")


@db.command()
def check() -> None:
    """Say whether the database is at the newest revision (exit status 1 if not)."""
    with opened(migrated=False) as (_, database):
        if not migrate.is_current(database.engine):
            fail(f"The database is not at revision {migrate.newest()}. Run: peerspace db upgrade")
        click.echo(f"The database is at revision {migrate.newest()}.")
