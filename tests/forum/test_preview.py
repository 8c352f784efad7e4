"""The last look before posting: it refuses what posting refuses, shows what posting keeps, leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from peerspace.community.settings import set_setting
from peerspace.forum import preview, service
from peerspace.forum.drafted import written_post
from peerspace.forum.models import Post
from peerspace.forum.preview import Preview
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.errors import BadRequest, Invalid, NotAllowed, NotFound, PeerSpaceError, TooLong
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from tests.forum.acts import reply, start, thread_of
from tests.people import People

GIVEN = {"space_slug": "nights", "title": "A quiet title", "body": "Some *words*"}


@pytest.fixture
def wren(people: People) -> Actor:
    people.space()
    return people.add("wren")


def at_thread(database: Database, who: Actor, **options: Any) -> Preview:
    given = {**GIVEN, "client_id": new_client_id(), **options}
    typed = [given.pop(name, "") for name in ("body", "content_note")]
    draft = service.draft_post(database, who, *typed, title=given.pop("title"))
    with database.read(who) as uow:
        return preview.preview_thread(uow, given.pop("space_slug"), draft, **given)


def at_reply(database: Database, who: Actor, thread: str, body: object, **options: Any) -> Preview:
    given = {"client_id": new_client_id(), "reply_to": "", **options}
    draft = service.draft_post(database, who, body, given.pop("content_note", ""))
    with database.read(who) as uow:
        return preview.preview_reply(uow, thread, draft, **given)


def posts(database: Database) -> int:
    with database.read(installation(Origin.COMMAND)) as uow:
        return uow.session.scalar(select(func.count(Post.id))) or 0


def set_phrases(database: Database, key: str, *phrases: dict[str, Any]) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, key, list(phrases))


def test_it_shows_what_posting_keeps(database: Database, people: People, wren: Actor) -> None:
    words = " Some *words* and [a page](https://example.org/)\r\nmore "
    for who in (wren, people.add("newt", established=False)):
        seen = at_thread(database, who, body=words, title="  A quiet   title ", content_note=" a  note ")
        kept = start(database, who, body=words, title="  A quiet   title ", content_note=" a  note ")
        assert (seen.html, seen.content_note) == (kept.body_html, kept.content_note)
        assert seen.title == thread_of(database, kept).title == "A quiet title"
        thread = thread_of(database, kept).public_id
        assert at_reply(database, who, thread, words).html == reply(database, who, thread, words).body_html


def test_it_leaves_nothing_behind(database: Database, wren: Actor) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener)
    at_thread(database, wren)
    at_reply(database, wren, thread.public_id, "Words", reply_to=opener.public_id)
    assert posts(database) == 1
    assert thread_of(database, opener).seq == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"body": ""}, Invalid),
        ({"body": "x" * 20_001}, TooLong),
        ({"title": "Hey"}, Invalid),
        ({"wish": "applause"}, Invalid),
        ({"wish": ["listening"]}, Invalid),
        ({"content_note": "n" * 121}, TooLong),
        ({"client_id": "7"}, BadRequest),
        ({"space_slug": "nowhere"}, NotFound),
    ],
)
def test_it_refuses_what_posting_refuses(
    database: Database, wren: Actor, options: dict[str, Any], error: type[PeerSpaceError]
) -> None:
    with pytest.raises(error) as before:
        at_thread(database, wren, **options)
    with pytest.raises(error) as after:
        start(database, wren, **options)
    assert before.value.key == after.value.key


def test_it_is_for_people_who_may_write(database: Database, people: People, wren: Actor) -> None:
    thread = thread_of(database, start(database, wren)).public_id
    for who in (people.add("gone", status="suspended"), installation(Origin.COMMAND)):
        with pytest.raises(NotAllowed):
            at_thread(database, who)
        with pytest.raises(NotAllowed):
            at_reply(database, who, thread, "Words")


@pytest.mark.parametrize(
    ("body", "crisis", "pause"),
    [
        ("Tea and toast.", False, False),
        ("I want   to DIE tonight", True, False),
        ("I can\u2019t go on", True, False),
        ("forty tablets", False, True),
        ("I want to die, forty tablets", True, True),
        ("call me", False, False),  # a phrase that holds
        ("ring me", False, False),  # a phrase that flags
        ("days only", False, False),  # bound to another space
    ],
)
def test_words_that_ask_for_a_pause(
    database: Database, wren: Actor, body: str, crisis: bool, pause: bool
) -> None:
    set_phrases(
        database,
        "watch_phrases",
        {"text": "forty tablets", "action": "pause"},
        {"text": "days only", "action": "pause", "spaces": ["days"]},
        {"text": "call me", "action": "hold"},
        {"text": "ring me", "action": "flag"},
    )
    seen = at_thread(database, wren, body=body)
    assert (seen.near_crisis, seen.asks_a_pause) == (crisis, pause)
    assert not seen.waits
    assert start(database, wren, body=body).state == ("held" if body == "call me" else "published")


@pytest.mark.parametrize("where", ["title", "content_note"])
def test_title_and_note_are_read_too(database: Database, wren: Actor, where: str) -> None:
    assert at_thread(database, wren, **{where: "I want to die"}).near_crisis


def test_a_new_members_first_post_waits_where_the_space_says_so(database: Database, people: People) -> None:
    people.space("days", hold_first_posts="always")
    new, settled = people.add("newt", established=False), people.add("wren")
    assert at_thread(database, new, space_slug="days").waits
    assert not at_thread(database, settled, space_slug="days").waits


def test_a_preview_needs_a_reader(database: Database, people: People, wren: Actor) -> None:
    draft = written_post(wren, "**Words**", " note ")
    with database.read(wren) as uow:
        assert preview.as_shown(uow, draft) == "<p><strong>Words</strong></p>"
    with database.read(installation(Origin.COMMAND)) as uow, pytest.raises(NotAllowed):
        preview.as_shown(uow, draft)


def test_what_a_supervisor_locked_takes_no_look(database: Database, people: People, wren: Actor) -> None:
    opener = start(database, wren)
    with database.write(people.add("guard", Role.SUPERVISOR)) as uow:
        service.lock_thread_of(uow, opener.id)
    with pytest.raises(PeerSpaceError) as refused:
        at_reply(database, wren, thread_of(database, opener).public_id, "Words")
    assert refused.value.key == "thread_closed"
