"""Building a release from a lived-in community: consent twice looked at, no words, nothing half-made."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import func, select

from peerspace.accounts.models import RoleGrant
from peerspace.config import ROOT, Config
from peerspace.consent import service as consent
from peerspace.consent.scopes import NAMES
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import to_us
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.research import build, building, releases
from peerspace.research.build import build_release, load_events
from peerspace.research.disclosure.t0 import OpenTables
from peerspace.research.measures import engine as measures
from peerspace.research.models import Release, ReleaseMember, UsageEvent
from peerspace.research.package.build import Built
from peerspace.research.package.inputs import T0Input
from peerspace.research.package.verify import verify_package
from peerspace.research.participants import consent_basis, still_stands
from tests.conftest import absent
from tests.realtime.server import wait_until
from tests.research.community import Community
from tests.research.studies import ANSWERS, approved

JOB = installation(Origin.JOB)


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config.from_env(
        {
            "PEERSPACE_ENV": "test",
            "PEERSPACE_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "PEERSPACE_VAR_DIR": str(tmp_path / "var"),
            "PEERSPACE_EXPORT_DIR": str(tmp_path / "exports"),
        }
    )


class Lab:
    """A community of about sixty with a study: ask, build, look."""

    def __init__(self, community: Community, config: Config) -> None:
        self.community, self.config, self.database = community, config, community.database
        self.rea = community.people.add("rea", Role.RESEARCHER)
        self.slug = approved(self.database, self.rea, community.people.add("pan", Role.PANEL))
        self.yes = [community.member(f"Heron{n:02d}", NAMES) for n in range(40)]
        self.partly = [community.member(f"Stoat{n:02d}", ("usage",)) for n in range(5)]
        self.no = [community.member(f"Otter{n:02d}", None) for n in range(15)]
        self.begins = community.clock.now().date()

    @property
    def people(self) -> list[Actor]:
        return [*self.yes, *self.partly, *self.no]

    def ask(self) -> str:
        with self.database.write(self.rea) as uow:
            return releases.request_release(
                uow,
                self.slug,
                first_day=self.begins.isoformat(),
                last_day=self.community.clock.now().date().isoformat(),
                client_id=new_client_id(),
            ).public_id

    def next_day(self) -> None:
        """The earlier days are told: the next release is about the day after."""
        self.community.clock.move(timedelta(days=1))
        self.begins = self.community.clock.now().date()

    def claim(self, holder: str = "here") -> str:
        with self.database.write(JOB) as uow:
            claimed = releases.claim_next(uow, holder)
            assert claimed is not None
            return claimed.public_id

    def build(self) -> str:
        self.ask()
        public_id = self.claim()
        build_release(self.config, self.database, public_id, "here")
        return public_id

    def release(self, public_id: str) -> Release:
        with self.database.read(JOB) as uow:
            found = uow.session.scalars(select(Release).where(Release.public_id == public_id)).one()
            uow.session.expunge_all()
            return found

    def folder(self, public_id: str) -> Path:
        return self.config.export_dir / self.slug / public_id

    def leftovers(self) -> list[Path]:
        return [path for path in self.config.export_dir.rglob("*") if path.is_file()]


@pytest.fixture
def lab(community: Community, config: Config) -> Lab:
    return Lab(community, config)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of one file, for tests of what happens around it: the real one takes seconds to make safe."""

    def one_file(given: T0Input, folder: Path) -> Built:
        folder.mkdir(mode=0o700)
        (folder / "datapackage.json").write_text(json.dumps({"study": given.study.slug}))
        return Built({}, "0" * 64, OpenTables((), (), ()))

    monkeypatch.setattr(build, "build_t0", one_file)
    monkeypatch.setattr(build, "verify_package", lambda _, **kind: [])


@pytest.mark.invariant(3)
@pytest.mark.invariant(5)
def test_a_release_holds_what_consent_covers_and_no_word(lab: Lab) -> None:
    lab.community.live_through(lab.people, days=20)
    public_id = lab.build()
    made = lab.release(public_id)
    assert (made.state, made.failure, made.folder) == ("ready", "", f"{lab.slug}/{public_id}")
    folder = lab.folder(public_id)
    assert verify_package(folder) == []
    assert ANSWERS["aim"] in (folder / "datapackage.json").read_text()
    assert folder.stat().st_mode & 0o777 == 0o700
    with lab.database.read(JOB) as uow:
        members = set(uow.session.scalars(select(ReleaseMember.participant_id)))
    assert members == {lab.community.participant(actor) for actor in [*lab.yes, *lab.partly]}
    # Totals: what was captured of them, suppressed below ten and rounded to five.
    con = duckdb.connect()
    flow = con.execute(f"SELECT step, detail, people FROM '{folder / 'flow.csv'}'").fetchall()
    told = {(step, detail): people for step, detail, people in flow}
    # 60 members, and a supervisor, a panel member and a researcher who are members too: 63.
    assert told["registered", "all"] == 65
    assert told["consented", "usage"] in (45, None)
    for rows in (folder / "data").glob("*.csv"):
        for row in con.execute(f"SELECT * FROM '{rows}'").fetchall():
            assert all(n % 5 == 0 and n >= 10 for n in row[3:] if isinstance(n, int)), rows.name
    # Nobody's words, name or random id is anywhere in the package.
    lowered = {path: path.read_bytes().lower() for path in folder.rglob("*") if path.is_file()}
    names = [
        f"{kind}{n:02d}" for kind, count in (("heron", 40), ("stoat", 5), ("otter", 15)) for n in range(count)
    ]
    runs = {" ".join(text.lower().split()[i : i + 4]) for text in lab.community.written
            for i in range(max(1, len(text.split()) - 3))}  # fmt: skip
    for path, content in lowered.items():
        for needle in (*names, *runs, *members):
            assert needle.encode() not in content, (path.name, needle)
    assert set(lab.leftovers()) == set(lowered)


@pytest.mark.invariant(3)
def test_only_rows_in_scopes_that_stand_now_are_loaded(lab: Lab) -> None:
    lab.community.live_through(lab.people, days=6)
    stopped, narrowed, erased = lab.yes[:3]
    ids = {actor.account_id: lab.community.participant(actor) for actor in lab.yes}
    lab.community.clock.move(60)
    with lab.database.write(stopped) as uow:
        consent.stop(uow)
    with lab.database.write(narrowed) as uow:
        consent.withdraw(uow, ["interactions", "time"])
    with lab.database.write(erased) as uow:
        consent.stop_and_erase(uow)
    now = to_us(lab.community.clock.now())
    with lab.database.read(JOB) as uow:
        basis = consent_basis(uow, 0, now)
        rows_kept = uow.session.scalar(
            select(func.count()).where(UsageEvent.participant_id == ids[stopped.account_id])
        )
    assert rows_kept  # stop keeps what is there
    with measures.open_engine(lab.config.var_dir / "spill") as con:
        load_events(con, lab.config.database_url, basis, measures.Context())
        loaded = con.execute("SELECT DISTINCT participant_id, scope FROM usage_event").fetchall()
        pointed = {
            row[0] for row in con.execute("SELECT DISTINCT other_participant FROM usage_event").fetchall()
        }
        veiled = con.execute(
            "SELECT count(*) FROM usage_event WHERE other_class <> 'participant' AND other_participant <> ''"
        ).fetchall()[0][0]
    by_person: dict[str, set[str]] = {}
    for number, scope in loaded:
        by_person.setdefault(number, set()).add(scope)
    assert by_person[ids[narrowed.account_id]] == {"usage"}
    for actor in (stopped, erased):
        assert ids[actor.account_id] not in by_person
        assert ids[actor.account_id] not in pointed
    assert ids[narrowed.account_id] not in pointed
    assert veiled == 0
    assert dict(basis.flow)["withdrew"] == 2
    assert dict(basis.flow)["excluded:erased"] == 1
    assert dict(basis.flow)["excluded:withdrawn"] == 1


@pytest.mark.invariant(3)
@pytest.mark.usefixtures("light")
def test_somebody_who_withdraws_during_the_build_is_not_in_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.community.live_through(lab.people, days=1)
    leaver = lab.yes[0]
    number = lab.community.participant(leaver)
    real, seen = build.verify_package, []

    def withdraw_meanwhile(folder: Path, **kind: bool) -> list[object]:
        if not seen:
            with lab.database.write(leaver) as uow:
                consent.stop_and_erase(uow)
        seen.append(folder)
        return list(real(folder, **kind))

    monkeypatch.setattr(build, "verify_package", withdraw_meanwhile)
    public_id = lab.build()
    assert lab.release(public_id).state == "ready"
    assert len(seen) == 2  # the first package was thrown away and made again
    with lab.database.read(JOB) as uow:
        members = set(uow.session.scalars(select(ReleaseMember.participant_id)))
    assert number not in members
    assert len(members) == 44


@pytest.mark.usefixtures("light")
def test_consent_that_keeps_changing_ends_in_a_reason(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.community.live_through(lab.people, days=1)
    monkeypatch.setattr(build, "still_stands", lambda *_: False)
    public_id = lab.build()
    assert (lab.release(public_id).state, lab.release(public_id).failure) == (
        "failed",
        "release_failed_consent",
    )
    assert lab.leftovers() == []


@pytest.mark.invariant(3)
def test_the_last_look_sees_every_change(lab: Lab) -> None:
    with lab.database.read(JOB) as uow:
        basis = consent_basis(uow, 0, to_us(lab.community.clock.now()) + 1_000_000)
    for change in (
        lambda uow: consent.withdraw(uow, ["interactions"]),
        consent.stop,
        consent.stop_and_erase,
    ):
        actor = lab.yes.pop()
        with lab.database.write(JOB) as uow:
            assert still_stands(uow, basis)
        with lab.database.write(actor) as uow:
            change(uow)
        with lab.database.write(JOB) as uow:
            assert not still_stands(uow, basis)
            basis = consent_basis(uow, 0, to_us(lab.community.clock.now()) + 1_000_000)


def test_what_somebody_did_as_a_supervisor_is_in_no_dataset(lab: Lab) -> None:
    before, former, always = lab.yes[0], lab.yes[1], lab.community.member("always", NAMES, Role.SUPERVISOR)
    clock, started = lab.community.clock, to_us(lab.community.clock.now())

    def supervise(actor: Actor, *, ends: bool) -> None:
        with lab.database.write(JOB) as uow:
            if ends:
                grant = uow.session.scalars(
                    select(RoleGrant).where(
                        RoleGrant.account_id == actor.account_id, RoleGrant.role == "supervisor"
                    )
                ).one()
                grant.ended_at = uow.now
            else:
                uow.session.add(
                    RoleGrant(account_id=actor.require_account(), role="supervisor", granted_at=uow.now)
                )

    clock.move(60)
    for actor in (before, former, always):
        lab.community.thread(actor)
    clock.move(60)
    for actor in (before, former):
        supervise(actor, ends=False)
    clock.move(60)
    for actor in (before, former, always):
        lab.community.thread(actor)
    clock.move(60)
    supervise(former, ends=True)
    clock.move(60)
    lab.community.thread(former)
    clock.move(60)
    cut = to_us(clock.now())
    with lab.database.read(JOB) as uow:
        basis = consent_basis(uow, started, cut)
    with measures.open_engine(lab.config.var_dir / "spill") as con:
        load_events(con, lab.config.database_url, basis, measures.Context())
        measures.run_all(con, measures.StudyWindow(started, cut))
        counted = con.execute("SELECT (at_us - ?) // 1000000 FROM contribution ORDER BY 1", [started])
        assert [row[0] for row in counted.fetchall()] == [60, 60, 300]
    flow = dict(basis.flow)
    assert flow["included"] == flow["consented"] == 45  # `always` never took part as a member
    assert flow["registered"] - flow["eligible"] == 2  # `always` and the keeper
    with lab.database.read(JOB) as uow:
        later = dict(consent_basis(uow, started + 130_000_000, started + 200_000_000).flow)
    # In that stretch both only supervised: one still does, of the other nothing counts.
    assert (later["consented"], later["included"], later["excluded:outside_window"]) == (44, 43, 1)
    assert later["registered"] - later["eligible"] == 3


def test_nobody_under_consent_is_a_reason(community: Community, config: Config) -> None:
    lab = Lab(community, config)
    for actor in [*lab.yes, *lab.partly]:
        with lab.database.write(actor) as uow:
            consent.stop(uow)
    lab.community.clock.move(timedelta(days=1))
    public_id = lab.build()
    assert (lab.release(public_id).state, lab.release(public_id).failure) == (
        "failed",
        "release_failed_nobody",
    )


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 kB, where this account may mount one."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        absent("the right to mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full_leaves_a_reason_and_no_files(lab: Lab, tiny_disk: Path) -> None:
    lab.community.live_through(lab.people, days=2)
    object.__setattr__(lab.config, "export_dir", tiny_disk)
    public_id = lab.build()
    made = lab.release(public_id)
    assert (made.state, made.failure) == ("failed", "release_disk_full")
    assert lab.leftovers() == []


def test_an_error_of_a_full_disk_leaves_a_reason_and_no_files(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.community.live_through(lab.people, days=2)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    public_id = lab.build()
    monkeypatch.undo()
    made = lab.release(public_id)
    assert (made.state, made.failure) == ("failed", "release_disk_full")
    assert lab.leftovers() == []


@pytest.mark.usefixtures("light")
def test_an_unexpected_error_leaves_a_reason_and_no_files(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.community.live_through(lab.people, days=1)

    def broken(*_: object) -> None:
        raise ValueError("something nobody thought of")

    monkeypatch.setattr(build.releases, "finish", broken)
    public_id = lab.build()
    monkeypatch.undo()
    assert (lab.release(public_id).state, lab.release(public_id).failure) == (
        "failed",
        "release_failed_error",
    )
    assert lab.leftovers() == []


@pytest.mark.usefixtures("light")
def test_a_package_that_fails_its_checks_is_thrown_away(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.community.live_through(lab.people, days=1)
    monkeypatch.setattr(build, "verify_package", lambda _, **kind: ["a finding"])
    public_id = lab.build()
    assert lab.release(public_id).failure == "release_failed_unverified"
    assert lab.leftovers() == []


def test_a_killed_build_is_finished_by_the_next_one(lab: Lab) -> None:
    lab.community.live_through(lab.people, days=6)
    lab.ask()
    public_id = lab.claim("first")
    process = subprocess.Popen(
        [sys.executable, "-m", "peerspace.build_process", public_id, "first"],
        cwd=ROOT,
        env=building.environment(lab.config),
    )
    wait_until(
        lambda: lab.release(public_id).progress in ("tables", "checks") or process.poll() is not None,
        "the build to come to its tables",
        patience_s=60,
    )
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert lab.release(public_id).state == "building"
    assert not lab.folder(public_id).exists()
    with lab.database.write(JOB) as uow:
        releases.give_back(uow, lab.release(public_id).id, "first")
    assert building.build_due(lab.config, lab.database) == 1
    made = lab.release(public_id)
    assert (made.state, made.failure, made.attempts) == ("ready", "", 2)
    assert verify_package(lab.folder(public_id)) == []
    assert list((lab.config.export_dir / releases.BUILDING).iterdir()) == []
    assert building.build_due(lab.config, lab.database) == 0


@pytest.mark.usefixtures("light")
def test_a_builder_that_lost_its_claim_leaves_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.community.live_through(lab.people, days=1)
    lab.ask()
    public_id = lab.claim("slow")
    theirs = lab.config.export_dir / releases.BUILDING / releases.growing_name(public_id, "quick")
    real = build.verify_package

    def taken_meanwhile(folder: Path, **kind: bool) -> list[object]:
        lab.community.clock.move(releases.STALE_AFTER + timedelta(seconds=1))
        assert lab.claim("quick") == public_id
        theirs.mkdir()
        (theirs / "theirs.csv").write_text("half-made by the next builder")
        return list(real(folder, **kind))

    monkeypatch.setattr(build, "verify_package", taken_meanwhile)
    assert build_release(lab.config, lab.database, public_id, "slow") == ""
    monkeypatch.undo()
    assert lab.release(public_id).claimed_by == "quick"
    assert [path for path in lab.leftovers() if path.name != "theirs.csv"] == []
    assert (theirs / "theirs.csv").is_file()  # what the next builder makes is its own
    assert build_release(lab.config, lab.database, public_id, "slow") == ""
    assert (theirs / "theirs.csv").is_file()
    assert build_release(lab.config, lab.database, public_id, "quick") == "ready"
    assert not theirs.exists()


@pytest.mark.usefixtures("light")
def test_a_crash_between_the_rename_and_the_commit_is_cleared_away(lab: Lab) -> None:
    lab.community.live_through(lab.people, days=1)
    lab.ask()
    public_id = lab.claim()
    stray = lab.folder(public_id)
    stray.mkdir(parents=True)
    (stray / "left.csv").write_text("from an earlier attempt")
    assert build_release(lab.config, lab.database, public_id, "here") == "ready"
    assert not (stray / "left.csv").exists()
    assert json.loads((stray / "datapackage.json").read_text()) == {"study": lab.slug}


@pytest.mark.usefixtures("light")
def test_a_crash_between_the_rename_and_the_commit_of_the_last_attempt_is_swept(lab: Lab) -> None:
    lab.community.live_through(lab.people, days=1)
    ready = lab.build()
    lab.next_day()
    lab.ask()
    for attempt in range(releases.MOST_ATTEMPTS):
        public_id = lab.claim(f"builder {attempt}")
        lab.folder(public_id).mkdir(parents=True, exist_ok=True)
        (lab.folder(public_id) / "whole.csv").write_text("renamed, and then the builder died")
        assert building.sweep_exports(lab.config, lab.database) == 0  # it may be publishing this very moment
        with lab.database.write(JOB) as uow:
            releases.give_back(uow, lab.release(public_id).id, f"builder {attempt}")
    assert lab.release(public_id).failure == "release_failed_crashed"
    assert building.sweep_exports(lab.config, lab.database) == 1
    assert not lab.folder(public_id).exists()
    assert lab.folder(ready).is_dir()


@pytest.mark.usefixtures("light")
def test_expired_releases_and_orphans_are_swept(lab: Lab) -> None:
    lab.community.live_through(lab.people, days=1)
    public_id = lab.build()
    orphan = lab.config.export_dir / releases.BUILDING / f"{'0' * 20}-gone"
    orphan.mkdir()
    with lab.database.write(lab.rea) as uow:
        releases.expire_release(uow, public_id)
    assert building.sweep_exports(lab.config, lab.database) == 2
    assert not lab.folder(public_id).exists()
    assert not orphan.exists()


def test_no_address_of_a_database_on_a_command_line(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.ask()
    started: list[tuple[list[str], dict[str, str]]] = []

    class Done:
        def __init__(self, command: list[str], **kind: object) -> None:
            started.append((command, kind["env"]))  # type: ignore[arg-type]

        def wait(self, timeout: float) -> int:
            return 0

    monkeypatch.setattr(building.subprocess, "Popen", Done)
    building.build_due(lab.config, lab.database)
    ((command, env),) = started
    assert command[1:3] == ["-m", "peerspace.build_process"]
    assert not any("://" in part for part in command)
    assert env["PEERSPACE_DATABASE_URL"] == lab.config.database_url


@pytest.mark.invariant(5)
@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_days_that_another_release_told_first_are_not_built(
    when: str, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if both had been let in: whichever is published second fails with the reason and leaves no file."""
    lab.community.live_through(lab.people, days=1)
    lab.ask()
    public_id = lab.claim()

    mine_id = lab.release(public_id).id

    def other_is_published() -> None:
        lab.next_day()
        with lab.database.write(JOB) as uow:
            assert releases.renew_claim(uow, mine_id, "here")
        lab.ask()
        other = lab.claim("there")
        assert other != public_id
        with lab.database.write(JOB) as uow:
            theirs = uow.session.scalars(select(Release).where(Release.public_id == other)).one()
            mine = uow.session.scalars(select(Release).where(Release.public_id == public_id)).one()
            releases.finish(uow, theirs.id, "there", folder="f", manifest_hash="h", members=())
            theirs.window_from_us = mine.cut_us - 1

    measured: list[Path] = []
    real = build.verify_package

    def verified(folder: Path, **kind: bool) -> list[object]:
        measured.append(folder)
        if when == "meanwhile":
            other_is_published()
        return list(real(folder, **kind))

    monkeypatch.setattr(build, "verify_package", verified)
    if when == "before":
        other_is_published()
    assert build_release(lab.config, lab.database, public_id, "here") == "failed"
    assert lab.release(public_id).failure == "release_window_told"
    assert lab.release(public_id).failure_values["first_day"]
    assert len(measured) == (when == "meanwhile")
    assert lab.leftovers() == []
