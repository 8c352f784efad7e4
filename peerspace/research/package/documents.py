"""The texts of a package: what it is, how to load it, how to cite it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from peerspace.research.disclosure.t0 import OpenTables
from peerspace.research.package.inputs import StudyMeta
from peerspace.research.package.resources import Resource

US = 1_000_000


def moment(us: int) -> str:
    """UTC microseconds as an ISO 8601 moment, to the second."""
    return datetime.fromtimestamp(us // US, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def readme(study: StudyMeta, window: tuple[int, int, int], tables: OpenTables) -> str:
    """README.md: what is in here and how to read it. `window`: from, cut and period in microseconds."""
    from_us, cut_us, period_us = window
    listed = "\n".join(
        f"| `{'flow.csv' if t.spec.name == 'flow' else f'data/{t.spec.name}.csv'}` | {t.spec.title} |"
        for t in tables.tables
    )
    whole = ", ".join(f"`{name}`" for name in tables.given_up)
    hidden_whole = f"\nThese tables could not be made safe and are hidden whole: {whole}.\n" if whole else ""
    return f"""\
# {study.title}

Release {study.release_id} of the study `{study.slug}`, {study.released_on}. Open aggregates (tier T0): tables of
numbers, no rows of people, no words of members.

Window: {moment(from_us)} to {moment(cut_us)} (not included), in periods of {period_us / (86_400 * US):g} days.
Period 0 is the whole window; the last period may be shorter.

## Files

| file | what |
| --- | --- |
{listed}
| `timeline.csv` | The platform's changes and gaps, with dates; its staffing, for 28 days at a time |
| `codebook.html`, `codebook.csv` | What every table, column and measure means |
| `disclosure.html`, `disclosure.json` | Every check of disclosure control, its threshold and its outcome |
| `figures/*.svg` | Five figures, drawn from the published numbers |
| `datapackage.json` | All of this for a program: schemas, constraints, keys, sizes and hashes (Data Package 2.0) |
| `load.py`, `load.R` | Load all tables |
| `CHECKSUMS.sha256` | `sha256sum -c CHECKSUMS.sha256` |

Each `data/*.csv` stands beside a Parquet file with the same rows.

## How to read the numbers

- Numbers of people and things are rounded to the nearest 5, totals apart from their parts, so parts need not add up.
  Allow 2 either way for each.
- Numbers under 10 are hidden, and so are others that would give them away. An empty cell has its reason in
  `<column>_missing`: `suppressed` or `not_applicable`. Missing is never zero.
- Sums have at least ten contributors, none of whom can be estimated from them.
- Shares are worked out from the rounded numbers.
- Contributions are never added up across channels. There is no single score of engagement.
- Consent is prospective: nothing before it was recorded, so early use is cut off at the left.
{hidden_whole}
## What counts as digital peer support

{study.definition}

## Lived-experience involvement

{study.involvement}

## The panel's decision

{study.panel_decision}

## How to cite

{study.citation}
"""


def citation(study: StudyMeta) -> str:
    """CITATION.cff. JSON strings are YAML strings, so every text is quoted that way."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    return f"""\
cff-version: 1.2.0
message: "If you use this dataset, please cite it as below."
type: dataset
title: {quoted(study.title)}
version: {quoted(study.release_id)}
date-released: {study.released_on}
authors:
  - name: {quoted(f"Study {study.slug}, on PeerSpace")}
abstract: {quoted(study.citation)}
"""


LOAD_PY = '''\
"""Load all tables of this package: `from load import tables`, then `tables["totals"]` is a list of dicts.

Needs nothing but Python 3.9 or newer. An empty cell is None; its reason stands in `<column>_missing`.
With pandas: `pandas.DataFrame(tables["totals"]).convert_dtypes()`.
"""

import csv
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = json.loads((HERE / "datapackage.json").read_text(encoding="utf-8"))
CASTS = {"integer": int, "number": float}


def load(resource):
    casts = {field["name"]: CASTS.get(field["type"], str) for field in resource["schema"]["fields"]}
    with open(HERE / resource["path"], newline="", encoding="utf-8") as file:
        return [
            {name: casts[name](value) if value != "" else None for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


tables = {one["name"]: load(one) for one in PACKAGE["resources"] if "schema" in one}
'''

_LOAD_R = """\
# Load all tables of this package with base R: setwd() to this folder, then source('load.R').
# `tables$totals` is a data frame. An empty cell is NA; its reason stands in <column>_missing.

tables <- list()
"""
_R_TYPE = {"string": "character", "integer": "integer", "number": "numeric", "date": "Date"}


def load_r(resources: Sequence[Resource]) -> str:
    """load.R: base R only. Columns with levels become factors."""
    parts = [_LOAD_R]
    for resource in resources:
        classes = ", ".join(f'{field.name} = "{_R_TYPE[field.type]}"' for field in resource.fields)
        parts.append(
            f'\ntables${resource.name} <- read.csv("{resource.path}", na.strings = "", encoding = "UTF-8",\n'
            f"  colClasses = c({classes}))\n"
        )
        for field in resource.fields:
            if field.enum is not None:
                levels = ", ".join(f'"{level}"' for level in field.enum)
                column = f"tables${resource.name}${field.name}"
                parts.append(f"{column} <- factor({column}, levels = c({levels}))\n")
    return "".join(parts)
