"""Check a release from its files alone: anybody who has the folder can, and nothing of the community is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from peerspace.research.disclosure.specs import BY_NAME, TABLES, VERSION
from peerspace.research.disclosure.t0 import OpenTable
from peerspace.research.package.build import DESCRIPTOR, PROFILE
from peerspace.research.package.codebook import codebook_resource
from peerspace.research.package.figures import FIGURE_PATHS
from peerspace.research.package.files import CHECKSUMS, stamp
from peerspace.research.package.findings import Finding
from peerspace.research.package.paths import safe_path
from peerspace.research.package.report import table_summary
from peerspace.research.package.resources import Resource, open_table, timeline
from peerspace.research.package.verify_files import check_files, check_texts
from peerspace.research.package.verify_tables import Row, check_disclosure, check_parquet, read_table

__all__ = ["Finding", "verify_package"]

_DOCUMENTS = (
    DESCRIPTOR, CHECKSUMS, "codebook.html", "README.md", "load.R", "load.py", "CITATION.cff", "disclosure.json",
    "disclosure.html", *FIGURE_PATHS,
)  # fmt: skip


def verify_package(path: Path, expected: str | None = None, *, private: bool = False) -> list[Finding]:
    """Everything wrong with an open release; an empty list if nothing is.

    `expected`: the SHA-256 of the file of sums as it was published, known from elsewhere; without it, a package that
    was changed together with its sums passes. `private`: others on this machine must not be able to read it, as where
    PeerSpace keeps it; whoever was given a package keeps it as they like.

    Checks sums (missing, changed and extra files), links, the descriptor, each table against its schema and its
    Parquet twin, the fixed list of tables, and the rules of disclosure control from the published numbers. Reads only.
    """
    if not path.is_dir() or path.is_symlink():
        return [Finding(path.name, "not_a_folder")]
    found = [*check_files(path, private=private), *check_texts(path)]
    found += [Finding(name, "file_missing") for name in _DOCUMENTS if not (path / name).is_file()]
    if expected is not None and (path / CHECKSUMS).is_file() and stamp(path / CHECKSUMS).sha256 != expected:
        found.append(Finding(CHECKSUMS, "not_as_published", "these are not the sums that were expected"))
    if (path / DESCRIPTOR).is_file():
        found += _check_descriptor(path)
    return sorted(set(found))


def _wanted() -> dict[str, Resource]:
    """The resources that a release has, without rows."""
    tables = [open_table(OpenTable(spec, ())) for spec in TABLES]
    return {one.name: one for one in (*tables, timeline(()), codebook_resource(()))}


def _check_descriptor(root: Path) -> Iterator[Finding]:
    try:
        descriptor = json.loads((root / DESCRIPTOR).read_bytes())
    except ValueError:
        yield Finding(DESCRIPTOR, "not_json")
        return
    problem = _shape(descriptor)
    if problem:
        yield Finding(DESCRIPTOR, "descriptor", problem)
        return
    there = {one["name"]: one for one in descriptor["resources"]}
    wanted = _wanted()
    twins = {f"{one.name}_parquet": one for one in wanted.values() if one.parquet}
    for name in sorted(there.keys() ^ (wanted.keys() | twins.keys())):
        yield Finding(DESCRIPTOR, "tables", f"{name} is missing, or is not one of the fixed tables")
    for one in there.values():
        yield from _check_stamp(root, one)
    rows: dict[str, list[Row]] = {}
    with duckdb.connect(":memory:", config={"threads": 1}) as engine:
        for name, resource in wanted.items():
            if name in there:
                yield from _check_resource(engine, root, resource, there, rows)
    if rows.keys() >= BY_NAME.keys():
        tables = {name: rows[name] for name in BY_NAME}
        yield from check_disclosure(tables, {name: wanted[name].path for name in BY_NAME})
        yield from _check_report(root, tables)


def _shape(descriptor: Any) -> str:
    """What is wrong with the shape of the descriptor, '' if nothing."""
    if not isinstance(descriptor, dict) or descriptor.get("$schema") != PROFILE:
        return "it is not a Data Package 2.0"
    ours = descriptor.get("peerspace")
    if not isinstance(ours, dict) or ours.get("tier") != "T0" or ours.get("tables_version") != VERSION:
        return f"it is not an open release with tables of version {VERSION}"
    for name in ("name", "title", "version", "created"):
        if not isinstance(descriptor.get(name), str) or not descriptor[name]:
            return f"{name} is missing"
    resources = descriptor.get("resources")
    if not isinstance(resources, list) or not all(isinstance(one, dict) for one in resources):
        return "it has no resources"
    names = [one.get("name") for one in resources]
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        return "resources need names of their own"
    if not all(isinstance(one.get("path"), str) and safe_path(one["path"]) for one in resources):
        return "a path leads out of the package"
    return ""


def _check_stamp(root: Path, resource: Mapping[str, Any]) -> Iterator[Finding]:
    path = root / resource["path"]
    if path.is_symlink() or not path.is_file():
        yield Finding(resource["path"], "file_missing")
        return
    there = stamp(path)
    if resource.get("bytes") != there.size:
        yield Finding(resource["path"], "bytes_differ", f"{there.size}, not {resource.get('bytes')}")
    if resource.get("hash") != f"sha256:{there.sha256}":
        yield Finding(resource["path"], "hash_differs")


def _check_resource(
    engine: duckdb.DuckDBPyConnection,
    root: Path,
    wanted: Resource,
    there: Mapping[str, Mapping[str, Any]],
    rows: dict[str, list[Row]],
) -> Iterator[Finding]:
    """One table: its descriptor is the one this version writes, and its rows fit it. Puts the rows into `rows`."""
    resource = there[wanted.name]
    schema = resource.get("schema")
    fields = [field.descriptor() for field in wanted.fields]
    ours = (
        isinstance(schema, dict)
        and schema.get("fields") == fields
        and schema.get("primaryKey") == list(wanted.key)
    )
    if not ours or resource["path"] != wanted.path or resource.get("type") != "table":
        yield Finding(DESCRIPTOR, "schema", f"{wanted.name} is not described as in this version")
        return
    path = root / wanted.path
    if path.is_symlink() or not path.is_file():
        return
    try:
        table, found = read_table(root, wanted.path, resource["schema"])
    except UnicodeDecodeError:
        return  # told as not_utf8
    yield from found
    if found:
        return
    rows[wanted.name] = table
    twin = there.get(f"{wanted.name}_parquet")
    if wanted.parquet and twin and (root / twin["path"]).is_file():
        yield from check_parquet(engine, root, twin["path"], [field.name for field in wanted.fields], table)


def _check_report(root: Path, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    """The disclosure report says what the tables hold, and that every check passed."""
    name = "disclosure.json"
    if not (root / name).is_file():
        return
    try:
        report = json.loads((root / name).read_bytes())
        passed = all(check["passed"] is True for check in report["checks"]) and report["checks"]
        told = report["tables"]
    except (ValueError, KeyError, TypeError):
        yield Finding(name, "report", "it cannot be read")
        return
    if not passed:
        yield Finding(name, "report", "a check did not pass")
    counted = [
        table_summary(OpenTable(BY_NAME[one], tuple(tuple(row.values()) for row in rows)))
        for one, rows in tables.items()
    ]
    if told != counted:
        yield Finding(name, "report", "it does not count the cells that are there")
