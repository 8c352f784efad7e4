"""Work that burns CPU leaves the event loop.

Under gevent a call runs in the hub's thread pool, so that other greenlets go on; without gevent it runs right here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def run_off_loop(work: Callable[..., T], *args: object) -> T:
    """Run `work(*args)` off the event loop and return its result or raise its error."""
    from gevent import get_hub, monkey  # late: a command that never serves need not load gevent

    if not monkey.is_module_patched("socket"):
        return work(*args)
    result: T = get_hub().threadpool.apply(work, args)
    return result
