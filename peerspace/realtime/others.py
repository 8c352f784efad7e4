"""Telling the other web processes through Redis, without anybody here waiting for Redis."""

from __future__ import annotations

import queue
from typing import Any

import redis
import structlog
from socketio import RedisManager

log = structlog.get_logger(__name__)
WAITING = 1000
"""So much may wait for Redis; what comes then is left out, and the rooms' pulse brings it."""
TIMEOUT_S = 2.0


class OtherProcesses(RedisManager):
    """python-socketio's manager, with one publisher in the background: a Redis that hangs holds up no sender.

    The publisher has a connection of its own, since the one that listens may wait for as long as nothing is said.
    """

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(url, channel=channel, redis_options={"socket_connect_timeout": TIMEOUT_S})
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(WAITING)
        self._publishes = False
        self._silent = False

    def _publish(self, data: dict[str, Any]) -> None:
        if not self._publishes:
            self._publishes = True
            self.server.start_background_task(self._publish_all)
        try:
            self._waiting.put_nowait(data)
        except queue.Full:
            self._say(silent=True, reason="full")

    def _publish_all(self) -> None:
        client = redis.Redis.from_url(
            self.redis_url, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S
        )
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
