"""Deliveries a second in a live room, beside a bare Flask-SocketIO echo served the same way on the same machine.

200 listeners in a process of their own, ten members who send 50 messages a second between them, for 20 seconds, in
turns with the echo. The PeerSpace run is whole: sign-in, consent of half of the people, authorising, cleaning,
screening, committing and capturing. Target: at least half of the echo's rate.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import Any

import requests

from bench.crowd import Crowd, go_on_duty
from bench.installation import ROOT, Installation, cpu_seconds, free_port
from bench.results import machine, middle, quantile, table, write_result
from bench.wire import Listeners, WireSocket, timed_body

ROOM = "bench"
SENDERS = 10
FILLER = "and some more words, so that it is as long as what people usually say in a room"


@dataclass
class Run:
    """One run: rates in deliveries or messages a second, latencies in milliseconds, CPU in milliseconds a message."""

    offered: float
    sent: float
    delivered: float
    whole: float
    p50: float
    p99: float
    ack_p99: float
    cpu: float
    lost: int


Connection = dict[str, Any]


@dataclass
class Target:
    """A server to measure: where, its process group, and a connection for every connection."""

    name: str
    port: int
    group: int
    senders: list[Connection]
    listeners: list[Connection]


def measure(target: Target, rate: float, seconds: float) -> Run:
    """Listeners join, senders send, everything is counted."""
    listening = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert listening.stdin
    assert listening.stdout
    asked = {"host": "127.0.0.1", "port": target.port, "room": ROOM, "sockets": target.listeners}
    print(json.dumps(asked), file=listening.stdin, flush=True)
    ready = listening.stdout.readline()
    assert ready, f"the listeners of {target.name} ended before they were ready"
    sockets = [
        WireSocket("127.0.0.1", target.port, cookie=connection["cookie"], auth=connection["auth"])
        for connection in target.senders
    ]
    for one in sockets:
        one.call("room:join", {"room": ROOM})
    sending = _Sending(sockets)
    before = cpu_seconds(target.group)
    began = time.monotonic()
    sent = sending.send(rate, seconds, began)
    until = began + seconds
    acked = sending.finish()
    cpu = cpu_seconds(target.group) - before
    print(until, file=listening.stdin, flush=True)
    told = json.loads(listening.stdout.readline())
    listening.wait()
    for one in sockets:
        one.close()
    assert not told["closed"], f"{told['closed']} listeners of {target.name} were closed"
    return Run(
        offered=rate,
        sent=sent / seconds,
        delivered=told["in_time"] / seconds,
        whole=sent * len(target.listeners) / seconds,
        p50=told["p50_ms"],
        p99=told["p99_ms"],
        ack_p99=quantile(sending.acks_ms, 0.99),
        cpu=1000 * cpu / max(1, acked),
        lost=sent * len(target.listeners) - told["heard"],
    )


class _Sending:
    """Members who send by the clock, whatever is answered, and note how long each answer took."""

    def __init__(self, sockets: list[WireSocket]) -> None:
        self.sockets = sockets
        self.acks_ms: list[float] = []
        self._waiting: dict[tuple[int, int], float] = {}
        self._refused: list[str] = []
        self._reading = [Listeners([one], self._hears(place)) for place, one in enumerate(sockets)]

    def _hears(self, place: int) -> Any:
        def heard(frame: bytes, _: int) -> None:
            if frame.startswith(b"43"):
                packet, _bracket, rest = frame[2:].partition(b"[")
                self.acks_ms.append(1000 * (time.monotonic() - self._waiting.pop((place, int(packet)))))
                if b'"ok":true' not in rest.replace(b" ", b""):
                    self._refused.append(rest.decode()[:300])

        return heard

    def send(self, rate: float, seconds: float, began: float) -> int:
        """Send until the time is over; how many."""
        wanted = int(rate * seconds)
        for number in range(wanted):
            due = began + number / rate
            while (left := due - time.monotonic()) > 0:
                self._read(left)
            place = number % len(self.sockets)
            self.sockets[place].block(60)
            payload = {"room": ROOM, "client_id": str(uuid.uuid4()), "body": timed_body(FILLER)}
            packet = self.sockets[place].emit("message:send", payload)
            self.sockets[place].unblock()
            self._waiting[place, packet] = time.monotonic()
        return wanted

    def _read(self, seconds: float) -> None:
        """Read what came to each; waits only as long as the next message lets it."""
        for reading in self._reading:
            reading.turn(0)
        time.sleep(max(0.0, min(seconds, 0.002)))

    def finish(self, limit_s: float = 120.0) -> int:
        """Wait until every message is answered; how many were."""
        end = time.monotonic() + limit_s
        while self._waiting and time.monotonic() < end:
            self._read(0.01)
        assert not self._refused, f"{len(self._refused)} messages were refused: {self._refused[0]}"
        assert not self._waiting, f"{len(self._waiting)} messages were never answered"
        return len(self.acks_ms)


def echo_target(people: int) -> tuple[subprocess.Popen[bytes], Target]:
    """Start the echo; it knows nobody."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.echo_server", str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    wait_alive(port, server)
    nobody: list[Connection] = [{"cookie": "", "auth": {}}] * people
    return server, Target("echo", port, server.pid, nobody[:SENDERS], nobody)


def wait_alive(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers. AssertionError if it ends before."""
    while True:
        assert server.poll() is None, "the reference server ended"
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except requests.RequestException:
            time.sleep(0.02)
        else:
            return


def peerspace_target(installation: Installation, people: int) -> Target:
    """A room on duty, and everybody signed in; half of them consent."""
    senders = [f"p{number:04}" for number in range(SENDERS)]
    listeners = [f"p{number:04}" for number in range(SENDERS, SENDERS + people)]
    crowd = Crowd(installation)
    installation.commands([["db", "upgrade"], ["room", "add", ROOM, "Bench"]])
    crowd.add(senders + listeners, {"Bench keeper": "peer_worker"})
    installation.start()
    crowd.sign_in(crowd.passphrases)
    crowd.consent(name for name in senders + listeners if int(name[1:]) % 2 == 0)
    go_on_duty(crowd.visitors["Bench keeper"], [ROOM])

    def connection(name: str) -> Connection:
        visitor = crowd.visitors[name]
        return {"cookie": visitor.cookie_header(), "auth": {"csrf": visitor.csrf, "v": 1}}

    return Target(
        f"PeerSpace on {installation.kind}",
        installation.port,
        installation.pid,
        [connection(name) for name in senders],
        [connection(name) for name in listeners],
    )


def main() -> int:
    """Set up both, run them in turns, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(
        f"{asked.listeners} listeners, {asked.rate:.0f} messages/s offered, {asked.seconds:.0f} s; {machine()}"
    )
    found: dict[str, list[Run]] = {}
    with Installation(asked.database) as installation:
        echo, bare = echo_target(asked.listeners)
        try:
            whole = peerspace_target(installation, asked.listeners)
            for _ in range(asked.runs):
                for target in (bare, whole):
                    run = measure(target, asked.rate, asked.seconds)
                    found.setdefault(target.name, []).append(run)
                    print(f"  {target.name}: {run}", flush=True)
        finally:
            os.killpg(echo.pid, signal.SIGKILL)
            echo.wait()
    return _tell(asked, found)


def _tell(asked: argparse.Namespace, found: dict[str, list[Run]]) -> int:
    rows = [
        (
            name,
            middle([run.delivered for run in runs], 0),
            middle([run.p50 for run in runs]),
            middle([run.p99 for run in runs]),
            middle([run.ack_p99 for run in runs]),
            middle([run.cpu for run in runs], 2),
            str(sum(run.lost for run in runs)),
        )
        for name, runs in found.items()
    ]
    header = (
        f"median of {asked.runs} (least to most)",
        "deliveries/s",
        "p50 ms",
        "p99 ms",
        "ack p99 ms",
        "server CPU ms a message",
        "lost",
    )
    echo, whole = (statistics.median(run.delivered for run in runs) for runs in found.values())
    echo_cpu, whole_cpu = (statistics.median(run.cpu for run in runs) for runs in found.values())
    told = (
        f"{asked.listeners} listeners in a process of their own, {asked.rate:.0f} messages a second offered by "
        f"{SENDERS} members for {asked.seconds:.0f} s ({asked.rate * asked.listeners:,.0f} deliveries a second). "
        "Server, listeners and senders share the same cores. Half of the members consent, so capture is part of it."
    )
    by_cpu = (
        "By CPU time, which depends less on what else the machine does, a core to itself carries "
        f"{1000 / echo_cpu:.0f} messages a second of the echo's and {1000 / whole_cpu:.0f} of PeerSpace's "
        f"({100 * echo_cpu / whole_cpu:.0f}%)."
    )
    lines = [
        f"# Live chat beside a bare echo ({asked.database})",
        "",
        told,
        "",
        *table(header, rows),
        "",
        f"PeerSpace delivers {100 * whole / echo:.0f}% of the echo's rate (target: at least 50%).",
        by_cpu,
    ]
    print("\n" + "\n".join(lines))
    write_result(f"chat-rate-{asked.database}", lines)
    return 0 if whole >= echo / 2 else 1


if __name__ == "__main__":
    sys.exit(main())
