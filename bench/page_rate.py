"""Requests a second of a 20-post thread page, signed in, beside a bare Flask page of the same bytes served alike.

Four keep-alive connections in a process of their own. The reference does nothing: no session, no database, no template.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from sqlalchemy import event

from bench.chat_rate import wait_alive
from bench.crowd import Crowd
from bench.installation import ROOT, Installation, cpu_seconds, free_port
from bench.results import machine, middle, quantile, table, write_result
from bench.visitor import Visitor

POSTS = 20
CONNECTIONS = 4
WORDS = (
    "It helped me to write down what the evening was like, and then to read it again on the next day. " * 4
)


@dataclass
class Run:
    """One run: requests a second, their 95th percentile and CPU time in milliseconds, and the page's size."""

    rate: float
    p95: float
    cpu: float
    size: int


def measure(port: int, group: int, path: str, cookie: str, seconds: float) -> Run:
    """Ask for one page over and over."""
    times: list[float] = []
    sizes: set[int] = set()
    failed: list[str] = []
    end = time.monotonic() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < end:
            began = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            body = answer.read()
            times.append(1000 * (time.perf_counter() - began))
            sizes.add(len(body))
            if answer.status != 200:
                failed.append(str(answer.status))
        connection.close()

    before, began = cpu_seconds(group), time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert not failed, f"{len(failed)} requests failed: {failed[0]}"
    cpu = 1000 * (cpu_seconds(group) - before) / len(times)
    return Run(len(times) / took, quantile(times, 0.95), cpu, max(sizes))


def thread_of_posts(installation: Installation) -> tuple[Visitor, str]:
    """Two members write a thread of twenty posts through the forms; one of them, and the thread's address."""
    names = ["p0001", "p0002"]
    crowd = Crowd(installation)
    installation.commands([["db", "upgrade"], ["space", "add", "bench", "Bench"]])
    crowd.add(names, {})
    installation.start()
    crowd.sign_in(names)
    first = crowd.visitors[names[0]]
    first.get("/spaces/bench/new")
    first.send(first.form_with("title", "body"), {"title": "An evening", "body": WORDS})
    address = first.url.split("#")[0]
    for number in range(1, POSTS):
        who = crowd.visitors[names[number % 2]]
        who.get(address)
        who.send(who.form_with("body", "client_id"), {"body": f"{number}. {WORDS}"})
    first.get(address)
    return first, address.removeprefix(installation.base)


def queries_of(installation: Installation, visitor: Visitor, path: str) -> int:
    """How many statements PeerSpace sends for the page, counted in this process on the same database."""
    os.environ.update(
        {name: value for name, value in installation.environ.items() if name.startswith("PEERSPACE_")}
    )
    from peerspace.app import create_app  # late: only counting needs it
    from peerspace.config import Config
    from peerspace.web.running import running

    app = create_app(Config.from_env())
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": visitor.cookie_header()}
    assert client.get(path, headers=headers, base_url=installation.base).status_code == 200
    sent: list[str] = []
    event.listen(running(app).database.engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    client.get(path, headers=headers, base_url=installation.base)
    running(app).database.close()
    return len(sent)


def main() -> int:
    """Set up both, ask them in turns, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(f"A thread page of {POSTS} posts, {CONNECTIONS} connections, {asked.seconds:.0f} s; {machine()}")
    found: dict[str, list[Run]] = {"bare Flask page": [], "thread page": []}
    with Installation(asked.database) as installation:
        visitor, path = thread_of_posts(installation)
        page = installation.folder / "page.html"
        page.write_text(visitor.get(path), encoding="utf-8")
        queries = queries_of(installation, visitor, path)
        port = free_port()
        bare = subprocess.Popen(
            [sys.executable, "-m", "bench.echo_server", str(port), str(page)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        try:
            wait_alive(port, bare)
            for _ in range(asked.runs):
                found["bare Flask page"].append(measure(port, bare.pid, "/", "", asked.seconds))
                found["thread page"].append(
                    measure(installation.port, installation.pid, path, visitor.cookie_header(), asked.seconds)
                )
        finally:
            os.killpg(bare.pid, signal.SIGKILL)
            bare.wait()
    _tell(asked, found, queries)
    return 0


def _tell(asked: argparse.Namespace, found: dict[str, list[Run]], queries: int) -> None:
    rows = [
        (
            name,
            middle([run.rate for run in runs], 0),
            middle([run.p95 for run in runs]),
            middle([run.cpu for run in runs], 2),
            f"{runs[0].size:,}",
            str(queries) if name == "thread page" else "0",
        )
        for name, runs in found.items()
    ]
    header = (
        f"median of {asked.runs} (least to most)",
        "requests/s",
        "p95 ms",
        "server CPU ms a request",
        "bytes",
        "queries",
    )
    lines = [
        f"# A thread page beside a bare Flask page ({asked.database})",
        "",
        f"{POSTS} posts, signed in, {CONNECTIONS} keep-alive connections for {asked.seconds:.0f} s a run.",
        "",
        *table(header, rows),
    ]
    print("\n" + "\n".join(lines))
    write_result(f"page-rate-{asked.database}", lines)


if __name__ == "__main__":
    sys.exit(main())
