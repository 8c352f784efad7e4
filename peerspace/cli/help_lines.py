"""`peerspace help-lines`: how the help lines stand. They are confirmed on the page, by a person with a name."""

from __future__ import annotations

import click

from peerspace.cli.common import answer, as_json, opened
from peerspace.community.help_lines import Country, Line
from peerspace.community.help_lines_state import AnyState, help_line_states
from peerspace.kernel.actor import Origin, installation

NEEDS_A_LOOK = ("unconfirmed", "lapsed", "old")


@click.group()
def help_lines() -> None:
    """Help lines: list. To confirm one, sign in as an administrator: /admin/help-lines."""


@help_lines.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that somebody has to look at.")
@as_json
def list_(only_open: bool, wants_json: bool) -> None:
    """Every help line with its country, numbers and how it stands."""
    with opened() as (_, database), database.read(installation(Origin.COMMAND)) as uow:
        found = [
            _told(one)
            for one in help_line_states(uow).everything()
            if not only_open or one.state in NEEDS_A_LOOK or one.shipped_changed
        ]
    lines = [
        f"{one['country']:<3} {one['key']:<24} {one['state']:<12} {one['confirmed_at'] or '-':<11} {one['numbers']}"
        for one in found
    ]
    answer(found, wants_json, "\n".join(lines) or "Nothing has to be looked at.")


def _told(one: AnyState) -> dict[str, str]:
    subject, numbers, country = one.subject, "", ""
    if isinstance(subject, Line):
        country = subject.country
        word = f"{subject.text_word} to {subject.text_to}" if subject.text_word else subject.text_to
        numbers = ", ".join([*subject.call, *([f"text {word}"] if subject.text_to else [])])
    elif isinstance(subject, Country):
        country, numbers = subject.code, ", ".join(number.number for number in subject.emergency)
    return {
        "key": one.key,
        "country": country,
        "numbers": numbers,
        "state": one.state,
        "confirmed_at": f"{one.confirmed_at:%Y-%m-%d}" if one.confirmed_at else "",
        "source": subject.emergency_source if isinstance(subject, Country) else subject.source,
    }
