"""Writing the files of a release: private, complete, and gone again if anything fails."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import duckdb

from peerspace.kernel.errors import Refused, Unavailable

CHECKSUMS = "CHECKSUMS.sha256"
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Stamp:
    """Size in bytes and SHA-256 of a file."""

    size: int
    sha256: str


def stamp(path: Path) -> Stamp:
    """Size and SHA-256 of a file, read in pieces."""
    with path.open("rb") as handle:
        return Stamp(path.stat().st_size, hashlib.file_digest(handle, "sha256").hexdigest())


class Folder:
    """The folder of a release while it is written. Paths are relative, with `/`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.stamps: dict[str, Stamp] = {}

    def write(self, name: str, content: str | bytes) -> None:
        """Write a new file (mode 0600) and have the disk hold it."""
        data = content.encode() if isinstance(content, str) else content
        handle = os.open(self.place(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._done(name)

    def adopt(self, name: str) -> None:
        """Take in a file that another writer (DuckDB) has put in its place."""
        path = self._root / PurePosixPath(name)
        path.chmod(0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        self._done(name)

    def place(self, name: str) -> Path:
        """The path of a file that is about to be written, its folder made."""
        path = self._root / PurePosixPath(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return path

    def write_checksums(self) -> None:
        """The sums of every file written so far, as `sha256sum -c` reads them."""
        self.write(CHECKSUMS, "".join(f"{s.sha256}  {name}\n" for name, s in sorted(self.stamps.items())))

    def _done(self, name: str) -> None:
        path = self._root / PurePosixPath(name)
        path.chmod(0o600)
        self.stamps[name] = stamp(path)


@contextmanager
def new_folder(root: Path) -> Iterator[Folder]:
    """A folder to write a release into: absent or empty before, and left without any file if something fails.

    Raises Refused (`release_folder_not_empty`), and Unavailable: `release_disk_full` or `release_write_failed` (value:
    `reason`, never a path).
    """
    existed = root.exists()
    if existed and (not root.is_dir() or any(root.iterdir())):
        raise Refused("release_folder_not_empty")
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)
        yield Folder(root)
        _sync_folders(root)
    except BaseException as error:
        _empty(root, keep=existed)
        trouble = _disk_trouble(error)
        if trouble is not None:
            raise trouble from error
        raise


def _disk_trouble(error: BaseException) -> Unavailable | None:
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return Unavailable("release_disk_full")
        return Unavailable("release_write_failed", reason=errno.errorcode.get(error.errno or 0, "unknown"))
    if isinstance(error, duckdb.IOException):
        full = "No space left" in str(error) or "quota exceeded" in str(error)
        return (
            Unavailable("release_disk_full") if full else Unavailable("release_write_failed", reason="engine")
        )
    return None


def _sync_folders(root: Path) -> None:
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _empty(root: Path, *, keep: bool) -> None:
    if not root.is_dir():
        return
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not keep:
        root.rmdir()
