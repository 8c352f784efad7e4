"""A PeerSpace of the bench's own: a fresh database and folders, the real commands, and a server that can be killed."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import requests
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url

ROOT = Path(__file__).resolve().parent.parent
PEERSPACE = str(Path(sys.executable).with_name("peerspace"))
START_S = 180.0
"""A busy machine takes its time to import everything."""
DEFAULT_POSTGRES = "postgresql+psycopg://127.0.0.1:5432/postgres"


class ServerGone(Exception):
    """The server ended by itself, or never answered."""


class Installation:
    """One installation in a folder that goes away with it. `kind`: `sqlite` or `postgresql`.

    With `keep` the folder stays and is printed, for looking into a failure.
    """

    def __init__(self, kind: str, *, keep: bool = False, **settings: str) -> None:
        self.kind = kind
        self.keep = keep
        self.folder = Path(tempfile.mkdtemp(prefix="peerspace-bench-"))
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.exports = self.folder / "exports"
        self.log = self.folder / "server.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._admin: Engine | None = None
        self._name = f"peerspace_bench_{os.getpid()}_{secrets.token_hex(3)}"
        self.database_url = self._make_database()
        self.engine = create_engine(self.database_url)
        mine = {
            "ENV": "test",
            "RATE_LIMITS": "off",
            "VAR_DIR": str(self.folder / "var"),
            "EXPORT_DIR": str(self.exports),
            "DATABASE_URL": self.database_url,
            "BASE_URL": self.base,
            **settings,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PEERSPACE_")}
        self.environ = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            **{f"PEERSPACE_{name}": value for name, value in mine.items()},
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.engine.dispose()
        if self._admin is not None:
            with self._admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)'))
            self._admin.dispose()
        if self.keep:
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _make_database(self) -> str:
        if self.kind == "sqlite":
            (self.folder / "var").mkdir(mode=0o700)
            return f"sqlite:///{self.folder / 'var' / 'peerspace.db'}"
        server = make_url(os.environ.get("PEERSPACE_TEST_POSTGRES") or DEFAULT_POSTGRES)
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{self._name}"'))
        return server.set(database=self._name).render_as_string(hide_password=False)

    def command(self, *arguments: str, wants: str = "") -> str:
        """Run one `peerspace` command with `wants` on its standard input; what it printed.

        Raises AssertionError with what it said if it fails.
        """
        return self._run([PEERSPACE, *arguments], wants, " ".join(arguments))

    def commands(self, each: Iterable[Sequence[str]]) -> str:
        """Run several commands in one process."""
        lines = "".join(json.dumps(list(arguments)) + "\n" for arguments in each)
        return self._run([sys.executable, "-m", "bench.commands"], lines, "commands")

    def _run(self, program: list[str], wants: str, what: str) -> str:
        done = subprocess.run(
            program, cwd=ROOT, env=self.environ, input=wants, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{what} ended with {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout

    def add_people(self, people: Iterable[dict[str, str]]) -> None:
        """Make established accounts of `{name, role, passphrase}`."""
        source = self.folder / "people.jsonl"
        source.write_text("".join(json.dumps(person) + "\n" for person in people), encoding="utf-8")
        source.chmod(0o600)
        self.commands([["people", "add", "--from", str(source), "--established", "--bench", "--json"]])
        source.unlink()

    def keep_files(self, folder: Path) -> None:
        """Copy all that a stopped SQLite installation holds (database, secrets, audit head, releases) into `folder`."""
        assert self.kind == "sqlite"
        assert self._server is None
        for part in (self.folder / "var", self.exports):
            if part.exists():
                shutil.copytree(part, folder / part.name)

    def take_files(self, folder: Path) -> None:
        """Become a copy of what `keep_files` put into `folder`."""
        assert self.kind == "sqlite"
        assert self._server is None
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)

    def start(self) -> float:
        """Start `peerspace serve` as a process group of its own; seconds until it is alive."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [PEERSPACE, "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_alive(began)
        return time.monotonic() - began

    def _wait_alive(self, began: float) -> None:
        with requests.Session() as http:
            http.trust_env = False
            while time.monotonic() < began + START_S:
                if self._server is None or self._server.poll() is not None:
                    raise ServerGone(f"the server ended by itself:\n{self.log_tail()}")
                try:
                    if http.get(f"{self.base}/healthz", timeout=5).status_code == 200:
                        return
                except requests.RequestException:
                    time.sleep(0.02)
        raise ServerGone(f"the server was not alive after {START_S:.0f} s:\n{self.log_tail()}")

    @property
    def alive(self) -> bool:
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    def kill(self) -> None:
        """kill -9 of the whole process group, and wait until it is gone."""
        assert self._server is not None
        os.killpg(self._server.pid, signal.SIGKILL)
        self._server.wait()

    def stop(self) -> None:
        """End the server as an operator does; kill what does not end."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                print("the server did not end within 20 s of SIGTERM")
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        server.wait()

    def log_tail(self, lines: int = 30) -> str:
        """The end of what the server wrote to its log."""
        written = (
            self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        )
        return "\n".join(written[-lines:])

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of a query straight from the database."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes(group: int) -> list[int]:
    """The processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return sorted(found)


def pin(group: int, core: int) -> None:
    """Keep every thread of a process group on one core, where the machine has more than one."""
    if len(os.sched_getaffinity(0)) < 2:
        return
    for pid in processes(group):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError, PermissionError):
                os.sched_setaffinity(int(task.name), {core})


def cpu_seconds(group: int) -> float:
    """CPU time, user and system, that the living processes of a group have used."""
    ticks = 0
    for pid in processes(group):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mib(group: int) -> float:
    """Memory of a group in MiB: what each process has in memory, shared pages counted in proportion (PSS)."""
    total = 0
    for pid in processes(group):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
