"""The checkers catch what they are there to catch; a checker that passes everything would prove nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.tools.checkers import frictionless_problems, frictionless_report


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small valid Data Package: one table of two rows with its schema, size and checksum."""
    table = b"weeks,replies\n1,12\n2,8\n"
    (tmp_path / "dosage.csv").write_bytes(table)
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "example",
        "resources": [
            {
                "name": "dosage",
                "path": "dosage.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(table),
                "hash": "sha256:" + hashlib.sha256(table).hexdigest(),
                "schema": {
                    "fields": [{"name": "weeks", "type": "integer"}, {"name": "replies", "type": "integer"}]
                },
            }
        ],
    }
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return tmp_path


def test_frictionless_accepts_a_valid_package(package: Path) -> None:
    report = frictionless_report(package)
    assert frictionless_problems(package) == []
    assert report["stats"]["tasks"] == 1


@pytest.mark.parametrize(
    "table",
    [
        pytest.param("weeks,replies\n1,12\n2,9\n", id="a value changed, so the checksum is off"),
        pytest.param("weeks,replies\n1,12\n2,many\n", id="a word where the schema says integer"),
        pytest.param("weeks\n1\n2\n", id="a column lost"),
    ],
)
def test_frictionless_refuses_a_broken_package(package: Path, table: str) -> None:
    (package / "dosage.csv").write_text(table, encoding="utf-8")
    assert frictionless_problems(package)


def test_frictionless_refuses_a_package_with_a_file_missing(package: Path) -> None:
    (package / "dosage.csv").unlink()
    assert frictionless_problems(package)
