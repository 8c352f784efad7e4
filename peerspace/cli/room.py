"""`peerspace room` and `peerspace space`: places, from the machine PeerSpace runs on."""

from __future__ import annotations

import click
from sqlalchemy import select

from peerspace.chat import rooms
from peerspace.chat.models import Room
from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.duty.service import on_duty_now
from peerspace.forum.staff import HOLDS, create_space
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.uow import UnitOfWork

ME = installation(Origin.COMMAND)


@click.group()
def room() -> None:
    """Rooms: add, open, close, list."""


@room.command("add")
@click.argument("slug")
@click.argument("name")
@click.option("--description", default="")
@click.option(
    "--slow-mode", default=0, type=click.IntRange(0, 300), help="Seconds between a person's messages."
)
def add_room(slug: str, name: str, description: str, slow_mode: int) -> None:
    """Make a room. It takes messages while somebody is on duty in it."""
    with opened() as (_, database), database.write(ME) as uow:
        rooms.create_room(uow, slug, name, description=description, slow_mode_s=slow_mode)
    click.echo(f"/rooms/{slug} is there.")


@room.command("open")
@click.argument("slug")
def open_(slug: str) -> None:
    """Take a closing back; messages are taken as soon as somebody is on duty."""
    with opened() as (_, database), database.write(ME) as uow:
        rooms.open_room(uow, _id_of(uow, slug))
    click.echo(f"{slug} is open when somebody is on duty.")


@room.command()
@click.argument("slug")
def close(slug: str) -> None:
    """Close a room at once, whoever is on duty; it can still be read."""
    with opened() as (_, database), database.write(ME) as uow:
        rooms.close_room(uow, _id_of(uow, slug))
    click.echo(f"{slug} is closed.")


@room.command("list")
@as_json
def list_(wants_json: bool) -> None:
    """Every room with its state, people on duty, and messages so far."""
    with opened() as (_, database), database.read(ME) as uow:
        kept = on_duty_now(uow)
        found = [
            {
                "slug": r.slug,
                "name": r.name,
                "state": r.state_word,
                "on_duty": kept.get(r.id, 0),
                "messages": r.seq,
            }
            for r in uow.session.scalars(select(Room).order_by(Room.position, Room.id))
        ]
    lines = [
        f"{r['slug']:<24} {r['state']:<10} on duty {r['on_duty']}  messages {r['messages']}" for r in found
    ]
    answer(found, wants_json, "\n".join(lines) or "There is no room yet.")


def _id_of(uow: UnitOfWork, slug: str) -> int:
    found = uow.session.scalar(select(Room.id).where(Room.slug == slug))
    if found is None:
        fail(f"There is no room {slug}.")
    return found


@click.group()
def space() -> None:
    """Spaces of the forum: add."""


@space.command("add")
@click.argument("slug")
@click.argument("name")
@click.option("--description", default="")
@click.option("--hold-first-posts", type=click.Choice(HOLDS), default="never", show_default=True,
              help="When a new member's first posts wait for a human.")  # fmt: skip
def add_space(slug: str, name: str, description: str, hold_first_posts: str) -> None:
    """Make a space."""
    with opened() as (_, database), database.write(ME) as uow:
        create_space(uow, slug, name, description, hold_first_posts=hold_first_posts)
    click.echo(f"/spaces/{slug} is there.")
