"""What stands before every page: slow and unfinished requests end, one network takes its turns, others do not wait."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import pairwise
from typing import Any

import gevent
import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from bench.attacks import SOURCE, connect, request
from peerspace import serve_intake
from peerspace.addresses import client_address, network_of
from peerspace.kernel.errors import BadRequest, TooMany
from peerspace.serve_intake import MAX_UNFINISHED, NetworkTurns, Unfinished, read_body
from tests.realtime.server import Server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its limits on."""
    folder = tmp_path_factory.mktemp("intake")
    with Server(f"sqlite:///{folder / 'live.db'}", folder / "var", RATE_LIMITS="on") as server:
        yield server


def _answer(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            got += part
    return got


def _status(port: int, path: str = "/sign-in", source: str = "127.0.0.1") -> bytes:
    with connect(port, source) as connection:
        connection.sendall(request(port, "GET", path, headers={"Connection": "close"}))
        return _answer(connection)[9:12]


def test_unfinished_requests_of_one_address_are_bounded_and_another_goes_on(limited: Server) -> None:
    """Slow headers and slow bodies; the oldest end, and somebody new at the same address still gets a page."""
    open_now: list[socket.socket] = []
    for number in range(MAX_UNFINISHED + 20):
        one = connect(limited.port)
        head = request(limited.port, "POST", "/sign-in", headers=FORM, length=200_000)
        one.sendall(head + b"name=" if number % 2 else head[:40])
        open_now.append(one)
    for oldest in open_now[:10]:
        oldest.settimeout(20)
        _answer(oldest)  # ended: it would raise TimeoutError otherwise
    for source in (SOURCE, "127.0.0.1"):
        assert _status(limited.port, source=source) == b"200"
    for one in open_now:
        one.close()


def test_connections_beyond_the_line_are_closed_and_another_network_is_let_in_meanwhile(
    limited: Server,
) -> None:
    """Those who wait in line stay open; 3,000 more are turned away without anything being made for them."""
    with contextlib.closing(HTTPConnection("127.0.0.1", limited.port, timeout=30)) as other:
        coming = [connect(limited.port, source="127.0.0.8") for _ in range(3000)]
        other.request("GET", "/healthz")
        assert other.getresponse().status == 200
    closed = 0
    for one in reversed(coming):
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            closed += one.recv(1) == b""
        one.close()
    assert 3000 - 2 * MAX_UNFINISHED < closed < 3000 - MAX_UNFINISHED / 2


@pytest.mark.slow
@pytest.mark.parametrize("drip", [0, 1])
def test_a_slow_body_is_ended_with_a_sentence(limited: Server, drip: int) -> None:
    """Nothing more comes, or a byte a second."""
    with connect(limited.port) as slow:
        slow.sendall(request(limited.port, "POST", "/sign-in", headers=FORM, length=200_000) + b"name=")
        began, stop = time.monotonic(), threading.Event()

        def go_on() -> None:
            while drip and not stop.wait(1):
                with contextlib.suppress(OSError):
                    slow.sendall(b"x")

        threading.Thread(target=go_on, daemon=True).start()
        answer = _answer(slow)
        stop.set()
    assert serve_intake.BODY_GRACE_S - 1 < time.monotonic() - began < serve_intake.BODY_GRACE_S + 10
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"arrived too slowly" in answer


def test_a_whole_body_reaches_the_page(limited: Server) -> None:
    """Also one that comes in pieces; this one is refused for want of its token."""
    with connect(limited.port) as connection:
        body = b"name=Ash&passphrase=" + b"x" * 5000
        headers = {**FORM, "Connection": "close"}
        connection.sendall(request(limited.port, "POST", "/sign-in", headers=headers, length=len(body)))
        for at in range(0, len(body), 1000):
            connection.sendall(body[at : at + 1000])
        answer = _answer(connection)
    assert answer[9:12] == b"400"
    assert b"<main" in answer, "the page's own answer"


@pytest.mark.parametrize(
    ("headers", "length", "piece", "status"),
    [
        ({}, 10**10, b"x" * 65_536, b"413"),
        ({"Transfer-Encoding": "chunked"}, None, b"1000\r\n" + b"x" * 4096 + b"\r\n", b"411"),
        ({"Transfer-Encoding": "chunked"}, None, b"1\r\nx\r\n" * 10_000, b"411"),
    ],
    ids=["too long", "without a length", "a byte a piece"],
)
def test_a_body_without_an_end_is_answered_and_ended(
    limited: Server, headers: dict[str, str], length: int | None, piece: bytes, status: bytes
) -> None:
    """gunicorn would read on for as long as it comes, and nobody else would be answered."""
    with connect(limited.port) as pouring:
        pouring.sendall(request(limited.port, "POST", "/sign-in", headers={**FORM, **headers}, length=length))
        began, ended = time.monotonic(), False
        while not ended and time.monotonic() < began + 30:
            try:
                pouring.sendall(piece)
            except OSError:
                ended = True
    assert ended
    assert _status(limited.port) == b"200"
    with connect(limited.port) as short:
        short.sendall(request(limited.port, "POST", "/sign-in", headers={**FORM, **headers}, length=length))
        short.sendall(piece)
        assert _answer(short)[9:12] == status, "whoever sends less gets to read why"


@pytest.mark.parametrize(("fields", "statuses"), [(8, (b"200",)), (20, (b"431", b""))])
def test_a_head_has_a_length(limited: Server, fields: int, statuses: tuple[bytes, ...]) -> None:
    """gunicorn goes over all of it again with each part. The answer is lost where more is still on its way."""
    headers = {f"X-{number}": "a" * 6000 for number in range(fields)}
    with connect(limited.port) as connection:
        head = request(limited.port, "GET", "/sign-in", headers={"Connection": "close", **headers})
        with contextlib.suppress(ConnectionError):
            connection.sendall(head)
        assert _answer(connection)[9:12] in statuses


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nothing-here", "/socket.io/?j=1"])
def test_requests_sent_without_waiting_for_an_answer_are_not_gone_through(limited: Server, path: str) -> None:
    """No browser does it. One after another of them, without a pause, would be answered before anybody else's."""
    with connect(limited.port) as ahead:
        ahead.sendall(request(limited.port, "GET", path) * 100)
        assert _answer(ahead).count(b"HTTP/1.1 ") == 1


def test_a_connection_is_kept_for_the_next_request(limited: Server) -> None:
    kept = HTTPConnection("127.0.0.1", limited.port, timeout=30)
    kept.connect()
    first = kept.sock
    for path in ("/healthz", "/sign-in", "/healthz"):
        kept.request("GET", path)
        answer = kept.getresponse()
        answer.read()
        assert answer.status == 200
        assert kept.sock is first
    kept.close()


def test_a_body_that_is_cut_off_is_said(limited: Server) -> None:
    with connect(limited.port) as connection:
        connection.sendall(request(limited.port, "POST", "/sign-in", headers=FORM, length=200) + b"name=")
        connection.shutdown(socket.SHUT_WR)
        answer = _answer(connection)
    assert answer[9:12] == b"400"
    assert b"Only a part" in answer


class _Slow(io.RawIOBase):
    """Gives `size` bytes each `every_s` seconds."""

    def __init__(self, every_s: float, size: int) -> None:
        self._every_s, self._size = every_s, size

    def read(self, _most: int = -1) -> bytes:
        gevent.sleep(self._every_s)
        return b"x" * self._size


@pytest.mark.parametrize(
    ("every_s", "size", "whole"),
    [(0.001, 1000, True), (0.05, 1, False), (0.05, 100, False), (5, 1000, False)],
)
def test_a_body_has_a_time_and_a_rate(
    monkeypatch: pytest.MonkeyPatch, every_s: float, size: int, whole: bool
) -> None:
    monkeypatch.setattr(serve_intake, "BODY_GRACE_S", 0.3)
    monkeypatch.setattr(serve_intake, "BODY_LEAST_RATE", 20_000)
    if whole:
        assert len(read_body(_Slow(every_s, size), 10_000)) == 10_000
        return
    with pytest.raises(BadRequest, match="body_slow"):
        read_body(_Slow(every_s, size), 10_000)


def test_of_one_network_so_many_take_turns_and_another_does_not_wait() -> None:
    turns, told = NetworkTurns(at_once=2, within_s=0.05), []
    go_on = gevent.event.Event()

    def ask(name: str, network: str) -> None:
        try:
            with turns.turn(network):
                told.append(name)
                go_on.wait(5)
        except TooMany:
            told.append(f"{name} refused")

    asked = [gevent.spawn(ask, name, name[0]) for name in ("a1", "a2", "a3", "b1")]
    gevent.sleep(0.3)
    assert told == ["a1", "a2", "b1", "a3 refused"]
    go_on.set()
    gevent.joinall(asked)
    assert len(turns) == 0, "nothing is kept of who is gone"


def test_between_the_turns_of_one_network_everybody_else_is_heard() -> None:
    """A line of forty, each of which works for 2 ms; whoever waits for a clock or a socket is heard in between."""
    turns, heard, heard_by = NetworkTurns(at_once=4, within_s=30), [0], Counter[int]()

    def listen() -> None:
        while True:
            gevent.sleep(0.0001)
            heard[0] += 1

    def ask() -> None:
        with turns.turn("a"):
            until = time.monotonic() + 0.002
            while time.monotonic() < until:
                pass
            heard_by[heard[0]] += 1

    listening = gevent.spawn(listen)
    gevent.joinall([gevent.spawn(ask) for _ in range(40)])
    listening.kill()
    assert heard_by.total() == 40
    assert max(heard_by.values()) <= 8, "two rounds of four"


@pytest.mark.parametrize(("asking", "rested"), [(1, 0), (3, 2)])
def test_a_place_rests_while_more_of_its_network_wait(asking: int, rested: int) -> None:
    """Each works for 20 ms: with a line behind them the place is free again after three times as long."""
    turns, taken = NetworkTurns(at_once=1, within_s=30), list[tuple[float, float]]()

    def ask() -> None:
        with turns.turn("a"):
            began = time.monotonic()
            gevent.sleep(0.02)
            taken.append((began, time.monotonic()))

    gevent.joinall([gevent.spawn(ask) for _ in range(asking)])
    gaps = [after[0] - before[1] for before, after in pairwise(taken)]
    assert len([gap for gap in gaps if gap >= 0.06]) == rested
    began = time.monotonic()
    ask()
    assert time.monotonic() - began < 0.06, "whoever comes later, and alone, does not wait"


class _Connection:
    def __init__(self) -> None:
        self.ended = False

    def shutdown(self, _how: int) -> None:
        self.ended = True


def test_the_oldest_unfinished_connection_of_a_network_ends_for_a_new_one() -> None:
    unfinished = Unfinished(most=2)
    first, second, third, other = (_Connection() for _ in range(4))
    made: Any
    for made, network in ((first, "a"), (other, "b"), (second, "a"), (first, "a"), (third, "a")):
        unfinished.add(made, network)
    assert [one.ended for one in (first, second, third, other)] == [True, False, False, False]
    for made in (second, third, other, first):
        unfinished.remove(made)
    assert len(unfinished) == 0


@pytest.mark.parametrize("proxies", [0, 1, 2])
@pytest.mark.parametrize(
    "forwarded", ["", "192.0.2.1", "192.0.2.1, 192.0.2.2", "a,b,c", " 192.0.2.7 ,2001:db8::1"]
)
def test_the_address_is_the_one_that_the_pages_see(proxies: int, forwarded: str) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    seen: list[str] = []
    fixed = ProxyFix(lambda environ, _start: seen.append(environ["REMOTE_ADDR"]) or [], x_for=proxies)
    fixed(dict(environ), lambda *_: None)
    assert client_address(environ, proxies) == seen[0]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_what_counts_as_one_sender(address: str, network: str) -> None:
    assert network_of(address) == network
