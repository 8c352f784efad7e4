"""Files of a ready release: which there are, fetching one whole and unchanged, and the log of who fetched what."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from babel.numbers import format_decimal

from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext, spoken
from peerspace.research.access import ready_release
from peerspace.research.actions import ResearchAction
from peerspace.research.models import Download
from peerspace.research.package.paths import safe_path

SUMS = "CHECKSUMS.sha256"
ZIP = "package.zip"
FIGURES = {
    "dose_distribution": (N_("Dosage"), N_("How many people reached which amount, over the whole window.")),
    "retention": (
        N_("Use over time"),
        N_("The share of people still taking part: without a pause of 28 days, and not gone."),
    ),
    "modality_mix": (N_("Channels"), N_("How many people used which channels, over the whole window.")),
    "reciprocity": (N_("Give and take"), N_("The share of pairs that went both ways.")),
    "response_times": (N_("Time to an answer"), N_("How soon somebody answered.")),
}
"""The figures by file name, in the order in which they are seen: title and what is drawn."""
CHECK_WORDS = frozenset(
    {
        N_("at least %(a)s"),
        N_("at least %(a)s people"),
        N_("at least %(a)s on either side"),
        N_("at least %(a)s wide; for a sum also a fifth of it"),
        N_("multiples of %(a)s"),
        N_("p = %(a)s"),
        N_("none"),
        N_("rounded numbers only"),
        N_("nothing published"),
        N_("none published"),
        N_("nothing hidden"),
        N_("smallest published number %(a)s"),
        N_("%(a)s published numbers, all multiples of %(b)s"),
        N_("held for all %(a)s published sums"),
        N_("%(a)s hidden numbers, all wide enough"),
        N_("can be worked out again from the tables"),
    }
)
"""What a package's checks say of thresholds and values, the numbers taken out. A package is English and may be older
than these words: what is not here is shown as it stands there."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of a release: its path inside, size in bytes and SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure of a release. `title` and `about` in the reader's language."""

    path: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a package says: in the reader's language where its words are known, else as it stands there, in English.

    `language` is that of the text where it is not the reader's, else ''.
    """

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class TableLine:
    """One table of a release: what it is, and its files by format."""

    title: Told
    about: Told
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of disclosure control."""

    rule: Told
    threshold: str
    value: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What a release's page shows of its package: figures first, then tables, other files, checks, citation."""

    figures: tuple[FigureLine, ...]
    tables: tuple[TableLine, ...]
    others: tuple[Listed, ...]
    checks: tuple[CheckLine, ...]
    citation: str
    size: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file to hand out."""

    name: str
    content: bytes
    sha256: str


def package_contents(uow: UnitOfWork, export_dir: Path, public_id: str) -> Contents:
    """What stands in a ready release. Raises NotFound, Conflict when it is not ready or its folder is gone."""
    release, _ = ready_release(uow, public_id)
    root = export_dir / release.folder
    files = _listing(root, release.manifest_hash)
    descriptor = json.loads(_read(root, files, "datapackage.json"))
    report = json.loads(_read(root, files, "disclosure.json"))
    tables = _tables(descriptor["resources"])
    shown = {path for table in tables for _, path in table.files}
    figures = _figures(files)
    shown.update(figure.path for figure in figures)
    return Contents(
        figures,
        tables,
        tuple(files[path] for path in sorted(files) if path not in shown),
        tuple(
            CheckLine(
                told(one["rule"]),
                check_words(str(one["threshold"])),
                check_words(str(one["value"])),
                bool(one["passed"]),
            )
            for one in report["checks"]
        ),
        descriptor["peerspace"]["citation"],
        sum(one.size for one in files.values()),
    )


def fetch_file(uow: UnitOfWork, export_dir: Path, public_id: str, path: str) -> Fetched:
    """One listed file, whole and as its sum says. Raises NotFound for anything else, whatever its path tries."""
    release, _ = ready_release(uow, public_id)
    root = export_dir / release.folder
    files = _listing(root, release.manifest_hash)
    if path not in files:
        raise NotFound("not_found")
    content = _read(root, files, path)
    return Fetched(path.rpartition("/")[2], content, files[path].sha256)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Every listed file of a release, to be packed into one."""

    folder: str
    files: tuple[tuple[str, bytes], ...]


def fetch_all(uow: UnitOfWork, export_dir: Path, public_id: str) -> Bundle:
    """Every listed file, whole and as its sum says."""
    release, study = ready_release(uow, public_id)
    root = export_dir / release.folder
    files = _listing(root, release.manifest_hash)
    folder = f"{study.slug}-{release.public_id}"
    return Bundle(folder, tuple((path, _read(root, files, path)) for path in sorted(files)))


def pack(bundle: Bundle) -> Fetched:
    """One zip of a bundle, the same bytes each time. Burns CPU: keep it off the event loop."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in bundle.files:
            entry = zipfile.ZipInfo(f"{bundle.folder}/{path}", _EPOCH)
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    packed = made.getvalue()
    return Fetched(f"{bundle.folder}.zip", packed, hashlib.sha256(packed).hexdigest())


def note_download(uow: UnitOfWork, public_id: str, path: str, sha256: str) -> None:
    """Log a download before the file is handed out: by whom, which file, its hash. Every member can read how many."""
    release, _ = ready_release(uow, public_id)
    me = uow.actor.require_account()
    uow.session.add(
        Download(release_id=release.id, account_id=me, file=path[:120], sha256=sha256, at=uow.now)
    )
    uow.session.flush()
    uow.audit(ResearchAction.RELEASE_DOWNLOADED, "release", release.public_id, sha256=sha256)


def told(text: str) -> Told:
    """What a package says, to be read."""
    said = gettext(text)
    return Told(said, "en" if said == text and spoken().code != "en" else "")


def check_words(text: str) -> str:
    """A check's threshold or value in the reader's language; as it stands where its words are unknown."""
    numbers = _NUMBER.findall(text)
    names = iter("abcdefgh")
    asked = _NUMBER.sub(lambda _: f"%({next(names, 'z')})s", text)
    return gettext(asked, **dict(zip("abcdefgh", numbers, strict=False))) if asked in CHECK_WORDS else text


def size_words(size: int) -> str:
    """A file's size: "4.1 MB", its number written as the reader's language does."""
    for unit, one in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= one:
            return f"{format_decimal(round(size / one, 1), locale=spoken().locale)}\N{NO-BREAK SPACE}{unit}"
    return f"{size}\N{NO-BREAK SPACE}B"


def _figures(files: dict[str, Listed]) -> tuple[FigureLine, ...]:
    """The figures: those that are known in their order, others after them under the name of their file."""
    known = list(FIGURES)
    found = []
    for path in files:
        if path.startswith("figures/"):
            name = path.removeprefix("figures/").removesuffix(".svg")
            title, about = FIGURES.get(name, (name.replace("_", " ").capitalize(), ""))
            rank = known.index(name) if name in FIGURES else len(known)
            found.append((rank, FigureLine(path, gettext(title), gettext(about))))
    return tuple(line for _, line in sorted(found, key=lambda one: (one[0], one[1].path)))


def _tables(resources: list[dict[str, str]]) -> tuple[TableLine, ...]:
    """The tables of a descriptor with the files that hold the same rows."""
    by_name: dict[str, list[dict[str, str]]] = {}
    for one in resources:
        by_name.setdefault(one["name"].removesuffix("_parquet"), []).append(one)
    return tuple(
        TableLine(
            told(some[0]["title"]),
            told(some[0].get("description", "")),
            tuple((_format(one["path"]), one["path"]) for one in some),
        )
        for some in by_name.values()
    )


def _format(path: str) -> str:
    return {"csv": "CSV", "parquet": "Parquet"}.get(path.rpartition(".")[2], path.rpartition(".")[2].upper())


def _listing(root: Path, manifest_hash: str) -> dict[str, Listed]:
    """The files that the package's sums name, and the sums.

    Raises Conflict when they are not there, are not the sums that were published, or name a place outside.
    """
    try:
        sums = (root / SUMS).read_bytes()
        if hashlib.sha256(sums).hexdigest() != manifest_hash:
            raise Conflict("release_damaged")
        pairs = [line.split("  ", 1) for line in sums.decode().splitlines()]
        if not all(safe_path(path) for _, path in pairs):
            raise Conflict("release_damaged")
        found = {path: Listed(path, (root / path).stat().st_size, digest) for digest, path in pairs}
    except (OSError, ValueError) as error:
        raise Conflict("release_damaged") from error
    found[SUMS] = Listed(SUMS, len(sums), hashlib.sha256(sums).hexdigest())
    return found


def _read(root: Path, files: dict[str, Listed], path: str) -> bytes:
    """A listed file. Raises Conflict when it is not what its sum says: better no file than a changed one."""
    try:
        content = (root / path).read_bytes()
    except OSError as error:
        raise Conflict("release_damaged") from error
    if hashlib.sha256(content).hexdigest() != files[path].sha256:
        raise Conflict("release_damaged")
    return content
