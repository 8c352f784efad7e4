"""What all features bring, by type: asked by whoever works with every one of a kind and imports none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Catalogue:
    """What the manifests name under `brings`, in the order of the features. A database has one."""

    def __init__(self, brought: Iterable[tuple[object, ...]] = ()) -> None:
        self._brought = tuple(thing for things in brought for thing in things)
        self._by_type: dict[type[Any], tuple[Any, ...]] = {}

    def every(self, wanted: type[T]) -> tuple[T, ...]:
        """All of one type, in the order of the features."""
        found = self._by_type.get(wanted)
        if found is None:
            found = self._by_type[wanted] = tuple(one for one in self._brought if isinstance(one, wanted))
        return found
