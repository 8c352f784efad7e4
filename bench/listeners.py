"""A process of listeners: joins rooms, says when it is ready, counts what it hears, tells at the end. JSON both ways.

Standard input, first line: {"host", "port", "room", "sockets": [{"cookie", "auth"}]}; any second line ends it.
Standard output: {"ready": n}, at the end {"heard", "latency_ms": {...}, "in_time", "closed"}.
"""

from __future__ import annotations

import array
import json
import select
import sys
import time

from bench.results import quantile
from bench.wire import TIMED, Listeners, WireSocket

NEW = b'["message:new"'
QUIET_S = 2.0
LOOK_S = 0.1


def main() -> None:
    """Join, count, tell."""
    asked = json.loads(sys.stdin.readline())
    sockets = []
    for one in asked["sockets"]:
        made = WireSocket(asked["host"], asked["port"], cookie=one["cookie"], auth=one["auth"])
        answer = made.call("room:join", {"room": asked["room"]})
        if not answer.get("ok"):
            sys.exit(f"a listener could not join: {answer}")
        sockets.append(made)
    latencies = array.array("d")
    moments = array.array("d")

    def heard(frame: bytes, now: int) -> None:
        if NEW in frame[:24]:
            found = TIMED.search(frame)
            if found:
                latencies.append((now - int(found[1])) / 1e6)
                moments.append(now / 1e9)

    listeners = Listeners(sockets, heard)
    print(json.dumps({"ready": len(sockets)}), flush=True)
    until = _told_to_end(listeners)
    while heard_last := len(latencies):  # what was on its way when the sending ended still counts as heard
        listeners.turn(QUIET_S)
        if len(latencies) == heard_last:
            break
    print(
        json.dumps(
            {
                "heard": len(latencies),
                "in_time": sum(moment <= until for moment in moments),
                "p50_ms": quantile(latencies, 0.50),
                "p99_ms": quantile(latencies, 0.99),
                "closed": listeners.closed,
            }
        ),
        flush=True,
    )


def _told_to_end(listeners: Listeners) -> float:
    """Listen until the second line comes: the moment up to which a message came in time, in seconds."""
    looked = time.monotonic()
    while True:
        listeners.turn(0.05)
        if time.monotonic() - looked > LOOK_S:
            looked = time.monotonic()
            if select.select([sys.stdin], [], [], 0)[0]:
                return float(sys.stdin.readline())


main()
