"""Checking the files of a package: all there, none changed, none more, private, and no trace of where it was made."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from peerspace.research.package.files import CHECKSUMS, stamp
from peerspace.research.package.findings import Finding
from peerspace.research.package.paths import safe_path

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_ABSOLUTE = re.compile(
    r"(?<![\w.:/-])/(?:Users|etc|home|mnt|opt|private|proc|root|run|srv|tmp|usr|var|work)/\w|file://|\b[A-Za-z]:\\\w"
)
_BINARY = (".parquet",)


def check_files(root: Path, *, private: bool = False) -> Iterator[Finding]:
    """Sums and links of every file; with `private`, also that nobody else on this machine could read it."""
    files, sums = set[str](), dict[str, str]()
    for path in (root, *sorted(root.rglob("*"))):
        name = path.relative_to(root).as_posix()
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            yield Finding(name, "not_a_file", "a link or something special")
            continue
        wanted = 0o700 if path.is_dir() else 0o600
        if private and mode != wanted:
            yield Finding(name, "permissions", f"mode is {mode:04o}, not {wanted:04o}")
        if path.is_file():
            files.add(name)
    if CHECKSUMS not in files:
        yield Finding(CHECKSUMS, "file_missing")
    else:
        yield from _read_sums(root, sums)
        for name in sorted(files - sums.keys() - {CHECKSUMS}):
            yield Finding(name, "file_extra", "it is not in the sums")
    for name, wanted_sum in sorted(sums.items()):
        if name not in files:
            yield Finding(name, "file_missing")
        elif stamp(root / name).sha256 != wanted_sum:
            yield Finding(name, "file_changed", "its sum differs")


def _read_sums(root: Path, sums: dict[str, str]) -> Iterator[Finding]:
    for n, line in enumerate((root / CHECKSUMS).read_bytes().decode("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or not safe_path(match[2]) or match[2] in sums:
            yield Finding(CHECKSUMS, "bad_line", f"line {n}")
        else:
            sums[match[2]] = match[1]


def check_texts(root: Path) -> Iterator[Finding]:
    """Every text is UTF-8 and names no place on the machine that made it."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix in _BINARY:
            text = data.decode("latin-1")
        else:
            try:
                text = data.decode()
            except UnicodeDecodeError:
                yield Finding(name, "not_utf8")
                continue
        if match := _ABSOLUTE.search(text):
            yield Finding(name, "absolute_path", f"at character {match.start()}")
