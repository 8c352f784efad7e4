"""A post is written in at most two units of work a POST, whatever step its form asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.test import TestResponse

from peerspace.kernel.actor import Actor
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.web.forum.pausing import Step, step_from
from tests.web.conftest import csrf
from tests.web.test_forum import Scene, scene, text
from tests.web.test_writing import NEW, is_last_look, typed_thread, watch

__all__ = ["scene"]  # the fixture of the forum's pages


class Units:
    """The units of work that were opened for a person: who signed in is looked up before, by nobody in particular."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[str] = []
        for kind in ("read", "write"):
            monkeypatch.setattr(Database, kind, self._counting(kind, getattr(Database, kind)))

    def _counting(self, kind: str, real: Any) -> Any:
        @contextmanager
        def counted(database: Database, actor: Actor) -> Iterator[Any]:
            if actor.account_id is not None:
                self.opened.append(kind)
            with real(database, actor) as uow:
                yield uow

        return counted


class Writer:
    """Finch's browser, and what each of its forms took."""

    def __init__(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = scene.browser(scene.finch)
        self.token = csrf(self.client)
        self.units = Units(monkeypatch)

    def post(self, address: str, **fields: str) -> tuple[TestResponse, list[str]]:
        self.units.opened.clear()
        answer = self.client.post(address, data={"csrf_token": self.token, **fields})
        return answer, list(self.units.opened)


@pytest.fixture
def writer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Writer:
    return Writer(scene, monkeypatch)


def typed_reply(**fields: str) -> dict[str, str]:
    return {"body": "An answer", "reply_to": "", "content_note": "", "client_id": new_client_id(), **fields}


@pytest.fixture(params=["thread", "reply"])
def form(request: pytest.FixtureRequest, scene: Scene) -> tuple[str, dict[str, str]]:
    """Where a form goes and what was typed into it."""
    if request.param == "thread":
        return NEW, typed_thread()
    return scene.thread, typed_reply(reply_to=scene.opener.public_id)


Form = tuple[str, dict[str, str]]


@pytest.mark.parametrize("step", ["", "check"])
def test_posting_reads_once_and_writes_once(writer: Writer, form: Form, step: str) -> None:
    address, typed = form
    answer, units = writer.post(address, **typed, step=step)
    assert (answer.status_code, units) == (303, ["read", "write"])
    again, units = writer.post(address, **typed, step=step)
    assert (again.location, units) == (answer.location, ["read", "read"])


@pytest.mark.parametrize("step", ["look", "check"])
def test_the_last_look_reads_twice_and_never_writes(
    writer: Writer, form: Form, step: str, scene: Scene
) -> None:
    watch(scene.database, {"text": "forty tablets", "action": "pause"})
    address, typed = form
    answer, units = writer.post(address, **(typed | {"body": "Forty tablets"}), step=step)
    assert is_last_look(text(answer))
    assert units == ["read", "read"]


def test_the_editors_button_and_going_back_only_read(writer: Writer, form: Form) -> None:
    address, typed = form
    answer, units = writer.post(address, **typed, preview="yes")
    assert (answer.status_code, units) == (200, ["read", "read"])
    answer, units = writer.post(address, **typed, step="write")
    assert (answer.status_code, units) == (200, ["read"])


def test_what_is_refused_reads_its_page_once_more(writer: Writer, form: Form) -> None:
    address, typed = form
    answer, units = writer.post(address, **(typed | {"body": ""}))
    assert (answer.status_code, units) == (400, ["read", "read"])


def test_changing_a_post_takes_two_as_well(writer: Writer, scene: Scene) -> None:
    answer, _ = writer.post(scene.thread, **typed_reply())
    post = answer.location.partition("#post-")[2]
    answer, units = writer.post(f"/posts/{post}/edit", body="Other words", version="1")
    assert (answer.status_code, units) == (303, ["read", "write"])
    answer, units = writer.post(f"/posts/{post}/edit", body="Other words", version="2", preview="yes")
    assert (answer.status_code, units) == (200, ["read", "read"])


def test_a_post_is_not_posted_where_its_place_cannot_be_told(
    writer: Writer, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is found in the transaction that posts: both happen, or neither."""
    from peerspace.web.forum import compose

    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError("no place")

    before = scene.counts()
    monkeypatch.setattr(compose, "place_of_sent", broken)
    monkeypatch.setitem(scene.app.config, "PROPAGATE_EXCEPTIONS", False)
    assert writer.post(scene.thread, **typed_reply())[0].status_code == 500
    assert scene.counts() == before


@pytest.mark.parametrize(
    ("typed", "step"),
    [("look", Step.LOOK), ("check", Step.CHECK), ("write", Step.WRITE), ("", Step.POST), ("jump", Step.POST)],
)
def test_a_step_that_there_is_not_posts_at_once(typed: str, step: Step) -> None:
    assert step_from(typed) is step
