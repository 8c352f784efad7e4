"""Writing without script: the preview's address, the last look before posting. Nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from peerspace.accounts.models import Account, RoleGrant
from peerspace.community.settings import set_setting
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from tests.people import People
from tests.web.conftest import browser, csrf, make_config, send
from tests.web.test_forum import SCRIPTS, Scene, errors_of, scene, text, value_of

__all__ = ["scene"]  # the fixture of the forum's pages

NEW = "/spaces/nights/new"
JSON = {"Accept": "application/json"}


def hidden(page: str) -> dict[str, str]:
    """What the last look's own form carries, as a browser would send it."""
    form = re.search(r"<form[^>]*data-sends-draft.*?</form>", page, re.DOTALL)
    assert form is not None, page
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in fields}


def is_last_look(page: str) -> bool:
    return "Nothing is posted yet. This is how it will look." in page


def typed_thread(**fields: str) -> dict[str, str]:
    return {"title": "A fine title", "body": "Some *words*\r\nand more", "content_note": "", "wish": "ideas",
            "client_id": new_client_id(), **fields}  # fmt: skip


def watch(database: Database, *phrases: dict[str, str]) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", list(phrases))


# --- The preview that the editor's script asks for -----------------------------------------------------


def preview(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post("/write/preview", data=fields, headers={**JSON, "X-CSRFToken": csrf(client)})


def test_the_preview_is_the_servers_own_and_keeps_nothing(scene: Scene) -> None:
    answer = preview(scene.browser(scene.finch), body="Some **words**\n\n> a quote\n\n- one")
    assert answer.status_code == 200
    assert answer.json is not None
    assert "<strong>words</strong>" in answer.json["html"]
    assert re.search(r"<blockquote>\s*<p>a quote</p>", answer.json["html"])
    assert "<li>one</li>" in answer.json["html"]
    noted = preview(scene.browser(scene.finch), body="Words", content_note="hospital").json
    assert noted is not None
    assert "Content note: hospital" in noted["html"]
    assert scene.counts() == (1, 1)


def test_the_preview_shows_links_as_the_post_will(scene: Scene) -> None:
    words = "[a page](https://example.org/x)"
    settled = preview(scene.browser(scene.finch), body=words).json
    new = preview(scene.browser(scene.people.add("newt", established=False)), body=words).json
    assert settled is not None
    assert new is not None
    assert 'href="https://example.org/x"' in settled["html"]
    assert "<a" not in new["html"]
    assert "a page (https://example.org/x)" in new["html"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "There is nothing written yet."),
        ({"body": " \u200b\n"}, "There is nothing written yet."),
        ({"body": "x" * 20_001}, "This is 20001 characters; the limit is 20000."),
        ({"body": "bell \x07"}, "This holds characters that cannot be shown."),
        ({"body": "Words", "content_note": "n" * 121}, "This is 121 characters; the limit is 120."),
    ],
)
def test_a_preview_that_is_refused_says_why(scene: Scene, fields: dict[str, str], sentence: str) -> None:
    answer = preview(scene.browser(scene.finch), **fields)
    assert answer.status_code == 400
    assert answer.json is not None
    assert sentence in answer.json["error"]["message"]
    assert "html" not in answer.json


def test_markup_stays_words_in_the_preview(scene: Scene) -> None:
    answer = preview(scene.browser(scene.finch), body=SCRIPTS, content_note="<b>note</b>")
    assert answer.json is not None
    html = answer.json["html"]
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert 'href="javascript:' not in html
    assert "&lt;script&gt;" in html


def test_the_preview_needs_its_token_and_a_member(scene: Scene, app: Flask) -> None:
    finch = scene.browser(scene.finch)
    refused = finch.post("/write/preview", data={"body": "Words"}, headers=JSON)
    assert (refused.status_code, refused.json is not None and refused.json["error"]["code"]) == (
        400,
        "bad_request",
    )
    forged = finch.post("/write/preview", data={"body": "Words"}, headers={**JSON, "X-CSRFToken": "forged"})
    assert forged.status_code == 400
    assert preview(browser(app), body="Words").status_code == 401
    pure = scene.people.add("study", Role.RESEARCHER)
    with scene.database.write(installation(Origin.COMMAND)) as uow:
        mine = RoleGrant.account_id == pure.account_id
        uow.session.execute(delete(RoleGrant).where(mine, RoleGrant.role == Role.MEMBER.value))
    assert preview(browser(app, pure), body="Words").status_code == 403
    assert finch.get("/write/preview").status_code == 405


def test_previews_are_limited(tmp_path: object, database: Database, people: People) -> None:
    from pathlib import Path

    from peerspace.app import create_app

    assert isinstance(tmp_path, Path)
    app = create_app(make_config(tmp_path, RATE_LIMITS="on"), database)
    app.testing = True
    finch = browser(app, people.add("finch"))
    token = csrf(finch)
    answers = [
        finch.post("/write/preview", data={"body": "Words"}, headers={**JSON, "X-CSRFToken": token})
        for _ in range(31)
    ]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].json is not None
    assert answers[-1].json["error"]["code"] == "too_many"


# --- The last look before posting ----------------------------------------------------------------------


def test_the_pages_button_asks_for_a_last_look(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    for address in (NEW, scene.thread):
        assert 'name="step" value="look"' in text(finch.get(address))
    assert 'name="step"' not in scene.page(scene.wren, f"/posts/{scene.opener.public_id}/edit")


@pytest.mark.invariant(11)
def test_the_step_before_posting_keeps_the_theme_that_was_chosen(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    finch.set_cookie("theme", "dark")
    look = send(finch, NEW, **typed_thread(), step="look")
    assert is_last_look(text(look))
    assert 'data-theme="dark"' in text(look)


def test_a_thread_goes_through_the_last_look_and_is_one(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    typed = typed_thread(content_note="loss")
    looks = [send(finch, NEW, **typed, step="look") for _ in range(2)]
    for look in looks:
        assert look.status_code == 200
        page = text(look)
        assert is_last_look(page)
        assert "Does anything in it say who you or somebody else is?" in page
        assert "Everybody in this community" in page
        assert "<p>Some <em>words</em><br>\nand more</p>" in page
        assert "Content note: loss" in page
        assert "Ideas welcome" in page
    assert scene.counts() == (1, 1)
    carried = hidden(text(looks[0]))
    assert {**typed, "asked": "pause"}.items() <= carried.items()
    first, again = (finch.post(NEW, data=carried) for _ in range(2))
    late = finch.post(NEW, data=hidden(text(looks[1])))
    assert [answer.status_code for answer in (first, again, late)] == [303] * 3
    assert first.location == again.location == late.location
    assert scene.counts() == (2, 2)
    assert "Some <em>words</em>" in text(finch.get(first.location))


@pytest.mark.invariant(11)
def test_a_reply_goes_through_the_last_look_and_answers_whom_it_answered(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    typed = {"body": "An answer", "reply_to": scene.opener.public_id, "client_id": new_client_id()}
    page = text(send(finch, scene.thread, **typed, step="look"))
    assert is_last_look(page)
    assert "answering wren" in page
    answers = [finch.post(scene.thread, data=hidden(page)) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert scene.counts() == (1, 2)
    with scene.database.read(scene.wren) as uow:
        answer = uow.session.scalars(select(Post).where(Post.seq == 2)).one()
        assert (answer.reply_to_id, answer.body) == (scene.opener.id, "An answer")


@pytest.mark.invariant(11)
def test_a_last_look_at_what_is_posted_already_leads_there_and_loses_no_new_words(scene: Scene) -> None:
    """Somebody goes back after posting: the same words are there already, other words are another post."""
    finch = scene.browser(scene.finch)
    for address, typed in (
        (NEW, typed_thread()),
        (scene.thread, {"body": "A reply", "client_id": new_client_id()}),
    ):
        posted = finch.post(address, data=hidden(text(send(finch, address, **typed, step="look"))))
        before = scene.counts()
        again = send(finch, address, **typed, step="look")
        assert (again.status_code, again.location) == (303, posted.location)
        page = text(send(finch, address, **{**typed, "body": "Written since"}, step="look"))
        assert is_last_look(page)
        assert hidden(page)["client_id"] != typed["client_id"]
        other = finch.post(address, data=hidden(page))
        assert other.location != posted.location
        assert "Written since" in text(finch.get(other.location))
        assert scene.counts()[1] == before[1] + 1


@pytest.mark.invariant(11)
@pytest.mark.parametrize("step", ["look", "post"])
@pytest.mark.parametrize(
    "since", [{"title": "Another title"}, {"content_note": "loss"}, {"wish": "listening"}, {"reply_to": ""}]
)
def test_a_form_gone_back_to_is_another_post_whatever_was_changed_in_it(
    scene: Scene, since: dict[str, str], step: str
) -> None:
    finch = scene.browser(scene.finch)
    is_reply = "reply_to" in since
    address = scene.thread if is_reply else NEW
    typed = (
        {"body": "A reply", "reply_to": scene.opener.public_id, "client_id": new_client_id()}
        if is_reply
        else typed_thread()
    )
    posted = finch.post(address, data=hidden(text(send(finch, address, **typed, step="look"))))
    before = scene.counts()
    assert send(finch, address, **typed, step=step).location == posted.location
    went = set()
    for _ in range(2):  # pressed twice, it is posted once all the same
        answer = send(finch, address, **{**typed, **since}, step=step)
        if step == "look" and answer.status_code == 200:
            answer = finch.post(address, data=hidden(text(answer)))
        assert answer.status_code == 303
        went.add(answer.location)
    assert len(went) == 1
    assert posted.location not in went
    assert scene.counts()[1] == before[1] + 1


@pytest.mark.invariant(11)
@pytest.mark.parametrize("since", ["edited", "removed"])
@pytest.mark.parametrize("step", ["look", "post"])
def test_a_form_sent_again_after_its_post_was_changed_makes_no_second_one(
    scene: Scene, since: str, step: str
) -> None:
    """The answer was lost on the way: meanwhile the post was found in another window, and changed or removed there."""
    finch = scene.browser(scene.finch)
    typed = {"body": "A reply", "client_id": new_client_id()}
    posted = send(finch, scene.thread, **typed, step="post")
    post_id = posted.location.partition("#post-")[2]
    if since == "edited":
        changed = {"body": "A better reply", "content_note": "loss", "version": "1"}
        assert send(finch, f"/posts/{post_id}/edit", **changed).status_code == 303
    else:
        assert send(finch, f"/posts/{post_id}/remove", version="1").status_code == 303
    before = scene.counts()
    assert send(finch, scene.thread, **typed, step=step).location == posted.location
    assert scene.counts() == before


def test_a_form_without_the_step_is_posted_at_once(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    assert send(finch, NEW, **typed_thread()).status_code == 303
    assert send(finch, NEW, **typed_thread(step="anything else")).status_code == 303
    assert send(finch, scene.thread, body="A reply", client_id=new_client_id()).status_code == 303
    assert send(finch, scene.thread, body="I want to die", client_id=new_client_id()).status_code == 303
    assert scene.counts() == (3, 5)


def test_going_on_writing_keeps_everything(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    typed = typed_thread(content_note="loss")
    look = hidden(text(send(finch, NEW, **typed, step="look")))
    page = text(finch.post(NEW, data={**look, "step": "write"}))
    assert "Some *words*\nand more</textarea>" in page.replace("\r\n", "\n")
    assert value_of(page, "title") == typed["title"]
    assert value_of(page, "content_note") == "loss"
    assert value_of(page, "client_id") == typed["client_id"]
    assert re.search(r'value="ideas" checked', page)
    assert "data-keeps-draft" in page
    assert errors_of(page) == ""
    reply = {"body": "An answer", "reply_to": scene.opener.public_id, "client_id": new_client_id()}
    look = hidden(text(send(finch, scene.thread, **reply, step="look")))
    page = text(finch.post(scene.thread, data={**look, "step": "write"}))
    assert "An answer</textarea>" in page
    assert value_of(page, "reply_to") == scene.opener.public_id
    assert value_of(page, "client_id") == reply["client_id"]
    assert scene.counts() == (1, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"body": ""}, "There is nothing written yet."),
        ({"title": "Hey"}, "A title needs at least 5 characters"),
        ({"wish": "applause"}, "Please choose one of the answers shown."),
        ({"client_id": "7"}, "This form came without its number."),
        ({"content_note": "n" * 121}, "This is 121 characters; the limit is 120."),
    ],
)
def test_what_would_be_refused_is_refused_before_the_last_look(
    scene: Scene, fields: dict[str, str], sentence: str
) -> None:
    typed = typed_thread(**fields)
    answer = send(scene.browser(scene.finch), NEW, **typed, step="look")
    page = text(answer)
    assert answer.status_code == 400
    assert sentence in errors_of(page)
    assert not is_last_look(page)
    if "body" not in fields:
        assert "and more</textarea>" in page
    assert scene.counts() == (1, 1)


def test_a_thread_that_closed_meanwhile_keeps_the_words(scene: Scene) -> None:
    from peerspace.forum import service

    finch = scene.browser(scene.finch)
    look = hidden(text(send(finch, scene.thread, body="My words", client_id=new_client_id(), step="look")))
    with scene.database.write(scene.guard) as uow:
        service.lock_thread_of(uow, scene.opener.id)
    for fields in (look, {**look, "step": "look"}):
        answer = finch.post(scene.thread, data=fields)
        assert answer.status_code == 409
        assert "My words</textarea>" in text(answer)
    assert scene.counts() == (1, 1)


def test_who_may_not_write_gets_no_last_look(scene: Scene, app: Flask) -> None:
    from datetime import timedelta

    with scene.database.write(scene.guard) as uow:
        uow.session.get_one(Account, scene.finch.account_id).read_only_until = uow.now + timedelta(days=1)
    answer = send(
        scene.browser(scene.finch), scene.thread, body="My words", client_id=new_client_id(), step="look"
    )
    assert answer.status_code == 403
    assert "My words</textarea>" in text(answer)
    assert send(browser(app), NEW, **typed_thread(), step="look").status_code == 401
    for address in ("/spaces/nowhere/new", "/threads/nothing"):
        gone = send(scene.browser(scene.wren), address, **typed_thread(), step="look")
        assert gone.status_code == 404


def test_the_last_look_shows_markup_as_words(scene: Scene) -> None:
    typed = typed_thread(title=f"Title {SCRIPTS}", body=SCRIPTS, content_note='"><b>note</b>')
    page = text(send(scene.browser(scene.finch), NEW, **typed, step="look"))
    assert is_last_look(page)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>note" not in page
    assert hidden(page)["body"] == typed["body"]
    assert hidden(page)["content_note"] == typed["content_note"]


def test_words_of_a_crisis_name_help_and_are_posted_all_the_same(scene: Scene) -> None:
    finch = scene.browser(scene.finch)
    calm = text(send(finch, NEW, **typed_thread(), step="look"))
    assert "If you need somebody now" not in calm
    page = text(send(finch, NEW, **typed_thread(body="I can\u2019t go on."), step="look"))
    assert "If you need somebody now" in page
    assert "You can still post this here." in page
    assert page.index("If you need somebody now") < page.index("Post it")
    assert finch.post(NEW, data=hidden(page)).status_code == 303
    assert scene.counts() == (2, 2)


def test_a_watch_phrase_can_ask_for_a_pause_without_being_named(scene: Scene) -> None:
    watch(scene.database, {"text": "forty tablets", "action": "pause"})
    finch = scene.browser(scene.finch)
    page = text(send(finch, scene.thread, body="Forty  tablets", client_id=new_client_id(), step="look"))
    assert "What to leave out" in page
    assert 'href="/help-now"' in page[page.index("What to leave out") :]
    answer = finch.post(scene.thread, data=hidden(page))
    assert answer.status_code == 303
    assert scene.counts() == (1, 2)
    assert "What to leave out" not in text(
        send(finch, scene.thread, body="Four tablets", client_id=new_client_id(), step="look")
    )


def test_a_phrase_that_holds_is_not_told_of(scene: Scene) -> None:
    """Whoever wants to get round a phrase could try words without ever posting any."""
    watch(scene.database, {"text": "call me", "action": "hold"}, {"text": "ring me", "action": "flag"})
    finch = scene.browser(scene.finch)
    pages = []
    for words in ("call me soon", "ring me soon", "tell me soon"):
        page = text(send(finch, scene.thread, body=words, client_id=new_client_id(), step="look"))
        page = re.sub(r'(name="(?:client_id|csrf_token)" value|name="csrf-token" content)="[^"]*"', "", page)
        pages.append(page.replace(words, "words"))
    assert pages[0] == pages[1] == pages[2]
    assert scene.counts() == (1, 1)


def test_a_new_member_is_told_that_a_supervisor_reads_first(scene: Scene) -> None:
    scene.people.space("days", hold_first_posts="always")
    new = scene.browser(scene.people.add("newt", established=False))
    page = text(send(new, "/spaces/days/new", **typed_thread(), step="look"))
    assert "A supervisor reads it first, because you are new here." in page
    assert "A supervisor reads it first" not in text(
        send(scene.browser(scene.finch), "/spaces/days/new", **typed_thread(), step="look")
    )


# --- Leaving the step out ------------------------------------------------------------------------------


def without_the_step(scene: Scene, who: Actor) -> FlaskClient:
    """A browser in which the step was left out from now on."""
    client = scene.browser(who)
    page = text(send(client, NEW, **typed_thread(), step="look"))
    answer = client.post(NEW, data={**hidden(page), "without": "yes"})
    assert answer.status_code == 303
    return client


def test_the_step_can_be_left_out_on_this_device(scene: Scene) -> None:
    finch = without_the_step(scene, scene.finch)
    page = text(finch.get(NEW))
    assert 'name="step" value="check"' in page
    assert 'name="step" value="look"' in page  # "Look it over first"
    assert send(finch, NEW, **typed_thread(), step="check").status_code == 303
    assert 'name="step" value="check"' not in text(scene.browser(scene.finch).get(NEW))


def test_words_that_ask_for_it_get_the_step_all_the_same(scene: Scene) -> None:
    watch(scene.database, {"text": "forty tablets", "action": "pause"})
    finch = without_the_step(scene, scene.finch)
    before = scene.counts()
    for words in ("I want to die", "forty tablets"):
        page = text(send(finch, scene.thread, body=words, client_id=new_client_id(), step="check"))
        assert is_last_look(page)
        assert re.search(r'name="without"[^>]* checked', page)
    assert scene.counts() == before


def test_the_step_comes_back_when_it_is_asked_for(scene: Scene) -> None:
    finch = without_the_step(scene, scene.finch)
    page = text(send(finch, NEW, **typed_thread(), step="look"))
    assert is_last_look(page)
    assert finch.post(NEW, data=hidden(page)).status_code == 303  # the box is empty
    assert 'name="step" value="check"' not in text(finch.get(NEW))


def test_a_form_that_never_showed_the_box_changes_no_choice(scene: Scene) -> None:
    finch = without_the_step(scene, scene.finch)
    assert send(finch, NEW, **typed_thread()).status_code == 303
    assert 'name="step" value="check"' in text(finch.get(NEW))
