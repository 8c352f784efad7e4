"""Real server processes on both databases, kept for the whole run; every test has a room and people of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from peerspace.chat.models import Room
from peerspace.kernel.actor import Role
from peerspace.kernel.db import make_engine
from tests.conftest import absent, postgres_url
from tests.realtime.server import Person, Server, Socket, free_port, wait_until

_number = itertools.count(1)


@pytest.fixture(scope="session")
def new_postgres(worker_id: str) -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases, dropped at the end; skips where no server answers."""
    server = make_url(postgres_url())
    admin = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> str:
        name = f"peerspace_live_{os.getpid()}_{worker_id}_{next(_number)}"
        try:
            with admin.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        except OperationalError:
            absent("PostgreSQL")
        made.append(name)
        return server.set(database=name).render_as_string(hide_password=False)

    yield make
    for name in made:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis that answers; skips where none does."""
    url = os.environ.get("PEERSPACE_TEST_REDIS", "redis://127.0.0.1:6379/0")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=2).ping()
    except redis.RedisError:
        absent("Redis")
    return url


class OwnRedis:
    """A Redis that a test starts and kills as it likes, always at one address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, and return when it answers."""
        words = [
            "redis-server",
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "redis-server")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url).ping())
        except redis.RedisError:
            return False


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A running redis-server of this test; skips where there is none to start."""
    if shutil.which("redis-server") is None:
        absent("redis-server")
    own = OwnRedis(tmp_path)
    own.start()
    yield own
    own.kill()


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """The address of a fresh database: `sqlite` or `postgresql`."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'live.db'}"
        url: str = request.getfixturevalue("new_postgres")()
        return url

    return make


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server on each database, shared by the tests that do not harm it."""
    folder = tmp_path_factory.mktemp(f"live_{request.param}")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'live.db'}"
    else:
        url = request.getfixturevalue("new_postgres")()
    with Server(url, folder / "var") as started:
        yield started


@dataclass
class Scene:
    """A kept room on a running server, and sockets that are closed at the end."""

    server: Server
    room: Room
    wren: Person
    sockets: list[Socket] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return self.room.slug

    def person(self, *roles: Role, **more: bool) -> Person:
        return self.server.person(f"person {next(_number)}", *roles, **more)

    def connect(self, person: Person, **more: object) -> Socket:
        """A connected socket."""
        made = person.connect(**more)  # type: ignore[arg-type]
        self.sockets.append(made)
        return made

    def enter(self, person: Person | None = None, **more: object) -> Socket:
        """A connected socket in the room."""
        made = self.connect(person or self.person(), **more)
        made.join(self.slug)
        return made


def make_scene(server: Server) -> Scene:
    wren = server.person(f"keeper {next(_number)}", Role.PEER_WORKER)
    return Scene(server, server.people.room(f"room-{next(_number)}", kept_by=wren.actor), wren)


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    made = make_scene(server)
    yield made
    for socket in made.sockets:
        socket.close()
    print(server.log()[-4000:])  # noqa: T201 -- shown with a test that failed
