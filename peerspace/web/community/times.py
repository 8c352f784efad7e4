"""When a line is answered, as somebody types it: days in English or in the reader's language, and hours."""

from __future__ import annotations

import re

from babel.dates import get_day_names

from peerspace.community.help_lines import TIME
from peerspace.kernel.wording import spoken

_TIMES = re.compile(r"([^\s-]+)(?:\s*[-\u2013]\s*([^\s-]+))?\s+(\d{1,2}:\d{2})\s*[-\u2013]\s*(\d{1,2}:\d{2})")


def times_from(typed: str) -> list[str]:
    """What was typed about hours, `Mon-Fri 14:00-20:00` one a line, as help_lines.TIME takes it.

    Days are understood in English and in the reader's language. A line that is not understood stays as it is; the
    check that follows refuses it.
    """
    days = _days()
    said = []
    for written in (one.strip() for one in typed[:2000].splitlines()):
        if not written:
            continue
        found = _TIMES.fullmatch(written)
        first = days.get(_folded(found[1])) if found else None
        last = days.get(_folded(found[2])) if found and found[2] else first
        if found and first and last:
            written = f"{first}-{last} {found[3].zfill(5)}-{found[4].zfill(5)}"
        said.append(written)
    return said


def times_as_typed(times: tuple[str, ...]) -> str:
    """Hours as somebody types them, with the days in the reader's language."""
    names = get_day_names("abbreviated", locale=spoken().locale)
    lines = []
    for one in times:
        found = TIME.fullmatch(one)
        if found is None:
            lines.append(one)
            continue
        first, last = (names[int(day) - 1].rstrip(".") for day in (found[1], found[2]))
        lines.append(f"{first if first == last else f'{first}-{last}'} {found[3]}-{found[4]}")
    return "\n".join(lines)


def _days() -> dict[str, int]:
    known = {str(number): number for number in range(1, 8)}
    for locale in ("en", spoken().locale):
        for width in ("abbreviated", "wide"):
            for number, name in get_day_names(width, locale=locale).items():
                known[_folded(name)] = number + 1
    return known


def _folded(name: str) -> str:
    return name.casefold().rstrip(".")
