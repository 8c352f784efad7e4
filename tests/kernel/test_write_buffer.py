"""Gathered writes: in batches, in order, none lost while the database is away."""

from __future__ import annotations

import threading

import pytest

from peerspace.kernel.errors import Unavailable
from peerspace.kernel.write_buffer import HARD_LIMIT_FACTOR, WriteBuffer, WriteBufferLoop


def test_batches_keep_order_and_size() -> None:
    written: list[list[int]] = []
    buffer: WriteBuffer[int] = WriteBuffer(written.append, limit=3)
    for number in range(7):
        buffer.add(number)
    assert len(buffer) == 7
    assert buffer.flush() == 7
    assert written == [[0, 1, 2], [3, 4, 5], [6]]
    assert buffer.flush() == 0


def test_what_could_not_be_written_is_tried_again() -> None:
    written: list[int] = []
    away = [True]

    def write(batch: list[int]) -> None:
        if away[0]:
            raise Unavailable("database_unavailable", reason="busy")
        written.extend(batch)

    buffer: WriteBuffer[int] = WriteBuffer(write, limit=2)
    for number in range(3):
        buffer.add(number)
    with pytest.raises(Unavailable):
        buffer.flush()
    buffer.add(3)
    away[0] = False
    assert buffer.flush() == 4
    assert written == [0, 1, 2, 3]


def test_memory_has_an_end_and_the_newest_stay() -> None:
    def write(batch: list[int]) -> None:
        if batch:
            raise Unavailable("database_unavailable", reason="away")

    buffer: WriteBuffer[int] = WriteBuffer(write, limit=2)
    most = 2 * HARD_LIMIT_FACTOR
    for number in range(most + 5):
        buffer.add(number)
    assert len(buffer) == most
    with pytest.raises(Unavailable):
        buffer.flush()
    assert len(buffer) == most


def test_many_threads_lose_nothing() -> None:
    written: list[int] = []
    buffer: WriteBuffer[int] = WriteBuffer(written.extend, limit=10_000)

    def work(start: int) -> None:
        for number in range(start, start + 500):
            buffer.add(number)
            if number % 50 == 0:
                buffer.flush()

    threads = [threading.Thread(target=work, args=(500 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    buffer.flush()
    assert sorted(written) == list(range(4_000))


def test_a_full_buffer_wakes_the_loop() -> None:
    done = threading.Event()
    loop = WriteBufferLoop(every_s=3600)
    buffer = loop.add(WriteBuffer(lambda batch: done.set(), limit=2))
    loop.start()
    loop.start()
    try:
        buffer.add(1)
        buffer.add(2)
        assert done.wait(10)
    finally:
        loop.stop()


def test_stopping_writes_what_is_left() -> None:
    written: list[int] = []
    loop = WriteBufferLoop(every_s=3600)
    buffer = loop.add(WriteBuffer(written.extend))
    loop.start()
    buffer.add(1)
    loop.stop()
    assert written == [1]


def test_one_that_fails_does_not_stop_the_others() -> None:
    written: list[int] = []

    def broken(batch: list[int]) -> None:
        raise RuntimeError(str(batch))

    def away(batch: list[int]) -> None:
        raise Unavailable("database_unavailable", reason=str(len(batch)))

    loop = WriteBufferLoop()
    write_buffers = [loop.add(WriteBuffer(write)) for write in (broken, away, written.extend)]
    for buffer in write_buffers:
        buffer.add(1)
    assert loop.flush() == 1
    assert written == [1]
