"""The codebook of a release: what each table, column and measure means, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from peerspace.kernel.wording import N_
from peerspace.research.disclosure.specs import TABLES, TableSpec
from peerspace.research.measures.headers import Measure
from peerspace.research.package.resources import Field, Resource

_COLUMNS = (
    ("name", "Name of the measure"),
    ("label", "Label"),
    ("unit", "Unit"),
    ("grain", "One row per"),
    ("type", "Type of the value"),
    ("levels", "Levels"),
    ("scope", "Consent scope it needs"),
    ("formula", "Formula, in words"),
    ("pitfalls", "Pitfalls"),
    ("source", "Source"),
    ("tier", "Tiers it is part of"),
    ("disclosure", "Who can see it otherwise"),
    ("version", "Version of the definition"),
)

STYLE = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8886; }
code { font-size: .95em; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem 1rem; }
"""


def page(title: str, body: str) -> str:
    """An HTML page that needs nothing but itself."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{body}</main>\n</body>\n</html>\n"
    )


def html_table(header: Sequence[str], rows: Sequence[Sequence[object]], caption: str) -> str:
    """A table with a caption and column headings, everything escaped."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    lines = ["<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows]
    return (
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(lines)
        + "\n</tbody>\n</table>\n"
    )


def open_measures(measures: Sequence[Measure]) -> list[Measure]:
    """The measures that open releases are made from, by name."""
    return sorted((one for one in measures if "T0" in one.tiers), key=lambda one: one.name)


def codebook_resource(measures: Sequence[Measure]) -> Resource:
    """The measures as a table: one row each."""
    fields = tuple(
        Field(name, "integer" if name == "version" else "string", title, required=True)
        for name, title in _COLUMNS
    )
    rows = [tuple(_value(one, name) for name, _ in _COLUMNS) for one in open_measures(measures)]
    return Resource(
        "codebook", "codebook.csv", "Codebook", N_("The measures behind the tables."), fields, ("name",), rows
    )


def _value(measure: Measure, name: str) -> str | int:
    if name == "tier":
        return " ".join(measure.tiers)
    value: str | int = getattr(measure, name)
    return value


def codebook_html(title: str, measures: Sequence[Measure], resources: Sequence[Resource]) -> str:
    """The codebook for a person: every table with its columns and levels, then every measure."""
    by_name = {resource.name: resource for resource in resources}
    parts = ["<h2>Tables</h2>\n", *(_table(spec, by_name[spec.name]) for spec in TABLES)]
    parts.append("<h2>Measures</h2>\n<p>What the tables are made from.</p>\n")
    parts.extend(_measure(one) for one in open_measures(measures))
    return page(f"Codebook: {title}", "".join(parts))


def _table(spec: TableSpec, resource: Resource) -> str:
    rows = [
        (field.name, field.title, field.unit or field.type, ", ".join(field.enum) if field.enum else "")
        for field in resource.fields
    ]
    header = ("Column", "Meaning", "Unit or type", "Levels")
    ties = "".join(f"<li><code>{escape(tie)}</code></li>\n" for tie in spec.ties)
    told = f"<p>What its definitions make true:</p>\n<ul>\n{ties}</ul>\n" if ties else ""
    return (
        f'<h3 id="{escape(spec.name)}">{escape(spec.title)}</h3>\n<p>{escape(spec.about)}</p>\n'
        f"{html_table(header, rows, resource.path)}{told}"
    )


def _measure(measure: Measure) -> str:
    lines = "".join(
        f"<dt>{escape(title)}</dt><dd>{escape(str(_value(measure, name)))}</dd>\n"
        for name, title in _COLUMNS
        if name not in ("name", "label")
    )
    name = escape(measure.name)
    return f'<h3 id="measure-{name}">{escape(measure.label)} (<code>{name}</code>)</h3>\n<dl>\n{lines}</dl>\n'
