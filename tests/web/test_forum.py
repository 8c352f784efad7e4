"""Spaces and threads through the browser's eyes: plain forms, no script, nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from peerspace.web.running import running
from tests.forum.acts import edit, remove, reply, set_state, start, thread_of
from tests.people import People
from tests.web.conftest import browser, csrf, send


class Scene:
    """Wren wrote a thread in Nights; everybody has a browser."""

    def __init__(self, app: Flask, database: Database, people: People) -> None:
        people.space()
        self.app, self.database, self.people = app, database, people
        self.wren, self.finch = people.add("wren"), people.add("finch")
        self.guard = people.add("guard", Role.SUPERVISOR)
        self.opener = start(database, self.wren, body="First **words**")
        self.id = thread_of(database, self.opener).public_id
        self.thread = f"/threads/{self.id}"

    def browser(self, who: Actor) -> FlaskClient:
        return browser(self.app, who)

    def page(self, who: Actor, address: str, status: int = 200) -> str:
        answer = self.browser(who).get(address)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def counts(self) -> tuple[int, int]:
        with self.database.read(self.wren) as uow:
            posts = uow.session.scalar(select(func.count(Post.id)))
            threads = uow.session.scalar(select(func.count(Thread.id)))
        return threads or 0, posts or 0


@pytest.fixture
def scene(app: Flask, database: Database, people: People) -> Scene:
    return Scene(app, database, people)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def errors_of(page: str) -> str:
    found = re.search(r'<div class="summary".*?</div>', page, re.DOTALL)
    return found[0] if found else ""


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def test_spaces_and_their_threads(scene: Scene) -> None:
    page = scene.page(scene.finch, "/spaces")
    assert 'href="/spaces/nights"' in page
    assert "1 thread," in page
    page = scene.page(scene.finch, "/spaces/nights")
    assert f'href="/threads/{scene.id}/a-quiet-title"' in page
    assert "1 post," in page
    assert 'href="/spaces/nights/new"' in page


def test_an_empty_house_says_what_to_do(app: Flask, database: Database, people: People) -> None:
    someone = browser(app, people.add())
    assert "There are no spaces yet" in text(someone.get("/spaces"))
    people.space()
    assert "Nobody has written here yet" in text(someone.get("/spaces/nights"))


def test_a_thread_has_a_canonical_address_and_links_to_its_posts(scene: Scene) -> None:
    for address in (scene.thread, f"{scene.thread}/a-quiet-title", f"{scene.thread}/another-slug"):
        page = scene.page(scene.finch, address)
        assert f'<link rel="canonical" href="{scene.thread}/a-quiet-title">' in page
        assert f'id="post-{scene.opener.public_id}"' in page
        assert "<p>First <strong>words</strong></p>" in page
    answer = scene.browser(scene.finch).get(f"/posts/{scene.opener.public_id}")
    assert answer.status_code == 303
    assert answer.location == f"{scene.thread}/a-quiet-title#post-{scene.opener.public_id}"


def test_start_a_thread_by_a_plain_form(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    form = text(finch.get("/spaces/nights/new"))
    fields = {
        "title": "A second title", "body": "Hello *there*", "content_note": "loss", "wish": "listening",
        "client_id": value_of(form, "client_id"), "csrf_token": value_of(form, "csrf_token"),
    }  # fmt: skip
    first = finch.post("/spaces/nights/new", data=fields)
    again = finch.post("/spaces/nights/new", data=fields)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert scene.counts() == (2, 2)
    page = text(finch.get(first.location))
    assert "Hello <em>there</em>" in page
    assert "Content note: loss" in page
    assert "Listening first" in page


@pytest.mark.invariant(11)
def test_a_reply_sent_twice_is_one_post(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    form = text(finch.get(f"{scene.thread}?reply={scene.opener.public_id}"))
    assert "Your answer to wren" in form
    fields = {
        "body": "An answer", "reply_to": value_of(form, "reply_to"),
        "client_id": value_of(form, "client_id"), "csrf_token": value_of(form, "csrf_token"),
    }  # fmt: skip
    first, again = (finch.post(scene.thread, data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (303, again.location)
    assert scene.counts() == (1, 2)
    with scene.database.read(scene.wren) as uow:
        answer = uow.session.scalars(select(Post).where(Post.seq == 2)).one()
        assert (answer.reply_to_id, answer.author_id) == (scene.opener.id, scene.finch.account_id)
    assert first.location.endswith(f"#post-{answer.public_id}")


def test_a_reply_on_a_later_page_comes_back_there(scene: Scene) -> None:
    for _ in range(20):
        last = reply(scene.database, scene.wren, scene.id)
    page = scene.page(scene.finch, f"{scene.thread}?page=2")
    assert f"reply={last.public_id}#reply" in page
    assert 'aria-label="Page 1"' in page
    finch = scene.browser(scene.finch)
    fields = {"body": "", "page": "2", "client_id": new_client_id(), "csrf_token": csrf(finch)}
    answer = finch.post(scene.thread, data=fields)
    assert answer.status_code == 400
    assert f'id="post-{last.public_id}"' in text(answer)
    sent = send(scene.browser(scene.finch), scene.thread, body="Hi", client_id=new_client_id())
    assert "?page=2#post-" in sent.location


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"body": ""}, "There is nothing written yet."),
        ({"body": " \r\n \u200b"}, "There is nothing written yet."),
        ({"body": "x" * 20_001}, "This is 20001 characters; the limit is 20000."),
        ({"body": "bell \x07"}, "This holds characters that cannot be shown."),
        ({"content_note": "n" * 121}, "This is 121 characters; the limit is 120."),
        ({"reply_to": "nothing"}, "The post you are answering is no longer there."),
        ({"reply_to": "\x00"}, "The post you are answering is no longer there."),
        ({"client_id": "7"}, "This form came without its number."),
        ({"client_id": ""}, "This form came without its number."),
    ],
)
def test_a_reply_that_is_refused_keeps_what_was_typed(
    scene: Scene, fields: dict[str, str], sentence: str
) -> None:
    typed = {"body": "Words I typed", "content_note": "", "client_id": new_client_id(), **fields}
    answer = send(scene.browser(scene.finch), scene.thread, **typed)
    page = text(answer)
    assert answer.status_code == 400
    assert sentence in errors_of(page)
    if "body" not in fields:
        assert "Words I typed</textarea>" in page
    if "client_id" not in fields:
        assert value_of(page, "client_id") == typed["client_id"]
    assert scene.counts() == (1, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "There is nothing written yet."),
        ({"title": "Hey"}, "A title needs at least 5 characters"),
        ({"title": "x" * 201}, "This is 201 characters; the limit is 200."),
        ({"wish": "applause"}, "Please choose one of the answers shown."),
        ({"body": "\x1b[31m"}, "This holds characters that cannot be shown."),
    ],
)
def test_a_thread_that_is_refused_keeps_what_was_typed(
    scene: Scene, fields: dict[str, str], sentence: str
) -> None:
    typed = {"title": "My kept title", "body": "Words I typed", "client_id": new_client_id(), **fields}
    answer = send(scene.browser(scene.finch), "/spaces/nights/new", **typed)
    page = text(answer)
    assert answer.status_code == 400
    assert sentence in errors_of(page)
    assert value_of(page, "client_id") == typed["client_id"]
    if "body" not in fields:
        assert "Words I typed</textarea>" in page
    if "title" not in fields:
        assert 'value="My kept title"' in page
    assert scene.counts() == (1, 1)


def test_bytes_that_are_not_text_are_refused(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    token = csrf(finch)
    for raw in (b"body=caf%E9", b"body=caf\xe9"):
        answer = finch.post(
            scene.thread,
            data=raw + f"&client_id={new_client_id()}&csrf_token={token}".encode(),
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 400
        assert "not readable text" in text(answer)
    assert scene.counts() == (1, 1)


def test_a_forged_form_is_refused_and_its_text_offered_again(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    for token in ({}, {"csrf_token": "forged"}):
        answer = finch.post(scene.thread, data={"body": "Typed words", "client_id": new_client_id(), **token})
        assert answer.status_code == 400
        assert "Typed words</textarea>" in text(answer)
    for address in (
        "/spaces/nights/new",
        f"/posts/{scene.opener.public_id}/edit",
        f"/posts/{scene.opener.public_id}/remove",
    ):
        assert finch.post(address, data={"body": "x"}).status_code == 400
    assert scene.counts() == (1, 1)


SCRIPTS = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![](https://e.org/i.png)"
)


def test_markup_in_any_field_stays_words(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    answer = send(
        finch, "/spaces/nights/new", title=f"Title {SCRIPTS}", body=SCRIPTS, content_note="<b>note</b>",
        client_id=new_client_id(),
    )  # fmt: skip
    pages = [text(finch.get(answer.location)), text(finch.get("/spaces/nights"))]
    pages += [
        text(finch.get("/threads/x/%3Cscript%3E")),
        text(finch.get(f"{scene.thread}?show=<script>&reply=<img>")),
    ]
    preview = send(
        finch, scene.thread, body=SCRIPTS, content_note="<b>note</b>", preview="1", client_id="<i>"
    )
    for page in (*pages, text(preview)):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<b>note" not in page
        assert 'href="javascript:' not in page
        assert "onerror=alert(1)>" not in page


def test_preview_works_without_script_and_posts_nothing(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    typed = {"body": "Some *words*", "content_note": "loss", "client_id": new_client_id(), "preview": "1"}
    page = text(send(finch, scene.thread, reply_to=scene.opener.public_id, **typed))
    assert "How it will look" in page
    assert "<p>Some <em>words</em></p>" in page
    assert "Some *words*</textarea>" in page
    assert value_of(page, "client_id") == typed["client_id"]
    assert value_of(page, "reply_to") == scene.opener.public_id
    page = text(send(finch, "/spaces/nights/new", title="A fine title", **typed))
    assert "How it will look" in page
    assert 'value="A fine title"' in page
    own = scene.browser(scene.wren)
    page = text(send(own, f"/posts/{scene.opener.public_id}/edit", version="1", **typed))
    assert "How it will look" in page
    assert scene.counts() == (1, 1)
    empty = send(finch, scene.thread, **{**typed, "body": ""})
    assert empty.status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/spaces/nowhere",
        "/spaces/nowhere/new",
        "/spaces/%00",
        "/threads/nothing",
        "/threads/%00",
        "/threads/" + "x" * 300,
        "/posts/nothing",
        "/posts/nothing/edit",
        "/posts/nothing/remove",
        "/posts/nothing/history",
        "/spaces/nights?page=9",
        "/spaces/nights?page=0",
        "/spaces/nights?page=-1",
        "/spaces/nights?page=x",
        "/spaces/nights?page=" + "9" * 50,
        "/spaces/nights?page=%D9%A1",
    ],
)  # fmt: skip
def test_what_is_not_there(scene: Scene, address: str) -> None:
    assert "There is nothing here" in scene.page(scene.finch, address, 404)


def test_ids_of_other_kinds_are_not_there(scene: Scene) -> None:
    for address in (f"/threads/{scene.opener.public_id}", f"/posts/{scene.id}", f"/threads/{scene.opener.stream_id}",
                    f"/threads/{scene.wren.public_id}", f"{scene.thread}?page=2"):  # fmt: skip
        scene.page(scene.finch, address, 404)
    for address in ("/threads/nothing", "/spaces/nowhere/new", f"/threads/{scene.opener.public_id}"):
        answer = send(
            scene.browser(scene.finch), address, title="A title", body="Words", client_id=new_client_id()
        )
        assert answer.status_code == 404


def test_guests_are_asked_to_sign_in_and_others_kept_out(scene: Scene) -> None:
    guest = browser(scene.app)
    posts = f"/posts/{scene.opener.public_id}"
    for address in ("/spaces", "/spaces/nights", "/spaces/nights/new", scene.thread, posts, f"{posts}/edit",
                    f"{posts}/remove", f"{posts}/history"):  # fmt: skip
        answer = guest.get(address)
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")
    for address in (
        "/spaces/nights/new",
        scene.thread,
        f"{posts}/edit",
        f"{posts}/remove",
        f"{posts}/history",
    ):
        assert send(guest, address, body="Words").status_code == 401
    assert scene.counts() == (1, 1)


def test_a_locked_thread_keeps_the_words_that_came_too_late(scene: Scene) -> None:
    from peerspace.forum import service

    finch = scene.browser(scene.finch)
    with scene.database.write(scene.guard) as uow:
        service.lock_thread_of(uow, scene.opener.id)
    assert "This thread is closed" in text(finch.get(scene.thread))
    answer = send(finch, scene.thread, body="Too late words", client_id=new_client_id())
    assert answer.status_code == 409
    assert "takes no more replies" in errors_of(text(answer))
    assert "Too late words</textarea>" in text(answer)


def test_a_restricted_member_reads_why_and_keeps_the_words(scene: Scene) -> None:
    from datetime import timedelta

    from peerspace.accounts.models import Account

    with scene.database.write(scene.guard) as uow:
        uow.session.get_one(Account, scene.finch.account_id).read_only_until = uow.now + timedelta(days=1)
    answer = send(scene.browser(scene.finch), scene.thread, body="My words", client_id=new_client_id())
    assert answer.status_code == 403
    assert "write again from 3 March 2026" in errors_of(text(answer))
    assert "My words</textarea>" in text(answer)


def test_a_suspended_member_writes_nothing(scene: Scene) -> None:
    from peerspace.accounts.models import Account

    finch = scene.browser(scene.finch)
    token = csrf(finch)
    with scene.database.write(scene.guard) as uow:
        uow.session.get_one(Account, scene.finch.account_id).status = "suspended"
    answer = finch.post(scene.thread, data={"body": "x", "client_id": new_client_id(), "csrf_token": token})
    assert answer.status_code in (401, 403)
    assert scene.counts() == (1, 1)


def test_who_writes_something_that_waits_is_told_so(scene: Scene) -> None:
    scene.people.space("days", hold_first_posts="always")
    new = scene.browser(scene.people.add("newt", established=False))
    answer = send(new, "/spaces/days/new", title="My first one", body="Hello", client_id=new_client_id())
    page = text(new.get(answer.location))
    assert "A supervisor reads this before others can see it" in page
    assert "This thread waits" in page
    assert "Waits for a supervisor" in text(new.get("/spaces/days"))
    scene.page(scene.finch, answer.location.partition("#")[0], 404)
    assert "My first one" not in scene.page(scene.finch, "/spaces/days")
    assert "My first one" in scene.page(scene.guard, answer.location.partition("#")[0])


def test_edit_and_its_history(scene: Scene) -> None:
    wren = scene.browser(scene.wren)
    address = f"/posts/{scene.opener.public_id}"
    form = text(wren.get(f"{address}/edit"))
    assert "First **words**</textarea>" in form
    answer = send(wren, f"{address}/edit", body="Other words", version=value_of(form, "version"))
    assert answer.status_code == 303
    assert "edited" in text(wren.get(answer.location))
    assert f"{address}/history" in text(wren.get(answer.location))
    late = send(wren, f"{address}/edit", body="From another window", version="1")
    assert late.status_code == 409
    assert "From another window</textarea>" in text(late)
    assert "<p>Other words</p>" in text(late)
    assert (
        send(
            wren, f"{address}/edit", body="From another window", version=value_of(text(late), "version")
        ).status_code
        == 303
    )
    for bad in ("", "x", "-1", "9" * 40):
        assert send(wren, f"{address}/edit", body="Again other", version=bad).status_code == 409
    page = text(wren.get(f"{address}/history"))
    assert "First <strong>words</strong>" in page
    scene.page(scene.finch, f"{address}/history", 404)
    assert send(scene.browser(scene.finch), f"{address}/history").status_code == 404
    assert (
        send(scene.browser(scene.finch), f"{address}/edit", body="Mine now", version="3").status_code == 403
    )


@pytest.mark.invariant(8)
def test_a_supervisor_opens_the_history_only_after_it_is_logged(scene: Scene) -> None:
    edit(scene.database, scene.wren, scene.opener, "Other words")
    guard = scene.browser(scene.guard)
    address = f"/posts/{scene.opener.public_id}/history"
    page = text(guard.get(address))
    assert "Opening them is logged" in page
    assert "First" not in page.replace("first page", "")

    def looks() -> int:
        with scene.database.read(scene.guard) as uow:
            seen = select(func.count()).where(
                AuditEntry.action == "history_opened", AuditEntry.concerns_id == scene.wren.account_id
            )
            return uow.session.scalar(seen) or 0

    assert looks() == 0
    assert "First <strong>words</strong>" in text(send(guard, address))
    assert looks() == 1


def test_remove_asks_first_and_leaves_a_line(scene: Scene) -> None:
    answer = reply(scene.database, scene.finch, scene.id, "Words to remove")
    finch = scene.browser(scene.finch)
    assert "Are you sure?" in text(finch.get(f"/posts/{answer.public_id}/remove"))
    for _ in range(2):
        done = send(finch, f"/posts/{answer.public_id}/remove")
        assert done.status_code == 303
    page = scene.page(scene.wren, scene.thread)
    assert "Words to remove" not in page
    assert "The person who wrote this removed it." in page
    assert finch.get(f"/posts/{answer.public_id}/edit").status_code == 409
    assert send(scene.browser(scene.wren), f"/posts/{answer.public_id}/remove").status_code == 403


def test_removing_what_nobody_saw_leaves_nothing(scene: Scene) -> None:
    scene.people.space("days", hold_first_posts="always")
    new = scene.people.add(established=False)
    held = start(scene.database, new, space_slug="days")
    answer = send(scene.browser(new), f"/posts/{held.public_id}/remove")
    assert (answer.status_code, answer.location) == (303, "/spaces")


@pytest.mark.invariant(9)
def test_a_blocked_person_is_a_thin_line_that_opens_once(scene: Scene) -> None:
    answer = reply(scene.database, scene.finch, scene.id, "Hidden from wren")
    reply(scene.database, scene.guard, scene.id, "Third", reply_to=answer.public_id)
    scene.people.block(scene.wren, scene.finch)
    page = scene.page(scene.wren, scene.thread)
    assert "Hidden from wren" not in page
    assert "finch" not in page
    assert "Someone you blocked" in page
    opened = re.search(r'href="([^"]*show=[^"]*)"', page)
    assert opened is not None
    assert "Hidden from wren" in scene.page(scene.wren, opened[1].partition("#")[0].replace("&amp;", "&"))
    assert "Hidden from wren" not in scene.page(scene.wren, scene.thread)
    assert "Hidden from wren" in scene.page(scene.finch, scene.thread)
    mine = start(scene.database, scene.finch, title="Unseen by wren")
    assert "Unseen by wren" not in scene.page(scene.wren, "/spaces/nights")
    direct = scene.page(scene.wren, f"/threads/{thread_of(scene.database, mine).public_id}")
    assert "unseen-by" not in direct.lower()
    assert "Unseen by" not in direct
    assert "finch" not in direct


@pytest.mark.invariant(6)
def test_no_page_counts_or_ranks_people(scene: Scene) -> None:
    for _ in range(3):
        reply(scene.database, scene.finch, scene.id)
    for address in ("/spaces", "/spaces/nights", scene.thread):
        page = scene.page(scene.wren, address)
        assert not re.search(
            r"\b(likes|followers?|score|rank|points?|top members?|views?|streak|level)\b",
            page,
            re.IGNORECASE,
        )
        said = re.sub(r"<[^>]+>", " ", re.sub(r"<time.*?</time>", "", page))
        for name in ("finch", "wren"):
            assert not re.search(rf"{name}\W+\d|\d+ (posts|replies) by {name}", said)


def test_opening_a_thread_is_gathered_and_never_written_by_the_page(scene: Scene) -> None:
    reads = running(scene.app).reads
    scene.page(scene.finch, scene.thread)
    assert len(reads) == 1
    scene.browser(scene.finch).head(scene.thread)
    scene.page(scene.finch, "/spaces/nights")
    scene.page(scene.finch, "/threads/nothing", 404)
    send(scene.browser(scene.finch), scene.thread, body="", client_id=new_client_id())
    assert len(reads) == 1
    assert reads.flush() == 1


AHEAD = (
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch, anonymous-client-ip"},
    {"Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"X-Moz": "prefetch"},
)


@pytest.mark.parametrize("headers", [*AHEAD, {"Sec-Fetch-Dest": "empty"}])
def test_what_a_browser_fetches_ahead_is_not_reading(scene: Scene, headers: dict[str, str]) -> None:
    reads = running(scene.app).reads
    client = scene.browser(scene.finch)
    page = client.get(scene.thread, headers=headers)
    assert page.status_code == 200
    assert len(reads) == 0
    client.get(scene.thread, headers={"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"})
    assert len(reads) == 1


@pytest.mark.parametrize("address", ["/spaces", "/help-now"])
def test_what_a_browser_fetches_ahead_is_no_sign_of_its_person(
    scene: Scene, clock: HeldClock, address: str
) -> None:
    touches = running(scene.app).touches
    client = scene.browser(scene.finch)
    touches.flush()
    clock.move(timedelta(hours=2))
    for headers in AHEAD:
        client.get(address, headers=headers)
    client.head(address)
    assert len(touches) == 0
    client.get(address)
    assert len(touches) > 0


def test_hidden_posts_and_supervisors_tools(scene: Scene) -> None:
    answer = reply(scene.database, scene.finch, scene.id, "Hurting words")
    set_state(scene.database, scene.guard, answer, "hidden")
    for who in (scene.wren, scene.finch):
        page = scene.page(who, scene.thread)
        assert "Hurting words" not in page
        assert "A supervisor hid this." in page
    assert scene.browser(scene.finch).get(f"/posts/{answer.public_id}/edit").status_code == 409
    remove(scene.database, scene.wren, scene.opener)
    assert "A thread whose first post was removed" in scene.page(scene.finch, scene.thread)
