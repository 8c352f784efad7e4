"""`peerspace ...`: the command line. Exit status 0, 1 for a failed check, 2 for wrong use; `--json` for programs."""

from __future__ import annotations

import importlib
import os
import sys

import click

from peerspace.kernel.errors import BadSetting, Invalid, PeerSpaceError
from peerspace.logs import configure_logs
from peerspace.sentences import say, sentence

COMMANDS = {
    "serve": "serving:serve",
    "worker": "serving:worker",
    "db": "db:db",
    "people": "people:people",
    "room": "room:room",
    "space": "room:space",
    "help-lines": "help_lines:help_lines",
    "demo": "demo:demo",
    "research": "research:research",
    "release": "release:release",
    "consent": "consent:consent",
    "audit": "audit:audit",
    "doctor": "doctor:doctor",
}


class _Lazy(click.Group):
    """Loads a command's module when it is called: `peerspace serve` need not load the research engine."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, name = where.split(":")
        command: click.Command = getattr(importlib.import_module(f"peerspace.cli.{module}"), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="peerspace")
def cli() -> None:
    """PeerSpace: a moderated place for peer support, and the research data its members consent to."""


def main() -> None:
    """The entry point: errors become one sentence on stderr and the exit status."""
    configure_logs(
        os.environ.get("PEERSPACE_LOG_FORMAT", "").strip() or "plain"
    )  # stdout is for answers alone
    try:
        status = cli(standalone_mode=False)  # click hands an Exit's status back instead of raising it
        sys.exit(status if isinstance(status, int) else 0)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(2)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except BadSetting as wrong:
        click.echo(f"A setting is wrong. {wrong}", err=True)
        sys.exit(2)
    except PeerSpaceError as failed:
        click.echo(_told(failed), err=True)
        sys.exit(1)


def _told(failed: PeerSpaceError) -> str:
    """The error's sentence; each field's where it has fields, and the reason where one part is away."""
    if isinstance(failed, Invalid) and failed.fields:
        return "\n".join(f"{name}: {sentence(key, **failed.values)}" for name, key in failed.fields.items())
    reason = failed.values.get("reason")
    return say(failed) + (f" ({reason})" if reason else "")
