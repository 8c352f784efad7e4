"""The invented community: made through the services, whole, and unable to pass for real."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.chat.models import Message, Room
from peerspace.chat.queries import rooms_now
from peerspace.chat.rooms import close_room
from peerspace.config import Config
from peerspace.consent.models import Participant
from peerspace.demo import cast
from peerspace.demo.fill import fill
from peerspace.demo.guests import accounts_made, is_empty, is_invented
from peerspace.demo.keeping import keep_rooms
from peerspace.demo.release import build_demo_release
from peerspace.duty.service import end_overdue_duty
from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Origin, guest, installation
from peerspace.kernel.clock import HeldClock, SystemClock
from peerspace.kernel.errors import BadSetting, Conflict
from peerspace.kernel.uow import Database
from peerspace.moderation.models import Decision, Item
from peerspace.research.models import CaptureGap, Release, ReleaseMember, Study, UsageEvent
from peerspace.research.package.verify import verify_package
from peerspace.wiring import ensure_defaults, open_database, refuse_invented_in_production
from tests.web.conftest import make_config

PRODUCTION = {
    "PEERSPACE_ENV": "production",
    "PEERSPACE_BASE_URL": "https://peers.example",
    **{f"PEERSPACE_{n}_KEY": "q8Zr1-Kd0vJx7TnW3bYh5LmPc9RfGs2E" for n in ("SECRET", "AUDIT", "DATA")},
}


@pytest.fixture(scope="module")
def demo_config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return make_config(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def played(demo_config: Config) -> Database:
    """The demo on a SQLite file, played once for the tests of this file."""
    from peerspace import features

    config = demo_config
    database = open_database(config, SystemClock())
    features.metadata().create_all(database.engine)
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
        rooms = rooms_now(uow)
        assert sum(room.is_open and room.on_duty > 0 for room in rooms) >= 1
        assert any(room.on_duty == 0 for room in rooms)  # one that waits for a keeper
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
    consented = {part.name for part in cast.MEMBERS[: cast.CONSENTING]}
    refused = {part.name for part in cast.MEMBERS[cast.CONSENTING :]}
    with played.read(guest()) as uow:
        named = select(Account.pseudonym).join(Participant, Participant.account_id == Account.id)
        assert set(uow.session.scalars(named)) == consented
        known = set(uow.session.scalars(select(Participant.id)))
        captured = set(uow.session.scalars(select(UsageEvent.participant_id)))
        others = set(uow.session.scalars(select(UsageEvent.other_participant))) - {""}
        wrote = set(
            uow.session.scalars(
                select(Account.pseudonym)
                .join(Post, Post.author_id == Account.id)
                .where(Account.pseudonym.in_(refused))
            )
        )
        theirs = (
            select(Post.id).join(Account, Post.author_id == Account.id).where(Account.pseudonym.in_(refused))
        )
        items = {f"post:{number}" for number in uow.session.scalars(theirs)}
        rows_of_theirs = uow.session.scalar(
            select(func.count()).select_from(UsageEvent).where(UsageEvent.item.in_(items))
        )
    assert wrote  # they took part, so there was something to leave out
    assert captured <= known
    assert others <= known
    assert rows_of_theirs == 0


def test_a_second_time_is_refused_and_so_is_production(played: Database, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="demo_not_empty"):
        fill(make_config(tmp_path), played)
    with pytest.raises(Conflict, match="demo_production"):
        fill(Config.from_env(PRODUCTION), played)


def test_the_audit_chain_of_it_is_sound(played: Database) -> None:
    with played.read(guest()) as uow:
        assert played.audit_log.verify(uow.session) == []


def test_its_release_is_built_and_sound(played: Database, demo_config: Config) -> None:
    with played.read(guest()) as uow:
        study = uow.session.scalars(select(Study.slug)).one()
    public_id = build_demo_release(demo_config, played, study)
    with played.read(guest()) as uow:
        made = uow.session.scalars(select(Release).where(Release.public_id == public_id)).one()
        members = set(uow.session.scalars(select(ReleaseMember.participant_id)))
        known = set(uow.session.scalars(select(Participant.id)))
    assert made.state == "ready"
    package = demo_config.export_dir / study / public_id
    assert verify_package(package, made.manifest_hash) == []
    assert members == known
    assert [path.name for path in demo_config.export_dir.rglob(public_id)] == [public_id]


@pytest.mark.invariant(2)
def test_the_next_evening_the_hosts_are_here_again(played: Database, demo_config: Config) -> None:
    """A stretch and a session run out overnight; starting the demo again opens the rooms, but not a closed one."""
    tomorrow = open_database(demo_config, HeldClock(SystemClock().now() + timedelta(hours=20)))
    with tomorrow.write(installation(Origin.JOB)) as uow:
        assert end_overdue_duty(uow) >= 3
        assert not any(room.is_open for room in rooms_now(uow))
    with tomorrow.write(installation(Origin.COMMAND)) as uow:
        close_room(uow, uow.session.scalars(select(Room.id).where(Room.slug == cast.ROOMS[1][0])).one())
    keep_rooms(tomorrow)
    with tomorrow.write(installation(Origin.JOB)) as uow:
        assert [room.slug for room in rooms_now(uow) if room.is_open] == [cast.ROOMS[0][0]]
        assert end_overdue_duty(uow) == 0
    tomorrow.close()
