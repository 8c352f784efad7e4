"""Domain events and who listens to them.

An event is a frozen dataclass that carries ids only. Services raise them through the unit of work. Two kinds of
listener exist: *with* the transaction (desk items, inbox, capture) and *after* the commit (sockets).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Base of all domain events. Subclasses add ids and enumerations, never words."""


WithListener = Callable[[Any, Any], None]
"""Takes the unit of work and the event. The unit of work knows of listeners, so that they cannot name its type here."""
AfterListener = Callable[[Any], None]


class Listeners:
    """Who hears which event. Filled once by the composition root, then only read."""

    def __init__(self) -> None:
        self._with: dict[type[DomainEvent], list[WithListener]] = defaultdict(list)
        self._after: dict[type[DomainEvent], list[AfterListener]] = defaultdict(list)

    def with_transaction(self, event: type[DomainEvent], listener: WithListener) -> None:
        """Call `listener(uow, event)` inside the transaction, before it commits; what it raises undoes the act."""
        self._with[event].append(listener)

    def after_commit(self, event: type[DomainEvent], listener: AfterListener) -> None:
        """Call `listener(event)` once the commit stands; what it raises is logged and undoes nothing."""
        self._after[event].append(listener)

    def hears_with(self, event: DomainEvent) -> list[WithListener]:
        return self._with.get(type(event), [])

    def hears_after(self, event: DomainEvent) -> list[AfterListener]:
        return self._after.get(type(event), [])
