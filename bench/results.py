"""What a bench found, as a short page under docs/results/, with what the machine was but not which."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"


def machine() -> str:
    """Cores, memory, load and Python: enough to read the figures by."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {pages / 2**30:.0f} GiB, Python {platform.python_version()}, load at the start {load}"


def write_result(name: str, lines: Iterable[str]) -> None:
    """Write docs/results/<name>.md, the machine and the day below."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    stamp = f"{datetime.now(UTC).date()}; {machine()}."
    (RESULTS / f"{name}.md").write_text("\n".join([*lines, "", stamp, ""]), encoding="utf-8")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in markdown; all but the first column to the right."""
    return [
        f"| {' | '.join(header)} |",
        f"| --- |{' ---: |' * (len(header) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def middle(values: Sequence[float], digits: int = 1) -> str:
    """The median of some runs, with the smallest and the largest."""
    if not values:
        return "none"
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value with at least a share `q` of all at or below it; 0 for none."""
    ordered = sorted(values)
    return (
        ordered[min(len(ordered) - 1, max(0, -(-int(len(ordered) * q * 1000) // 1000) - 1))]
        if ordered
        else 0.0
    )
