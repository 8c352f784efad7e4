"""What is asked of words before they are posted, without a unit of work held open meanwhile."""

from __future__ import annotations

import pytest

from peerspace.community.settings import set_setting
from peerspace.forum.composing import before_posting, space_slug_of, work_through
from peerspace.forum.preview import preview_thread
from peerspace.forum.service import draft_post
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.errors import NotFound
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from tests.forum.acts import start, thread_of
from tests.people import People

TITLE = "A quiet title"


@pytest.fixture
def wren(database: Database, people: People) -> Actor:
    people.space()
    with database.write(installation(Origin.COMMAND)) as uow:
        phrases = [
            {"text": "forty tablets", "action": "pause"},
            {"text": "only elsewhere", "action": "pause", "spaces": ["days"]},
            {"text": "call me", "action": "hold"},
        ]
        set_setting(uow, "watch_phrases", phrases)
    return people.add("wren")


@pytest.mark.parametrize(
    "body", ["Words", "Forty tablets", "Only elsewhere", "Call me", "I can\u2019t go on.", "I want to die"]
)
def test_it_asks_for_a_look_where_the_last_look_says_that_one_is_called_for(
    database: Database, wren: Actor, body: str
) -> None:
    typed = {"title": TITLE, "body": body, "content_note": "", "wish": "", "client_id": new_client_id()}
    with database.read(wren) as uow:
        before = before_posting(uow, typed)
    draft = work_through(wren, before.lists, body, "", title=TITLE)
    assert draft == draft_post(database, wren, body, "", title=TITLE)
    with database.read(wren) as uow:
        look = preview_thread(uow, "nights", draft, client_id=typed["client_id"])
    assert draft.asks_for_a_pause("nights") is (look.near_crisis or look.asks_a_pause)


def test_it_knows_what_a_form_made_already(database: Database, wren: Actor) -> None:
    typed = {"title": TITLE, "body": "Words", "content_note": "", "wish": "", "client_id": new_client_id()}
    with database.read(wren) as uow:
        assert before_posting(uow, typed).known is None
    post = start(database, wren, body="Words", client_id=typed["client_id"])
    for said, is_same in (("Words", True), ("Other words", False)):
        with database.read(wren) as uow:
            before = before_posting(uow, {**typed, "body": said})
        assert before.known is not None
        assert (before.known.id, before.is_same) == (post.id, is_same)


def test_a_thread_tells_its_space(database: Database, wren: Actor) -> None:
    thread = thread_of(database, start(database, wren)).public_id
    with database.read(wren) as uow:
        assert space_slug_of(uow, thread) == "nights"
        with pytest.raises(NotFound):
            space_slug_of(uow, "nobody")
