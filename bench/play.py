"""Playing the recorded conversations: posts through the forms, messages through live sockets, across a crash."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import gevent
import requests
from gevent.event import Event
from gevent.pool import Pool

from bench.corpus import Corpus, Message, Post
from bench.crowd import Crowd
from bench.installation import Installation
from bench.room_socket import RoomSocket
from bench.visitor import Visitor

T = TypeVar("T")
LONGEST_PAUSE_S = 0.5
CONNECTING = 20


@dataclass
class Played:
    """What was done, and what was answered to it."""

    threads: dict[int, str] = field(default_factory=dict)
    """Addresses of the threads, by their number in the recording."""
    acked_posts: list[str] = field(default_factory=list)
    """Where each post's author was led afterwards, in order."""
    acked: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Messages by their recorded id: public id and number in the room, as acknowledged."""
    sockets: list[RoomSocket] = field(default_factory=list)
    posts_sent_again: int = 0
    kills: list[str] = field(default_factory=list)


class Player:
    """Plays one corpus. `speed` divides the pauses; `kills` names parts (forum, chat) that crash in their middle."""

    def __init__(
        self, corpus: Corpus, installation: Installation, crowd: Crowd, *, kills: frozenset[str], speed: float
    ) -> None:
        self.corpus, self.installation, self.crowd = corpus, installation, crowd
        self.kills, self.speed = kills, speed
        self.played = Played()
        self.up = Event()
        self.up.set()
        self._crashing: list[Any] = []

    def crash(self, where: str) -> None:
        """kill -9 of the whole process group, and start again."""
        self.up.clear()
        self.installation.kill()
        took = self.installation.start()
        self.played.kills.append(f"{where}, up again in {took:.1f} s")
        self.up.set()

    def _crash_soon(self, where: str) -> None:
        """Crash while the next request is under way."""
        self._crashing.append(gevent.spawn_later(0.004, self.crash, where))

    def forum(self) -> None:
        """Every post in order, by its author's own session, through the thread form or the reply form."""
        middle = len(self.corpus.posts) // 2
        for number, post in enumerate(self.corpus.posts):
            crash = f"forum, post {number + 1}" if "forum" in self.kills and number == middle else ""
            self._post(self.crowd.visitors[post.author], post, crash)
        gevent.joinall(self._crashing, raise_error=True)

    def _post(self, visitor: Visitor, post: Post, crash: str) -> None:
        opens = post.title is not None
        self.insist(
            lambda: visitor.get(f"/spaces/{post.space}/new" if opens else self.played.threads[post.thread])
        )
        form = visitor.form_with("body", "client_id", *(["title"] if opens else []))
        typed: dict[str, str | list[str]] = {"body": post.text}
        if post.title is not None:
            typed["title"] = post.title
        address, data = visitor.filled(form, typed)
        tries = itertools.count(-1)

        def send() -> str:
            next(tries)
            return visitor.post(address, data)

        if crash:
            self._crash_soon(crash)
        self.insist(send)
        self.played.posts_sent_again += next(tries)
        assert "/threads/" in visitor.url, f"post {post.id} led to {visitor.url}"
        self.played.acked_posts.append(visitor.url)
        if opens:
            self.played.threads[post.thread] = visitor.url.split("#")[0].split("?")[0]

    def insist(self, work: Callable[[], T]) -> T:
        """Do it, and once more when the server went away meanwhile."""
        while True:
            try:
                return work()
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                gevent.sleep(0.02)
                self.up.wait()

    def connect(self, least: int) -> None:
        """At least so many live sockets in every room: its authors, and listeners besides."""
        everybody = self.corpus.people
        for number, room in enumerate(self.corpus.rooms):
            authors = {message.author for message in self.corpus.of_room(room)}
            others = [
                name for name in everybody[7 * number :] + everybody[: 7 * number] if name not in authors
            ]
            there = [*sorted(authors), *others[: max(5, least - len(authors))]]
            for name in there:
                self.played.sockets.append(RoomSocket(self.crowd.visitors[name], name, room, self.up))
        pool = Pool(CONNECTING)
        for opening in [pool.spawn(socket.open) for socket in self.played.sockets]:
            opening.get()

    def chat(self) -> None:
        """The rooms side by side, each in order; answers keep what they answer."""
        self._left = len(self.corpus.messages) // 2
        rooms = [gevent.spawn(self._room, room) for room in self.corpus.rooms]
        gevent.joinall(rooms, raise_error=True)
        gevent.joinall(self._crashing, raise_error=True)

    def _room(self, room: str) -> None:
        sockets = {socket.name: socket for socket in self.played.sockets if socket.room == room}
        before: float | None = None
        for number, message in enumerate(self.corpus.of_room(room)):
            pause = min(max(message.at - before, 0.0), LONGEST_PAUSE_S) if before is not None else 0.0
            before = message.at
            gevent.sleep(pause / self.speed)
            self._left -= 1
            if "chat" in self.kills and self._left == 0:
                self._crash_soon(f"chat, {room}, message {number + 1} of the room")
            self._say(sockets[message.author], message)

    def _say(self, socket: RoomSocket, message: Message) -> None:
        reply_to = self.played.acked[message.reply_to][0] if message.reply_to is not None else None
        answer = socket.say(_client_id(message), message.text, reply_to)
        assert answer.get("ok"), f"message {message.id} was refused: {answer}"
        assert answer["state"] == "published", f"message {message.id} is {answer['state']}"
        self.played.acked[message.id] = (answer["id"], answer["seq"])

    def settle(self, limit_s: float = 60.0) -> float:
        """Wait until every socket has everything its room holds; seconds waited.

        What is missing after `limit_s`, the checks tell.
        """
        began = time.monotonic()
        wanted = {room: len(self.corpus.of_room(room)) for room in self.corpus.rooms}
        while time.monotonic() - began < limit_s:
            if all(
                socket.ready.is_set() and socket.seq >= wanted[socket.room] for socket in self.played.sockets
            ):
                break
            gevent.sleep(0.05)
        return time.monotonic() - began

    def disconnect(self) -> None:
        for socket in self.played.sockets:
            socket.close()


def _client_id(message: Message) -> str:
    """The UUID a browser would make once for a message, and keep for sending it again."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{message.room}/{message.id}"))
