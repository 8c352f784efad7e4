"""Capture: domain events become counted rows, for those whose consent covers them (invariant 3), without words (5).

Runs in the transaction of the act itself, inside a savepoint: if it fails, the act stands and a gap is recorded.
What each kind of row holds is written in docs/research-guide.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import Table, insert

from peerspace.accounts.events import Blocked
from peerspace.accounts.queries import RoleAt
from peerspace.chat.events import RoomJoined, RoomLeft
from peerspace.forum.events import ThreadOpened
from peerspace.kernel.clock import to_us
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.events import ReportMade
from peerspace.moderation.targets import subject_named
from peerspace.research.consent_in_force import (
    ConsentInForce,
    Footing,
    Sides,
    consent_in_force,
    footing_of,
    sides_of,
)
from peerspace.research.models import CaptureGap, UsageEvent
from peerspace.research.rows import NO_GIVER, SOMEBODY, UNSAID, Row, covers, make_row
from peerspace.streams.events import ContributionPublished, ContributionReacted
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Contribution

log = structlog.get_logger(__name__)

Handler = Callable[[UnitOfWork, Any], Sequence[Row]]


def guarded(handler: Handler) -> Callable[[UnitOfWork, DomainEvent], None]:
    """A listener that writes what `handler` makes, and records a gap instead of failing."""

    def listener(uow: UnitOfWork, happened: DomainEvent) -> None:
        try:
            with _savepoint(uow):
                write(uow, handler(uow, happened))
        except Exception as error:  # noqa: BLE001 (whatever it is, the member's act goes first)
            _record_gap(uow, type(happened).__name__, error)

    return listener


@contextmanager
def _savepoint(uow: UnitOfWork) -> Iterator[None]:
    """A savepoint of the database alone: nothing in here changes a mapped object, so the session need not know.

    What others left pending is written before it: flushed inside, it would go with a capture that fails.
    """
    uow.session.flush()
    connection = uow.session.connection()
    connection.exec_driver_sql("SAVEPOINT capture")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT capture")
        connection.exec_driver_sql("RELEASE SAVEPOINT capture")
        raise
    connection.exec_driver_sql("RELEASE SAVEPOINT capture")


_INSERT = insert(cast(Table, UsageEvent.__table__))
_INSERT_GAP = insert(cast(Table, CaptureGap.__table__))


def write(uow: UnitOfWork, rows: Sequence[Row]) -> int:
    """Insert rows; how many."""
    if rows:
        uow.session.connection().execute(_INSERT, list(rows))
    return len(rows)


def _record_gap(uow: UnitOfWork, event: str, error: Exception) -> None:
    """Note that something was not captured: in the timeline of every release, by the error's class only."""
    log.warning("capture_failed", happened=event, error=type(error).__name__)
    try:
        with _savepoint(uow):
            values = {"at_us": to_us(uow.now), "event": event[:48], "error": type(error).__name__[:64]}
            uow.session.connection().execute(_INSERT_GAP, values)
    except Exception:
        # Not even the gap could be noted; the member's act goes first, and the log has it.
        log.exception("capture_gap_not_recorded", happened=event)


@dataclass(frozen=True, slots=True)
class Written:
    """What was published, and the item it answers ('' for none; named, or the opening)."""

    kind: str
    modality: str
    place: str
    item: str
    author_id: int
    written_at: datetime
    length: int
    answers: str = ""
    names_it: bool = False


def capture_contribution(uow: UnitOfWork, happened: ContributionPublished) -> Sequence[Row]:
    """What was published: the author's row, and the answered member's."""
    sides = sides_of(uow, happened.author_id, happened.answers_id)
    if not sides.in_force:
        return ()
    kind = kind_named(uow, happened.kind)
    written = uow.session.get_one(Contribution, happened.contribution_id)
    return exchange_rows(
        uow,
        sides,
        Written(
            kind=kind.opened if happened.is_opening else kind.written,
            modality=kind.modality,
            place=f"{kind.name}:{happened.stream_id}",
            item=f"{kind.contribution}:{written.id}",
            author_id=happened.author_id,
            written_at=written.created_at,
            length=len(written.body),
            answers=f"{kind.contribution}:{sides.answered_item}" if sides.answered_item else "",
            names_it=happened.names_it,
        ),
    )


def exchange_rows(uow: UnitOfWork, sides: Sides, done: Written) -> list[Row]:
    """The two sides of a contribution. Each side is written only under the consent of the person it is about.

    That somebody was answered is part of the author's row under `interactions` only. Of the other party a random id is
    kept if both consented to it when it was written and neither is staff, else a class only: then no number of an item
    leads to them either, since an erasure finds its rows by that id. What was written before the author's consent
    began, and published after, is not theirs to count.
    """
    written_us = to_us(done.written_at)
    author, receiver_id = sides.in_force.get(done.author_id), sides.answered_author
    receiver = sides.in_force.get(receiver_id) if receiver_id is not None else None
    footing = footing_of(uow, done.author_id, receiver_id)
    both = _both_exchange(author, receiver, written_us)
    staff = footing.is_staff(done.author_id) or footing.is_staff(receiver_id)
    rows: list[Row] = []
    if author is not None and covers(author, done.kind, written_us):
        other, named = ("", "none"), ""
        if author.gave("interactions", written_us):
            self_answer = receiver_id == done.author_id
            other = _other(receiver_id, receiver if both else None, footing, self_answer=self_answer)
            named = done.answers if (both and not staff) or self_answer else _veiled(done.answers)
        rows.append(
            make_row(
                author,
                done.kind,
                written_us,
                done.modality,
                giver=footing.roles.get(done.author_id, NO_GIVER),
                place=done.place,
                item=done.item,
                reply_to=named if done.names_it else "",
                other_participant="" if staff else other[0],
                other_class=other[1],
                length_chars=done.length,
            )
        )
    if receiver is not None and receiver_id != done.author_id:
        rows.extend(_received(uow, receiver, author if both else None, receiver_id, footing, done))
    return rows


def _received(
    uow: UnitOfWork,
    receiver: ConsentInForce,
    giver: ConsentInForce | None,
    receiver_id: int | None,
    footing: Footing,
    done: Written,
) -> list[Row]:
    """The answered member's own row. An answer by someone they blocked never reaches them, so it is not there."""
    if not covers(receiver, "reply_received", to_us(uow.now)) or footing.blocked:
        return []
    other_participant, other_class = _other(done.author_id, giver, footing)
    known = giver is not None and not footing.is_staff(receiver_id)
    role = footing.roles.get(done.author_id, UNSAID) if known else UNSAID
    if other_class == "staff":
        role = RoleAt("supervisor", UNSAID.training, UNSAID.pay)
    row = make_row(
        receiver,
        "reply_received",
        to_us(uow.now),
        done.modality,
        giver=role,
        place=done.place,
        item=done.item if known and other_class == "participant" else "",
        reply_to=done.answers,
        other_participant="" if footing.is_staff(receiver_id) else other_participant,
        other_class=other_class,
    )
    return [row]


def _both_exchange(one: ConsentInForce | None, other: ConsentInForce | None, at_us: int) -> bool:
    return all(side is not None and side.gave("interactions", at_us) for side in (one, other))


def _other(
    account_id: int | None, known: ConsentInForce | None, footing: Footing, *, self_answer: bool = False
) -> tuple[str, str]:
    """The other party as (participant id or '', class)."""
    if account_id is None:
        return "", "none"
    if self_answer:
        return "", "self"
    if footing.is_staff(account_id):
        return "", "staff"
    return (known.participant_id, "participant") if known is not None else ("", "non_participant")


def _veiled(item: str) -> str:
    """That something was answered, without its number: the number would lead to whoever wrote it."""
    return f"{item.partition(':')[0]}:{SOMEBODY}" if item else ""


def capture_reaction(uow: UnitOfWork, happened: ContributionReacted) -> Sequence[Row]:
    """A phrase sent to the author of a contribution: both sides, as with replies."""
    in_force = consent_in_force(uow, happened.account_id, happened.author_id)
    if not in_force:
        return ()
    giver, receiver = in_force.get(happened.account_id), in_force.get(happened.author_id)
    footing = footing_of(uow, happened.account_id, happened.author_id)
    stream_kind = kind_named(uow, happened.kind)
    at, place = to_us(uow.now), f"{stream_kind.name}:{happened.stream_id}"
    both = _both_exchange(giver, receiver, at)
    staff = footing.is_staff(happened.account_id) or footing.is_staff(happened.author_id)
    rows: list[Row] = []
    if giver is not None and covers(giver, "reaction_given", at):
        other, kind = "", "none"
        if giver.gave("interactions", at):
            other, kind = _other(happened.author_id, receiver if both else None, footing)
        rows.append(
            make_row(
                giver,
                "reaction_given",
                at,
                stream_kind.modality,
                giver=footing.roles.get(happened.account_id, NO_GIVER),
                place=place,
                other_participant="" if staff else other,
                other_class=kind,
            )
        )
    if receiver is None or not covers(receiver, "reaction_received", at) or footing.blocked:
        return rows
    other, kind = _other(happened.account_id, giver if both else None, footing)
    rows.append(
        make_row(
            receiver,
            "reaction_received",
            at,
            stream_kind.modality,
            giver=footing.roles.get(happened.account_id, UNSAID) if both else UNSAID,
            place=place,
            item=f"{stream_kind.contribution}:{happened.contribution_id}",
            other_participant="" if staff else other,
            other_class=kind,
        )
    )
    return rows


def capture_room_joined(uow: UnitOfWork, happened: RoomJoined) -> Sequence[Row]:
    """Entering a room."""
    who = consent_in_force(uow, happened.account_id).get(happened.account_id)
    at = to_us(uow.now)
    if who is None or not covers(who, "room_joined", at):
        return ()
    return [make_row(who, "room_joined", at, "room", place=f"room:{happened.room_id}")]


def capture_room_left(uow: UnitOfWork, happened: RoomLeft) -> Sequence[Row]:
    """Leaving a room, with the time spent there since consent to `time` began."""
    who = consent_in_force(uow, happened.account_id).get(happened.account_id)
    at = to_us(uow.now)
    if who is None or not covers(who, "room_left", at):
        return ()
    stayed = max(0, min(happened.stayed_us, at - who.since["time"]))
    place = f"room:{happened.room_id}"
    return [make_row(who, "room_left", at, "room", place=place, duration_us=stayed)]


def capture_report(uow: UnitOfWork, happened: ReportMade) -> Sequence[Row]:
    """That a report was made. Not about what, about whom or why."""
    who = consent_in_force(uow, happened.reporter_id).get(happened.reporter_id)
    at = to_us(uow.now)
    if who is None or not covers(who, "report_made", at):
        return ()
    return [make_row(who, "report_made", at, subject_named(uow, happened.target_kind).modality)]


def capture_block(uow: UnitOfWork, happened: Blocked) -> Sequence[Row]:
    """A block given. Blocks received are never captured: the blocked person reads their own rows (invariant 9)."""
    who = consent_in_force(uow, happened.blocker_id).get(happened.blocker_id)
    at = to_us(uow.now)
    if who is None or not covers(who, "block_given", at):
        return ()
    return [make_row(who, "block_given", at, "site")]


def capture_reads(uow: UnitOfWork, reads: Sequence[ThreadOpened]) -> int:
    """Write a batch of gathered reads: when each thread's page was opened, and by whom. Returns the rows written.

    Consent is looked up now, and a read from before it began is left out. A failure is recorded as a gap and the
    batch is let go: reading never waits for research.
    """
    now_us = to_us(uow.now)
    try:
        with _savepoint(uow):
            in_force = consent_in_force(uow, *(read.account_id for read in reads))
            rows = [
                make_row(
                    who,
                    "thread_opened",
                    read.at_us or now_us,
                    "forum",
                    place=f"thread:{read.thread_id}",
                    position_from=read.position_from,
                    position_to=read.position_to,
                )
                for read in reads
                if (who := in_force.get(read.account_id)) is not None
                and covers(who, "thread_opened", read.at_us or now_us)
            ]
            return write(uow, rows)
    except Exception as error:  # noqa: BLE001 (reading goes first)
        _record_gap(uow, "ThreadOpened", error)
        return 0
