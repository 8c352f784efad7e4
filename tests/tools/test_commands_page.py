"""docs/commands.md lists every command with its arguments and options, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from peerspace.cli import cli
from peerspace.config import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(peerspace [^`]+)` \| (.+) \|$", PAGE, re.MULTILINE))


def _commands(command: click.Command, path: str = "peerspace") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _commands(found, f"{path} {name}")


def _called(path: str, command: click.Command) -> str:
    names = [one.human_readable_name for one in command.params if isinstance(one, click.Argument)]
    return " ".join([path, *names])


COMMANDS = {_called(path, command): command for path, command in _commands(cli)}


def test_the_page_lists_every_command_and_no_other() -> None:
    assert "peerspace audit verify" in COMMANDS
    assert list(ROWS) == list(COMMANDS)


def test_each_row_names_every_option_of_its_command_and_no_other() -> None:
    for called, command in COMMANDS.items():
        options = {opt for one in command.params if isinstance(one, click.Option) for opt in one.opts}
        named = set(re.findall(r"`(--?[a-z][a-z-]*)", ROWS[called]))
        assert named == options, called
