"""`peerspace audit`: is the chain sound, what was written last, and taking it as it stands after a restore."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import from_us
from peerspace.kernel.models import AuditEntry


@click.group()
def audit() -> None:
    """The audit chain: verify, tail, accept."""


@audit.command()
@as_json
def verify(wants_json: bool) -> None:
    """Walk the whole chain and the head kept outside; exit status 1 if anything is wrong."""
    with opened() as (_, database), database.read(installation(Origin.COMMAND)) as uow:
        faults = database.audit_log.verify(uow.session)
        number = uow.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    found = [{"kind": fault.kind, "seq": fault.seq} for fault in faults]
    sentence = (
        f"{number} entries, the chain is sound." if not faults else f"{number} entries, {len(faults)} faults:"
    )
    answer({"entries": number, "faults": found}, wants_json, sentence)
    if faults:
        lines = [] if wants_json else [f"  entry {fault.seq}: {fault.kind}" for fault in faults]
        fail("\n".join(lines))


@audit.command()
@click.option("-n", "count", default=20, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def tail(count: int, wants_json: bool) -> None:
    """The newest entries, oldest of them first."""
    with opened() as (_, database), database.read(installation(Origin.COMMAND)) as uow:
        rows = list(uow.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(count)))[
            ::-1
        ]
    lines = [
        {
            "seq": row.seq,
            "at": from_us(row.at_us).isoformat(),
            "account": row.account_id,
            "origin": row.origin,
            "action": row.action,
            "subject": f"{row.subject_kind}:{row.subject_id}",
            "detail": row.detail,
        }
        for row in rows
    ]
    sentence = "\n".join(
        f"{line['seq']:>6}  {line['at']}  {line['account'] or '-'}  {line['action']}  {line['subject']}"
        for line in lines
    )
    answer(lines, wants_json, sentence or "The chain is empty.")


@audit.command()
@click.option("--yes", is_flag=True, help="Do it without asking.")
def accept(yes: bool) -> None:
    """Take the chain as it stands for the true one: after an older backup of the database was restored on purpose.

    Until then the head kept outside says that entries are missing. Faults inside the chain stay faults.
    """
    with opened() as (_, database):
        with database.read(installation(Origin.COMMAND)) as uow:
            fault = database.audit_log.head_fault(uow.session)
        if fault is None:
            click.echo("The chain and the head kept outside agree; there is nothing to accept.")
            return
        if not yes:
            click.echo(f"The head kept outside says: entry {fault.seq}: {fault.kind}.")
            click.confirm("This gives up the proof of what is missing. Go on?", abort=True)
        with database.write(installation(Origin.COMMAND)) as uow:
            seq = database.audit_log.accept(uow)
    click.echo(f"Accepted; entry {seq} of the chain says so.")
