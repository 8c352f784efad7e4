"""`peerspace audit`: is the chain sound, and what was written last."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import from_us
from peerspace.kernel.models import AuditEntry


@click.group()
def audit() -> None:
    """The audit chain: verify, tail."""


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
