"""What can be reported, loaded the same way whatever it is: a post, a message, a member."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from peerspace.accounts.models import Account, AdmissionStep
from peerspace.chat.models import Message, MessageRevision, Room
from peerspace.forum.access import checked_id
from peerspace.forum.models import Post, PostRevision, Space, Thread
from peerspace.forum.staff import is_opener
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.models import Report

CONTEXT_MESSAGES = 10
SEEN_BY_MEMBERS = ("published", "held", "hidden", "removed")
"""States of what had its place: an edit that waits does not take away the words somebody read."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reportable thing as it stands now. `member_id`: its author, or the member themselves.

    `where` names the place for people; `body` is what stood there when members could last read it, for the desk: who
    reports may read it again only while it `is_readable`. `had_place` is False for what never appeared to others.
    """

    kind: str
    id: int
    public_id: str
    member_id: int
    version: int
    body: str
    state: str
    where: str
    place_url: str
    had_place: bool = True
    title: str = ""
    """What stands above an opening post: a title can hurt as much as what follows it. A content note, read before the
    words are opened, is part of `body` too."""

    @property
    def is_readable(self) -> bool:
        return self.state == "published"

    @property
    def open_key(self) -> str:
        return f"{self.kind}:{self.id}"


def load_target(uow: UnitOfWork, kind: str, public_id: str) -> Target:
    """The target a member names.

    Raises BadRequest for an unknown kind, NotFound when there is none or the member could never have seen it.
    """
    loaders = {"post": _post, "message": _message, "member": _member}
    loader = loaders.get(kind)
    if loader is None:
        raise BadRequest("report_kind_unknown")
    target = loader(uow, public_id=checked_id(public_id))
    seen = (target.had_place and target.state in SEEN_BY_MEMBERS) or uow.actor.has(Role.SUPERVISOR)
    if not seen:
        raise NotFound("not_found")
    return target


def target_by_id(uow: UnitOfWork, kind: str, target_id: int) -> Target:
    """The target an item, an event or evidence names by its row id.

    Besides what can be reported: a report, with what its reporter told, and a step at the door, with what was said.
    """
    return _LOADERS[kind](uow, row_id=target_id)


def target_by_key(uow: UnitOfWork, key: str) -> Target:
    """The target that `Target.open_key` names."""
    kind, _, row_id = key.partition(":")
    return target_by_id(uow, kind, int(row_id))


def context_of(uow: UnitOfWork, target: Target) -> list[dict[str, Any]]:
    """What stood before a message in its room: up to 10 messages, oldest first. Empty for other targets."""
    if target.kind != "message":
        return []
    message = uow.session.get_one(Message, target.id)
    # The room is read in the order of its numbers; what waits has none yet, and follows what was there when it came.
    order = (Message.id, message.id) if message.seq is None else (Message.seq, message.seq)
    rows = uow.session.execute(
        select(Message.public_id, Message.published_at, Message.body, Account.public_id)
        .join(Account, Account.id == Message.author_id)
        .where(Message.room_id == message.room_id, Message.state == "published", order[0] < order[1])
        .order_by(order[0].desc())
        .limit(CONTEXT_MESSAGES)
    ).all()
    return [
        {"message": ref, "at": at.isoformat() if at else "", "author": author, "body": body}
        for ref, at, body, author in reversed(rows)
    ]


def former_version(uow: UnitOfWork, target: Target) -> Target | None:
    """The target as it stood before its last change; None where it never changed."""
    before = target.version - 1
    if target.kind == "post":
        found = uow.session.execute(
            select(PostRevision.content_note, PostRevision.body).where(
                PostRevision.post_id == target.id, PostRevision.version == before
            )
        ).first()
    elif target.kind == "message":
        found = uow.session.execute(
            select(Message.content_note, MessageRevision.body)
            .join(Message, Message.id == MessageRevision.message_id)
            .where(MessageRevision.message_id == target.id, MessageRevision.version == before)
        ).first()
    else:
        return None
    return None if found is None else replace(target, version=before, body=_said(target.title, *found))


def _said(*parts: str) -> str:
    """Title, content note and words as they stand above one another."""
    return "\n\n".join(part for part in parts if part)


def _post(uow: UnitOfWork, *, public_id: str = "", row_id: int = 0) -> Target:
    wanted = Post.id == row_id if row_id else Post.public_id == public_id
    row = uow.session.execute(
        select(Post, Thread, Space)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Space, Space.id == Thread.space_id)
        .where(wanted)
    ).first()
    if row is None:
        raise NotFound("not_found")
    post, thread, space = row
    note, body = post.content_note, post.body
    if not body:
        note, body = _last_said(uow, post.id)
    title = thread.title if is_opener(post, thread) else ""
    return Target(
        "post", post.id, post.public_id, post.author_id, post.version, _said(title, note, body), post.state,
        where=space.name, place_url=f"/posts/{post.public_id}", had_place=post.position is not None, title=title,
    )  # fmt: skip


def _message(uow: UnitOfWork, *, public_id: str = "", row_id: int = 0) -> Target:
    wanted = Message.id == row_id if row_id else Message.public_id == public_id
    row = uow.session.execute(
        select(Message, Room).join(Room, Room.id == Message.room_id).where(wanted)
    ).first()
    if row is None:
        raise NotFound("not_found")
    message, room = row
    body = message.body or _last_words(uow, message.id)
    return Target(
        "message", message.id, message.public_id, message.author_id, message.version,
        _said(message.content_note, body), message.state,
        where=room.name, place_url=f"/rooms/{room.slug}", had_place=message.seq is not None,
    )  # fmt: skip


def _member(uow: UnitOfWork, *, public_id: str = "", row_id: int = 0) -> Target:
    wanted = Account.id == row_id if row_id else Account.public_id == public_id
    account = uow.session.scalar(select(Account).where(wanted))
    if account is None:
        raise NotFound("not_found")
    return Target(
        "member", account.id, account.public_id, account.id, 1, account.pseudonym, "published",
        where="", place_url=f"/members/{account.public_id}",
    )  # fmt: skip


def _report(uow: UnitOfWork, *, public_id: str = "", row_id: int = 0) -> Target:
    report = uow.session.scalar(
        select(Report).where(Report.id == row_id if row_id else Report.public_id == public_id)
    )
    if report is None:
        raise NotFound("not_found")
    return Target(
        "report", report.id, report.public_id, report.reporter_id, 1, report.words, "told", where="", place_url="",
        had_place=False,
    )  # fmt: skip


def _admission(uow: UnitOfWork, *, public_id: str = "", row_id: int = 0) -> Target:
    said = uow.session.get(AdmissionStep, row_id) if row_id and not public_id else None
    if said is None:
        raise NotFound("not_found")
    return Target(
        "admission", said.id, "", said.account_id, 1, said.words, "told", where="", place_url="", had_place=False,
    )  # fmt: skip


_LOADERS = {
    "post": _post,
    "message": _message,
    "member": _member,
    "report": _report,
    "admission": _admission,
}


def _last_words(uow: UnitOfWork, message_id: int) -> str:
    """What a removed message said last: its newest kept revision."""
    newest = select(MessageRevision.body).where(MessageRevision.message_id == message_id)
    return uow.session.scalar(newest.order_by(MessageRevision.version.desc()).limit(1)) or ""


def _last_said(uow: UnitOfWork, post_id: int) -> tuple[str, str]:
    """The content note and the words that a removed post had last: its newest kept revision."""
    newest = select(PostRevision.content_note, PostRevision.body).where(PostRevision.post_id == post_id)
    found = uow.session.execute(newest.order_by(PostRevision.version.desc()).limit(1)).first()
    return (found[0], found[1]) if found is not None else ("", "")
