"""Help lines from the command line: `doctor` counts what nobody has confirmed, `help-lines list` names it."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import update

from peerspace.accounts.queries import roles_of
from peerspace.accounts.service import account_by_name
from peerspace.community.help_lines import shipped
from peerspace.community.help_lines_kept import confirm, edit_line
from peerspace.community.help_lines_state import help_line_states
from peerspace.community.models import HelpLineVersion
from peerspace.kernel.actor import Actor, Origin, guest
from tests.cli.test_commands import Shell, shell

__all__ = ["shell"]
ALL = sum(1 + len(country.lines) for country in shipped().values()) + 1
"""Lines, the emergency numbers of each country, and a directory."""


def _administrator(shell: Shell) -> Actor:
    shell("people", "add", "Root", "--role", "administrator")
    with shell.database().read(guest()) as uow:
        account = account_by_name(uow, "Root")
        roles = frozenset(roles_of(uow, account.id))
    return Actor(origin=Origin.WEB, account_id=account.id, roles=roles)


def _doctor(shell: Shell) -> list[dict[str, str]]:
    return [row for row in json.loads(shell("doctor", "--json")) if row["part"] == "help lines"]


def test_doctor_counts_what_nobody_has_confirmed_by_country(shell: Shell) -> None:
    (found,) = _doctor(shell)
    assert found["state"] == "warning"
    assert f"nobody has confirmed {ALL} (AT 3, AU 7," in found["what"]
    assert "GB 11" in found["what"]
    assert "/admin/help-lines" in found["mend"]


def test_doctor_tells_old_confirmations_and_is_content_when_all_is_fresh(shell: Shell) -> None:
    root = _administrator(shell)
    with shell.database().write(root) as uow:
        for one in help_line_states(uow).everything():
            confirm(uow, one.key, version=one.version, seal=one.subject.seal)
    (found,) = _doctor(shell)
    assert (found["state"], found["what"]) == ("ok", "all confirmed within six months")
    assert shell("help-lines", "list", "--open") == "Nothing has to be looked at.\n"
    with shell.database().write(root) as uow:
        long_ago = uow.now - timedelta(days=200)
        for key in ("gb-calm", "de-telefonseelsorge"):
            uow.session.execute(
                update(HelpLineVersion).where(HelpLineVersion.line_key == key).values(confirmed_at=long_ago)
            )
    (found,) = _doctor(shell)
    assert (found["state"], found["what"]) == ("warning", "2 (DE 1, GB 1) confirmed more than six months ago")
    listed = json.loads(shell("help-lines", "list", "--open", "--json"))
    assert {row["key"]: row["state"] for row in listed} == {"gb-calm": "old", "de-telefonseelsorge": "old"}
    with shell.database().write(root) as uow:
        line = shipped()["GB"].lines[0]
        typed = line.fields | {"call": "0800 111 222", "hours": "always", "times": [], "languages": ""}
        edit_line(uow, line.key, typed, version=1)
        uow.session.execute(
            update(HelpLineVersion).where(HelpLineVersion.number == 2).values(shipped_seal="other")
        )
    said = " / ".join(row["what"] for row in _doctor(shell))
    assert "nobody has confirmed 1 (GB 1)" in said
    assert "1 (GB 1) changed here, and PeerSpace ships another content since" in said


def test_the_list_names_every_line_with_its_numbers_and_source(shell: Shell) -> None:
    listed = json.loads(shell("help-lines", "list", "--json"))
    assert len(listed) == ALL
    by_key = {row["key"]: row for row in listed}
    assert by_key["gb-shout"] == {
        "key": "gb-shout", "country": "GB", "numbers": "text SHOUT to 85258", "state": "unconfirmed",
        "confirmed_at": "", "source": "https://giveusashout.org/get-help/",
    }  # fmt: skip
    assert by_key["fr-emergency"]["numbers"] == "112, 15, 114"
    assert "116 123" in shell("help-lines", "list")
