"""What ran and what was done, for an administrator: the newest of each, in ids and enumerations."""

from __future__ import annotations

from datetime import timedelta

from peerspace.chat.rooms import create_room
from peerspace.community.overview import NEWEST, newest_entries, newest_runs
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.models import JobRun
from peerspace.kernel.uow import Database
from tests.people import People

COMMAND = installation(Origin.COMMAND)


def test_the_newest_run_of_each_job(database: Database) -> None:
    with database.write(COMMAND) as uow:
        for job, error in (("sweep", "OSError"), ("build", ""), ("sweep", "")):
            uow.session.add(JobRun(job=job, started_at=uow.now, finished_at=uow.now, error=error))
            uow.session.flush()
        uow.session.add(JobRun(job="late", started_at=uow.now - timedelta(days=1)))
    with database.read(COMMAND) as uow:
        found = [(run.job, run.error, run.finished_at is not None) for run in newest_runs(uow)]
    assert found == [("build", "", True), ("late", "", False), ("sweep", "", True)]


def test_the_newest_entries_with_who_acted(database: Database, people: People) -> None:
    ada = people.add("Ada", Role.ADMINISTRATOR)
    for number in range(NEWEST + 1):
        with database.write(ada if number % 2 else COMMAND) as uow:
            create_room(uow, f"room-{number}", "A room")
    with database.read(ada) as uow:
        entries = newest_entries(uow)
    assert len(entries) == NEWEST
    assert {entry.action for entry in entries} == {"room_created"}
    assert [entry.by.name if entry.by else "" for entry in entries[:2]] == ["", "Ada"]
