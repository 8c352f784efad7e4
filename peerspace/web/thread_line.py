"""Where the line runs that ties an answer to what it answers, on one page of a thread.

A group begins with a post that answers nothing on this page. Inside it, an answer to the group's first post hangs on
the rail that runs down from it; an answer to the post right above is joined to that; any other says in words whom it
answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Place:
    """One post and how the line passes it.

    `depth`: 0 for the first of a group, else 1. `rail`: the group's rail goes on beside it. `up`: `root` or `last`,
    what it is joined to, or None. `down`: the next post is joined to it. `follows`: another of its group comes next.
    `label`: whether its words say whom it answers (`shown`, `narrow` where the screen is, `none`).
    """

    post: Any
    depth: int = 0
    rail: bool = False
    up: str | None = None
    down: bool = False
    follows: bool = False
    label: str = "shown"


def thread_line(posts: Sequence[Any]) -> list[Place]:
    """The places of `posts` (each with an `id` and with `answers`: None or something with an `id`), in their order."""
    places: list[Place] = []
    members: set[object] = set()
    root_at, last_on_rail = 0, -1

    def end_group(end: int) -> None:
        for at in range(root_at, min(last_on_rail, end)):
            places[at].rail = True

    for at, post in enumerate(posts):
        to = post.answers.id if post.answers else None
        if to is None or to not in members:
            end_group(at)
            root_at, last_on_rail, members = at, -1, {post.id}
            places.append(Place(post))
            continue
        to_root, to_last = to == places[root_at].post.id, to == places[-1].post.id
        label = "none" if to_last else "narrow" if to_root else "shown"
        up = "root" if to_root else "last" if to_last else None
        places[-1].follows, places[-1].down = True, to_last and not to_root
        places.append(Place(post, 1, up=up, label=label))
        last_on_rail = at if to_root else last_on_rail
        members.add(post.id)
    end_group(len(places))
    return places
