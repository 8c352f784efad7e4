"""Turns at heavy work that are fair between people."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from peerspace.kernel.errors import TooMany
from peerspace.kernel.turns import FairTurns


class Crowd:
    """People who ask for turns, each in a thread; `served` holds who had one, in order."""

    def __init__(self, turns: FairTurns) -> None:
        self.turns = turns
        self.served: list[str] = []
        self._threads: list[threading.Thread] = []

    def ask(self, *names: str) -> None:
        """Each of `names` asks, one after the other: the next once the one before waits."""
        for name in names:
            waited = self.turns.waiting
            thread = threading.Thread(target=self._have_turn, args=(name,))
            thread.start()
            self._threads.append(thread)
            _until(lambda before=waited: self.turns.waiting > before)  # type: ignore[misc]

    def end(self) -> list[str]:
        for thread in self._threads:
            thread.join(10)
        return self.served

    def _have_turn(self, name: str) -> None:
        with self.turns.turn(name):
            self.served.append(name)


def _until(holds: Callable[[], bool]) -> None:
    step = threading.Event()
    for _ in range(2_000):
        if holds():
            return
        step.wait(0.005)
    raise AssertionError("it never held")


def test_who_asks_for_much_waits_behind_their_own() -> None:
    crowd = Crowd(FairTurns(each=3, most=10, retry_after=9))
    with crowd.turns.turn("ash"):
        crowd.ask("ash", "ash", "ash", "moss", "wren")
    assert crowd.end() == ["ash", "moss", "wren", "ash", "ash"]
    assert crowd.turns.waiting == 0


def test_too_much_of_one_and_too_much_of_all_is_refused() -> None:
    crowd = Crowd(FairTurns(each=2, most=3, retry_after=9))
    with crowd.turns.turn("ash"):
        crowd.ask("ash", "ash")
        with pytest.raises(TooMany) as refused, crowd.turns.turn("ash"):
            pass
        assert refused.value.values == {"retry_after": 9}
        crowd.ask("moss")
        with pytest.raises(TooMany), crowd.turns.turn("wren"):
            pass
    assert crowd.end() == ["ash", "moss", "ash"]
    with crowd.turns.turn("wren"):
        pass


def test_a_turn_goes_on_when_its_holder_or_somebody_who_waits_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = FairTurns(each=2, most=3, retry_after=9)
    with pytest.raises(ZeroDivisionError), turns.turn("ash"):
        raise ZeroDivisionError
    with turns.turn("ash"):
        monkeypatch.setattr(threading.Event, "wait", lambda _self: 1 / 0)
        with pytest.raises(ZeroDivisionError), turns.turn("moss"):
            pass
        monkeypatch.undo()
        assert turns.waiting == 0
    with turns.turn("wren"):
        assert turns.waiting == 0
