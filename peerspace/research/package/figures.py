"""The five figures of a release, drawn from the published numbers alone, always with the same bytes.

Hidden numbers are drawn as an empty, dashed bar or left out of a line, and the caption says so.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from peerspace.research.disclosure.levels import CHANNELS, WITHIN
from peerspace.research.disclosure.t0 import OpenTables, Value

_STYLE: dict[RcKeyType, Any] = {
    "svg.hashsalt": "peerspace",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLOURS = ("#2f6f73", "#b4632b", "#5b5b8c", "#7a7a7a")
_HIDDEN = "hidden: too few"
_Row = dict[str, Value]


def draw_figures(tables: OpenTables) -> dict[str, bytes]:
    """Every figure as SVG, by its path in the package."""
    drawn = {}
    for name, (title, draw) in _FIGURES.items():
        with mpl.rc_context(rc=_STYLE):
            figure = Figure(figsize=(7, 4), layout="constrained")
            FigureCanvasSVG(figure)
            draw(figure, tables)
            figure.suptitle(title, fontsize=11)
            out = io.BytesIO()
            meta = {
                "Date": None,
                "Creator": None,
                "Title": title,
                "Description": f"{title}. From rounded numbers.",
            }
            figure.savefig(out, format="svg", metadata=meta)
            drawn[f"figures/{name}.svg"] = out.getvalue()
    return drawn


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _bars(axes: Axes, labels: Sequence[str], values: Sequence[float | None]) -> None:
    """Bars from the top down, hidden ones empty and dashed. Their lengths are published numbers."""
    longest = max((value for value in values if value is not None), default=1.0)
    lengths = [longest * 0.08 if value is None else value for value in values]
    places = range(len(labels))
    for place, length, value in zip(places, lengths, values, strict=True):
        hidden = value is None
        axes.barh(
            place,
            length,
            color="none" if hidden else _COLOURS[0],
            edgecolor=_COLOURS[3] if hidden else _COLOURS[0],
            linestyle="--" if hidden else "-",
            linewidth=0.8,
        )
        text = "hidden" if value is None else f"{value:g}"
        axes.annotate(text, (length, place), (3, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(list(places), list(labels), fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.2)


def _window(rows: list[_Row]) -> list[_Row]:
    return [row for row in rows if row["period"] == 0]


def _dose(figure: Figure, tables: OpenTables) -> None:
    for axes, (name, title) in zip(
        figure.subplots(1, 3),
        (
            ("sessions_distribution", "sessions"),
            ("active_minutes_distribution", "active minutes"),
            ("active_weeks_distribution", "active weeks"),
        ),
        strict=True,
    ):
        rows = [row for row in _window(tables.table(name).values()) if row["band"] != "all"]
        labels = [str(row["band"]).replace("_", " ") for row in rows]
        _bars(axes, labels, [_number(row["people"]) for row in rows])
        axes.set_ylabel(title)
        axes.set_xlabel("people")


def _mix(figure: Figure, tables: OpenTables) -> None:
    rows = [row for row in _window(tables.table("modality_mix").values()) if row["mix"] != "all"]
    axes = figure.subplots()
    _bars(axes, [str(row["mix"]).replace("_", " ") for row in rows], [_number(row["people"]) for row in rows])
    axes.set_xlabel("people")


def _curve(figure: Figure, tables: OpenTables) -> None:
    rows = tables.table("retention").values()
    points = [(float(str(row["step"])) * 4, _number(row["share"])) for row in rows]
    known = [(weeks, share) for weeks, share in points if share is not None]
    axes = figure.subplots()
    axes.step(
        [0, *(w for w, _ in known)],
        [1, *(s for _, s in known)],
        where="post",
        color=_COLOURS[0],
        marker="o",
        markersize=3,
    )
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.set_xlabel("weeks since the first own action")
    axes.set_ylabel("share neither lapsed nor departed")
    _empty_note(axes, known)


def _reciprocity(figure: Figure, tables: OpenTables) -> None:
    rows = _window(tables.table("reciprocity").values())
    for axes, kind in zip(figure.subplots(1, 2), ("dyadic", "edgewise"), strict=True):
        _bars(
            axes,
            [str(row["channel"]).replace("_", " ") for row in rows],
            [_number(row[kind]) for row in rows],
        )
        axes.set_xlim(0, 1.2)
        axes.set_xlabel(f"{kind} reciprocity (share)")


def _waiting(figure: Figure, tables: OpenTables) -> None:
    rows = tables.table("response_times").values()
    axes = figure.subplots()
    drawn = 0
    names = [name for name, _ in WITHIN]
    wanted = [
        ("thread", "forum"),
        ("first_contact", "all"),
        *(("contribution", channel) for channel in CHANNELS),
    ]
    for place, (waiting, channel) in enumerate(wanted):
        shares = {
            str(row["within"]): _number(row["share"])
            for row in rows
            if (row["waiting"], row["channel"]) == (waiting, channel)
        }
        known = [(names.index(within), share) for within, share in shares.items() if share is not None]
        if known:
            label = f"{waiting.replace('_', ' ')}, {channel.replace('_', ' ')}"
            colour, style = _COLOURS[place % len(_COLOURS)], ("-", "--")[place // len(_COLOURS)]
            axes.plot(
                [x for x, _ in known], [y for _, y in known], style, color=colour, marker="o", label=label
            )
            drawn += 1
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.2, len(names) - 0.8)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("answered within")
    axes.set_ylabel("share answered, of those followed so long")
    if drawn:
        axes.legend(fontsize=8, frameon=False)
    _empty_note(axes, [drawn] if drawn else [])


def _empty_note(axes: Axes, known: Sequence[object]) -> None:
    if not known:
        axes.text(0.5, 0.5, _HIDDEN, transform=axes.transAxes, ha="center", color="#5a5a5a")


_FIGURES: dict[str, tuple[str, Callable[[Figure, OpenTables], None]]] = {
    "dose_distribution": ("People by dose over the whole window", _dose),
    "modality_mix": ("People by channels used over the whole window", _mix),
    "retention": ("Share of people still taking part", _curve),
    "reciprocity": ("Reciprocity of pairs over the whole window", _reciprocity),
    "response_times": ("How soon somebody answered", _waiting),
}
FIGURE_PATHS = tuple(f"figures/{name}.svg" for name in _FIGURES)
