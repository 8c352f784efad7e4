"""The recorded conversations that the replay plays, and who among their authors consents."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FORUM = "forum_coffee.jsonl"
CHAT = "chat_irc.jsonl"
POSTS = 552
MESSAGES = 1_500


@dataclass(frozen=True)
class Post:
    """One row of the forum: the opener of a thread if `title` is there, else a reply."""

    id: int
    thread: int
    title: str | None
    space: str | None
    author: str
    text: str


@dataclass(frozen=True)
class Message:
    """One row of a chat. `at` in seconds; `reply_to` is the id of the message it answers."""

    id: str
    room: str
    author: str
    at: float
    reply_to: str | None
    text: str


@dataclass(frozen=True)
class Corpus:
    """What is played, in order. Texts are as PeerSpace should keep them: plain newlines, NFC, nothing blank around."""

    posts: tuple[Post, ...]
    messages: tuple[Message, ...]

    @property
    def people(self) -> list[str]:
        """Every author, by pseudonym."""
        return sorted({post.author for post in self.posts} | {message.author for message in self.messages})

    @property
    def rooms(self) -> list[str]:
        return sorted({message.room for message in self.messages})

    @property
    def spaces(self) -> list[str]:
        return sorted({post.space for post in self.posts if post.space is not None})

    @property
    def titles(self) -> list[str]:
        return [post.title for post in self.posts if post.title is not None]

    @property
    def texts(self) -> list[str]:
        """Everything that was written, titles apart."""
        return [post.text for post in self.posts] + [message.text for message in self.messages]

    def of_room(self, room: str) -> list[Message]:
        return [message for message in self.messages if message.room == room]


def consents(person: str) -> bool:
    """Half of the people take part: those with an even number."""
    return int(person.lstrip("p")) % 2 == 0


def find_data(given: Path | None = None) -> Path | None:
    """The folder of recorded conversations: `given`, $PEERSPACE_DATA, or shared/data beside this checkout."""
    root = Path(__file__).resolve().parent.parent
    places = [given, os.environ.get("PEERSPACE_DATA"), root.parent / "shared" / "data"]
    for place in places:
        if place and all((Path(place) / name).is_file() for name in (FORUM, CHAT)):
            return Path(place)
    return None


def load(folder: Path, *, posts: int = POSTS, messages: int = MESSAGES) -> Corpus:
    """The first `posts` rows of the forum and the first `messages` of the chats.

    Raises ValueError where a row answers something that was not read before it.
    """
    forum = tuple(
        Post(
            row["id"],
            row["thread"],
            _kept_line(row.get("title")),
            row.get("space"),
            row["author"],
            kept(row["text"]),
        )
        for row in _rows(folder / FORUM, posts)
    )
    chat = tuple(
        Message(
            row["id"], row["room"], row["author"], _seconds(row["at"]), row["reply_to"], kept(row["text"])
        )
        for row in _rows(folder / CHAT, messages)
    )
    _check(forum, chat)
    return Corpus(forum, chat)


def kept(text: str) -> str:
    """A text as it should be stored."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text.strip(" \t\n\u00a0\u3000"))


def _kept_line(text: str | None) -> str | None:
    return None if text is None else kept(" ".join(text.split()))


def _rows(path: Path, most: int) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number >= most:
                return
            yield json.loads(line)


def _seconds(at: str) -> float:
    moment = datetime.fromisoformat(at)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _check(forum: tuple[Post, ...], chat: tuple[Message, ...]) -> None:
    opened: set[int] = set()
    for post in forum:
        if post.title is not None:
            opened.add(post.thread)
        elif post.thread not in opened:
            raise ValueError(f"post {post.id} answers a thread that was not opened")
    said: dict[str, str] = {}
    for message in chat:
        if message.reply_to is not None and said.get(message.reply_to) != message.room:
            raise ValueError(f"message {message.id} answers one that was not said before in its room")
        said[message.id] = message.room
