"""Watches every statement of every test: rows are held in the order of kernel.locks, in each transaction.

An act that holds a row and then wants one that stands earlier in the order can wait for another act that did it the
other way round. SQLite has one writer and holds no rows: what is watched is PostgreSQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event

PERIOD = "participant"
CONSENT_ALONE, CONSENT_SHARED = "consent, alone", "consent, shared"
ORDER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("account", ("account",)),
    ("consent", (PERIOD, CONSENT_ALONE, CONSENT_SHARED)),
    ("contribution", ("contribution",)),
    ("item", ("item",)),
    ("stream", ("stream", "thread", "room")),
    ("audit head", ("audit_head",)),
)
"""What is held, and the tables that stand for it."""
RANK = {table: rank for rank, (_, tables) in enumerate(ORDER) for table in tables}

_CHANGES = re.compile(r'\s*(?:UPDATE|DELETE FROM)\s+"?(\w+)"?')
_INSERTS = re.compile(r'\s*INSERT(?: OR \w+)? INTO\s+"?(\w+)"?')
_HOLDS = re.compile(r'\bFROM\s+"?(\w+)"?.*\bFOR (?:NO KEY UPDATE|SHARE)\b', re.DOTALL)
_ADVISORY = re.compile(r"\bpg_advisory_xact_lock(_shared)?\(key\)")


@dataclass
class Transaction:
    """The tables touched so far in one transaction."""

    touched: set[str] = field(default_factory=set)
    highest: int = -1
    by: str = ""


@dataclass
class Recorder:
    """What was held against the order since the last look."""

    violations: list[str] = field(default_factory=list)
    _open: WeakKeyDictionary[Connection, Transaction] = field(default_factory=WeakKeyDictionary)

    def listen(self) -> None:
        """Watch every engine of this process."""
        event.listen(Engine, "before_cursor_execute", self._statement)
        for ended in ("commit", "rollback"):
            event.listen(Engine, ended, self._ended)

    def _ended(self, connection: Connection) -> None:
        self._open.pop(connection, None)

    def _statement(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if connection.dialect.name == "postgresql":
            self.note(self._open.setdefault(connection, Transaction()), statement)

    def note(self, now: Transaction, statement: str) -> None:
        """One statement of a transaction."""
        inserted = _INSERTS.match(statement)
        if inserted:
            now.touched.add(inserted.group(1))  # what nobody else can see yet is held by nobody else
            return
        table = _held_by(statement)
        if table not in RANK or table in now.touched:
            return
        if table == PERIOD and CONSENT_ALONE in now.touched:
            return  # a person's period is nobody else's while their consent is held alone
        now.touched.add(table)
        if RANK[table] < now.highest:
            self.violations.append(f"{table} after {now.by}: {' '.join(statement.split())[:200]}")
        elif RANK[table] > now.highest:
            now.highest, now.by = RANK[table], table

    def take(self) -> list[str]:
        """The violations since the last look."""
        found, self.violations = self.violations, []
        return found


def _held_by(statement: str) -> str:
    """The table whose rows a statement holds or changes; '' for one that only reads."""
    advisory = _ADVISORY.search(statement)
    if advisory:
        return CONSENT_SHARED if advisory.group(1) else CONSENT_ALONE
    found = _CHANGES.match(statement) or _HOLDS.search(statement)
    return found.group(1) if found else ""


RECORDER = Recorder()
