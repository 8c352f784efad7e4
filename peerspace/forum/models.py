"""Spaces, threads, posts and their history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal

POST_STATES = ("published", "held", "hidden", "removed")
"""held: waits for a human; hidden: by a supervisor's decision; removed: by its author."""
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


class Thread(Base):
    """A thread: its title and the counters its list needs. The opening words are its first post."""

    __tablename__ = "thread"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    title: Mapped[str] = mapped_column(String(200), info=personal("what you wrote", "content"))
    wish: Mapped[str] = mapped_column(String(16), default="")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    last_post_at: Mapped[datetime] = mapped_column(UtcTime)
    post_count: Mapped[int] = mapped_column(Integer, default=0)
    """Positions given out so far: published posts, removed and hidden ones included (they stay as stubs)."""
    state: Mapped[str] = mapped_column(String(16), default="published")
    locked_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        one_of("state", POST_STATES),
        one_of("wish", WISHES),
        Index("ix_thread_space_last", "space_id", "last_post_at"),
    )


class Post(Base):
    """The first post of a thread or a reply. `position` counts from 1 and is given when it is published."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    position: Mapped[int | None] = mapped_column(Integer)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    body: Mapped[str] = mapped_column(Text, info=personal("what you wrote", "content"))
    body_html: Mapped[str] = mapped_column(Text, info=personal("what you wrote, as shown", "content"))
    content_note: Mapped[str] = mapped_column(
        String(120), default="", info=personal("what you wrote", "content")
    )
    state: Mapped[str] = mapped_column(String(16))
    client_id: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        one_of("state", POST_STATES),
        UniqueConstraint("author_id", "client_id"),
        UniqueConstraint("thread_id", "position"),
    )


class PostRevision(Base):
    """A post as it stood before a change (edit or removal). `version` is the version it had."""

    __tablename__ = "post_revision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text, info=personal("what you wrote before you changed it", "content"))
    body_html: Mapped[str] = mapped_column(
        Text, default="", info=personal("what you wrote before you changed it", "content")
    )
    content_note: Mapped[str] = mapped_column(
        String(120), default="", info=personal("what you wrote before you changed it", "content")
    )
    at: Mapped[datetime] = mapped_column(UtcTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (UniqueConstraint("post_id", "version"),)
