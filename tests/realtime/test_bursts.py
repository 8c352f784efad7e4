"""One connection that sends without a pause: it is closed, and nobody else waits for it."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import requests

from bench.attacks import BURSTS, CONTINUATION, SEPARATOR, TEXT, Burst, Raw, connect, frame, request
from peerspace.realtime.engine import LONGEST_LINE_S, MAX_PACKETS, NEW_AT_ONCE, NEW_PER_S
from peerspace.realtime.frames import (
    MAX_WAITING,
    MAX_WAITING_CHARACTERS,
    SEND_WITHIN_S,
    OutgoingQueue,
    is_packet,
)
from peerspace.realtime.limits import Bucket, FrameMeter
from tests.realtime.conftest import Scene, make_scene
from tests.realtime.server import Person, Server, Socket, wait_until

FRAMES = 3000
"""Far more than a connection may send, and quickly sent."""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server with its limits on."""
    folder = tmp_path_factory.mktemp("bursts")
    with Server(f"sqlite:///{folder / 'live.db'}", folder / "var", RATE_LIMITS="on") as server:
        yield make_scene(server)


@pytest.fixture(scope="module")
def bystander(limited: Scene) -> Iterator[Socket]:
    with limited.enter() as socket:
        yield socket


def _raw(scene: Scene, burst: Burst) -> Raw:
    if burst.guest:
        return Raw(scene.server.port)
    return _member(scene)


def _member(scene: Scene, person: Person | None = None, **more: int) -> Raw:
    one = person or scene.person()
    return Raw(scene.server.port, cookie=one.cookie, csrf=one.csrf, **more)


@pytest.mark.parametrize("burst", BURSTS, ids=lambda burst: burst.name)
def test_a_connection_that_sends_too_much_is_closed(burst: Burst, limited: Scene, bystander: Socket) -> None:
    raw = _raw(limited, burst)
    one = burst.one(limited.slug)
    sending = threading.Thread(target=raw.pour, args=(one * FRAMES,))
    sending.start()
    assert bystander.call("room:pulse", {"room": limited.slug})["ok"], "others are answered meanwhile"
    assert raw.is_ended()
    assert not raw.was_told_goodbye, "it was closed for what it sent"
    sending.join(20)
    assert not bystander.ended.is_set()
    raw.close()


@pytest.mark.parametrize("burst", [one for one in BURSTS if one.name in ("pongs", "pings", "typing")],
                         ids=lambda burst: burst.name)  # fmt: skip
def test_everybody_else_has_a_turn_between_the_frames_of_a_burst(burst: Burst, scene: Scene) -> None:
    """Without any limit: what somebody else asks for while 30,000 frames wait is answered before the last of them."""
    raw, bystander = _member(scene), scene.enter()
    done: list[str] = []

    def drain() -> None:
        raw.pour(
            burst.one(scene.slug) * 30_000 + frame("x")
        )  # no packet: ends the connection once it is read
        raw.is_ended(120)
        done.append("burst")

    raw.pour(frame('421["room:join",{"room":"' + scene.slug + '"}]'))
    raw.read_until(b"431[")
    threading.Thread(target=drain, daemon=True).start()
    for _ in range(3):
        assert bystander.call("room:pulse", {"room": scene.slug})["ok"]
    assert done == []
    raw.close()


def test_what_a_page_does_at_its_busiest_passes(limited: Scene) -> None:
    """Twenty rooms entered and a full outbox sent anew at once, on one connection."""
    raw = _member(limited)
    rooms = [limited.server.people.room(f"busy-{number}").slug for number in range(19)]
    asked = [("room:join", {"room": room}) for room in rooms]
    asked += [("message:send", {"room": limited.slug, "client_id": "bad", "body": "x" * 3000})] * 9
    asked += [("room:pulse", {"room": limited.slug})] * 30
    raw.pour(b"".join(frame(f"42{at}{json.dumps(event)}") for at, event in enumerate(asked)))
    raw.read_until(f"43{len(asked) - 1}[".encode())
    raw.close()


def test_fragments_are_joined_and_a_message_of_too_many_is_refused(scene: Scene) -> None:
    raw = _member(scene)
    whole = '421["room:pulse",{"room":"' + scene.slug + '"}]'
    parts = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    raw.pour(frame(parts[0], TEXT, final=False))
    for part in parts[1:-1]:
        raw.pour(frame(part, CONTINUATION, final=False))
    raw.pour(frame(parts[-1], CONTINUATION))
    raw.read_until(b'431[{"ok":true')
    raw.pour(frame("4" + "x" * 40_000, TEXT, final=False) + frame("x" * 40_000, CONTINUATION))
    assert raw.is_ended()
    raw.close()


def test_a_polling_session_has_the_same_limits(limited: Scene, bystander: Socket) -> None:
    for packets, times in (
        (["3"] * MAX_PACKETS, 30),
        (["3"] * (MAX_PACKETS + 1), 1),
        (["d=3"], 1),
        (["4[[["], 1),
    ):
        session, address = _polling(limited.server)
        statuses = [session.post(address, data=SEPARATOR.join(packets)).status_code for _ in range(times)]
        assert statuses[-1] in (400, 429), packets[0]
        assert session.post(address, data="3").status_code == 400, "the session is closed"
    assert bystander.call("room:pulse", {"room": limited.slug})["ok"]


def test_a_second_poll_beside_the_first_ends_the_session(limited: Scene) -> None:
    session, address = _polling(limited.server)
    assert session.get(address).text, "what waited: the answer to the connection, or a ping"
    first: list[int] = []
    waiting = threading.Thread(target=lambda: first.append(requests.get(address, timeout=30).status_code))
    waiting.start()
    wait_until(lambda: first or session.get(address, timeout=30).status_code == 400, "a refusal")
    waiting.join(30)
    assert session.post(address, data="3").status_code == 400


def _polling(server: Server) -> tuple[requests.Session, str]:
    """A polling session of a guest and its address."""
    session = requests.Session()
    session.trust_env = False
    opened = session.get(f"{server.base_url}/socket.io/?EIO=4&transport=polling", timeout=20).text
    sid = re.search(r'"sid":"([^"]+)"', opened)
    assert sid is not None, opened
    session.post(
        f"{server.base_url}/socket.io/?EIO=4&transport=polling&sid={sid[1]}", data="40{}", timeout=20
    )
    return session, f"{server.base_url}/socket.io/?EIO=4&transport=polling&sid={sid[1]}"


def test_new_connections_of_one_address_stand_in_line_and_those_of_another_do_not(limited: Scene) -> None:
    """More than a clinic has: some are told to come back later, and somebody elsewhere does not wait."""
    many = [
        connect(limited.server.port, "127.0.0.10")
        for _ in range(NEW_AT_ONCE + int(LONGEST_LINE_S * NEW_PER_S) + 100)
    ]
    for one in many:
        one.sendall(request(limited.server.port, "GET", "/socket.io/?EIO=4&transport=polling"))
    with limited.enter() as other:
        assert other.call("room:pulse", {"room": limited.slug})["ok"]
    assert many[0].recv(12) == b"HTTP/1.1 200"

    def some_are_told_to_come_back() -> bool:
        """Whoever finds a place in line is answered later: those are passed over."""
        for one in reversed(many):
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                if one.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 429":
                    return True
        return False

    wait_until(some_are_told_to_come_back)
    for one in many:
        one.close()


def test_a_client_that_takes_nothing_is_dropped(scene: Scene) -> None:
    """It answers pings and asks for the room over and over, and reads none of it."""
    speaker = scene.enter()
    for number in range(40):
        assert speaker.send(scene.slug, "x" * 3900 + str(number))["ok"]
    greedy = _member(scene, receive_buffer=4096)
    one = frame('421["room:join",{"room":"' + scene.slug + '"}]') + frame("3")
    gone: Callable[[], bool] = lambda: not greedy.pour(one)  # noqa: E731
    wait_until(gone, "the connection to be dropped", 60)
    assert speaker.send(scene.slug, "others go on")["ok"]
    greedy.close()


@pytest.mark.slow
def test_a_client_that_takes_nothing_of_what_others_say_is_dropped_in_time(scene: Scene) -> None:
    """It asks for nothing, and what is for it stays below what may wait."""
    lazy = _member(scene, receive_buffer=4096)
    lazy.pour(frame('421["room:join",{"room":"' + scene.slug + '"}]'))
    lazy.read_until(b"431[")
    speaker = scene.enter()
    for number in range(200):
        assert speaker.send(scene.slug, "x" * 3900 + str(number))["ok"]
    wait_until(lambda: not lazy.pour(frame("3")), "the connection to be dropped", 2 * SEND_WITHIN_S)
    assert speaker.send(scene.slug, "others go on")["ok"]
    lazy.close()


class _Packet:
    def __init__(self, data: str) -> None:
        self.data = data


def test_what_waits_for_a_client_is_bounded_in_number_and_size() -> None:
    for item, fits in (
        (_Packet("x"), MAX_WAITING),
        (_Packet("x" * 500_000), MAX_WAITING_CHARACTERS // 500_000),
    ):
        queue = OutgoingQueue()
        for _ in range(fits):
            queue.put(item)
        assert (queue.overflowed, queue.qsize()) == (False, fits)
        for _ in range(2):
            queue.put(item)
        assert (queue.overflowed, queue.get()) == (True, None), "only the end is left"
    queue = OutgoingQueue()
    queue.put(_Packet("x" * 3 * MAX_WAITING_CHARACTERS))
    assert not queue.overflowed, "one answer goes through however long it is"
    for _ in range(3 * MAX_WAITING):
        queue.get()
        queue.put(_Packet("x"))
    assert not queue.overflowed, "what was taken counts no more"


@pytest.mark.parametrize("text", ["1", "2", "3", "5", "2probe", "3probe", "40", '42["x"]', "451-[]"])
def test_packets_of_a_client(text: str) -> None:
    assert is_packet(text)


@pytest.mark.parametrize("text", ["", "0", "6", "4", "4[", "3[", "3x", "2probes", "9", "x", "1\n", "b4"])
def test_what_is_no_packet_of_a_client(text: str) -> None:
    assert not is_packet(text)


def test_a_line_has_an_end_and_moves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket(2, 10)
    start = bucket.at
    waits = [bucket.reserve(start, 0.25) for _ in range(6)]
    assert [round(wait, 3) for wait in waits] == [0, 0, 0.1, 0.2, 0.3, 0.3], "nothing is taken beyond the end"
    assert round(bucket.reserve(start + 0.2, 0.25), 3) == 0.1


def test_a_meter_counts_frames_and_bytes() -> None:
    meter = FrameMeter()
    assert all(meter.passes(10) for _ in range(200))
    assert not all(meter.passes(10) for _ in range(50))
    meter = FrameMeter()
    assert sum(meter.passes(64_000) for _ in range(30)) in (15, 16)
    assert sum(FrameMeter().passes(4096, frames=0) for _ in range(1)) == 1
