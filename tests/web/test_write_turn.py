"""What takes long about a text is done before anybody has the database's turn to write."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.realtime import handlers
from peerspace.realtime.protocol import Edit, Send
from peerspace.realtime.send_turns import SendTurns
from peerspace.text import apart, written
from peerspace.text.screening import screen
from tests.people import People
from tests.web.conftest import send
from tests.web.test_forum import Scene, scene

__all__ = ["scene"]  # the fixture of the forum's pages


class Slow:
    """Stands in for `work` and does not go on before somebody else has written; `seen` counts its calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database: Database, module: Any, name: str) -> None:
        self.seen = 0
        self._database, self._work = database, getattr(module, name)
        monkeypatch.setattr(module, name, self)

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.seen += 1
        other = threading.Thread(target=self._write, daemon=True)
        other.start()
        other.join(10)
        assert not other.is_alive(), "nobody else could write meanwhile"
        return self._work(*given, **named)

    def _write(self) -> None:
        with self._database.write(installation(Origin.COMMAND)):
            pass


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> tuple[Slow, Slow]:
    return (
        Slow(monkeypatch, scene.database, written, "render_both"),
        Slow(monkeypatch, scene.database, apart, "found_in"),
    )


def test_others_write_while_a_post_is_worked_through(scene: Scene, slow: tuple[Slow, Slow]) -> None:
    rendered, screened = slow
    client = scene.browser(scene.finch)
    said = {"body": "Some **words**", "wish": ""}
    new = send(client, "/spaces/nights/new", title="A quiet title", client_id=new_client_id(), **said)
    assert (new.status_code, rendered.seen, screened.seen > 0) == (303, 1, True)
    assert send(client, scene.thread, client_id=new_client_id(), **said).status_code == 303
    assert rendered.seen == 2
    edit = f"/posts/{scene.opener.public_id}/edit"
    assert send(scene.browser(scene.wren), edit, body="Other *words*", version="1").status_code == 303
    assert rendered.seen == 3
    assert send(client, "/write/preview", body="Words").status_code == 200
    assert (rendered.seen, scene.counts()) == (4, (2, 3))


def test_others_write_while_a_message_is_worked_through(
    scene: Scene, slow: tuple[Slow, Slow], people: People
) -> None:
    rendered, screened = slow
    people.room("late-kitchen", kept_by=people.add("warden", Role.PEER_WORKER))
    place: Any = type("Place", (), {"database": scene.database, "sending": SendTurns()})
    asked = Send.parse({"room": "late-kitchen", "body": "**Hello**", "client_id": new_client_id()})
    sent = handlers.message_send(place, None, scene.finch, asked)  # type: ignore[arg-type]
    changed = Edit.parse({"id": sent["id"], "body": "Hello."})
    handlers.message_edit(place, None, scene.finch, changed)  # type: ignore[arg-type]
    assert rendered.seen == 2
    assert screened.seen > 0


def test_text_is_not_worked_through_while_a_write_unit_is_open(scene: Scene) -> None:
    with scene.database.write(scene.finch):
        with pytest.raises(RuntimeError, match="text is rendered before"):
            written.write_markdown("Words", field="body", limit=100)
        with pytest.raises(RuntimeError, match="text is rendered before"):
            apart.write_markdown_for(1, "Words", field="body", limit=100)
        with pytest.raises(RuntimeError, match="text is screened before"):
            screen("Words", ["words"])
        with pytest.raises(RuntimeError, match="text is screened before"):
            apart.found_for(1, "Words", [])
