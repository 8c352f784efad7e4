"""Hostile input through the pages: every text field, stolen looks, forged and crowded forms, a busy database."""

from __future__ import annotations

import html
import sqlite3
import threading
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from peerspace.accounts import service as accounts
from peerspace.accounts.models import Account
from peerspace.accounts.names import fold, fold_capitals
from peerspace.accounts.queries import who_looked
from peerspace.features import audited_actions
from peerspace.forum import service as forum
from peerspace.forum.models import Post, Space, Thread
from peerspace.forum.staff import lock_thread_of
from peerspace.kernel import uow as kernel_uow
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.moderation import desk, queue, reports
from peerspace.moderation.models import Item
from peerspace.moderation.targets import load_target
from peerspace.streams import service as life
from peerspace.streams.history import look_at_history
from peerspace.web.security import MAX_FORM_BYTES, MAX_FORM_PARTS
from tests import saying
from tests.people import People
from tests.web.conftest import browser, csrf, make_config, send, sign_in

WORDS = "Stones by the river, quietly said."
SCRIPTS = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    '<img src=x onerror="alert(1)">',
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '"><svg/onload=alert(1)>',
)


@pytest.fixture
def ann(people: People) -> Actor:
    return people.add("ann")


@pytest.fixture
def sue(people: People) -> Actor:
    return people.add("sue", Role.SUPERVISOR)


def start(database: Database, people: People, author: Actor, title: str = "A quiet thread") -> Post:
    """A thread in the space `nights`, which is made when it is not there."""
    with database.read(author) as uow:
        is_there = uow.session.scalar(select(Space.id)) is not None
    if not is_there:
        people.space()
    with database.write(author) as uow:
        return saying.start_thread(uow, "nights", title, WORDS, client_id=new_client_id())


def report(database: Database, reporter: Actor, post: Post, words: str = "It hurt me.") -> str:
    """Report `post` and return the item's public id."""
    with database.write(reporter) as uow:
        made = reports.report(
            uow, "post", post.public_id, reason="harassment", words=words, client_id=new_client_id()
        )
        return uow.session.get_one(Item, made.item_id).public_id


def said(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


# --- Every text field ---------------------------------------------------------------------------------------

NOT_SHOWABLE = "This holds characters that cannot be shown"
BAD_BYTES = "Some of what was sent is not readable text"
FIELDS = {
    "thread title": ("/spaces/nights/new", "title", {"body": WORDS}, 200),
    "thread body": ("/spaces/nights/new", "body", {"title": "A fine title"}, 20_000),
    "thread note": ("/spaces/nights/new", "content_note", {"title": "A fine title", "body": WORDS}, 120),
    "reply": ("/threads/{thread}", "body", {}, 20_000),
    "edit": ("/posts/{own}/edit", "body", {"version": "1"}, 20_000),
    "report": ("/report/post/{post}", "words", {"reason": "spam"}, 4_000),
    "rules": ("/admin/rules", "body", {}, 20_000),
    "space name": ("/admin/spaces", "name", {"slug": "some-place"}, 80),
    "room name": ("/admin/rooms", "name", {"slug": "some-room"}, 80),
    "setting": ("/admin/settings/contact", "value", {}, 300),
    "question": ("/admissions/{waiting}", "words", {"what": "ask"}, 2_000),
    "desk note": ("/desk/items/{item}/note", "note", {"version": "1"}, 4_000),
}
MAY_BE_EMPTY = {"thread note", "report", "setting"}


@pytest.fixture
def house(app: Flask, people: People, database: Database, ann: Actor) -> tuple[FlaskClient, dict[str, str]]:
    """Somebody in every role at once, and what the addresses need."""
    zoe = people.add("zoe", Role.SUPERVISOR, Role.ADMINISTRATOR)
    post = start(database, people, ann)
    own = start(database, people, zoe, "Another thread")
    waiting = people.add("will", status="waiting")
    with database.read(zoe) as uow:
        thread = uow.session.get_one(Thread, post.stream_id).public_id
    names = {
        "post": post.public_id,
        "own": own.public_id,
        "thread": thread,
        "waiting": waiting.public_id,
        "item": report(database, people.add("rita"), post),
    }
    return browser(app, zoe), names


@pytest.mark.parametrize("kind", FIELDS)
def test_a_field_says_what_is_wrong_with_hostile_text(
    house: tuple[FlaskClient, dict[str, str]], kind: str
) -> None:
    """Empty, too long, control characters, text turned backwards, broken bytes: a sentence, nothing kept, no fault."""
    client, names = house
    address, field, others, limit = FIELDS[kind]
    address = address.format(**names)
    cases = [
        ("w" * (limit + 1), "Please shorten it", f"the limit is {limit}"),
        ("w" * (5 * limit), "Please shorten it", f"the limit is {limit}"),
        ("bell \x07 here", NOT_SHOWABLE, ""),
        ("nul \x00 here", NOT_SHOWABLE, ""),
        ("turned \u202e round", NOT_SHOWABLE, ""),
    ]
    if kind not in MAY_BE_EMPTY:
        cases += [("", "There is nothing written yet", ""), (" \u200b\n", "There is nothing written yet", "")]
    for typed, sentence, more in cases:
        answer = send(client, address, **{**others, "client_id": new_client_id(), field: typed})
        assert answer.status_code == 400, (kind, typed[:20])
        assert sentence in said(answer), (kind, typed[:20])
        assert more in said(answer)
    form = f"csrf_token={csrf(client)}&{field}=".encode() + b"\xff\xfe"
    answer = client.post(address, data=form, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, BAD_BYTES in said(answer)) == (400, True)


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_tries_to_script_is_shown_as_words(
    app: Flask, people: People, database: Database, ann: Actor, sue: Actor, script: str
) -> None:
    """In titles, posts, notes, previews, reports, rules, names of places and settings: it is text and stays text."""
    people.space()
    client, boss = browser(app, ann), browser(app, people.add("ada", Role.ADMINISTRATOR))
    typed = {"title": f"Title {script}", "body": script, "content_note": script[:120]}
    preview = send(client, "/spaces/nights/new", **typed, client_id=new_client_id(), preview="1")
    place = send(client, "/spaces/nights/new", **typed, client_id=new_client_id()).headers["Location"]
    send(boss, "/admin/spaces", slug="odd", name=script[:80], description=script)
    send(boss, "/admin/rules", body=script)
    send(boss, "/admin/settings/contact", value=script)
    send(browser(app, sue), f"/report/post/{place.split('#post-')[1]}", reason="spam", words=script,
         client_id=new_client_id())  # fmt: skip
    with database.read(people.add("sid", Role.SUPERVISOR)) as uow:
        item = queue.desk(uow, "all").rows[0].public_id
    sid = browser(app, people.add("sol", Role.SUPERVISOR))
    pages = [preview, client.get(place), client.get("/spaces"), client.get("/spaces/nights"), client.get("/rules"),
             client.get("/today"), client.get("/privacy"), client.get(f"/report/post/{place.split('#post-')[1]}"),
             boss.get("/admin/settings"), boss.get("/admin/rules"), sid.get(f"/desk/items/{item}")]  # fmt: skip
    for page in pages:
        assert page.status_code == 200
        text = page.get_data(as_text=True).lower()
        for live in ("<script>", "<svg/onload", "<img src=x", 'href="javascript:', 'href="data:text'):
            assert live not in text


# --- Forms that are not what they seem ----------------------------------------------------------------------


@pytest.mark.parametrize("field", ["old", "new", "passphrase", "code"])
def test_a_refused_form_never_gives_a_secret_back(app: Flask, ann: Actor, field: str) -> None:
    answer = browser(app, ann).post(
        "/my/settings/passphrase", data={field: "Heron-Otter-Stone-9", "theme": "dark"}
    )
    assert answer.status_code == 400
    assert "Heron-Otter-Stone-9" not in said(answer)
    assert 'name="theme"' in said(answer), "what is no secret is kept"


def test_a_form_with_too_many_fields_is_refused_before_it_is_shown_again(client: FlaskClient) -> None:
    crowd = "&".join(f"a{number}=" for number in range(MAX_FORM_PARTS + 1))
    answer = client.post("/sign-in", data=crowd, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "larger than this place can take" in said(answer)
    assert len(answer.data) < 20_000


def test_a_form_of_untold_length_is_refused_and_not_cut(client: FlaskClient) -> None:
    body = b"name=" + b"a" * MAX_FORM_BYTES
    answer = client.open(
        "/sign-in",
        method="POST",
        input_stream=BytesIO(body),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413


def test_another_site_s_form_does_not_sign_anybody_out(app: Flask) -> None:
    """The browser sends it without our cookie; a fresh cookie in the answer would take the place of the real one."""
    answer = app.test_client().post("/my/settings/sessions/end", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.invariant(11)
def test_the_same_thread_sent_by_many_at_once_is_one(
    app: Flask, people: People, database: Database, ann: Actor
) -> None:
    people.space()
    form = {"title": "Only once", "body": WORDS, "client_id": new_client_id()}
    places: list[str] = []

    def press() -> None:
        client = browser(app, ann)
        places.append(send(client, "/spaces/nights/new", **form).headers["Location"])

    presses = [threading.Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert len(places) == 4
    assert len(set(places)) == 1


def test_limits_count_the_person_not_the_sign_in(
    tmp_path: Path, app: Flask, database: Database, people: People, ann: Actor
) -> None:
    """Signing in again does not begin the count anew."""
    from peerspace.app import create_app

    limited = create_app(make_config(tmp_path, RATE_LIMITS="on"), database)
    post = start(database, people, people.add("bo"))
    statuses = []
    for _ in range(21):
        fresh = sign_in(limited.test_client(), ann)
        statuses.append(send(fresh, f"/report/post/{post.public_id}", client_id=new_client_id()).status_code)
    assert statuses[:20] == [400] * 20
    assert statuses[20] == 429


# --- Looks that are not allowed -----------------------------------------------------------------------------


def test_the_report_form_does_not_bring_removed_or_hidden_words_back(
    app: Flask, people: People, database: Database, ann: Actor, sue: Actor
) -> None:
    removed, hidden = start(database, people, ann), start(database, people, ann, "A second thread")
    with database.write(ann) as uow:
        forum.remove_post(uow, removed.public_id)
    with database.write(sue) as uow:
        life.set_state(uow, hidden.id, "hidden")
    reader = browser(app, people.add("bo"))
    for post in (removed, hidden):
        page = reader.get(f"/report/post/{post.public_id}")
        assert page.status_code == 200, "it can still be reported"
        assert WORDS not in said(page)


def test_what_never_appeared_cannot_be_asked_for(people: People, database: Database, sue: Actor) -> None:
    people.space(hold_first_posts="always")
    with database.write(people.add("newcomer", established=False)) as uow:
        held = saying.start_thread(uow, "nights", "A first thread", WORDS, client_id=new_client_id())
        forum.remove_post(uow, held.public_id)
    with database.read(people.add("bo")) as uow, pytest.raises(NotFound):
        load_target(uow, "post", held.public_id)
    with database.read(sue) as uow:
        assert load_target(uow, "post", held.public_id).body == f"A first thread\n\n{WORDS}"


def test_a_supervisor_never_learns_who_reported_them_nor_touches_the_item(
    app: Flask, people: People, database: Database, sue: Actor
) -> None:
    post = start(database, people, sue)
    item = report(database, people.add("rita"), post, "She was unkind to me.")
    with database.write(people.add("sam", Role.SUPERVISOR)) as uow:
        desk.add_note(uow, item, 1, "A note among us.")
    page = said(browser(app, sue).get(f"/desk/items/{item}"))
    assert "This is about you." in page
    for told in ("rita", "She was unkind to me.", "A note among us."):
        assert told not in page
    with database.write(sue) as uow:
        for act in (
            lambda: desk.claim(uow, item, 2),
            lambda: desk.let_go(uow, item, 2),
            lambda: desk.add_note(uow, item, 2, "mine"),
        ):
            with pytest.raises(NotAllowed, match="own_case"):
                act()


@pytest.mark.invariant(8)
def test_a_look_at_a_post_s_history_is_among_the_looks_its_author_sees(
    people: People, database: Database, ann: Actor, sue: Actor
) -> None:
    post = start(database, people, ann)
    with database.write(sue) as uow:
        look_at_history(uow, post.public_id, Post)
    with database.read(ann) as uow:
        (look,) = who_looked(uow, ann.require_account(), audited_actions())
    assert look.said == "sue opened the former versions of something you wrote"
    assert look.by is not None
    assert look.by.name == "sue"


# --- Acts that undo one another -----------------------------------------------------------------------------


def test_removing_a_hidden_opening_does_not_open_a_locked_thread_again(
    people: People, database: Database, ann: Actor, sue: Actor
) -> None:
    post = start(database, people, ann)
    with database.write(sue) as uow:
        life.set_state(uow, post.id, "hidden")
        lock_thread_of(uow, post.id)
    with database.write(ann) as uow:
        forum.remove_post(uow, post.public_id)
        thread = uow.session.get_one(Thread, post.stream_id).public_id
    with database.write(people.add("bo")) as uow, pytest.raises(Conflict, match="thread_closed"):
        saying.post_reply(uow, thread, "And again.", client_id=new_client_id())


def test_nobody_holds_a_role_before_they_are_let_in(
    app: Flask, people: People, database: Database, sue: Actor
) -> None:
    """Granted at the door, the member role made letting somebody in fail; a researcher would have become a member."""
    with database.write(installation(Origin.COMMAND)) as uow:
        account = Account(
            public_id="waits-at-the-door", pseudonym="wendy", pseudonym_folded=fold("wendy"),
            pseudonym_capitals=fold_capitals("wendy"),
            token_symbol="bird",
            token_colour="moss", status="waiting", created_at=uow.now, status_changed_at=uow.now,
        )  # fmt: skip
        uow.session.add(account)
    boss = browser(app, people.add("ada", Role.ADMINISTRATOR))
    for role in ("member", "researcher", "administrator"):
        answer = send(boss, "/admin/people/roles", name="wendy", role=role)
        assert answer.status_code == 409
        assert "has not been let in" in said(answer)
    with database.write(sue) as uow:
        assert accounts.admit(uow, "waits-at-the-door").status == "active"


def test_an_item_s_version_moves_on_from_what_the_database_holds(
    people: People, database: Database, ann: Actor
) -> None:
    """An edit of held words must never leave the version that a supervisor has open, whatever it read before."""
    item_id = report(database, people.add("rita"), start(database, people, ann))
    with database.write(ann) as uow:
        item = uow.session.query(Item).filter_by(public_id=item_id).one()
        uow.session.connection().exec_driver_sql("UPDATE item SET version = 7")  # as another process would
        assert item.version == 1, "read before"
        desk.move_on(uow, item)
        assert item.version == 8


# --- When the database is busy or away ----------------------------------------------------------------------


def test_a_database_that_somebody_else_holds_is_said_plainly(
    app: Flask,
    people: People,
    database: Database,
    ann: Actor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was typed is kept, the status is 503; pages are read meanwhile."""
    people.space()
    monkeypatch.setattr("peerspace.kernel.db.BUSY_WAIT_S", 0.05)
    client = browser(app, ann)
    token = csrf(client)
    holder = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        form = {"csrf_token": token, "title": "A fine title", "body": WORDS, "client_id": new_client_id()}
        answer = client.post("/spaces/nights/new", data=form)
        assert client.get("/spaces/nights").status_code == 200
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert answer.status_code == 503
    assert "Nothing was lost" in said(answer)
    assert WORDS in said(answer), "what was typed is kept"
    assert client.post("/spaces/nights/new", data=form).status_code == 303


def test_nobody_waits_longer_than_one_turn_behind_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_uow, "BUSY_WAIT_S", 0.05)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write(installation(Origin.COMMAND)):
            entered.set()
            leave.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(20)
    try:
        with pytest.raises(kernel_uow.Unavailable) as refused, database.write(installation(Origin.COMMAND)):
            pytest.fail("two wrote at once")
    finally:
        leave.set()
        holder.join()
    assert refused.value.values["reason"] == "busy"


@pytest.mark.invariant(12)
def test_help_is_there_for_the_signed_in_when_the_database_is_not(
    app: Flask, people: People, database: Database, ann: Actor, tmp_path: Path
) -> None:
    client = browser(app, ann)
    assert client.get("/help-now").status_code == 200
    database.engine.dispose()
    for file in tmp_path.glob("test.db*"):
        file.unlink()
    assert client.get("/today").status_code == 503
    answer = client.get("/help-now")
    assert answer.status_code == 200
    assert "Get help now" in said(answer)


# --- Static files -------------------------------------------------------------------------------------------


def test_one_file_is_kept_once_however_its_address_is_spelt(app: Flask, client: FlaskClient) -> None:
    kept = app.extensions["peerspace_assets"]._kept
    for times in range(5):
        assert client.get("/static/" + "./" * times + "css/base.css").status_code == 200
    assert len(kept) == 1
