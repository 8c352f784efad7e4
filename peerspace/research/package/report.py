"""The disclosure report: every check, its threshold and its outcome, for a program and for a person.

It speaks of published numbers only. How many cells were hidden for being small, and how many to protect those, is not
told: it would say something about the hidden numbers.
"""

from __future__ import annotations

import json
from html import escape

from peerspace.research.disclosure.rules import BASE, P_PERCENT, THRESHOLD, WIDTH
from peerspace.research.disclosure.specs import VERSION
from peerspace.research.disclosure.t0 import OpenTable, OpenTables
from peerspace.research.package.codebook import html_table, page


def table_summary(table: OpenTable) -> dict[str, str | int]:
    """How many cells of a table are published, hidden, or do not apply."""
    cells = [
        (row[column.name], row[f"{column.name}_missing"])
        for row in table.values()
        for column in table.spec.columns
    ]
    return {
        "table": table.spec.name,
        "rows": len(table.rows),
        "published": sum(value is not None for value, _ in cells),
        "suppressed": sum(missing == "suppressed" for _, missing in cells),
        "not_applicable": sum(missing == "not_applicable" for _, missing in cells),
    }


def report_json(tables: OpenTables) -> str:
    """The report for a program."""
    report = {
        "tier": "T0",
        "tables_version": VERSION,
        "rules": {"threshold": THRESHOLD, "base": BASE, "p_percent": P_PERCENT, "width": WIDTH},
        "checks": [
            {"check": c.check, "rule": c.rule, "threshold": c.threshold, "value": c.value, "passed": c.passed}
            for c in tables.checks
        ],
        "tables": [table_summary(table) for table in tables.tables],
        "tables_hidden_whole": list(tables.given_up),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def report_html(tables: OpenTables, title: str) -> str:
    """The report for a person."""
    checks = [(c.rule, c.threshold, c.value, "passed" if c.passed else "not passed") for c in tables.checks]
    summaries = [tuple(table_summary(table).values()) for table in tables.tables]
    whole = ", ".join(tables.given_up)
    note = (
        f"<p>These tables could not be made safe and are hidden whole: {escape(whole)}.</p>\n"
        if whole
        else "<p>No table had to be hidden whole.</p>\n"
    )
    body = (
        "<p>Nobody should be found in these tables. Every number of people or things is at least ten, rounded to the "
        "nearest five; what is smaller is hidden, and so is whatever would give it away. An empty cell has its reason "
        "beside it. Totals are rounded apart, so parts need not add up to them.</p>\n"
        + html_table(("Rule", "Threshold", "Outcome", "Result"), checks, "Checks")
        + html_table(("Table", "Rows", "Published", "Hidden", "Does not apply"), summaries, "Cells")
        + note
    )
    return page(f"Disclosure control: {title}", body)
