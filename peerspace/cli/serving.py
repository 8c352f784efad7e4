"""`peerspace serve` and `peerspace worker`: the long-running processes."""

from __future__ import annotations

import click

from peerspace.cli.common import NOT_MIGRATED, fail, opened
from peerspace.kernel import migrate


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option(
    "--demo",
    "with_demo",
    is_flag=True,
    help="First upgrade the database, and fill an empty one with the demo.",
)
def serve(host: str, port: int, with_demo: bool) -> None:
    """Serve pages and live chat; in embedded mode background work runs inside."""
    from peerspace.serve import exec_server  # late: it replaces this process

    if with_demo:
        from peerspace.cli.db import bring_up  # late: a plain start loads none of this
        from peerspace.cli.demo import invite

        bring_up()
        invite()
    with opened(migrated=False) as (_, database):  # a wrong setting is said here, before a server starts
        if not migrate.may_come_back(database.engine):
            fail(NOT_MIGRATED)
    exec_server(host, port)


@click.command()
def worker() -> None:
    """Run the background work apart from the web process, until stopped."""
    from peerspace.work import run_worker  # late: it loads the scheduler

    with opened() as (config, database):
        run_worker(config, database)
