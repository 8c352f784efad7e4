"""Where things are found by people: the addresses that features tell, in one place. `web` answers them."""

from __future__ import annotations


def thread_address(public_id: str, slug: str = "") -> str:
    """A thread; `slug` is for people who read addresses."""
    return f"/threads/{public_id}/{slug}" if slug else f"/threads/{public_id}"


def post_address(public_id: str) -> str:
    """Where a post stands: a lasting link to it."""
    return f"/posts/{public_id}"


def post_versions_address(public_id: str) -> str:
    """A post's former versions."""
    return f"/posts/{public_id}/history"


def room_address(slug: str) -> str:
    """A room."""
    return f"/rooms/{slug}"


def message_versions_address(public_id: str) -> str:
    """A message's former versions."""
    return f"/messages/{public_id}/history"


def member_address(public_id: str) -> str:
    """What staff sees of a member."""
    return f"/members/{public_id}"


def item_address(public_id: str) -> str:
    """An item on the desk."""
    return f"/desk/items/{public_id}"
