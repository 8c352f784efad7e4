"""One check for danger wherever people write: help for the writer, an item for the desk, nothing for others."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from peerspace.accounts.account_status import restrict
from peerspace.community.service import ensure_defaults
from peerspace.duty.service import go_on_duty
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.moderation.item_page import item_page
from peerspace.moderation.models import Item
from peerspace.moderation.queue import desk
from peerspace.research.models import UsageEvent
from tests.people import People
from tests.web.conftest import browser, send

CARD = "You do not have to be alone with this"
DANGER = "i dont want to be here any more"
GERMANY = {"Accept-Language": "en-DE"}


@dataclass
class Scene:
    """Ash and Wren are settled members, Ines keeps the desk; `thread` is the address of a thread by Wren."""

    database: Database
    app: Flask
    ash: Actor
    wren: Actor
    ines: Actor
    thread: str

    def worries(self) -> list[tuple[str, int, list[str]]]:
        """(whose, hits, words) of every worried item on the desk, as Ines reads them."""
        with self.database.read(self.ines) as uow:
            rows = [row for row in desk(uow, "all").rows if row.kind == "worried"]
            return [
                (
                    row.member.pseudonym,
                    row.hits,
                    [line.body for line in item_page(uow, row.public_id).versions],
                )
                for row in rows
            ]


@pytest.fixture
def scene(app: Flask, database: Database, people: People) -> Scene:
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
    ash, wren = people.add("Ash"), people.add("Wren")
    ines = people.add("Ines", Role.SUPERVISOR)
    people.space()
    people.room(kept_by=ines)
    made = send(
        browser(app, wren),
        "/spaces/nights/new",
        title="A quiet title",
        body="Tea.",
        client_id=new_client_id(),
    )
    return Scene(database, app, ash, wren, ines, "/".join(made.location.split("/")[:3]))


@pytest.mark.parametrize("where", ["body", "title", "content_note"])
def test_a_thread_by_a_settled_member(scene: Scene, where: str) -> None:
    typed = {"title": "A quiet title", "body": "Tea.", "content_note": "", where: DANGER}
    ash = browser(scene.app, scene.ash)
    sent = send(ash, "/spaces/nights/new", **typed, client_id=new_client_id())
    assert sent.status_code == 303
    page = ash.get(sent.location, headers=GERMANY).text
    assert CARD in page
    card = page[page.index(CARD) : page.index("</section>", page.index(CARD))]
    assert 'href="tel:08001110111"' in card
    assert "/help-now?country=DE" in card
    assert "Ines" in card
    ((whose, hits, words),) = scene.worries()
    assert (whose, hits) == ("Ash", 1)
    assert DANGER in words[0]
    # The same address tells nobody else anything, and no page without it shows the card.
    assert CARD not in browser(scene.app, scene.wren).get(sent.location).text
    assert CARD not in browser(scene.app, scene.ines).get(sent.location).text
    assert CARD not in ash.get(re.sub(r"\?care=[^#]*", "", sent.location)).text


def test_a_reply_an_edit_and_the_same_form_again(scene: Scene) -> None:
    ash = browser(scene.app, scene.ash)
    form = {"body": "Ordinary words.", "client_id": new_client_id()}
    calm = send(ash, scene.thread, **form)
    assert "care=" not in calm.location
    post = re.search(r"#post-(.+)$", calm.location)
    assert post is not None
    edited = send(ash, f"/posts/{post[1]}/edit", body=DANGER, version="1", content_note="")
    assert CARD in ash.get(edited.location).text
    form = {"body": "Ich will sterben.", "client_id": new_client_id()}
    locations = {send(ash, scene.thread, **form).location for _ in range(2)}
    assert len(locations) == 1
    assert CARD in ash.get(locations.pop()).text
    assert scene.worries() == [("Ash", 2, ["Ich will sterben.", DANGER])], "the newest first"


def test_a_report_tells_of_its_writer_and_not_of_whom_it_is_about(scene: Scene) -> None:
    ash = browser(scene.app, scene.ash)
    sent = send(
        ash,
        f"/report/member/{scene.wren.public_id}",
        reason="harassment",
        words=DANGER,
        client_id=new_client_id(),
    )
    assert CARD in ash.get(sent.location).text
    assert CARD not in browser(scene.app, scene.wren).get(sent.location).text
    assert scene.worries() == [("Ash", 1, [DANGER])]


@pytest.mark.parametrize(("field", "words"), [("own_words", DANGER), ("pseudonym", "want to die")])
def test_joining(scene: Scene, field: str, words: str) -> None:
    form = {
        "pseudonym": "moth", "passphrase": "three plain words", "own_words": "To talk.", "adult": "yes",
        "agreed": "yes",
    } | {field: words}  # fmt: skip
    client = browser(scene.app)
    assert send(client, "/join", "/join", **form).status_code == 303
    assert "You do not have to wait for us" in client.get("/waiting").text
    ((whose, hits, _),) = scene.worries()
    assert (whose, hits) == (form["pseudonym"], 1)
    assert "may be in crisis" in browser(scene.app, scene.ines).get("/admissions").text


def test_an_answer_at_the_door(scene: Scene) -> None:
    form = {
        "pseudonym": "moth",
        "passphrase": "three plain words",
        "own_words": "To talk.",
        "adult": "yes",
        "agreed": "yes",
    }
    client, ines = browser(scene.app), browser(scene.app, scene.ines)
    send(client, "/join", "/join", **form)
    moth = re.search(r'id="person-([^"]+)"', ines.get("/admissions").text)
    assert moth is not None
    send(ines, f"/admissions/{moth[1]}", what="ask", words="How is tonight?")
    assert scene.worries() == []
    send(client, "/waiting", "/waiting", words=DANGER)
    assert scene.worries() == [("moth", 1, [DANGER])]


@pytest.mark.invariant(5)
def test_it_never_blocks_waits_or_scores_and_leaves_no_trace_elsewhere(
    scene: Scene, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ash = browser(scene.app, scene.ash)
    for words in ("Ordinary words.", DANGER):
        sent = send(ash, scene.thread, body=words, client_id=new_client_id())
        assert sent.status_code == 303
    printed = capsys.readouterr()
    for said in (caplog.text, printed.out, printed.err):
        assert DANGER not in said
        assert "want to be here" not in said
    with scene.database.read(scene.ines) as uow:
        assert set(uow.session.scalars(select(Post.state))) == {"published"}
        assert uow.session.scalar(select(func.count()).select_from(UsageEvent)) == 0
        assert set(uow.session.scalars(select(Item.kind))) == {"worried"}


def test_ordinary_talk_brings_no_card_and_no_item(scene: Scene) -> None:
    ash = browser(scene.app, scene.ash)
    sent = send(
        ash, scene.thread, body="I could have died laughing. My phone died too.", client_id=new_client_id()
    )
    assert CARD not in ash.get(sent.location).text
    assert scene.worries() == []


def test_an_address_that_somebody_made_up_shows_no_card(scene: Scene) -> None:
    ash = browser(scene.app, scene.ash)
    for address in (scene.thread, "/my/reports"):
        for care in ("", "1", "x" * 300, "<script>", scene.thread):
            page = ash.get(address, query_string={"care": care})
            assert page.status_code == 200
            assert CARD not in page.text


def test_an_answer_to_who_wrote_because_of_a_worry(scene: Scene) -> None:
    ash, ines = browser(scene.app, scene.ash), browser(scene.app, scene.ines)
    send(ash, scene.thread, body=DANGER, client_id=new_client_id())
    with scene.database.read(scene.ines) as uow:
        item = uow.session.scalars(select(Item.public_id).where(Item.kind == "worried")).one()
    send(ines, f"/desk/items/{item}/claim", f"/desk/items/{item}", version="1")
    send(
        ines,
        f"/desk/items/{item}/write",
        f"/desk/items/{item}",
        version="2",
        words="Hello Ash.",
        client_id=new_client_id(),
    )
    calm = send(ash, "/my/contact", "/my/contact", words="Thank you.", client_id=new_client_id())
    assert CARD not in ash.get(calm.location).text
    sent = send(ash, "/my/contact", "/my/contact", words="I took all my pills", client_id=new_client_id())
    assert CARD in ash.get(sent.location).text
    assert scene.worries() == [("Ash", 2, [DANGER])]
    page = ines.get(f"/desk/items/{item}").text
    assert "I took all my pills" in page
    assert "New words in a worry" in ines.get("/inbox").text


def test_the_card_promises_no_supervisor_while_nobody_keeps_the_desk(scene: Scene) -> None:
    ash = browser(scene.app, scene.ash)
    kept, empty = "<p data-desk-kept>", "<p data-desk-empty>"
    for on_duty in (False, True):
        if on_duty:
            with scene.database.write(scene.ines) as uow:
                go_on_duty(uow, None)
        sent = send(ash, scene.thread, body=DANGER, client_id=new_client_id())
        page = ash.get(sent.location).text
        assert (kept in page, empty in page) == (on_duty, not on_duty)


def test_help_and_a_human_for_words_that_were_not_taken(scene: Scene) -> None:
    ash = browser(scene.app, scene.ash)
    with scene.database.write(installation(Origin.COMMAND)) as uow:
        restrict(uow, scene.ash.require_account(), until=uow.now + timedelta(days=2))
    for address, form in ((scene.thread, {}), ("/spaces/nights/new", {"title": "A quiet title"})):
        for words, found in (("Tea.", False), (DANGER, True)):
            page = send(ash, address, body=words, client_id=new_client_id(), **form)
            assert page.status_code == 403
            assert (CARD in page.text) == found
            assert ("<span data-care-refused>" in page.text) == found
    assert scene.worries() == [("Ash", 2, [])]


@pytest.mark.parametrize("what", ["a post that is gone", "a thread that is gone"])
def test_words_for_what_is_gone_still_bring_a_human(scene: Scene, what: str) -> None:
    """The page cannot be shown again, so there is no card; somebody hears of the words all the same."""
    ash = browser(scene.app, scene.ash)
    if what == "a thread that is gone":
        answer = send(ash, "/threads/gone", scene.thread, body=DANGER, client_id=new_client_id())
    else:
        calm = send(ash, scene.thread, body="Ordinary words.", client_id=new_client_id())
        post = re.search(r"#post-(.+)$", calm.location)
        assert post is not None
        send(ash, f"/posts/{post[1]}/remove")
        answer = send(ash, f"/posts/{post[1]}/edit", scene.thread, body=DANGER, version="1")
    assert answer.status_code in (404, 409)
    assert [(whose, hits) for whose, hits, _ in scene.worries()] == [("Ash", 1)]
