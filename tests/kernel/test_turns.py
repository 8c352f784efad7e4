"""Turns are had in the order of arrival, by threads and by greenlets; who gives up leaves the others their place."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from peerspace.kernel.errors import TooMany, Unavailable
from peerspace.kernel.turns import Turns
from peerspace.realtime.send_turns import AT_ONCE, WAITING, SendTurns


def _wait_for(turns: Turns, waiting: int) -> None:
    while len(turns._queue) < waiting:
        threading.Event().wait(0.001)


def test_turns_come_in_the_order_of_arrival() -> None:
    turns, order = Turns(), []

    def one(number: int) -> None:
        with turns.turn(20):
            order.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    with turns.turn(1):
        for number, thread in enumerate(threads):
            thread.start()
            _wait_for(turns, number + 1)
    for thread in threads:
        thread.join(20)
    assert order == list(range(12))
    assert turns.idle


def test_who_gives_up_leaves_the_others_their_place() -> None:
    turns, had = Turns(), threading.Event()
    with turns.turn(1):
        with pytest.raises(Unavailable), turns.turn(0.01):
            raise AssertionError("it was somebody else's turn")
        patient = threading.Thread(target=lambda: turns.turn(20).__enter__() or had.set())
        patient.start()
        _wait_for(turns, 1)
    patient.join(20)
    assert had.is_set()


def test_a_queue_that_is_full_says_when_to_come_back() -> None:
    turns = Turns(waiting=0)
    with turns.turn(1), pytest.raises(TooMany) as refused, turns.turn(1):
        raise AssertionError("it was somebody else's turn")
    assert refused.value.values["retry_after"] == 2
    with turns.turn(0.1):
        pass


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn(1):
        raise ZeroDivisionError
    assert turns.idle


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, time
from peerspace.kernel.turns import Turns
turns, had = Turns(), [0, 0, 0]
until = time.monotonic() + 0.5
def busy(number):
    while time.monotonic() < until:
        with turns.turn(5):
            had[number] += 1
            gevent.sleep(0)
gevent.joinall([gevent.spawn(busy, number) for number in range(3)])
print(min(had), max(had))
"""


def test_greenlets_that_never_pause_have_as_many_turns_each() -> None:
    """With a plain lock one of three had all of them."""
    done = subprocess.run([sys.executable, "-c", GREENLETS], capture_output=True, text=True, check=True)
    least, most = map(int, done.stdout.split())
    assert most - least <= 1


def test_each_room_has_turns_of_its_own_and_none_is_kept_for_a_quiet_one() -> None:
    sending = SendTurns()
    with sending.turn("kitchen"), sending.turn("kitchen"), sending.turn("attic"), sending.turn(None):
        assert len(sending) == 3
    assert len(sending) == 0
    assert AT_ONCE < WAITING
