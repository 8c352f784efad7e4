"""`peerspace research`: whether the measures can be made on what is here. Values come out through releases only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import click

from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import to_us
from peerspace.research.build import ENGINE_MEMORY, load_events
from peerspace.research.context import platform_context
from peerspace.research.measures import engine
from peerspace.research.participants import consent_basis

ME = installation(Origin.COMMAND)
WHOLE_DAY = "%Y-%m-%d"


@click.group()
def research() -> None:
    """The research layer: measures."""


@research.command()
@click.option(
    "--from", "first", type=click.DateTime([WHOLE_DAY]), help="First day, UTC; default 84 days ago."
)
@click.option(
    "--to", "last", type=click.DateTime([WHOLE_DAY]), help="Last day, UTC, included; default today."
)
@as_json
def measures(first: datetime | None, last: datetime | None, wants_json: bool) -> None:
    """Make every measure over a window of whole days and print how many rows each has, without any value.

    Values leave PeerSpace only through a release, after disclosure control.
    """
    with opened() as (config, database):
        with database.read(ME) as uow:
            begins = _day(first) if first else _day(uow.now - timedelta(days=84))
            ends = min(_day(last) + timedelta(days=1), uow.now) if last else uow.now
            if ends <= begins:
                fail("The window ends before it begins.", 2)
            window = engine.StudyWindow(to_us(begins), to_us(ends))
            basis = consent_basis(uow, window.from_us, window.cut_us)
            context = platform_context(uow, window.cut_us, ("sessions", 1.0))
        with engine.open_engine(config.var_dir / "spill", ENGINE_MEMORY) as con:
            load_events(con, config.database_url, basis, context, before_us=window.cut_us)
            made = engine.run_all(con, window)
    rows = [
        {"name": one.measure.name, "grain": one.measure.grain, "unit": one.measure.unit, "rows": one.rows}
        for one in made
    ]
    lines = [f"{row['name']:<40} {row['grain']:<22} {row['rows']:>8} rows" for row in rows]
    answer(rows, wants_json, "\n".join(lines))


def _day(at: date) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=UTC)
