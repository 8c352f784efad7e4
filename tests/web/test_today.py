"""Today: what is open, where others went on, what is new; and the inbox. Nothing here goes on for ever."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from peerspace.community.settings import set_setting
from peerspace.forum.latest import ANSWERED, NEWEST
from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.notifications.service import KINDS, tell
from peerspace.streams.service import set_state
from peerspace.web.notifications.inbox import WORDS
from tests import saying
from tests.people import People
from tests.web.conftest import browser


def _start(database: Database, who: Actor, title: str) -> str:
    """A thread in Nights; returns its id."""
    with database.write(who) as uow:
        post = saying.start_thread(uow, "nights", title, "Words.", client_id=new_client_id())
        return str(uow.session.get_one(Thread, post.stream_id).public_id)


def _reply(database: Database, who: Actor, thread: str) -> None:
    with database.write(who) as uow:
        saying.post_reply(uow, thread, "More words.", client_id=new_client_id())


def _section(page: str, name: str) -> str:
    """One section of the page, by the id of its heading; empty when it is not there."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', page, re.DOTALL)
    return found.group() if found else ""


def _today(app: Flask, who: Actor) -> str:
    return browser(app, who).get("/today").get_data(as_text=True)


def test_it_names_open_rooms_and_who_keeps_them(app: Flask, people: People) -> None:
    wren, ash = people.add("Wren", Role.PEER_WORKER), people.add("Ash")
    people.room("late-kitchen", kept_by=wren)
    people.room("attic")
    rooms = _section(_today(app, ash), "rooms")
    assert "Late-Kitchen" in rooms
    assert "Wren" in rooms
    assert "Attic" not in rooms


def test_empty_places_say_what_to_do_next(app: Flask, database: Database, people: People) -> None:
    ash = people.add("Ash")
    with database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "opening_hours", "Rooms are open from eight in the evening.")
    page = _today(app, ash)
    rooms, threads = _section(page, "rooms"), _section(page, "threads")
    assert "No room is open just now" in rooms
    assert "Rooms are open from eight in the evening." in rooms
    assert 'href="/spaces"' in rooms
    assert "The first thread can be yours." in threads
    assert 'href="/spaces"' in threads
    assert "Nothing unread." in page


def test_a_thread_whose_opening_was_hidden_shames_nobody(
    app: Flask, database: Database, people: People
) -> None:
    """Who answered there still finds it again; for everybody else it is in its space, not on the first page."""
    people.space()
    ash, finch, wren = people.add("Ash"), people.add("Finch"), people.add("Wren")
    thread = _start(database, finch, "A thread of theirs")
    _reply(database, ash, thread)
    _reply(database, finch, thread)
    assert "Finch" in _section(_today(app, wren), "threads")
    with database.write(people.add("Sue", Role.SUPERVISOR)) as uow:
        opening = uow.session.scalars(select(Post).where(Post.seq == 1)).one()
        set_state(uow, opening.id, "hidden")
    assert "Finch" not in _section(_today(app, wren), "threads")
    assert thread in _today(app, ash)


def test_threads_one_wrote_in_say_how_much_came_since(app: Flask, database: Database, people: People) -> None:
    people.space()
    ash, finch, wren = people.add("Ash"), people.add("Finch"), people.add("Wren")
    mine, theirs, quiet = (
        _start(database, ash, "A thread of mine"),
        _start(database, finch, "A thread of theirs"),
        _start(database, ash, "A quiet thread"),
    )
    _reply(database, finch, mine)
    _reply(database, wren, mine)
    _reply(database, ash, theirs)
    _reply(database, finch, theirs)
    page = _today(app, ash)
    answered, threads = _section(page, "answered"), _section(page, "threads")
    assert "2 new posts since you wrote" in answered
    assert "1 new post since you wrote" in answered
    assert answered.index("/threads/" + theirs) < answered.index("/threads/" + mine), "the newest first"
    assert quiet not in answered
    assert quiet in threads
    assert mine not in threads, "no thread is named twice"
    _reply(database, ash, mine)
    assert mine not in _section(_today(app, ash), "answered")
    assert "1 new post since you wrote" in _section(_today(app, wren), "answered")


@pytest.mark.invariant(9)
def test_what_people_wrote_whom_one_blocked_is_not_counted(
    app: Flask, database: Database, people: People
) -> None:
    people.space()
    ash, finch, moss = people.add("Ash"), people.add("Finch"), people.add("Moss")
    mine = _start(database, ash, "A thread of mine")
    _reply(database, finch, mine)
    _reply(database, moss, mine)
    people.block(ash, finch)
    assert "1 new post since you wrote" in _section(_today(app, ash), "answered")
    people.block(ash, moss)
    assert _section(_today(app, ash), "answered") == ""


def test_it_ends(app: Flask, database: Database, people: People) -> None:
    people.space()
    ash, finch = people.add("Ash"), people.add("Finch")
    for number in range(NEWEST + 3):
        _start(database, finch, f"Thread {number}")
    for number in range(ANSWERED + 2):
        _reply(database, finch, _start(database, ash, f"Mine {number}"))
    page = _today(app, ash)
    assert len(re.findall(r'href="/threads/', _section(page, "threads"))) == NEWEST
    assert len(re.findall(r'href="/threads/', _section(page, "answered"))) == ANSWERED


def test_every_kind_of_notice_has_words(app: Flask, database: Database, people: People) -> None:
    assert set(WORDS) == set(KINDS)
    ash, finch = people.add("Ash"), people.add("Finch")
    with database.write(finch) as uow:
        for kind in KINDS:
            about = finch.require_account() if kind == "post_answered" else None
            tell(uow, ash.require_account(), kind, about=about)
    page = browser(app, ash).get("/inbox").get_data(as_text=True)
    for kind in KINDS:
        (line,) = re.findall(rf'<li[^>]*data-kind="{kind}".*?</li>', page, re.DOTALL)
        words = re.sub(r"<[^>]+>|\s+", " ", line)
        assert (
            ("Finch" in words and "answered your post." in words)
            if kind == "post_answered"
            else (WORDS[kind] in words)
        )


def test_notices_become_words_when_they_are_read(app: Flask, database: Database, people: People) -> None:
    """Who acted spoke another language than who reads."""
    ash = people.add("Ash")
    with database.write(installation(Origin.COMMAND)) as uow:
        for kind in KINDS:
            tell(uow, ash.require_account(), kind)
    client = browser(app, ash)
    client.set_cookie("language", "he-XB")
    page = client.get("/inbox").get_data(as_text=True)
    lines = re.findall(r"<li[^>]*data-kind=.*?</li>", page, re.DOTALL)
    assert len(lines) == len(KINDS)
    for line in lines:
        said = re.sub(r"<time.*?</time>|<[^>]+>", "", line)
        assert not re.search("[A-Za-z]", said), said


@pytest.mark.parametrize("address", ["/today", "/rooms", "/rooms/late-kitchen", "/duty", "/inbox"])
def test_no_word_of_these_pages_is_left_in_english(app: Flask, people: People, address: str) -> None:
    wren = people.add("Wren", Role.SUPERVISOR)
    people.room("late-kitchen", kept_by=wren)
    people.room("attic")
    client = browser(app, wren)
    client.set_cookie("language", "he-XB")
    page = client.get(address).get_data(as_text=True)
    assert '<html lang="he-XB" dir="rtl"' in page
    main = page[page.index("<main") : page.index("<footer")]
    main = re.sub(r"<(\w+)[^>]* translate=\"no\"[^>]*>.*?</\1>", "", main, flags=re.DOTALL)
    main = re.sub(r'<(time|span class="person__name").*?</(time|span)>', "", main, flags=re.DOTALL)
    said = [*re.findall(r">([^<]+)<", main), *re.findall(r'(?:aria-label|placeholder|title)="([^"]+)"', main)]
    assert [words for words in said if re.search("[A-Za-z]{2,}", words)] == []
