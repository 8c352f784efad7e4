"""Looking for what members wrote, and for who they are, in places where neither may be.

A *run* is four words in a row. Words are compared without case, apostrophes and signs; a run of numbers alone is none.
Each text is looked at as it stands, with its markup taken out, and with its escapes resolved.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_APOSTROPHES = re.compile("['\u2019\u02bc]")
_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^>]*>")


def words(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return _WORD.findall(_APOSTROPHES.sub("", text).casefold())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every four words in a row that are not numbers alone."""
    return _runs(words(text))


def _runs(found: list[str]) -> Iterator[tuple[str, ...]]:
    for run in zip(found, found[1:], found[2:], found[3:], strict=False):
        if not all(word.isdigit() for word in run):
            yield run


@dataclass(frozen=True)
class Trace:
    """Something found: `what` (run, title, name or id), its words, and where."""

    what: str
    words: str
    where: str


class Traces:
    """Everything that must not be found. `ids` are searched as they stand."""

    def __init__(
        self, texts: Iterable[str], titles: Iterable[str], names: Iterable[str], ids: Iterable[str] = ()
    ) -> None:
        self.runs = {run for text in texts for run in runs(text)}
        self.titles = {tuple(words(title)) for title in titles} - {()}
        self.names = {name.casefold() for name in names}
        self.ids = set(ids)
        self._by_first: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for title in self.titles:
            self._by_first[title[0]].add(title)

    def find(self, text: str, where: str) -> set[Trace]:
        """What of it is in `text`."""
        found: set[Trace] = {Trace("id", one, where) for one in self.ids if one in text}
        for look in {text, html.unescape(text), html.unescape(_TAG.sub(" ", text))}:
            said = words(look)
            found |= {Trace("run", " ".join(run), where) for run in self.runs.intersection(_runs(said))}
            found |= {Trace("name", name, where) for name in self.names.intersection(said)}
            for start, word in enumerate(said):
                for title in self._by_first.get(word, ()):
                    if tuple(said[start : start + len(title)]) == title:
                        found.add(Trace("title", " ".join(title), where))
        return found

    def find_in_folder(self, folder: Path) -> set[Trace]:
        """What of it is anywhere in a folder: names of files, their text, cells of Parquet files, what a zip holds."""
        found: set[Trace] = set()
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = str(path.relative_to(folder))
            found |= self.find(name, "a file's name")
            for text in contents(path):
                found |= self.find(text, name)
        return found


def contents(path: Path) -> Iterator[str]:
    """Everything readable in a file."""
    data = path.read_bytes()
    yield data.decode("utf-8", errors="replace")
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix == ".json":
        yield "\n".join(_strings(json.loads(data)))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for entry in packed.namelist():
                yield entry
                yield packed.read(entry).decode("utf-8", errors="replace")


def _parquet(path: Path) -> Iterator[str]:
    with duckdb.connect(":memory:") as engine:
        table = engine.execute("SELECT * FROM read_parquet(?)", [str(path)])
        yield " ".join(column[0] for column in table.description or ())
        for row in table.fetchall():
            yield " ".join(str(cell) for cell in row)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    else:
        yield str(value)


def own_runs(root: Path) -> set[tuple[str, ...]]:
    """Every run in the source of the research part and in the markup of a figure of nothing: what a package is made of,
    whoever the members are."""
    found = set(runs(_drawn_of_nothing()))
    for path in (root / "peerspace" / "research").rglob("*"):
        if path.suffix in (".py", ".sql", ".md", ".html", ".json", ".txt"):
            found.update(runs(path.read_text(encoding="utf-8")))
    return found


def _drawn_of_nothing() -> str:
    """A figure of invented numbers: the markup that every SVG of the library has. Somebody may have quoted such."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    axes.barh([0, 1], [1.0, 2.0], linestyle="--")
    axes.step([0, 4], [1.0, 0.5], marker="o", label="0")
    axes.annotate("0", (1.0, 0), (3, 0), textcoords="offset points")
    axes.legend()
    figure.suptitle("0")
    out = io.StringIO()
    with mpl.rc_context(rc={"svg.fonttype": "none", "font.family": ["DejaVu Sans"]}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": "0"})
    return out.getvalue()
