"""Build an open release: tables, documents, figures and sums, in a folder that is whole or is not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peerspace.research.disclosure.specs import VERSION
from peerspace.research.disclosure.t0 import OpenTables, build_open_tables
from peerspace.research.package import documents, report
from peerspace.research.package.codebook import codebook_html, codebook_resource
from peerspace.research.package.figures import draw_figures
from peerspace.research.package.files import CHECKSUMS, Folder, Stamp, new_folder, stamp
from peerspace.research.package.inputs import T0Input, check_input
from peerspace.research.package.resources import Resource, open_table, timeline, write_tables

DESCRIPTOR = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


@dataclass(frozen=True)
class Built:
    """A release as it stands in its folder. `manifest_sha256`: of the file of sums, which stands for all others."""

    files: dict[str, Stamp]
    manifest_sha256: str
    tables: OpenTables


def build_t0(given: T0Input, folder: Path) -> Built:
    """Write an open release into `folder` (absent or empty). Same input, same bytes.

    Folders have mode 0700 and files 0600. The caller renames the folder into place when its own checks are done.

    Raises Refused (see `check_input`, `build_open_tables`; `release_folder_not_empty`) and Unavailable
    (`release_disk_full`, `release_write_failed`); then nothing is left in the folder.
    """
    check_input(given)
    tables = build_open_tables(
        given.connection,
        from_us=given.from_us,
        cut_us=given.cut_us,
        period_us=given.period_us,
        flow=given.flow,
        channels=given.channels,
    )
    return write_release(given, tables, folder)


def write_release(given: T0Input, tables: OpenTables, folder: Path) -> Built:
    """Write tables that are already safe, with everything that stands around them. As `build_t0` otherwise."""
    check_input(given)
    resources = [
        *(open_table(table) for table in tables.tables),
        timeline(given.timeline),
        codebook_resource(given.codebook),
    ]
    with new_folder(folder) as out:
        write_tables(out, resources)
        _write_documents(out, given, tables, resources)
        out.write(DESCRIPTOR, _descriptor(given, resources, out.stamps))
        out.write_checksums()
        stamps = dict(out.stamps)
    return Built(stamps, stamp(folder / CHECKSUMS).sha256, tables)


def _write_documents(out: Folder, given: T0Input, tables: OpenTables, resources: Sequence[Resource]) -> None:
    study = given.study
    out.write("codebook.html", codebook_html(study.title, given.codebook, resources))
    out.write("disclosure.json", report.report_json(tables))
    out.write("disclosure.html", report.report_html(tables, study.title))
    out.write("README.md", documents.readme(study, (given.from_us, given.cut_us, given.period_us), tables))
    out.write("CITATION.cff", documents.citation(study))
    out.write("load.py", documents.LOAD_PY)
    out.write("load.R", documents.load_r(resources))
    for name, content in draw_figures(tables).items():
        out.write(name, content)


def _descriptor(given: T0Input, resources: Sequence[Resource], stamps: dict[str, Stamp]) -> str:
    study = given.study
    descriptor: dict[str, Any] = {
        "$schema": PROFILE,
        "name": f"{study.slug}-{study.release_id}".lower(),
        "id": study.release_id,
        "title": study.title,
        "description": "Open aggregates (tier T0) of digital peer support. No rows of people, no words of members.",
        "version": study.release_id,
        "created": f"{study.released_on}T00:00:00Z",
        "keywords": ["digital peer support", "dosage", "modality", "interactivity"],
        "peerspace": {
            "tier": "T0",
            "tables_version": VERSION,
            "study": study.slug,
            "citation": study.citation,
            "window": {
                "from": documents.moment(given.from_us),
                "until": documents.moment(given.cut_us),
                "period_days": given.period_us / (86_400 * documents.US),
            },
            "definition": study.definition,
            "involvement": study.involvement,
            "panel_decision": study.panel_decision,
        },
        "resources": [one for resource in resources for one in resource.descriptors(stamps)],
    }
    return json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
