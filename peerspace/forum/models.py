"""Spaces, and the threads in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal
from peerspace.streams.models import Contribution, State, Stream

KIND = "thread"
"""The kind of stream that a thread is."""
WISHES = ("", "listening", "experience", "ideas", "just_saying")


class Space(Base):
    """An area of the forum."""

    __tablename__ = "space"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    hold_first_posts: Mapped[str] = mapped_column(String(16), default="never")
    """When a new member's first contributions wait for a human: never, off_shift, always."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (one_of("hold_first_posts", ("never", "off_shift", "always")),)


class Thread(Stream):
    """A thread: a stream with a title. Its words are the posts that stand in it.

    `seq` counts places given out: published posts, removed and hidden ones included (they stay as stubs).
    """

    __tablename__ = "thread"

    id: Mapped[int] = mapped_column(ForeignKey("stream.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    opening_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    """Its first post, also while that waits. Set in the act that makes both."""
    title: Mapped[str] = mapped_column(String(200), info=personal("what you wrote", "content"))
    wish: Mapped[str] = mapped_column(String(16), default="")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    last_post_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(String(16), default=State.PUBLISHED)
    """Of its title: whether it can be read follows what became of the first post."""

    __table_args__ = (
        one_of("state", tuple(State)),
        one_of("wish", WISHES),
        Index("ix_thread_space_last", "space_id", "last_post_at"),
        Index("ix_thread_last", "last_post_at"),
    )
    __mapper_args__ = {"polymorphic_identity": KIND}


class Post(Contribution):
    """A contribution to a thread: its first post, or a reply."""

    __mapper_args__ = {"polymorphic_identity": KIND}
