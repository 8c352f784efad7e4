"""A researcher's way to a dataset: register a study, wait for the panel, ask for a release, download it."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath

import duckdb
import gevent

from bench.checks import Report
from bench.corpus import MESSAGES, POSTS, Corpus
from bench.expected import IMPOSSIBLE, Cells, open_tables
from bench.installation import PEERSPACE, ROOT, Installation
from bench.traces import Trace, Traces, own_runs
from bench.visitor import Form, Visitor

BUILD_S = 300.0
CHECKERS = ROOT / ".venv-checkers" / "bin"
MUST = {
    ("totals", ("contributions", "forum", "0")),
    ("totals", ("contributions", "room", "0")),
    ("totals", ("people", "room", "0")),
}
"""Numbers that a release of the whole recording may not hide. A part of it is so small that protecting the bands can
take its sums: see the ties in docs/release-format.md."""

WHAT = {"run": "runs of four words", "title": "titles", "name": "pseudonyms", "id": "ids of people"}

Values = dict[str, str | list[str]]


def register_study(researcher: Visitor, today: date) -> str:
    """Register a study through the form; its address."""
    researcher.get("/research/studies/new")
    form = researcher.form_with("title")
    researcher.send(form, study_answers(form, today))
    assert "/new" not in researcher.url, f"the study was not registered: {researcher.url}"
    slug = next(
        (part.split("?")[0] for part in researcher.url.split("/studies/")[1:]),
        researcher.url.rsplit("/", 1)[-1],
    )
    return slug.strip("/")


def study_answers(form: Form, today: date) -> Values:
    """An answer to everything the form asks, in words of the bench's own."""
    answers: Values = {}
    for name in form.texts | form.dates | form.numbers:
        answers[name] = f"Replay bench, {name.replace('_', ' ')}"
    for name, choices in form.choices.items():
        answers[name] = next(choice for choice in choices if choice)
    for name, values in form.boxes.items():
        answers[name] = values
    answers["title"] = "A replay of recorded conversations"
    for name, days in (("starts_on", 0), ("ends_on", 30), ("ethics_until", 365), ("retention_until", 365)):
        answers[name] = (today + timedelta(days=days)).isoformat()
    return answers | {"orcid": "0000-0002-1825-0097", "intended_amount": "4"}


def approve(panel: Visitor, slug: str) -> None:
    """A panel member opens the application and approves it."""
    panel.get(f"/panel/{slug}")
    form = panel.form_with("decision", "reasons")
    panel.send(form, {"decision": "approved", "reasons": "Replay bench: nobody real is in it."})


def ask(researcher: Visitor, slug: str, first_day: date) -> str:
    """Ask for the open tables from `first_day` until now; the release's address."""
    researcher.get(f"/research/studies/{slug}")
    form = researcher.form_with("first_day", "last_day")
    days = {"first_day": first_day.isoformat(), "last_day": datetime.now(UTC).date().isoformat()}
    researcher.send(form, dict(days))
    if "/releases/" not in researcher.url:
        address = next((link for link in researcher.links() if "/research/releases/" in link), None)
        assert address, f"no release to see at {researcher.url}"
        researcher.get(address)
    return researcher.url.split("#")[0].split("?")[0]


def wait_until_ready(researcher: Visitor, address: str, installation: Installation) -> float:
    """Wait until it is built; seconds. AssertionError with its reason when it fails."""
    began = time.monotonic()
    public_id = address.rstrip("/").rsplit("/", 1)[-1]
    while time.monotonic() - began < BUILD_S:
        ((state, failure, values),) = installation.rows(
            "SELECT state, failure, failure_values FROM release WHERE public_id = :id", id=public_id
        )
        assert state in ("requested", "building", "ready"), f"the release {state}: {failure} {values}"
        if state == "ready":
            researcher.get(address)
            return time.monotonic() - began
        gevent.sleep(0.2)
    raise AssertionError(f"the release was not ready after {BUILD_S:.0f} s; {installation.log_tail()}")


def download(researcher: Visitor, address: str, into: Path) -> int:
    """Download the whole package and every single file; the files are kept, those of the zip must be the same.

    Returns how many files there are.
    """
    base = "/" + address.split("://", 1)[-1].split("/", 1)[-1]
    links = [link.split("#")[0] for link in dict.fromkeys(researcher.links()) if link.startswith(base + "/")]
    packed = [link for link in links if link.endswith((".zip", "/zip", "/package"))]
    assert packed, f"no package to download among {links}"
    with zipfile.ZipFile(io.BytesIO(researcher.fetch(packed[0]))) as archive:
        content = {_inner(name): archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    for name, data in content.items():
        place = into / PurePosixPath(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    singles = 0
    for link in links:
        inside = next((name for name in content if link.endswith("/" + name)), None)
        if inside is not None:
            assert researcher.fetch(link) == content[inside], f"{inside} differs from the one in the package"
            singles += 1
    assert singles == len(content), f"{singles} of {len(content)} files can be had one by one: {links}"
    return len(content)


def _inner(name: str) -> str:
    """The path inside the package: a zip may hold it in a folder of its own."""
    parts = PurePosixPath(name).parts
    known = ("datapackage.json", "data", "figures")
    start = 1 if len(parts) > 1 and parts[0] not in known else 0
    return str(PurePosixPath(*parts[start:]))


def check_tables(report: Report, corpus: Corpus, package: Path) -> None:
    """Every published number that the conversations decide is the rounded truth, and none is too small."""
    whole = len(corpus.posts) >= POSTS and len(corpus.messages) >= MESSAGES
    hidden: list[str] = []
    for name, cells in open_tables(corpus, keepers=1, supervisors=2).items():
        published = _published(package / ("flow.csv" if name == "flow" else f"data/{name}.csv"), cells)
        wrong = [f"no row {key}" for key in cells if key not in published]
        shown = 0
        for key, value in published.items():
            true = cells[key]
            if value is not None:
                shown += 1
            if value is not None and not (true.safe and value == true.rounded):
                wrong.append(
                    f"{key}: published {value}, true {true.n}, {'safe' if true.safe else 'not safe'}"
                )
            if value is None and true.safe:
                hidden.append(f"{name}{list(key)}")
                if whole and (name, key) in MUST:
                    wrong.append(f"{key}: hidden, though {true.n} may be told")
        what = f"{name}: numbers that differ from the input's ({shown} told)"
        report.check(what, 0, len(wrong), "; ".join(wrong[:8]))
    report.check("tables with a row for what was impossible", 0, len(odd := _impossible(package)), str(odd))
    report.note(f"hidden only to protect other numbers: {', '.join(hidden) or 'none'}")


def _impossible(package: Path) -> list[str]:
    """Tables that tell something of a channel that there was not."""
    return [path.name for path in sorted((package / "data").glob("*.csv")) if IMPOSSIBLE in path.read_text()]


def _published(path: Path, cells: Cells) -> dict[tuple[str, ...], int | None]:
    """Those numbers of a CSV that `cells` names. Dimensions come first, in the order of the cells' levels."""
    with duckdb.connect(":memory:") as engine:
        table = engine.execute("SELECT * FROM read_csv(?, all_varchar = true, nullstr = '')", [str(path)])
        header = [column[0] for column in table.description or ()]
        rows = table.fetchall()
    columns = {key[0] for key in cells}
    levels = len(next(iter(cells))) - 1
    found: dict[tuple[str, ...], int | None] = {}
    for row in rows:
        for column in columns:
            key = (column, *row[:levels])
            if key in cells:
                value = row[header.index(column)]
                found[key] = None if value is None else int(value)
    return found


def check_package(report: Report, package: Path) -> None:
    """Checkers that nobody here wrote, the sums, and PeerSpace's own verifier."""
    programs: dict[str, list[str | Path]] = {
        "frictionless validate": [CHECKERS / "frictionless", "validate", "datapackage.json"],
        "sha256sum -c": ["sha256sum", "-c", "--strict", "--quiet", "CHECKSUMS.sha256"],
        "peerspace release verify": [PEERSPACE, "release", "verify", package],
    }
    for what, program in programs.items():
        done = subprocess.run(program, cwd=package, capture_output=True, text=True, check=False)
        report.check(what, 0, done.returncode, done.stdout[-800:] + done.stderr[-400:])
    listed = {line.split(maxsplit=1)[1] for line in (package / "CHECKSUMS.sha256").read_text().splitlines()}
    there = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    odd = (there - {"CHECKSUMS.sha256"}) ^ listed
    report.check("files without a sum", 0, len(odd), str(sorted(odd)))


def check_traces(report: Report, corpus: Corpus, package: Path, installation: Installation) -> None:
    """Nothing that members wrote, no title, no pseudonym and no id is in the package or in what was captured."""
    ids = {str(value) for row in installation.rows(
        "SELECT a.public_id, p.id, p.person_id FROM account a LEFT JOIN participant p ON p.account_id = a.id"
    ) for value in row if value}  # fmt: skip
    traces = Traces(corpus.texts + corpus.titles, corpus.titles, corpus.people, ids)
    found = traces.find_in_folder(package)
    own = {" ".join(run) for run in own_runs(ROOT)}
    for what, label in WHAT.items():
        these = {trace for trace in found if trace.what == what}
        fixed = {trace for trace in these if what in ("run", "title") and trace.words in own}
        report.check(f"{label} in the package", 0, len(these - fixed), _listed(these - fixed))
        if fixed:
            report.note(f"said by chance in PeerSpace's own fixed texts too: {_listed(fixed)}")
    captured = Traces(corpus.texts + corpus.titles, corpus.titles, corpus.people)
    rows = installation.rows("SELECT * FROM usage_event")
    texts = {str(value) for row in rows for value in row if isinstance(value, str)}
    traced = {trace for text in texts for trace in captured.find(text, "usage_event")}
    whole = {" ".join(str(value) for value in row) for row in rows}
    traced |= {trace for text in whole for trace in captured.find(text, "a row of usage_event")}
    report.check(f"traces in {len(rows)} rows of usage_event", 0, len(traced), _listed(traced))


def _listed(traces: set[Trace]) -> str:
    shown = sorted(f"“{trace.words}” in {trace.where}" for trace in traces)
    return "; ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
