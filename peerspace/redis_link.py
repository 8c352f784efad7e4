"""How every part connects to Redis: it waits a moment, tries once, and never holds anybody up.

The client's own default is to try again three times with growing pauses: whoever asked would wait for seconds, and what
was said meanwhile would come late.
"""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

WAIT_S = 2.0


def options(wait_s: float = WAIT_S) -> dict[str, Any]:
    """Options of a connection that gives up after `wait_s` seconds, at the first try."""
    return {
        "socket_connect_timeout": wait_s,
        "socket_timeout": wait_s,
        "retry": Retry(NoBackoff(), 0),
    }


def connect(url: str, wait_s: float = WAIT_S) -> redis.Redis:
    """A client for `url`; it connects with the first command. Commands raise redis.RedisError."""
    client: redis.Redis = redis.Redis.from_url(url, **options(wait_s))
    return client
