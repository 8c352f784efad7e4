"""What an item, a report or evidence is about, loaded the same way whatever it is (kernel.subjects)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import select

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, NotFound
from peerspace.kernel.subjects import Subject, Target, subject_of
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.models import Report
from peerspace.streams.access import checked_id


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What a feature brings that counts who met what somebody wrote.

    `of` answers for a kind of subject and a row id: the accounts that a decision on it will be counted for. A decision
    holds them before anything else, in one order.
    """

    of: Callable[[UnitOfWork, str, int], Collection[int]]


def witnesses_of(uow: UnitOfWork, kind: str, target_id: int) -> set[int]:
    """The accounts that a decision on this target is counted for."""
    asked = uow.database.catalogue.every(Witnesses)
    return {account_id for one in asked for account_id in one.of(uow, kind, target_id)}


def reportable(uow: UnitOfWork) -> tuple[Subject, ...]:
    """The kinds of subjects that members can report."""
    return tuple(one for one in uow.database.catalogue.every(Subject) if one.is_reportable)


def content_kinds(uow: UnitOfWork) -> tuple[str, ...]:
    """The kinds that are something written for others."""
    return tuple(one.kind for one in uow.database.catalogue.every(Subject) if one.is_content)


def load_target(uow: UnitOfWork, kind: str, public_id: str) -> Target:
    """The target a member names.

    Raises BadRequest for an unknown kind, NotFound when there is none or the member could never have seen it.
    """
    subject = subject_of(uow, kind)
    if subject is None or not subject.is_reportable:
        raise BadRequest("report_kind_unknown")
    target = subject.load(uow, checked_id(public_id), 0)
    if target is None or not (target.could_be_seen or uow.actor.has(Role.SUPERVISOR)):
        raise NotFound("not_found")
    return target


def subject_named(uow: UnitOfWork, kind: str) -> Subject:
    """The kind of subject that an item, an event or evidence names. Raises KeyError for one that nobody brings."""
    subject = subject_of(uow, kind)
    if subject is None:
        raise KeyError(f"no feature brings the subject {kind!r}")
    return subject


def target_by_id(uow: UnitOfWork, kind: str, target_id: int) -> Target:
    """The target an item, an event or evidence names by its row id. Raises NotFound.

    Besides what can be reported: a report, with what its reporter told, and a step at the door, with what was said.
    """
    target = subject_named(uow, kind).load(uow, "", target_id)
    if target is None:
        raise NotFound("not_found")
    return target


def target_by_key(uow: UnitOfWork, key: str) -> Target:
    """The target that `Target.open_key` names."""
    kind, _, row_id = key.partition(":")
    return target_by_id(uow, kind, int(row_id))


def _load_report(uow: UnitOfWork, public_id: str, row_id: int) -> Target | None:
    report = uow.session.scalar(
        select(Report).where(Report.id == row_id if row_id else Report.public_id == public_id)
    )
    if report is None:
        return None
    return Target(
        REPORT.kind, report.id, report.public_id, report.reporter_id, 1, report.words, "told", where="", place_url="",
        had_place=False,
    )  # fmt: skip


REPORT = Subject("report", _load_report)
"""What a reporter told, as evidence of words that may mean danger."""
