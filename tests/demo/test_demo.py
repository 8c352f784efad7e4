"""The invented community: made through the services, whole, and unable to pass for real."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.chat.duty import end_overdue_duty
from peerspace.chat.models import Message
from peerspace.chat.queries import rooms_now
from peerspace.config import Config
from peerspace.consent.models import Participant
from peerspace.demo.fill import fill
from peerspace.demo.guests import accounts_made, is_empty, is_invented
from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Origin, guest, installation
from peerspace.kernel.clock import SystemClock
from peerspace.kernel.errors import BadSetting, Conflict
from peerspace.kernel.uow import Database
from peerspace.moderation.models import Decision, Item
from peerspace.research.models import CaptureGap, Study, UsageEvent
from peerspace.wiring import ensure_defaults, open_database, refuse_invented_in_production
from tests.web.conftest import make_config

PRODUCTION = {
    "PEERSPACE_ENV": "production",
    "PEERSPACE_BASE_URL": "https://peers.example",
    **{f"PEERSPACE_{n}_KEY": "q8Zr1-Kd0vJx7TnW3bYh5LmPc9RfGs2E" for n in ("SECRET", "AUDIT", "DATA")},
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The demo on a SQLite file, played once for the tests of this file."""
    from peerspace import tables

    folder: Path = tmp_path_factory.mktemp("demo")
    config = make_config(folder)
    database = open_database(config, SystemClock())
    tables.metadata().create_all(database.engine)
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
    assert is_empty(database)
    fill(config, database)
    return database


def test_it_holds_what_the_interface_promises(played: Database) -> None:
    roles = [made.role for made in accounts_made()]
    assert roles.count("member") >= 3
    wanted = {"peer_worker": 1, "supervisor": 2, "researcher": 1, "panel": 3, "administrator": 1}
    assert {role: roles.count(role) for role in wanted} == wanted
    with played.read(guest()) as uow:

        def count(model: type, *where: object) -> int:
            return uow.session.scalar(select(func.count()).select_from(model).where(*where)) or 0

        assert count(Account, Account.status == "waiting") == 2
        assert count(Item, Item.open_key.is_not(None)) >= 2
        assert count(Decision) == 1
        assert count(Study, Study.state == "approved") == 1
        assert count(Participant) > 20
        assert count(UsageEvent) > 300
        assert count(CaptureGap) == 0
        assert len(rooms_now(uow)) >= 1
    with played.write(installation(Origin.JOB)) as uow:
        assert end_overdue_duty(uow) == 0, "whoever keeps a room here is signed in and went on duty tonight"
        assert any(room.is_open for room in rooms_now(uow))


@pytest.mark.invariant(1)
def test_nothing_of_it_can_pass_for_real(played: Database) -> None:
    assert is_invented(played)
    with played.read(guest()) as uow:
        names = uow.session.scalars(select(Account.pseudonym)).all()
        texts = [*uow.session.scalars(select(Post.body)), *uow.session.scalars(select(Message.body))]
        titles = uow.session.scalars(select(Thread.title)).all()
    assert [name for name in names if not name.startswith("Demo ")] == []
    assert [text for text in texts if not text.startswith("Invented")] == []
    assert [title for title in titles if "invented" not in title.lower()] == []
    with pytest.raises(BadSetting, match="invented people"):
        refuse_invented_in_production(Config.from_env(PRODUCTION), played)


@pytest.mark.invariant(3)
def test_those_who_did_not_consent_left_no_row(played: Database) -> None:
    with played.read(guest()) as uow:
        known = set(uow.session.scalars(select(Participant.id)))
        captured = set(uow.session.scalars(select(UsageEvent.participant_id)))
    assert captured <= known


def test_a_second_time_is_refused_and_so_is_production(played: Database, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="demo_not_empty"):
        fill(make_config(tmp_path), played)
    with pytest.raises(Conflict, match="demo_production"):
        fill(Config.from_env(PRODUCTION), played)


def test_the_audit_chain_of_it_is_sound(played: Database) -> None:
    with played.read(guest()) as uow:
        assert played.audit_log.verify(uow.session) == []
