"""`peerspace people`: making accounts, roles, admission and suspension from the machine PeerSpace runs on."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TextIO

import click

from peerspace.accounts import service as accounts
from peerspace.accounts.models import PAY, TRAINING
from peerspace.accounts.passphrases import Passphrases, check_new
from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.community.rules import current_number
from peerspace.config import Config
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.uow import UnitOfWork

ROLES = [role.value for role in Role]
COMMUNITY = frozenset({Role.PEER_WORKER, Role.SUPERVISOR})
ME = installation(Origin.COMMAND)

training = click.option("--training", type=click.Choice(TRAINING), default="not_recorded", show_default=True)
pay = click.option("--pay", type=click.Choice(PAY), default="not_recorded", show_default=True)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One account to make. Without a passphrase a one-time link is printed that sets it."""

    name: str
    role: Role
    passphrase: str = ""


@click.group()
def people() -> None:
    """Accounts and roles: add, role, admit, suspend, sign-out."""


@people.command()
@click.argument("name", required=False)
@click.option("--role", "role_name", type=click.Choice(ROLES), default="member", show_default=True)
@training
@pay
@click.option("--established", is_flag=True, help="Past the review of first contributions.")
@click.option("--from", "source", type=click.File("r", encoding="utf-8"),
              help="JSON lines of {name, role, passphrase} instead of NAME; - reads standard input.")  # fmt: skip
@click.option(
    "--bench", is_flag=True, help="Invented people for a bench: stamps the database, refused in production."
)
@as_json
def add(
    name: str | None, role_name: str, training: str, pay: str, established: bool, source: TextIO | None,
    bench: bool, wants_json: bool,
) -> None:  # fmt: skip
    """Make the account NAME and print a one-time link (or, with --from, many accounts with passphrases)."""
    if (name is None) == (source is None):
        raise click.UsageError("Give either NAME or --from FILE.")
    wanted = [_Wanted(name, Role(role_name))] if name is not None else _read(source or sys.stdin)
    with opened() as (config, database):
        if bench and config.production:
            fail("Invented people are refused in production.", 2)
        hasher = Passphrases(time_cost=1, memory_kib=1024) if bench else Passphrases()
        hashes = [
            hasher.hash(check_new(one.passphrase, one.name)) if one.passphrase else "" for one in wanted
        ]
        with database.write(installation(Origin.BENCH) if bench else ME) as uow:
            made = [
                _add(uow, config, one, hashed, established=established, training=training, pay=pay)
                for one, hashed in zip(wanted, hashes, strict=True)
            ]
    lines = [f"{one['name']} ({one['role']}): {one.get('link', 'made')}" for one in made]
    answer(made, wants_json, "\n".join(lines))


def _read(source: TextIO) -> list[_Wanted]:
    wanted = []
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            wanted.append(_Wanted(row["name"], Role(row.get("role", "member")), row.get("passphrase", "")))
        except (ValueError, KeyError, TypeError) as error:
            raise click.UsageError(
                f"Line {number} is not a JSON object with a name and a known role."
            ) from error
    return wanted


def _add(
    uow: UnitOfWork, config: Config, one: _Wanted, hashed: str, *, established: bool, training: str, pay: str
) -> dict[str, Any]:
    roles = {one.role, Role.MEMBER} if one.role in COMMUNITY else {one.role}
    account = accounts.add_person(
        uow,
        one.name,
        frozenset(roles),
        rules_number=current_number(uow),
        hashed=hashed,
        established=established or one.role is not Role.MEMBER,
        training=training,
        pay=pay,
    )
    made: dict[str, Any] = {"name": one.name, "role": one.role.value, "id": account.public_id}
    if not hashed:
        made["link"] = f"{config.base_url}/link/{accounts.create_link(uow, account.id)}"
    return made


@people.command()
@click.argument("name")
@click.argument("role_name", metavar="ROLE", type=click.Choice(ROLES))
@click.option("--end", is_flag=True, help="End the role instead of granting it.")
@training
@pay
def role(name: str, role_name: str, end: bool, training: str, pay: str) -> None:
    """Grant ROLE to NAME from now on, or end it."""
    with opened() as (_, database), database.write(ME) as uow:
        account = accounts.account_by_name(uow, name)
        if end:
            accounts.end_role(uow, account.id, Role(role_name))
        else:
            accounts.grant_role(uow, account.id, Role(role_name), training=training, pay=pay)
    click.echo(f"{name}: {role_name} {'ended' if end else 'granted'}.")


@people.command()
@click.argument("name")
def admit(name: str) -> None:
    """Let a waiting person in."""
    with opened() as (_, database), database.write(ME) as uow:
        accounts.admit(uow, accounts.account_by_name(uow, name).public_id)
    click.echo(f"{name} is in.")


@people.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 366), help="For how long; without it until it is lifted.")
@click.option("--lift", is_flag=True, help="Lift a suspension.")
def suspend(name: str, days: int | None, lift: bool) -> None:
    """Suspend NAME: all sessions end and open pages and rooms close at once."""
    with opened() as (_, database), database.write(ME) as uow:
        account = accounts.account_by_name(uow, name)
        if lift:
            accounts.unsuspend(uow, account.id)
        else:
            accounts.suspend(uow, account.id, until=uow.now + timedelta(days=days) if days else None)
    click.echo(f"{name}: suspension lifted." if lift else f"{name} is suspended.")


@people.command("sign-out")
@click.argument("name")
def sign_out(name: str) -> None:
    """End all sessions of NAME, sockets too."""
    with opened() as (_, database), database.write(ME) as uow:
        accounts.end_sessions_of(uow, accounts.account_by_name(uow, name).id)
    click.echo(f"{name} is signed out everywhere.")


@people.command()
@click.argument("name")
@as_json
def link(name: str, wants_json: bool) -> None:
    """Print a one-time link that sets a new passphrase for NAME."""
    with opened() as (config, database), database.write(ME) as uow:
        token = accounts.create_link(uow, accounts.account_by_name(uow, name).id)
    address = f"{config.base_url}/link/{token}"
    answer({"name": name, "link": address}, wants_json, address)
