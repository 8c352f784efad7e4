"""The command line: does what it says, exits with the right status, and says plainly what is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import structlog
from sqlalchemy import select, text

from peerspace import cli
from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.cli import common, doctor, release
from peerspace.config import Config
from peerspace.kernel.actor import guest
from peerspace.wiring import audit_head_path, open_database

PASSPHRASE = "four quiet lanterns"


class Shell:
    """Runs commands as the entry point does, and keeps what they print."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], var: Path
    ) -> None:
        self._patch, self._capsys, self.var = monkeypatch, capsys, var
        for name, value in {"ENV": "test", "VAR_DIR": str(var), "EXPORT_DIR": str(var / "exports")}.items():
            monkeypatch.setenv(f"PEERSPACE_{name}", value)

    def __call__(self, *arguments: str, status: int = 0) -> str:
        self._patch.setattr(sys, "argv", ["peerspace", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = self._capsys.readouterr()
        assert code == status, f"{arguments}: {code}\n{out}{err}"
        self.out, self.err = out, err
        return out + err

    def database(self):
        return open_database(Config.from_env())


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    """An installation whose database is at the newest revision."""
    made = Shell(monkeypatch, capsys, tmp_path / "var")
    assert "revision" in made("db", "upgrade")
    return made


def test_the_first_administrator_gets_a_link(shell: Shell) -> None:
    made = json.loads(shell("people", "add", "Root", "--role", "administrator", "--json"))
    assert made[0]["role"] == "administrator"
    assert made[0]["link"].startswith("http://127.0.0.1:8000/link/")
    assert "taken" in shell("people", "add", "Root", status=1)


def test_many_people_at_once_for_a_bench_stamp_the_database(shell: Shell, tmp_path: Path) -> None:
    source = tmp_path / "people.jsonl"
    rows = [{"name": f"p{n:04}", "role": "member", "passphrase": PASSPHRASE} for n in range(5)]
    source.write_text("\n".join(json.dumps(row) for row in rows))
    shell("people", "add", "--from", str(source), "--established", "--bench")
    database = shell.database()
    with database.read(guest()) as uow:
        assert len(uow.session.scalars(select(Account).where(Account.established_at.is_not(None))).all()) == 5
        assert uow.session.scalar(text("SELECT invented_at FROM installation")) is not None
    source.write_text('{"name": "x1"}\nnot json')
    assert "Line 2" in shell("people", "add", "--from", str(source), status=2)
    assert "either" in shell("people", "add", status=2)


def test_roles_suspension_and_signing_out(shell: Shell) -> None:
    shell("people", "add", "Wren")
    shell("people", "role", "Wren", "peer_worker", "--training", "trained", "--pay", "paid")
    shell("people", "role", "wren", "peer_worker", "--end")
    database = shell.database()
    with database.write(guest()) as uow:
        wren = uow.session.scalars(select(Account).where(Account.pseudonym == "Wren")).one()
        uow.session.add(
            WebSession(token_hash="t" * 64, account_id=wren.id, created_at=uow.now, seen_at=uow.now)
        )
    shell("people", "sign-out", "Wren")
    shell("people", "suspend", "Wren", "--days", "3")
    with database.read(guest()) as uow:
        grants = uow.session.scalars(select(RoleGrant).where(RoleGrant.role == "peer_worker")).all()
        assert [(grant.training, grant.pay, grant.ended_at is not None) for grant in grants] == [
            ("trained", "paid", True)
        ]
        assert uow.session.scalars(select(WebSession.ended_at)).one() is not None
        assert uow.session.scalars(select(Account.status)).one() == "suspended"
        rows = uow.session.execute(text("SELECT kind FROM control_message")).scalars().all()
    assert {"SessionsEnded", "AccountStatusChanged"} <= set(rows)
    shell("people", "suspend", "Wren", "--lift")
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(Account.status)).one() == "active"
    assert "nobody here by that name" in shell("people", "suspend", "Nobody", status=1)


def test_places(shell: Shell) -> None:
    shell("space", "add", "nights", "Nights", "--hold-first-posts", "always")
    shell("room", "add", "late-kitchen", "The late kitchen")
    assert json.loads(shell("room", "list", "--json"))[0]["state"] == "read_only"
    shell("room", "close", "late-kitchen")
    assert json.loads(shell("room", "list", "--json"))[0]["state"] == "closed"
    shell("room", "open", "late-kitchen")
    assert "no room" in shell("room", "close", "nowhere", status=1)
    assert shell("space", "add", "Bad Slug", "x", status=1)


def test_audit_verify_finds_what_was_changed(shell: Shell) -> None:
    shell("people", "add", "Ash")
    assert json.loads(shell("audit", "verify", "--json"))["faults"] == []
    assert "person_added" in shell("audit", "tail")
    with shell.database().engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET action = 'nothing' WHERE seq = 1"))
    assert "changed" in shell("audit", "verify", status=1)


def test_a_restored_backup_is_told_until_it_is_accepted(shell: Shell) -> None:
    assert "nothing to accept" in shell("audit", "accept")
    for name in ("Ash", "Moss"):
        shell("people", "add", name)
    with shell.database().engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry WHERE seq > 1"))
        mac = connection.scalar(text("SELECT mac FROM audit_entry WHERE seq = 1"))
        connection.execute(text("UPDATE audit_head SET seq = 1, mac = :mac"), {"mac": mac})
    for name in ("Fern", "Wren", "Sage"):
        assert "peerspace audit accept" in shell("doctor", status=1)
        assert shell("audit", "verify", status=1)
        shell("people", "add", name)
    shell("audit", "accept", "--yes")
    assert json.loads(shell("audit", "verify", "--json"))["faults"] == []
    assert "audit_accepted" in shell("audit", "tail")
    shell("doctor")


def test_two_databases_in_one_folder_have_a_head_each(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second database beside the first, as for a trial: neither says that the other's chain is its own, cut off."""
    for name in ("Ash", "Moss", "Fern"):
        shell("people", "add", name)
    monkeypatch.setenv("PEERSPACE_DATABASE_URL", f"sqlite:///{shell.var / 'trial.db'}")
    shell("db", "upgrade")
    assert "audit_head_disagrees" not in shell("people", "add", "Wren")
    assert json.loads(shell("audit", "verify", "--json"))["faults"] == []
    monkeypatch.delenv("PEERSPACE_DATABASE_URL")
    assert json.loads(shell("audit", "verify", "--json"))["faults"] == []
    assert len(list(shell.var.glob("audit-*.head"))) == 2


def test_an_installation_that_was_moved_finds_its_head(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shell("people", "add", "Ash")
    shell.var.rename(tmp_path / "elsewhere")
    monkeypatch.setenv("PEERSPACE_VAR_DIR", str(tmp_path / "elsewhere"))
    assert json.loads(shell("audit", "verify", "--json"))["faults"] == []
    shell("doctor")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "postgresql://ann:x@db.example/peers",
            "postgresql://ben@db.example:5432/peers?sslmode=require",
            True,
        ),
        ("postgresql://db.example/peers", "postgresql://db.example/trial", False),
        ("postgresql://db.example/peers", "postgresql://db2.example/peers", False),
        ("postgresql:///peers?host=/run/one", "postgresql:///peers?host=/run/two", False),
    ],
)
def test_the_head_is_named_after_where_the_database_is(
    tmp_path: Path, one: str, other: str, same: bool
) -> None:
    """Not after who asks or how: neither a new password nor an option makes another chain of it."""
    paths = [
        audit_head_path(Config.from_env({"PEERSPACE_VAR_DIR": str(tmp_path), "PEERSPACE_DATABASE_URL": url}))
        for url in (one, other)
    ]
    assert (paths[0] == paths[1]) is same
    assert "db" not in paths[0].stem


def test_consent_is_shown_and_the_look_is_logged(shell: Shell) -> None:
    shell("people", "add", "Ash")
    assert json.loads(shell("consent", "fold", "Ash", "--json")) == {"scopes": []}
    assert "no record" in shell("consent", "show", "Ash")
    assert "consent_looked_at" in shell("audit", "tail")


def test_releases_and_measures_without_anything(shell: Shell, tmp_path: Path) -> None:
    assert json.loads(shell("release", "list", "--json")) == []
    assert "Nothing" in shell("release", "build")
    made = json.loads(shell("research", "measures", "--json"))
    assert {"sessions", "reciprocity", "contributions"} <= {row["name"] for row in made}
    assert "ends before" in shell(
        "research", "measures", "--from", "2026-02-02", "--to", "2026-01-01", status=2
    )
    (tmp_path / "empty").mkdir()
    assert "findings" in shell("release", "verify", str(tmp_path / "empty"), status=1)


def test_doctor_names_every_part(shell: Shell) -> None:
    found = {row["part"]: row["state"] for row in json.loads(shell("doctor", "--json"))}
    assert found["database"] == "ok"
    assert {"PEERSPACE_ENV", "audit", "redis", "data folder", "clock", "mail", "jobs"} <= set(found)
    assert "wrong" not in found.values()


def _with_json(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that takes --json."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _with_json(found, (*words, name))
    elif "wants_json" in {option.name for option in command.params}:
        yield words


ARGUMENTS = {
    ("people", "add"): ("Fern",),
    ("people", "link"): ("Ash",),
    ("demo",): ("--if-empty",),
    ("release", "verify"): ("requirements",),
    ("consent", "fold"): ("Ash",),
    ("consent", "show"): ("Ash",),
}
"""What a command needs beside --json."""
FINDS_FAULTS = {("release", "verify")}


@pytest.mark.parametrize("words", sorted(_with_json(cli.cli)), ids=" ".join)
def test_a_program_reads_json_and_nothing_else(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Whatever is logged meanwhile goes to the other stream: a line among the answer would break every program."""

    def noisy(work: Callable[..., Any]) -> Callable[..., Any]:
        def logging(*given: Any, **named: Any) -> Any:
            structlog.get_logger("peerspace").warning("planted_line")
            return work(*given, **named)

        return logging

    shell("people", "add", "Ash")
    structlog.reset_defaults()
    for module, name in ((common, "open_database"), (doctor, "open_database"), (release, "verify_package")):
        monkeypatch.setattr(module, name, noisy(getattr(module, name)))
    shell(*words, *ARGUMENTS.get(words, ()), "--json", status=int(words in FINDS_FAULTS))
    json.loads(shell.out)
    assert "planted_line" in shell.err


@pytest.mark.parametrize(("count", "said"), [("0", True), ("1", False)])
def test_doctor_says_that_a_proxy_is_not_known(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, count: str, said: bool
) -> None:
    monkeypatch.setenv("PEERSPACE_TRUSTED_PROXIES", count)
    assert "shares one address" not in shell("doctor"), "without https nothing stands in front"
    monkeypatch.setenv("PEERSPACE_BASE_URL", "https://peers.example")
    assert ("shares one address" in shell("doctor")) is said


def test_a_missing_database_and_a_bad_setting_are_said_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shell = Shell(monkeypatch, capsys, tmp_path / "nothing")
    assert "peerspace db upgrade" in shell("people", "add", "Ash", status=1)
    assert "peerspace db upgrade" in shell("db", "check", status=1)
    assert "wrong" in shell("doctor", status=1)
    monkeypatch.setenv("PEERSPACE_ENV", "prod")
    assert "PEERSPACE_ENV" in shell("doctor", status=2)


def test_the_demo_is_refused_where_people_are(shell: Shell) -> None:
    shell("people", "add", "Ash")
    assert "fills an empty installation only" in shell("demo", status=1)
    assert "left out" in shell("demo", "--if-empty")


def test_every_command_has_help(shell: Shell) -> None:
    for name in cli.COMMANDS:
        assert "Usage" in shell(name, "--help")
