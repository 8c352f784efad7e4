"""A real PeerSpace in a process of its own, and people who connect to it. For realtime, browser tests and benches.

with Server(database_url, folder) as server:
    ash = server.person("Ash")
    with ash.connect() as socket:
        socket.call("room:join", {"room": "late-kitchen"})
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import socketio
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from peerspace.accounts.sessions import open_session
from peerspace.config import Config
from peerspace.kernel import migrate
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.uow import Database
from peerspace.web.sessions import SESSION_KEY
from peerspace.wiring import open_database
from tests.people import People

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20.0
START_S = 180.0
"""A busy machine takes its time to import everything."""


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds: Callable[[], Any], what: str = "it", patience_s: float = PATIENCE_S) -> Any:
    """Return `holds()` as soon as it is true. Raises AssertionError after `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s for {what}")
        threading.Event().wait(0.02)


class Server:
    """`peerspace serve` on a free port with its own settings, and the same database opened here too.

    `settings` are names without PEERSPACE_. Two servers share an installation when they are given the same `folder`
    (secrets, audit head), `database_url` and `redis_url`.
    """

    def __init__(
        self, database_url: str, folder: Path, *, redis_url: str | None = None, port: int = 0, **settings: str
    ) -> None:
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environ = {
            f"PEERSPACE_{name}": value
            for name, value in {
                "ENV": "test",
                "DATABASE_URL": database_url,
                "VAR_DIR": str(folder),
                "EXPORT_DIR": str(folder / "exports"),
                "BASE_URL": self.base_url,
                "RATE_LIMITS": "off",
                "EMBEDDED": "off",
                **({"REDIS_URL": redis_url} if redis_url else {}),
                **settings,
            }.items()
        }
        self.config = Config.from_env(self.environ)
        self.database: Database = open_database(self.config)
        self.people = People(self.database)
        self.process: subprocess.Popen[bytes] | None = None
        self.words = ["-m", "peerspace.serve_child", "127.0.0.1", str(self.port)]
        """What the interpreter is started with."""

    def prepare(self) -> Server:
        """Bring the database to the newest revision."""
        migrate.upgrade(self.database.engine)
        return self

    def start(self) -> Server:
        """Start the process and wait until it answers."""
        log = (self.folder / f"server-{self.port}.log").open("ab")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PEERSPACE_")}
        self.process = subprocess.Popen(
            [sys.executable, *self.words],
            cwd=ROOT,
            env={**inherited, **self.environ},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        wait_until(self.answers, f"{self.base_url}/healthz (see {log.name})", START_S)
        return self

    def answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the server ended: {self.log()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=2) as response:  # noqa: S310 -- http, here
                return bool(response.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def log(self) -> str:
        return (self.folder / f"server-{self.port}.log").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9 of all its processes, in the middle of whatever they do."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def stop(self) -> float:
        """SIGTERM, as a service manager does; returns how many seconds the end took."""
        if self.process is None:
            return 0.0
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process = None
        return time.monotonic() - began

    def command(self, *words: str) -> str:
        """Run `peerspace ...` on the same installation as a process of its own; returns what it printed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PEERSPACE_")}
        done = subprocess.run(
            [str(Path(sys.executable).parent / "peerspace"), *words],
            cwd=ROOT,
            env={**inherited, **self.environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def person(self, name: str = "", *roles: Role, **more: Any) -> Person:
        """Somebody new, signed in by a session of their own."""
        return self.sign_in(self.people.add(name, *roles, **more))

    def sign_in(self, actor: Actor) -> Person:
        """One more session of `actor`, in a browser of its own."""
        with self.database.write(actor) as uow:
            secret = open_session(uow, actor.require_account())
        return Person(self, actor, secret)

    def __enter__(self) -> Self:
        self.prepare().start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill it and let go of its database."""
        self.kill()
        self.database.close()


class Person:
    """A signed-in browser: its cookie and CSRF token."""

    def __init__(self, server: Server, actor: Actor, secret: str) -> None:
        self.server = server
        self.actor = actor
        self.id = actor.public_id
        raw = secrets.token_hex(20)
        key = server.config.secret_key
        holder = Flask(__name__)
        holder.secret_key = key
        signer = SecureCookieSessionInterface().get_signing_serializer(holder)
        assert signer is not None
        self.cookie = (
            f"peerspace={signer.dumps({SESSION_KEY: secret, 'csrf_token': raw, '_permanent': True})}"
        )
        self.csrf = str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie}

    def connect(
        self, *, server: Server | None = None, auth: object = None, transport: str = "websocket"
    ) -> Socket:
        """A connected socket; `server`: another process of the same installation."""
        return Socket(
            (server or self.server).base_url, self.headers, auth or {"csrf": self.csrf, "v": 1}, transport
        )


class Socket:
    """A Socket.IO connection that remembers everything it was told, in order."""

    def __init__(self, url: str, headers: dict[str, str], auth: object, transport: str = "websocket") -> None:
        self.told: list[tuple[str, Any]] = []
        self.ended = threading.Event()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self._hear)
        self.client.on("disconnect", lambda *_: self.ended.set())
        why: list[Any] = []
        self.client.on("connect_error", why.append)
        try:
            self.client.connect(
                url, headers=headers, auth=auth, transports=[transport], wait=True, wait_timeout=PATIENCE_S
            )
        except socketio.exceptions.ConnectionError as error:
            raise socketio.exceptions.ConnectionError(str(why)) from error

    def _hear(self, event: str, data: Any = None) -> None:
        self.told.append((event, data))

    def call(self, event: str, data: Any = None, timeout: float = PATIENCE_S) -> dict[str, Any]:
        """Send a request and return its acknowledgement."""
        answer: dict[str, Any] = self.client.call(event, data, timeout=timeout)
        return answer

    def join(self, room: str, **more: Any) -> dict[str, Any]:
        answer = self.call("room:join", {"room": room, **more})
        assert answer["ok"], answer
        return answer

    def send(self, room: str, body: str, client_id: str = "", **more: Any) -> dict[str, Any]:
        """Send a message and return the acknowledgement."""
        return self.call(
            "message:send", {"room": room, "client_id": client_id or str(uuid.uuid4()), "body": body, **more}
        )

    def heard(self, event: str) -> list[Any]:
        """What came under this name so far."""
        return [data for name, data in list(self.told) if name == event]

    def wait_for(self, event: str, fits: Callable[[Any], bool] = lambda data: True) -> Any:
        """The first thing that came, or comes, under this name and fits."""
        found: list[Any] = wait_until(
            lambda: [data for data in self.heard(event) if fits(data)], f"{event} among {self.told[-5:]}"
        )
        return found[0]

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.client.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def serving(database_url: str, folder: Path, **settings: str) -> Iterator[Server]:
    """A started server, killed at the end."""
    with Server(database_url, folder, **settings) as server:
        yield server
