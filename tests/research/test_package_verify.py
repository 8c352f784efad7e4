"""The checker of packages finds each kind of damage, and nothing in a package that is whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from peerspace.research.disclosure.specs import BY_NAME
from peerspace.research.package.build import build_t0
from peerspace.research.package.verify import verify_package
from peerspace.research.package.verify_tables import check_disclosure, read_table
from tests.research.invented import invented


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with invented(tmp_path_factory.mktemp("spill"), 146) as given:
        build_t0(given, folder)
    return folder


@pytest.fixture
def package(whole: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "package"
    shutil.copytree(whole, copy)
    return copy


def codes(package: Path) -> set[str]:
    return {finding.code for finding in verify_package(package)}


def seal(package: Path) -> None:
    """Make sums, sizes and hashes fit again, as somebody would who wants the damage to go unseen."""
    path = package / "datapackage.json"
    descriptor = json.loads(path.read_text())
    for one in descriptor["resources"]:
        data = (package / one["path"]).read_bytes()
        one["bytes"], one["hash"] = len(data), f"sha256:{hashlib.sha256(data).hexdigest()}"
    path.write_text(json.dumps(descriptor))
    for path in package.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    names = sorted(p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file())
    sums = {
        n: hashlib.sha256((package / n).read_bytes()).hexdigest() for n in names if n != "CHECKSUMS.sha256"
    }
    (package / "CHECKSUMS.sha256").write_text("".join(f"{value}  {name}\n" for name, value in sums.items()))


def rewrite(package: Path, name: str, change: Callable[[str], str]) -> None:
    """Change a table's CSV file, make its Parquet twin the same, and seal the package."""
    path = package / f"data/{name}.csv"
    text = path.read_text()
    changed = change(text)
    assert changed != text
    path.write_text(changed)
    twin = path.with_suffix(".parquet")
    with duckdb.connect() as engine:
        described = engine.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(twin)]).fetchall()
        types = {column: kind for column, kind, *_ in described}
        try:
            engine.execute(
                f"COPY (SELECT * FROM read_csv('{path}', columns={types}, header=true)) TO '{twin}' (FORMAT parquet)"
            )
        except duckdb.Error:
            twin.touch()  # the change does not fit the twin's types; the checker stops at the CSV file before that
    seal(package)


def edit(package: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = package / "datapackage.json"
    descriptor = json.loads(path.read_text())
    change(descriptor)
    path.write_text(json.dumps(descriptor))


def resource(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in descriptor["resources"] if one["name"] == name)
    return found


def test_a_whole_package_has_no_findings(package: Path) -> None:
    assert verify_package(package) == []
    seal(package)
    assert verify_package(package) == []


def test_what_is_no_folder_is_told(tmp_path: Path, package: Path) -> None:
    assert codes(tmp_path / "nothing") == {"not_a_folder"}
    (tmp_path / "link").symlink_to(package)
    assert codes(tmp_path / "link") == {"not_a_folder"}


@pytest.mark.parametrize("name", ["data/totals.csv", "README.md", "CHECKSUMS.sha256", "datapackage.json"])
def test_a_missing_file_is_found(name: str, package: Path) -> None:
    (package / name).unlink()
    assert any(f.path == name and f.code == "file_missing" for f in verify_package(package))


@pytest.mark.parametrize(
    "name", ["data/totals.csv", "data/retention.parquet", "README.md", "figures/retention.svg"]
)
def test_a_changed_byte_is_found(name: str, package: Path) -> None:
    path = package / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = verify_package(package)
    assert any(f.path == name and f.code == "file_changed" for f in found)


def test_a_file_too_many_is_found(package: Path) -> None:
    (package / "rows.csv").write_text("person,posts\n")
    (package / "rows.csv").chmod(0o600)
    assert [(f.path, f.code) for f in verify_package(package)] == [("rows.csv", "file_extra")]


def test_a_file_or_folder_that_others_can_read_is_found(package: Path) -> None:
    (package / "README.md").chmod(0o644)
    (package / "data").chmod(0o755)
    assert {(f.path, f.code) for f in verify_package(package, private=True)} == {
        ("README.md", "permissions"),
        ("data", "permissions"),
    }


def test_whoever_unpacked_a_package_keeps_it_as_they_like(package: Path) -> None:
    """A zip carries no modes of ours: what a researcher unpacks has those of their own machine."""
    for path in (package, *package.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert verify_package(package) == []


def test_a_link_is_found(package: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(package / "flow.csv", elsewhere)
    (package / "flow.csv").symlink_to(elsewhere)
    assert "not_a_file" in codes(package)


def test_a_bad_line_in_the_sums_is_found(package: Path) -> None:
    with (package / "CHECKSUMS.sha256").open("a") as sums:
        sums.write(f"{'0' * 64}  ../../outside\n")
    assert codes(package) == {"bad_line"}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("$schema"),
        lambda d: d["peerspace"].update(tier="T2"),
        lambda d: d.pop("title"),
        lambda d: d.update(resources="none"),
        lambda d: resource(d, "totals").update(path="../totals.csv"),
        lambda d: resource(d, "totals").update(path="/totals.csv"),
        lambda d: d["resources"].append(d["resources"][0]),
    ],
)
def test_a_descriptor_out_of_shape_is_found(change: Callable[[dict[str, Any]], None], package: Path) -> None:
    edit(package, change)
    assert "descriptor" in codes(package)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: resource(d, "totals").update(bytes=1), "bytes_differ"),
        (lambda d: resource(d, "totals_parquet").update(hash="sha256:0"), "hash_differs"),
        (lambda d: d["resources"].remove(resource(d, "retention")), "tables"),
        (lambda d: resource(d, "totals")["schema"].update(primaryKey=["channel"]), "schema"),
        (
            lambda d: resource(d, "totals")["schema"]["fields"][0]["constraints"]["enum"].append("a word"),
            "schema",
        ),
    ],
)
def test_a_descriptor_that_tells_something_else_is_found(
    change: Callable[[dict[str, Any]], None], code: str, package: Path
) -> None:
    edit(package, change)
    assert code in codes(package)


def test_a_descriptor_that_is_no_json_is_found(package: Path) -> None:
    (package / "datapackage.json").write_text("{")
    assert codes(package) == {"not_json", "file_changed"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.replace("channel,", "chanel,", 1), "header"),
        (lambda t: t.replace("forum,1,", "a word,1,", 1), "enum"),
        (lambda t: t.replace("forum,1,", "forum,one,", 1), "type"),
        (lambda t: t.replace("forum,1,", ",1,", 1), "required"),
        (lambda t: t.replace("forum,1,", "forum,-1,", 1), "range"),
        (lambda t: t.replace("forum,2,", "forum,1,", 1), "key_twice"),
        (lambda t: t.replace(",145,\n", ",145\n", 1), "row_length"),
        (lambda t: t.replace(",145,\n", ',"145\n', 1), "not_csv"),
        (lambda t: t.replace(",145,\n", ",146,\n", 1), "not_rounded"),
        (lambda t: t.replace(",145,\n", ",5,\n", 1), "range"),
        (lambda t: t.replace(",145,\n", ",145,suppressed\n", 1), "value_or_reason"),
        (lambda t: t.replace(",145,\n", ",,\n", 1), "value_or_reason"),
        (lambda t: t.replace(",145,\n", ",9000,\n", 1), "contradiction"),
    ],
)
def test_a_table_that_does_not_fit_is_found_even_under_a_fresh_seal(
    change: Callable[[str], str], code: str, package: Path
) -> None:
    rewrite(package, "totals", change)
    assert code in codes(package)


def test_a_small_number_is_found_whatever_the_schema_says(package: Path) -> None:
    """The rules are looked at in the rows themselves, not only through the schema's limits."""
    schemas = {
        one["name"]: one for one in json.loads((package / "datapackage.json").read_text())["resources"]
    }
    tables = {
        name: read_table(package, schemas[name]["path"], schemas[name]["schema"])[0] for name in BY_NAME
    }
    paths = {name: schemas[name]["path"] for name in BY_NAME}
    assert list(check_disclosure(tables, paths)) == []
    hidden = next(row for row in tables["use_status"] if row["people"] is None)
    hidden.update(people=5, people_missing=None)
    assert "small_number" in {finding.code for finding in check_disclosure(tables, paths)}


def test_one_hidden_number_put_back_gives_the_other_away(package: Path) -> None:
    """Hidden numbers stand in twos at least: with one of them shown, the last of its line can be worked out."""
    lines = (package / "data/use_status.csv").read_text().splitlines()
    hidden = [line for line in lines if line.endswith("suppressed")]
    assert len(hidden) == 2
    rewrite(package, "use_status", lambda t: t.replace(hidden[0], hidden[0].replace(",suppressed", "30,"), 1))
    assert "recoverable" in codes(package)


def test_a_share_that_does_not_follow_is_found(package: Path) -> None:
    lines = (package / "data/reciprocity.csv").read_text().splitlines()
    shown = next(line for line in lines if line.startswith("all,0,"))
    cells = shown.split(",")
    cells[8] = "0.999"
    rewrite(package, "reciprocity", lambda t: t.replace(shown, ",".join(cells), 1))
    assert codes(package) == {"share_differs"}


def test_a_parquet_file_with_other_rows_is_found(package: Path) -> None:
    twin = package / "data/totals.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE t AS FROM read_parquet('{twin}')")
        engine.execute("UPDATE t SET people = 3 WHERE people IS NULL")
        engine.execute(f"COPY t TO '{twin}' (FORMAT parquet)")
    seal(package)
    assert codes(package) == {"parquet_differs"}
    twin.write_bytes(b"no parquet")
    seal(package)
    assert codes(package) == {"not_parquet"}


@pytest.mark.parametrize("text", ["made in /home/somebody/exports", "file:///tmp/x", r"C:\exports\release"])
def test_a_place_on_the_machine_is_found(text: str, package: Path) -> None:
    with (package / "README.md").open("a") as readme:
        readme.write(text)
    seal(package)
    assert codes(package) == {"absolute_path"}


def test_bytes_that_are_not_utf8_are_found(package: Path) -> None:
    (package / "timeline.csv").write_bytes(b"n,date,kind,description\n\xff\n")
    seal(package)
    assert codes(package) == {"not_utf8"}


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["checks"][0].update(passed=False),
        lambda r: r["tables"][0].update(suppressed=0),
        lambda r: r.pop("checks"),
    ],
)
def test_a_report_that_says_something_else_is_found(
    change: Callable[[dict[str, Any]], None], package: Path
) -> None:
    path = package / "disclosure.json"
    report = json.loads(path.read_text())
    change(report)
    path.write_text(json.dumps(report))
    seal(package)
    assert codes(package) == {"report"}


def test_a_package_that_was_changed_and_sealed_again_is_not_the_one_published(package: Path) -> None:
    published = hashlib.sha256((package / "CHECKSUMS.sha256").read_bytes()).hexdigest()
    assert verify_package(package, published) == []
    with (package / "README.md").open("a") as readme:
        readme.write("One more sentence.")
    seal(package)
    assert verify_package(package) == []
    assert [(f.path, f.code) for f in verify_package(package, published)] == [
        ("CHECKSUMS.sha256", "not_as_published")
    ]
