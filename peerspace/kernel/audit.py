"""The audit chain: append-only, keyed, verifiable.

Each entry's `mac` is HMAC-SHA256 over the previous mac and the entry's canonical JSON, under AUDIT_KEY from the
environment. A signed copy of the newest head is kept in a file outside the database: without it, cutting off the tail
or recomputing the chain with a stolen database would go unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from peerspace.kernel.clock import to_us
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.models import AuditEntry, AuditHead
from peerspace.kernel.uow import UnitOfWork

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Audited(DomainEvent):
    """An entry was appended. Heard after commit by the keeper of the outside head."""

    seq: int
    mac: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing `verify` found wrong. `kind`: changed, missing, reordered, cut_off, recomputed, head_forged."""

    kind: str
    seq: int


class AuditLog:
    """Appends to and verifies the chain under `key`; keeps the signed head at `head_path`."""

    def __init__(self, key: bytes, head_path: Path) -> None:
        self._key = key
        self._head_path = head_path
        self._file_lock = threading.Lock()

    @property
    def key(self) -> bytes:
        """The audit key, for another record that is kept outside the database and draws its own key from it."""
        return self._key

    @property
    def head_path(self) -> Path:
        """Where the signed head is kept."""
        return self._head_path

    def append(
        self,
        uow: UnitOfWork,
        action: str,
        subject_kind: str,
        subject_id: str | int,
        *,
        concerns: int | None = None,
        **detail: str | int,
    ) -> int:
        """Append one entry to the chain inside `uow` and return its number.

        `detail` holds ids and enumerations only. `concerns` is the member who may see the entry.
        """
        head = uow.session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
        if head is None:
            head = AuditHead(id=1, seq=0, mac=GENESIS)
            uow.session.add(head)
        entry = AuditEntry(
            seq=head.seq + 1,
            at_us=to_us(uow.now),
            account_id=uow.actor.account_id,
            origin=uow.actor.origin.value,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            concerns_id=concerns,
            detail=detail,
            mac="",
        )
        entry.mac = self._mac(head.mac, entry)
        head.seq, head.mac = entry.seq, entry.mac
        uow.session.add(entry)
        uow.session.flush()
        uow.emit(Audited(seq=entry.seq, mac=entry.mac))
        return entry.seq

    def keep_head(self, happened: Audited) -> None:
        """Write the newest head to its file, never going backwards. Listens after commit."""
        with self._file_lock:
            kept = self._read_head()
            if kept is not None and kept[0] >= happened.seq:
                return
            self._head_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            line = {"seq": happened.seq, "mac": happened.mac, "sign": self._sign(happened.seq, happened.mac)}
            fresh = self._head_path.with_suffix(f".{os.getpid()}.new")
            with open(fresh, "w", encoding="ascii") as handle:
                handle.write(json.dumps(line))
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(fresh, self._head_path)

    def verify(self, session: Session) -> list[Fault]:
        """Walk the whole chain and the outside head; return what is wrong, in order (empty when sound)."""
        faults = list(self._walk(session))
        last = session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
        try:
            kept = self._read_head()
        except ValueError:
            return [*faults, Fault("head_forged", 0)]
        if kept is None:
            return faults if last is None else [*faults, Fault("head_missing", last.seq)]
        seq, mac = kept
        if last is None or last.seq < seq:
            faults.append(Fault("cut_off", seq))
        else:
            there = session.get(AuditEntry, seq)
            if there is not None and not hmac.compare_digest(there.mac, mac):
                faults.append(Fault("recomputed", seq))
        return faults

    def _walk(self, session: Session) -> Iterator[Fault]:
        previous_seq, previous_mac, previous_at = 0, GENESIS, 0
        for entry in session.scalars(
            select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)
        ):
            if entry.seq != previous_seq + 1:
                yield Fault("missing", previous_seq + 1)
            elif not hmac.compare_digest(self._mac(previous_mac, entry), entry.mac):
                yield Fault("reordered" if entry.at_us < previous_at else "changed", entry.seq)
            previous_seq, previous_mac, previous_at = entry.seq, entry.mac, entry.at_us

    def _mac(self, previous: str, entry: AuditEntry) -> str:
        body = json.dumps(
            [
                previous,
                entry.seq,
                entry.at_us,
                entry.account_id,
                entry.origin,
                entry.action,
                entry.subject_kind,
                entry.subject_id,
                entry.concerns_id,
                entry.detail,
            ],
            sort_keys=True,
            separators=(",", ":"),
        )
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()

    def _sign(self, seq: int, mac: str) -> str:
        return hmac.new(self._key, f"head:{seq}:{mac}".encode(), hashlib.sha256).hexdigest()

    def _read_head(self) -> tuple[int, str] | None:
        """The head kept outside. Raises ValueError when its signature does not fit."""
        try:
            kept = json.loads(self._head_path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        if not hmac.compare_digest(self._sign(kept["seq"], kept["mac"]), kept["sign"]):
            raise ValueError("the audit head's signature does not fit")
        return kept["seq"], kept["mac"]
