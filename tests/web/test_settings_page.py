"""A person's own settings, blocks, and files that open on record."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from peerspace.accounts.models import Account, Block, WebSession
from peerspace.kernel.actor import Role, guest
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from peerspace.web.running import running
from tests.people import People
from tests.web.conftest import CHEAP, browser, says_name, send

PHRASE = "three words here"


def test_how_pages_look_is_chosen_on_the_settings_page_too(app: Flask, people: People) -> None:
    client = browser(app, people.add())
    page = client.get("/my/settings").text
    form = page[page.index('<section class="setting" id="look">') :]
    form = form[: form.index("</form>")]
    assert 'action="/look"' in form
    assert all(f'name="{name}"' in form for name in ("theme", "language", "tab"))
    choice = {"back": "/my/settings", "theme": "quiet", "language": "de", "tab": "plain"}
    answer = send(client, "/look", "/my/settings", **choice)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/settings")
    page = client.get("/my/settings").text
    assert 'data-theme="quiet"' in page
    assert '<html lang="de"' in page
    assert "<title>PeerSpace" not in page
    for value in ("quiet", "de", "plain"):
        assert re.search(rf'value="{value}" checked', page)


def test_changing_the_passphrase_signs_the_others_out(app: Flask, people: People, database: Database) -> None:
    ann = people.add("Ann")
    with database.write(ann) as uow:
        uow.session.get_one(Account, ann.account_id).passphrase_hash = CHEAP.hash(PHRASE)
    here, there = browser(app, ann), browser(app, ann)
    wrong = send(here, "/my/settings/passphrase", "/my/settings", old="wrong", new="another long one")
    assert wrong.status_code == 400
    assert "not your passphrase" in wrong.text
    short = send(here, "/my/settings/passphrase", "/my/settings", old=PHRASE, new="short")
    assert "at least 12" in short.text
    done = send(here, "/my/settings/passphrase", "/my/settings", old=PHRASE, new="another long one")
    assert done.status_code == 303
    assert here.get("/today").status_code == 200
    assert there.get("/today").status_code == 303


def test_ending_sessions(app: Flask, people: People, database: Database) -> None:
    ann, ben = people.add("Ann"), people.add("Ben")
    here, there, bens = browser(app, ann), browser(app, ann), browser(app, ben)
    page = here.get("/my/settings").text
    found = re.search(r"/my/settings/sessions/(\d+)/end", page)
    assert found is not None
    assert send(bens, found[0], "/my/settings").status_code == 404
    assert there.get("/today").status_code == 200
    assert send(here, found[0], "/my/settings").status_code == 303
    assert there.get("/today").status_code == 303
    for unknown in ("999999", "2147483647", "99999999999999999999999", "-1", "x"):
        assert send(here, f"/my/settings/sessions/{unknown}/end", "/my/settings").status_code == 404
    other = browser(app, ann)
    assert send(here, "/my/settings/sessions/end", "/my/settings").status_code == 303
    assert other.get("/today").status_code == 303
    assert here.get("/today").status_code == 200
    with database.read(guest()) as uow:
        own = uow.session.scalars(
            select(WebSession.id).where(
                WebSession.account_id == ann.account_id, WebSession.ended_at.is_(None)
            )
        ).one()
    assert send(here, f"/my/settings/sessions/{own}/end", "/my/settings").headers["Location"] == "/"
    assert here.get("/today").status_code == 303


def test_reading_a_page_writes_nothing_and_the_touch_comes_later(
    app: Flask, people: People, database: Database, clock: HeldClock
) -> None:
    client = browser(app, people.add())
    opened = clock.now()
    seen = clock.move(600)
    for page in ("/today", "/my/settings", "/rules"):
        assert client.get(page).status_code == 200
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(WebSession.seen_at)).one() == opened
    assert running(app).write_buffers.flush() > 0
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(WebSession.seen_at)).one() == seen
    client.get("/today")
    assert len(running(app).touches) == 0


@pytest.mark.invariant(9)
def test_blocking_from_the_first_minute(app: Flask, people: People, database: Database) -> None:
    ann, ben = people.add("Ann", established=False), people.add("Ben")
    client = browser(app, ann)
    page = client.get(f"/members/{ben.public_id}/block?back=/spaces")
    assert "They are not told" in page.text
    assert "stays visible to them" in page.text
    for _ in range(2):
        answer = send(client, f"/members/{ben.public_id}/block", "/my/settings", back="/spaces")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/spaces")
    with database.read(guest()) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Block)) == 1
    assert says_name(client.get("/my/settings").text, "Ben")
    assert "You blocked Ben" in client.get(f"/members/{ben.public_id}/block").text
    assert send(client, f"/members/{ben.public_id}/unblock", "/my/settings").status_code == 303
    assert not says_name(client.get("/my/settings").text, "Ben")


@pytest.mark.invariant(9)
def test_the_blocked_person_sees_the_same_pages(app: Flask, people: People, database: Database) -> None:
    ann, ben = people.add("Ann"), people.add("Ben")
    his = browser(app, ben)
    pages = ["/today", "/my/settings", f"/members/{ann.public_id}/block", "/inbox"]

    def seen() -> list[str]:
        texts = [his.get(page).text for page in pages]
        return [re.sub(r'(csrf_token" value|csrf-token" content)="[^"]+"', "", text) for text in texts]

    before = seen()
    people.block(ann, ben)
    assert seen() == before


def test_whom_one_cannot_block(app: Flask, people: People) -> None:
    ann, waiting = people.add("Ann"), people.add("Wanda", status="waiting")
    client = browser(app, ann)
    for path, status in (
        (ann.public_id, 400),
        ("nobody", 404),
        (waiting.public_id, 404),
        ("%00", 404),
        ("x" * 5_000, 404),
        ("..%2f..", 404),
    ):
        assert client.get(f"/members/{path}/block").status_code == status
        assert send(client, f"/members/{path}/block", "/my/settings").status_code == status
    answer = send(client, f"/members/{people.add().public_id}/block", "/my/settings", back="//evil.example")
    assert answer.headers["Location"] == "/today"


@pytest.mark.invariant(8)
def test_a_file_opens_on_record(app: Flask, people: People, database: Database) -> None:
    ann, sue = people.add("Ann"), people.add("Sue", Role.SUPERVISOR)
    client = browser(app, sue)
    cover = client.get(f"/members/{ann.public_id}")
    assert "Opening it is written down" in cover.text
    with database.read(guest()) as uow:
        assert uow.session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    opened = send(client, f"/members/{ann.public_id}", f"/members/{ann.public_id}")
    assert opened.status_code == 200
    with database.read(guest()) as uow:
        entry = uow.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.account_id, entry.concerns_id) == (
            "member_file_opened",
            sue.account_id,
            ann.account_id,
        )
    assert client.get("/members/nobody").status_code == 404
    assert send(client, "/members/nobody", "/admissions").status_code == 404


@pytest.mark.invariant(6)
def test_no_page_of_mine_counts_people_or_acts(app: Flask, people: People) -> None:
    ann, sue = people.add("Ann"), people.add("Sue", Role.SUPERVISOR)
    client = browser(app, sue)
    pages = [
        client.get("/today").text,
        client.get("/my/settings").text,
        send(client, f"/members/{ann.public_id}", "/admissions").text,
    ]
    for page in pages:
        words = re.sub(r"<[^>]+>", " ", page).lower()
        assert not re.search(r"score|streak|badge|follower|leaderboard|points|rating|stars", words)
