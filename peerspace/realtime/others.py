"""Telling the other web processes through Redis, and hearing them, without anybody here waiting for Redis."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import redis
import structlog
from socketio import RedisManager

from peerspace import redis_link

log = structlog.get_logger(__name__)
WAITING = 1000
"""So much may wait for Redis; what comes then is left out, and the rooms' pulse brings it."""
TIMEOUT_S = redis_link.WAIT_S
AGAIN_S = 0.25
"""How soon after Redis went away it is tried again, and again: back as soon as Redis is."""
QUIET_S = 2.0
"""After so long without a word Redis is asked whether it is still there; after as long again it counts as away."""


def _nothing() -> None:
    """Nobody wants to know."""


class OtherProcesses(RedisManager):
    """python-socketio's manager, with one publisher in the background: a Redis that hangs holds up no sender.

    The publisher has a connection of its own, since the one that listens may wait for as long as nothing is said. The
    listener tries to come back at once and for ever; python-socketio's own doubles its pause up to a minute.
    """

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(url, channel=channel, redis_options=redis_link.options())
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(WAITING)
        self._publishes = False
        self._silent = False
        self._deaf = False
        self.heard_again: Callable[[], None] = _nothing
        """Called when this process hears the others again after it did not: what was said meanwhile is missing here."""

    def _publish(self, data: dict[str, Any]) -> None:
        if not self._publishes:
            self._publishes = True
            self.server.start_background_task(self._publish_all)
        try:
            self._waiting.put_nowait(data)
        except queue.Full:
            self._say(silent=True, reason="full")

    def _publish_all(self) -> None:
        client = redis_link.connect(self.redis_url)
        while True:
            data = self._waiting.get()
            try:
                client.publish(self.channel, self.json.dumps(data))
            except redis.RedisError as error:
                self._say(silent=True, reason=type(error).__name__)
            except Exception:
                # One message that cannot be told must not end the publisher.
                log.exception("redis_publish_failed")
            else:
                self._say(silent=False)

    def _say(self, *, silent: bool, reason: str = "") -> None:
        """Once when Redis falls silent, and once when it is back."""
        if silent != self._silent:
            self._silent = silent
            if silent:
                log.error("redis_silent", reason=reason)
            else:
                log.info("redis_back")

    def _redis_listen_with_retries(self) -> Iterator[dict[str, Any]]:
        """Everything that Redis says, for ever."""
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                yield from self._heard()
            except (redis.RedisError, OSError) as error:
                self._note_deaf(type(error).__name__)
            self.server.sleep(AGAIN_S)

    def _heard(self) -> Iterator[dict[str, Any]]:
        """What the connection brings. Raises redis.RedisError when it ends, or when an answer stays out."""
        is_asked = False
        while True:
            message = self.pubsub.get_message(timeout=QUIET_S)
            if message is not None:
                is_asked = False
                self._note_heard()
                yield message
            elif is_asked:
                raise redis.TimeoutError("Redis does not answer")
            else:
                is_asked = True
                self.pubsub.ping()

    def _note_deaf(self, reason: str) -> None:
        if not self._deaf:
            self._deaf = True
            log.error("redis_not_heard", reason=reason)

    def _note_heard(self) -> None:
        if self._deaf:
            self._deaf = False
            log.info("redis_heard_again")
            self.server.start_background_task(self.heard_again)
