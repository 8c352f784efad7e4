"""The erasure and withdrawal ledger: a file outside the database, so that restoring a backup brings nobody back.

One JSON line per erasure or withdrawal, chained by HMAC-SHA256 under the audit key and synced to disk. A line names
accounts and participants only by keyed tags: without the key the file links nobody to anything.

The line is written after the commit. What a crash kept from being written is added by `catch_up`, which finds it in
the database; after a restore `replay` does to the database what the ledger says. Both can run any number of times.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.consent import periods
from peerspace.consent.events import ConsentTakenBack, ErasureAsked
from peerspace.consent.fold import said
from peerspace.consent.models import ConsentRecord, Participant
from peerspace.consent.receipts import SCHEMA_VERSION, event_of, receipt
from peerspace.consent.scopes import in_order
from peerspace.consent.service import ENDS, records_of, said_before
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.clock import from_us, to_us
from peerspace.kernel.moments import hold_alone
from peerspace.kernel.uow import Database, UnitOfWork

FILE = "erasure-ledger.jsonl"
GENESIS = "0" * 64


class LedgerBroken(Exception):
    """A line of the ledger was changed, taken out or put in. `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} of the erasure ledger does not fit the one before it")
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `kind`: erased (`tags` of participants) or taken_back (`tags` holds the account's)."""

    kind: str
    tags: tuple[str, ...]
    record_id: str = ""
    event: str = ""
    scopes: tuple[str, ...] = ()
    at_us: int = 0


class Ledger:
    """Appends to, reads and replays the ledger at `path` under `key`."""

    def __init__(self, key: bytes, path: Path) -> None:
        self._key = key
        self.path = path

    def note_erasure(self, happened: ErasureAsked) -> None:
        """Listens after commit."""
        self.append([self._erased(happened.participant_ids)])

    def note_taken_back(self, happened: ConsentTakenBack) -> None:
        """Listens after commit."""
        self.append(
            [
                Line(
                    "taken_back",
                    (self.tag("account", happened.account_public_id),),
                    happened.record_id,
                    happened.event,
                    happened.scopes,
                    happened.at_us,
                )
            ]
        )

    def tag(self, kind: str, value: str) -> str:
        """The keyed stand-in for an id: 32 hexadecimal characters."""
        return hmac.new(self._key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def append(self, lines: Iterable[Line]) -> None:
        """Add lines and sync them to disk. A last line torn by a crash is cut off first; `catch_up` brings it back."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked() as handle:
            mac = self._last_mac(handle)
            for line in lines:
                body = self._body(line)
                mac = self._mac(mac, body)
                handle.write(json.dumps({**body, "mac": mac}, sort_keys=True).encode() + b"\n")
            handle.flush()
            os.fsync(handle.fileno())

    def read(self) -> list[Line]:
        """Every line, oldest first; empty where no ledger exists. Raises LedgerBroken when the chain does not fit."""
        try:
            kept = self.path.read_bytes()
        except FileNotFoundError:
            return []
        found: list[Line] = []
        mac = GENESIS
        for number, raw in enumerate(kept[: kept.rfind(b"\n") + 1].splitlines(), start=1):
            try:
                body = json.loads(raw)
                mac_there = body.pop("mac")
                line = Line(**{**body, "tags": tuple(body["tags"]), "scopes": tuple(body["scopes"])})
            except (ValueError, KeyError, TypeError) as error:
                raise LedgerBroken(number) from error
            mac = self._mac(mac, body)
            if not hmac.compare_digest(mac, str(mac_there)):
                raise LedgerBroken(number)
            found.append(line)
        return found

    def catch_up(self, uow: UnitOfWork) -> int:
        """Add what the database knows and the ledger does not; the number of lines added. Idempotent."""
        lines = self.read()
        known_records = {line.record_id for line in lines}
        known_tags = {tag for line in lines if line.kind == "erased" for tag in line.tags}
        missing = [
            Line(
                "taken_back",
                (self.tag("account", public_id),),
                record.record_id,
                event,
                tuple(scopes),
                to_us(record.at),
            )
            for record, public_id in uow.session.execute(
                select(ConsentRecord, Account.public_id)
                .join(Account, Account.id == ConsentRecord.account_id)
                .where(ConsentRecord.event.in_((*ENDS, "changed")))
                .order_by(ConsentRecord.id)
            )
            if record.record_id not in known_records
            for event in ENDS
            if (scopes := in_order(said(record, (event,))))
        ]
        tombstones = uow.session.scalars(
            select(Participant.id)
            .where(Participant.end_reason == "stopped_and_erased")
            .order_by(Participant.id)
        )
        gone = [number for number in tombstones if self.tag("participant", number) not in known_tags]
        if gone:
            missing.append(self._erased(gone))
        if missing:
            self.append(missing)
        return len(missing)

    def replay(self, uow: UnitOfWork) -> int:
        """Do again, in a restored database, every erasure and withdrawal it does not know; how many it did.

        Raises LedgerBroken before anything is changed. Emits ErasureAsked (account_id 0), so that captured rows go too.
        """
        lines = self.read()
        done = 0
        accounts = {self.tag("account", a.public_id): a for a in uow.session.scalars(select(Account))}
        known = set(uow.session.scalars(select(ConsentRecord.record_id)))
        for line in lines:
            account = accounts.get(line.tags[0]) if line.kind == "taken_back" else None
            if account is not None and line.record_id not in known:
                self._take_back(uow, account, line)
                known.add(line.record_id)  # two processes may have noted the same withdrawal
                done += 1
        gone = {tag for line in lines if line.kind == "erased" for tag in line.tags}
        back = [
            p
            for p in uow.session.scalars(select(Participant).where(Participant.account_id.is_not(None)))
            if self.tag("participant", p.id) in gone
        ]
        for period in back:
            periods.make_tombstone(period, uow.now)
        if back:
            uow.session.flush()
            uow.emit(ErasureAsked(account_id=0, participant_ids=tuple(p.id for p in back)))
        return done + len(back)

    def _take_back(self, uow: UnitOfWork, account: Account, line: Line) -> None:
        hold_alone(uow, account.id)
        words = said_before(uow, records_of(uow, account.id), line.scopes)
        notice, terms = words.notice, words.terms
        at = from_us(line.at_us)
        answers = dict.fromkeys(in_order(line.scopes), line.event)
        kept = receipt(
            record_id=line.record_id,
            schema_version=SCHEMA_VERSION,
            answers=answers,
            at=at,
            method="replayed",
            terms=terms,
            notice={
                "number": notice.number,
                "language": notice.language,
                "content_hash": notice.content_hash,
            },
        )
        uow.session.add(
            ConsentRecord(
                record_id=line.record_id,
                schema_version=SCHEMA_VERSION,
                account_id=account.id,
                event=event_of(answers),
                answers=answers,
                scopes=list(answers),
                notice_id=notice.id,
                at=at,
                method="replayed",
                terms=terms,
                receipt_hash=kept["receipt_hash"],
            )
        )
        uow.session.flush()
        records = uow.session.scalars(
            select(ConsentRecord)
            .where(ConsentRecord.account_id == account.id)
            .order_by(ConsentRecord.at, ConsentRecord.id)
        ).all()
        ended = "expired" if line.event == "expired" else "stopped"
        periods.follow(uow, account.id, records, ended=ended)

    def _erased(self, participant_ids: Iterable[str]) -> Line:
        return Line("erased", tuple(sorted(self.tag("participant", number) for number in participant_ids)))

    def _body(self, line: Line) -> dict[str, Any]:
        return {
            "kind": line.kind,
            "tags": list(line.tags),
            "record_id": line.record_id,
            "event": line.event,
            "scopes": list(line.scopes),
            "at_us": line.at_us,
        }

    def _mac(self, previous: str, body: dict[str, Any]) -> str:
        text = previous + json.dumps(body, sort_keys=True, separators=(",", ":"))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle

    def _last_mac(self, handle: IO[bytes]) -> str:
        kept = handle.read()
        whole = kept.rfind(b"\n") + 1
        handle.seek(whole)
        handle.truncate()
        lines = kept[:whole].splitlines()
        return str(json.loads(lines[-1])["mac"]) if lines else GENESIS


def keep_ledger(database: Database) -> int:
    """Write down what a crash kept from being written; the number of lines. For the timetable."""
    with database.read(installation(Origin.JOB)) as uow:
        return ledger_beside(database.audit_log).catch_up(uow)


def ledger_beside(audit_log: AuditLog) -> Ledger:
    """The ledger beside the audit chain's outside head, under a key of its own drawn from the same secret."""
    key = hmac.new(audit_log.key, b"erasure-ledger", hashlib.sha256).digest()
    return Ledger(key, audit_log.head_path.with_name(FILE))
