"""PostgreSQL and the worker as processes of a test's own, to be killed and brought back as it likes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from peerspace.kernel.db import make_engine
from tests.realtime.server import ROOT, Server, free_port, wait_until


def postgres_programs() -> Path | None:
    """The folder of the newest PostgreSQL's own programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


class OwnPostgres:
    """A PostgreSQL server of its own; it refuses to run as root, so root runs it as `postgres`."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._user = "postgres" if os.getuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="peerspace-postgres-"))
        if self._user:
            shutil.chown(self.folder, self._user)
        self._port = free_port()
        self.url = f"postgresql+psycopg://peerspace@127.0.0.1:{self._port}/postgres"
        made = self._run(
            "initdb", "-D", str(self._data), "-U", "peerspace", "-A", "trust", "--locale=C.UTF-8"
        )
        made.check_returncode()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self._programs / program), *words],
            user=self._user,
            capture_output=True,
            cwd=self.folder,
            check=False,
        )

    def start(self) -> None:
        """Start it, and return when it answers; after a kill -9 it first repairs itself."""
        words = ["-D", str(self._data), "-p", str(self._port), "-k", str(self.folder), "-h", "127.0.0.1"]

        def started() -> bool:
            process = subprocess.Popen(
                [str(self._programs / "postgres"), *words],
                user=self._user,
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            wait_until(
                lambda: process.poll() is not None or self._answers(), "PostgreSQL to answer or to end"
            )
            self._process = process
            return process.poll() is None

        wait_until(started, "PostgreSQL to start: what is left of the one before ends first", patience_s=60)

    def _answers(self) -> bool:
        engine = make_engine(self.url)
        try:
            with engine.connect() as connection:
                return bool(connection.scalar(text("SELECT 1")))
        except OperationalError:
            return False
        finally:
            engine.dispose()

    def kill(self) -> None:
        """kill -9 of the server and of every process that serves a connection."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Worker:
    """`peerspace worker` of a server's installation."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PEERSPACE_")}
        with (self._server.folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from peerspace.cli import main; main()", "worker"],
                cwd=ROOT,
                env={**inherited, **self._server.environ},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@contextlib.contextmanager
def own_postgres(programs: Path) -> Iterator[OwnPostgres]:
    """A running one, gone at the end."""
    own = OwnPostgres(programs)
    try:
        own.start()
        yield own
    finally:
        own.remove()
