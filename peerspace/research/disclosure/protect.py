"""Choose what to hide: first what is unsafe by itself, then as little more as keeps it hidden.

1. Primary: every cell that fails its own rule is hidden.
2. Lines: in a row or column of a table never exactly one cell is hidden, and hidden parts of a published
   total are safe when added together.
3. Linear program: what can be worked out about each hidden cell, from all tables at once, must be an interval
   at least 5 wide (for a sum: also at least 10% of it to either side). Where it is narrower, the cheapest
   cell whose hiding helps is hidden too; then 2 and 3 again.

Everything not hidden is rounded. Hiding more never narrows what is known of another cell, so a cell that
passed once has passed for good, and the loop ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peerspace.research.disclosure.audit import Audit, AuditFailed
from peerspace.research.disclosure.cells import Cell, Key, Line, Structure
from peerspace.research.disclosure.rules import BASE, P_PERCENT, THRESHOLD, WIDTH, round_to_base


@dataclass(frozen=True)
class Protected:
    """Cells as they may be published.

    `published`: rounded number, None where hidden. `primary` and `complementary` say why each was hidden,
    `given_up` names the cells of tables that could not be made safe and are hidden whole: none of the three
    is ever published, since why a cell is hidden says something about it. `narrowest` is the width of the
    narrowest interval seen in the last, independent audit (at least so wide; None with nothing hidden).
    """

    published: dict[Key, int | None]
    primary: frozenset[Key]
    complementary: frozenset[Key]
    given_up: frozenset[Key]
    narrowest: int | None


def protect(
    cells: Iterable[Cell], structure: Structure, *, base: int = BASE, width: int = WIDTH
) -> Protected:
    """Hide and round. `base` 1 leaves the published numbers unrounded (for checking against textbooks).

    Raises AuditFailed if even hiding everything that is tied together left a cell too narrow, which only
    happens when the structure is wrong (a total that is not the sum of its parts).
    """
    return _Protection({cell.key: cell for cell in cells}, structure, base, width).run()


class _Protection:
    """The state of one run of `protect`."""

    def __init__(self, cells: Mapping[Key, Cell], structure: Structure, base: int, width: int) -> None:
        self.cells = cells
        self.structure = structure.within(cells)
        self.base = base
        self.width = width
        self.hidden = {key for key, cell in cells.items() if not cell.safe}
        self.primary = frozenset(self.hidden)
        self.given_up: set[Key] = set()
        self.lines_of: dict[Key, list[Line]] = {key: [] for key in cells}
        self.tied: dict[Key, set[Key]] = {key: set() for key in cells}
        for line in self.structure.lines:
            for key in line.keys:
                self.lines_of[key].append(line)
                self.tied[key].update(line.keys)
        for row in self.structure.inequalities:
            for key in (*row.less, *row.more):
                self.tied[key].update(row.less, row.more)

    def run(self) -> Protected:
        queue = sorted(self.hidden | self._close_lines(self.structure.lines))
        audit = self._audit()
        audit.explore()
        while queue:
            key = queue.pop()
            try:
                new = self._widen(audit, key)
            except AuditFailed:
                new = self._give_up(key)
            for extra in new:
                audit.hide(extra)
            queue.extend(sorted(new))
            if new:
                queue.append(key)
        return Protected(
            self._published(),
            self.primary,
            frozenset(self.hidden - self.primary - self.given_up),
            frozenset(self.given_up),
            self._audit_again(),
        )

    def needed(self, key: Key) -> int:
        """How wide the interval of a hidden cell must be."""
        cell = self.cells[key]
        if cell.kind == "count":
            return self.width
        return max(self.width, math.ceil(2 * P_PERCENT * cell.truth / 100))

    def _published(self) -> dict[Key, int | None]:
        return {
            key: None if key in self.hidden else round_to_base(cell.truth, self.base)
            for key, cell in self.cells.items()
        }

    def _audit(self) -> Audit:
        most = max((cell.truth for cell in self.cells.values()), default=0)
        return Audit(self._published(), self.structure, base=self.base, cap=4 * (most + 1000))

    def _widen(self, audit: Audit, key: Key) -> set[Key]:
        """Hide one more cell if `key` can be worked out too closely, and what follows from that by the
        lines.
        """
        if audit.is_wide(key, self.needed(key)):
            return set()
        candidates = sorted(audit.limits(key), key=self._price)
        if not candidates:
            raise AuditFailed(key)
        choice, widest = candidates[0], -1
        for candidate in candidates:
            low, high = audit.without(key, candidate)
            if high - low > widest:  # else the one that helps most, so that nothing is hidden in vain
                choice, widest = candidate, high - low
            if widest >= self.needed(key):
                break
        self.hidden.add(choice)
        return {choice} | self._close_lines(self.lines_of[choice])

    def _price(self, key: Key) -> tuple[int, int, Key]:
        cell = self.cells[key]
        return cell.cost, cell.truth, key

    def _close_lines(self, lines: Iterable[Line]) -> set[Key]:
        """Apply the rule of lines until nothing changes; the cells newly hidden."""
        new: set[Key] = set()
        pending = [line for line in lines if line.strict]
        while pending:
            line = pending.pop()
            extra = self._line_needs(line)
            if extra is None:
                continue
            self.hidden.add(extra)
            new.add(extra)
            pending.extend(other for other in self.lines_of[extra] if other.strict)
        return new

    def _line_needs(self, line: Line) -> Key | None:
        """The next cell of a line to hide, None if the line is in order."""
        parts = frozenset(key for key in line.parts if key in self.hidden)
        total_hidden = line.total in self.hidden
        if not parts and not total_hidden:
            return None
        alone = len(parts) + total_hidden == 1
        if not alone and (total_hidden or self._safe_together(line, parts)):
            return None
        open_parts = [key for key in line.parts if key not in self.hidden]
        if open_parts:
            return min(open_parts, key=self._price)
        return None if total_hidden else line.total

    def _safe_together(self, line: Line, parts: frozenset[Key]) -> bool:
        if line.together is not None:
            return line.together(parts)
        return sum(self.cells[key].truth for key in parts) >= THRESHOLD

    def _give_up(self, key: Key) -> set[Key]:
        """Hide every cell of every table that is tied to `key`: what cannot be made safe is not published at
        all.
        """
        tables = {name.partition(".")[0] for name in {key, *self._reach(key)}}
        new = {k for k in self.cells if k.partition(".")[0] in tables and k not in self.hidden}
        if not new:
            raise AuditFailed(key)
        self.hidden |= new
        self.given_up |= new
        return new

    def _reach(self, key: Key) -> set[Key]:
        seen, frontier = {key}, {key}
        while frontier:
            frontier = set().union(*(self.tied[k] for k in frontier)) - seen
            seen |= frontier
        return seen

    def _audit_again(self) -> int | None:
        """Audit what is about to be published from scratch; the narrowest width found."""
        audit = self._audit()
        audit.explore()
        narrowest: int | None = None
        for key in audit.hidden():
            found = audit.width_at_least(key, self.needed(key))
            if found < self.needed(key):
                raise AuditFailed(key)
            narrowest = found if narrowest is None else min(narrowest, found)
        return narrowest
