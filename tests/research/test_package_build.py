"""Building a release: complete, private, valid, always the same, and gone when the disk is full."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from peerspace.kernel.errors import Refused, Unavailable
from peerspace.research.disclosure.specs import TABLES
from peerspace.research.package.build import Built, build_t0, write_release
from peerspace.research.package.files import Folder
from peerspace.research.package.inputs import StudyMeta, T0Input, TimelineEntry
from tests.conftest import absent
from tests.research.invented import STUDY, invented, people_of

CHECKER = Path(os.environ.get("PEERSPACE_FRICTIONLESS", ".venv-checkers/bin/frictionless"))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[T0Input]:
    with invented(tmp_path_factory.mktemp("spill"), 146) as one:
        yield one


@pytest.fixture(scope="module")
def release(given: T0Input, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    folder = tmp_path_factory.mktemp("release")
    return folder, build_t0(given, folder)


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_folder_is_as_the_format_says(release: tuple[Path, Built]) -> None:
    folder, built = release
    tables = {spec.name for spec in TABLES} - {"flow"}
    wanted = {f"data/{name}.{kind}" for name in tables for kind in ("csv", "parquet")}
    wanted |= {f"figures/{name}.svg" for name in (
        "dose_distribution", "modality_mix", "retention", "reciprocity", "response_times",
    )}  # fmt: skip
    wanted |= {
        "datapackage.json", "codebook.html", "codebook.csv", "README.md", "load.R", "load.py", "CITATION.cff",
        "timeline.csv", "flow.csv", "disclosure.json", "disclosure.html", "CHECKSUMS.sha256",
    }  # fmt: skip
    there = files_of(folder)
    assert there.keys() == wanted == built.files.keys()
    assert all(hashlib.sha256(data).hexdigest() == built.files[name].sha256 for name, data in there.items())
    assert built.manifest_sha256 == built.files["CHECKSUMS.sha256"].sha256


def test_nobody_else_can_read_it(release: tuple[Path, Built]) -> None:
    folder, _ = release
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_the_sums_are_read_by_sha256sum(release: tuple[Path, Built]) -> None:
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "CHECKSUMS.sha256"], cwd=release[0], capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_frictionless_finds_it_valid(release: tuple[Path, Built], tmp_path: Path) -> None:
    """A checker that nobody here wrote. It also finds a wrong cell: otherwise its yes would mean nothing."""
    if not CHECKER.exists():
        reason = f"frictionless is not installed at {CHECKER} (make setup)"
        if os.environ.get("PEERSPACE_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    checker = str(CHECKER.absolute())

    def errors(folder: Path) -> tuple[int, list[str]]:
        done = subprocess.run(
            [checker, "validate", "datapackage.json", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        report = json.loads(done.stdout)
        return done.returncode, [error["type"] for task in report["tasks"] for error in task["errors"]]

    assert errors(release[0]) == (0, [])
    spoiled = tmp_path / "spoiled"
    subprocess.run(["cp", "-r", str(release[0]), str(spoiled)], check=True)
    totals = spoiled / "data" / "totals.csv"
    totals.write_text(totals.read_text().replace("forum,1,", "a word,1,", 1))
    code, found = errors(spoiled)
    assert code == 1
    assert "constraint-error" in found


def test_the_descriptor_says_what_is_there(release: tuple[Path, Built]) -> None:
    descriptor = json.loads((release[0] / "datapackage.json").read_text())
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert descriptor["peerspace"]["definition"] == STUDY.definition
    totals = next(one for one in descriptor["resources"] if one["name"] == "totals")
    assert totals["schema"]["primaryKey"] == ["channel", "period"]
    channel = totals["schema"]["fields"][0]
    assert channel["constraints"] == {"required": True, "enum": ["forum", "room", "one_to_one", "all"]}
    data = (release[0] / totals["path"]).read_bytes()
    assert (totals["bytes"], totals["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")


def test_load_py_gives_typed_tables(release: tuple[Path, Built]) -> None:
    code = "import json; from load import tables; print(json.dumps(tables['totals'][0]), len(tables))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=release[0], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    with (release[0] / "data/totals.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert f'"channel": "forum", "period": 0, "contributions": {first["contributions"]}' in done.stdout
    assert done.stdout.strip().endswith(str(len(TABLES) + 2))


def test_the_same_input_gives_the_same_bytes(
    release: tuple[Path, Built], given: T0Input, tmp_path: Path
) -> None:
    again = build_t0(given, tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(release[0])
    assert again.manifest_sha256 == release[1].manifest_sha256


@pytest.mark.invariant(5)
def test_no_participant_and_no_place_is_named(release: tuple[Path, Built], given: T0Input) -> None:
    ids = [person.encode() for person in people_of(146)]
    for name, data in files_of(release[0]).items():
        assert not any(one in data for one in ids), name
        assert str(release[0]).encode() not in data, name
        assert not re.search(rb"\b(t\d+|i\d+)\b", data) or name.endswith((".parquet", ".svg")), name


def test_texts_of_the_study_are_escaped(release: tuple[Path, Built]) -> None:
    for name in ("codebook.html", "disclosure.html"):
        text = (release[0] / name).read_text()
        assert "<releases>" not in text
        assert "Invented study &amp; its &lt;releases&gt;" in text
    for figure in (release[0] / "figures").iterdir():
        assert "<dc:date>" not in figure.read_text()


@pytest.mark.invariant(5)
@pytest.mark.parametrize(
    "entry",
    [
        TimelineEntry(date(2024, 1, 1), "I feel so alone", "code"),
        TimelineEntry(date(2024, 1, 1), "room", "I feel so alone"),
        TimelineEntry(date(2024, 1, 1), "room", "=cmd|' /C calc'!A0"),
    ],
)
def test_a_timeline_of_words_is_refused(entry: TimelineEntry, given: T0Input, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        build_t0(replace(given, timeline=[entry]), tmp_path / "release")
    assert refused.value.key == "release_unexpected_level"
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Not a slug"), ("release_id", "../r1"), ("title", " "), ("citation", "a\x00b"),
        ("involvement", "x" * 20_001), ("panel_decision", "a\u202eb"), ("released_on", "yesterday"),
    ],
)  # fmt: skip
def test_a_study_that_is_not_plain_text_is_refused(
    field: str, value: str, given: T0Input, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(Refused) as refused:
        build_t0(replace(given, study=replace(STUDY, **changes)), tmp_path / "release")
    assert refused.value.values == {"field": field}


def test_a_study_from_a_mapping_needs_every_key() -> None:
    values = {name: str(getattr(STUDY, name)) for name in StudyMeta.__dataclass_fields__}
    assert StudyMeta.from_mapping(values) == STUDY
    del values["involvement"]
    with pytest.raises(Refused) as refused:
        StudyMeta.from_mapping(values)
    assert refused.value.values == {"fields": "involvement"}


def test_a_folder_with_something_in_it_is_left_alone(
    release: tuple[Path, Built], given: T0Input, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(Refused) as refused:
        write_release(given, release[1].tables, tmp_path)
    assert refused.value.key == "release_folder_not_empty"
    assert files_of(tmp_path) == {"mine.txt": b"keep me"}


@pytest.mark.parametrize(("number", "existed"), [(0, True), (1, False), (2, True), (3, False)])
def test_a_full_disk_leaves_nothing_behind(
    number: int,
    existed: bool,
    release: tuple[Path, Built],
    given: T0Input,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full at the n-th document: a clear error, and no part of a release."""
    folder = tmp_path / "release"
    if existed:
        folder.mkdir()
    real, calls = Folder.write, []

    def write(self: Folder, name: str, content: str | bytes) -> None:
        calls.append(name)
        if len(calls) > number * 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, name, content)

    monkeypatch.setattr(Folder, "write", write)
    with pytest.raises(Unavailable) as failed:
        write_release(given, release[1].tables, folder)
    assert failed.value.key == "release_disk_full"
    assert str(tmp_path) not in str(failed.value)
    assert folder.exists() == existed
    assert not files_of(tmp_path)


@pytest.mark.parametrize("size", ["16k", "96k", "160k"])
def test_a_disk_that_is_really_full_leaves_nothing_behind(
    size: str, release: tuple[Path, Built], given: T0Input, tmp_path: Path
) -> None:
    """A small file system of its own, so that DuckDB and the writer meet the real error."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode != 0:
        absent("the right to mount a small file system")
    try:
        with pytest.raises(Unavailable) as failed:
            write_release(given, release[1].tables, disk / "release")
        assert failed.value.key == "release_disk_full"
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_another_failure_of_the_disk_is_told_apart(
    release: tuple[Path, Built], given: T0Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: Folder, name: str, content: str | bytes) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/secret/place")

    monkeypatch.setattr(Folder, "write", write)
    with pytest.raises(Unavailable) as failed:
        write_release(given, release[1].tables, tmp_path / "release")
    assert (failed.value.key, failed.value.values) == ("release_write_failed", {"reason": "EROFS"})
