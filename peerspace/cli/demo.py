"""`peerspace demo`: an invented community for an empty installation."""

from __future__ import annotations

from dataclasses import asdict

import click

from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.demo.guests import accounts_made, is_empty, is_invented


@click.command()
@click.option("--if-empty", is_flag=True, help="Do nothing where somebody has an account already.")
@as_json
def demo(if_empty: bool, wants_json: bool) -> None:
    """Fill an empty installation with an invented community (refused otherwise, and in production)."""
    invite(if_empty=if_empty, wants_json=wants_json)


def invite(*, if_empty: bool = True, wants_json: bool = False) -> None:
    """Make the invented community where nobody is, and print how to sign in as one of them."""
    with opened() as (config, database):
        if config.production:
            fail("Production holds real people only; the demo is refused there.", 2)
        if is_empty(database):
            if not wants_json:
                click.echo("Inviting an invented community; this takes half a minute, once.")
            from peerspace.demo.fill import fill  # late: only the first start needs any of it
            from peerspace.demo.release import build_demo_release

            build_demo_release(config, database, fill(config, database))
        elif not if_empty:
            fail("Somebody has an account here already; the demo fills an empty installation only.")
        elif not is_invented(database):
            answer([], wants_json, "There are people here already; the demo is left out.")
            return
        else:
            from peerspace.demo.keeping import keep_rooms  # late: chat is loaded for it

            keep_rooms(database)
    made = accounts_made()
    shown = [one for one in made if one.role != "member"] + [one for one in made if one.role == "member"][:3]
    lines = [f"  {one.name:<18} {one.role.replace('_', ' ')}" for one in shown]
    sentence = "\n".join(
        [f"An invented community. Sign in at {config.base_url}/sign-in with the passphrase", "",
         f"  {made[0].passphrase}", "", "as one of", *lines]
    )  # fmt: skip
    answer([asdict(one) for one in made], wants_json, sentence)
