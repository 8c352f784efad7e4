"""What a feature brings, said in one place: its manifest. `peerspace.features` lists them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.kernel.jobs import Job


def _hears_nothing(_listeners: Listeners, _audit_log: AuditLog) -> None:
    """A feature that listens to no event."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature's manifest. Whoever needs something of all features walks `peerspace.features.FEATURES`."""

    name: str
    models: ModuleType
    """The module of its mapped tables."""
    sentences: Mapping[str, str]
    """The sentence for each of its errors' keys, in English."""
    actions: type[AuditedAction] | None = None
    """What of it is written into the audit chain."""
    listen: Callable[[Listeners, AuditLog], None] = field(default=_hears_nothing)
    """Adds what it hears, inside transactions and after them."""
    jobs: tuple[Job, ...] = ()
    """Its background work."""
    pruned: Mapping[str, str] = field(default_factory=dict)
    """Its tables whose old rows go, and the job (or `retention.WEB_PROCESS`) that takes them out."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Its tables whose rows stay, and why."""
    brings: tuple[object, ...] = ()
    """What it adds to others: kinds of streams, subjects that can be reported, questions that it answers. Whoever
    needs all of one type asks the catalogue."""
