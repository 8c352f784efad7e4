"""The audit chain: append-only, keyed, verifiable.

Each entry's `mac` is HMAC-SHA256 over the previous mac and the entry's canonical JSON, under AUDIT_KEY from the
environment. A signed copy of the newest head is kept in a file outside the database: without it, cutting off the tail
or recomputing the chain with a stolen database would go unseen. While the chain does not hold what the file says, the
file stays as it is, however much is appended: it is the evidence, until somebody accepts the chain as it stands.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from peerspace.kernel.actions import AuditedAction, KernelAction
from peerspace.kernel.actor import Actor
from peerspace.kernel.clock import to_us
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.locks import hold
from peerspace.kernel.models import AuditEntry, AuditHead

log = structlog.get_logger(__name__)
GENESIS = "0" * 64


class Keep(StrEnum):
    """What becomes of the head outside when an entry is appended."""

    FORWARD = "forward"
    """It moves on, never backwards."""
    NOT = "not"
    """It stays: the chain does not hold what it says."""
    ANEW = "anew"
    """It is written whatever it says: somebody accepted the chain as it stands."""


class Act(Protocol):
    """What the chain needs of a unit of work, which knows the chain and so cannot be named here."""

    session: Session
    actor: Actor
    now: datetime

    def emit(self, happened: DomainEvent) -> None:
        """Raise a domain event."""


@dataclass(frozen=True, slots=True)
class Audited(DomainEvent):
    """An entry was appended. Heard after commit by the keeper of the outside head."""

    seq: int
    mac: str
    keep: Keep = Keep.FORWARD


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing `verify` found wrong.

    `kind`: changed, missing, reordered, cut_off, recomputed, head_forged, head_missing.
    """

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
        uow: Act,
        action: AuditedAction,
        subject_kind: str,
        subject_id: str | int,
        *,
        concerns: int | None = None,
        **detail: str | int,
    ) -> int:
        """Append one entry to the chain inside `uow` and return its number.

        `detail` holds ids and enumerations only. `concerns` is the member who may see the entry.
        Raises ValueError for an action that is told to a member where none is named.
        """
        if action.to_member and concerns is None:
            raise ValueError(f"{action.value} is told to a member: whom does it concern?")
        return self._append(
            uow, action, subject_kind, subject_id, concerns=concerns, detail=detail, keep=Keep.FORWARD
        )

    def _append(
        self,
        uow: Act,
        action: AuditedAction,
        subject_kind: str,
        subject_id: str | int,
        *,
        concerns: int | None,
        detail: dict[str, str | int],
        keep: Keep,
    ) -> int:
        head = hold(uow.session, AuditHead, 1)
        if head is None:
            head = AuditHead(id=1, seq=0, mac=GENESIS)
            uow.session.add(head)
        if keep is Keep.FORWARD and (fault := self._disagreement(uow.session, head)):
            log.error("audit_head_disagrees", fault=fault.kind, kept_seq=fault.seq, chain_seq=head.seq)
            keep = Keep.NOT
        entry = AuditEntry(
            seq=head.seq + 1,
            at_us=to_us(uow.now),
            account_id=uow.actor.account_id,
            origin=uow.actor.origin.value,
            action=action.value,
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
        uow.emit(Audited(seq=entry.seq, mac=entry.mac, keep=keep))
        return entry.seq

    def accept(self, uow: Act) -> int:
        """Take the chain as it stands for the true one, after a backup was restored. Returns the new entry's number.

        The entry says which head was given up: its number, or -1 when it was forged and 0 when there was none.
        """
        try:
            kept = self._read_head()
            given_up = kept[0] if kept is not None else 0
        except ValueError:
            given_up = -1
        return self._append(
            uow, KernelAction.AUDIT_ACCEPTED, "audit", given_up, concerns=None, detail={}, keep=Keep.ANEW
        )

    def keep_head(self, happened: Audited) -> None:
        """Write the newest head to its file. Listens after commit."""
        if happened.keep is Keep.NOT:
            return
        with self._file_held():
            if happened.keep is Keep.FORWARD:
                kept = self._read_head()
                if kept is not None and kept[0] >= happened.seq:
                    return
            line = {"seq": happened.seq, "mac": happened.mac, "sign": self._sign(happened.seq, happened.mac)}
            fresh = self._head_path.with_suffix(f".{os.getpid()}.new")
            with open(fresh, "w", encoding="ascii") as handle:
                handle.write(json.dumps(line))
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(fresh, self._head_path)

    def verify(self, session: Session) -> list[Fault]:
        """Walk the whole chain and the outside head; return what is wrong, in order (empty when sound)."""
        try:
            # First: what is appended while the chain is walked moves the head on.
            kept = self._read_head()
        except ValueError:
            return [*self._walk(session), Fault("head_forged", 0)]
        faults = list(self._walk(session))
        last = session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
        seq, mac = (last.seq, last.mac) if last is not None else (0, GENESIS)
        fault = self._compare(session, kept, seq, mac)
        return faults if fault is None or fault in faults else [*faults, fault]

    def head_fault(self, session: Session) -> Fault | None:
        """What is wrong between the head outside and the chain, without walking it. None when they agree."""
        head = session.get(AuditHead, 1) or AuditHead(id=1, seq=0, mac=GENESIS)
        fault = self._disagreement(session, head)
        if fault is None and head.seq and not self._head_path.exists():
            return Fault("head_missing", head.seq)
        return fault

    def _disagreement(self, session: Session, head: AuditHead) -> Fault | None:
        """Why the file must not move on. A file that is not there is written: so begins every chain."""
        try:
            kept = self._read_head()
        except ValueError:
            return Fault("head_forged", 0)
        except OSError:
            return Fault("head_unreadable", 0)
        return self._compare(session, kept, head.seq, head.mac) if kept is not None else None

    def _compare(self, session: Session, kept: tuple[int, str] | None, seq: int, mac: str) -> Fault | None:
        """The head outside against a chain that ends with `seq` and `mac`."""
        if kept is None:
            return Fault("head_missing", seq) if seq else None
        if kept[0] > seq:
            return Fault("cut_off", kept[0])
        if kept[0] < seq:
            there = session.scalar(select(AuditEntry.mac).where(AuditEntry.seq == kept[0]))
            if there is None:
                return Fault("missing", kept[0])
            mac = there
        return None if hmac.compare_digest(mac, kept[1]) else Fault("recomputed", kept[0])

    @contextmanager
    def _file_held(self) -> Iterator[None]:
        """One writer of the head at a time: among threads, and among processes."""
        self._head_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._file_lock:
            descriptor = os.open(self._head_path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+b") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield

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
        """The head kept outside. Raises ValueError when it is none, or when its signature does not fit."""
        try:
            kept = json.loads(self._head_path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        try:
            seq, mac, sign = int(kept["seq"]), str(kept["mac"]), str(kept["sign"])
        except (KeyError, TypeError) as error:
            raise ValueError("the audit head's file holds no head") from error
        if not hmac.compare_digest(self._sign(seq, mac).encode(), sign.encode()):
            raise ValueError("the audit head's signature does not fit")
        return seq, mac
