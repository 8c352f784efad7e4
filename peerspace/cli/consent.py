"""`peerspace consent`: what a member agreed to, record by record and folded."""

from __future__ import annotations

import click

from peerspace.accounts.service import account_by_name
from peerspace.cli.common import answer, as_json, opened
from peerspace.consent.actions import ConsentAction
from peerspace.consent.fold import fold_at
from peerspace.consent.service import records_of
from peerspace.kernel.actor import Origin, installation

ME = installation(Origin.COMMAND)


@click.group()
def consent() -> None:
    """Consent records: show, fold."""


@consent.command()
@click.argument("name")
@as_json
def show(name: str, wants_json: bool) -> None:
    """Every consent record of NAME, oldest first. Looking is logged and shown to the member."""
    with opened() as (_, database), database.write(ME) as uow:
        account = account_by_name(uow, name)
        records = records_of(uow, account.id)
        uow.audit(ConsentAction.CONSENT_LOOKED_AT, "account", account.public_id, concerns=account.id)
    rows = [
        {"record": r.record_id, "event": r.event, "answers": r.answers, "at": r.at.isoformat()}
        for r in records
    ]
    lines = [
        f"{r.at.isoformat()}  {r.event:<10} {', '.join(f'{name}: {said}' for name, said in r.answers.items())}"
        for r in records
    ]
    answer(rows, wants_json, "\n".join(lines) or "There is no record.")


@consent.command()
@click.argument("name")
@as_json
def fold(name: str, wants_json: bool) -> None:
    """The scopes of NAME in force now, folded from the records. Looking is logged and shown to the member."""
    with opened() as (_, database), database.write(ME) as uow:
        account = account_by_name(uow, name)
        in_force = sorted(fold_at(records_of(uow, account.id), uow.now))
        uow.audit(ConsentAction.CONSENT_LOOKED_AT, "account", account.public_id, concerns=account.id)
    answer({"scopes": in_force}, wants_json, ", ".join(in_force) or "none")
