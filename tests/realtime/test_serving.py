"""Starting and stopping what serves: by `peerspace serve` and by gunicorn on wsgi.py."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from socket import SHUT_WR, create_connection

import pytest
from gunicorn.config import Config as GunicornConfig

from peerspace.serve_log import NamelessLog
from tests.realtime.conftest import make_scene
from tests.realtime.server import ROOT, Server, free_port, wait_until

WORKER = "peerspace.serve_worker.Worker"


def _gunicorn(port: int, worker: str) -> list[str]:
    """As the docstring of wsgi.py says, on a port of our own."""
    return ["-m", "gunicorn", "-k", worker, "--worker-connections", "5000", "--no-control-socket",
            "-b", f"127.0.0.1:{port}", "wsgi:application"]  # fmt: skip


@pytest.mark.parametrize("how", ["serve", "wsgi"])
def test_it_ends_within_seconds_with_sockets_open(
    how: str, new_database: Callable[[str], str], tmp_path: Path
) -> None:
    server = Server(new_database("sqlite"), tmp_path / "var").prepare()
    try:
        if how == "wsgi":
            server.words = _gunicorn(server.port, WORKER)
        scene = make_scene(server.start())
        sockets = [scene.enter(), scene.enter()]
        polling = scene.enter(transport="polling")
        assert sockets[0].send(scene.slug, "before the end")["ok"]
        assert server.stop() < 5
        assert all(socket.ended.wait(5) for socket in sockets)
        polling.close()
    finally:
        server.kill()
        server.database.close()


@pytest.fixture(scope="module", params=["serve", "wsgi"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in its own process, by both ways to start one; gunicorn is asked to write down every request."""
    folder = tmp_path_factory.mktemp(f"served_{request.param}")
    server = Server(f"sqlite:///{folder / 'live.db'}", folder / "var").prepare()
    if request.param == "wsgi":
        server.words = [*_gunicorn(server.port, WORKER), "--access-logfile", "-"]
    with server:
        yield server


def _raw(server: Server, sent: bytes) -> bytes:
    """What the server answers to these bytes, to the end of the connection."""
    with create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        parts = []
        with suppress(OSError):  # refused half way: what it did not read it answers with a reset
            connection.sendall(sent)
            connection.shutdown(SHUT_WR)
            while part := connection.recv(65_536):
                parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "header",
    [
        "SCRIPT_NAME: /evil",
        "Script-Name: /evil",
        "PATH_INFO: /metrics",
        "Path-Info: /metrics",
        "X_Forwarded_For: 127.0.0.1",
        "REMOTE_USER: root",
        "X-Forwarded-Prefix: /evil",
    ],
)
def test_no_header_says_which_page_is_meant(served: Server, header: str) -> None:
    """Not even from this machine, where a proxy may stand that hands on what it got."""
    asked = f"GET /evil/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\nConnection: close\r\n\r\n"
    assert b" 404 " in _raw(served, asked.encode()).split(b"\r\n", 1)[0]
    asked = asked.replace("/evil/metrics", "/healthz")
    assert b" 200 " in _raw(served, asked.encode()).split(b"\r\n", 1)[0]


def test_headers_about_the_scheme_that_contradict_one_another_refuse_nobody(served: Server) -> None:
    """gunicorn would compare them if it believed them; whom to believe is decided by TRUSTED_PROXIES alone."""
    headers = "X-Forwarded-Ssl: on\r\nX-Forwarded-Proto: http"
    asked = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\nConnection: close\r\n\r\n"
    assert b" 200 " in _raw(served, asked.encode()).split(b"\r\n", 1)[0]


BAD_REQUESTS = [
    b"nonsense about link/one-time-secret\r\n\r\n",
    b"GET /link/one-time-secret HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /link/one-time-secret HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header: one-time-secret\r\n\r\n",
    b"GET /link/one-time-secret HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: one-time-secret\r\n\r\n",
    b"POST /link/one-time-secret HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /link/one-time-secret HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n",
]


def test_the_log_names_no_address_and_no_path(served: Server) -> None:
    for sent in BAD_REQUESTS:
        _raw(served, sent)
    refused = "Refused a request that is not valid HTTP"
    wait_until(lambda: served.log().count(refused) >= 4, f"{refused}: {served.log()}")
    own = (
        "PeerSpace is at http://",
        "Listening at: http://",
    )  # the server's own address, said once at its start
    lines = [line for line in served.log().splitlines() if not any(words in line for words in own)]
    assert [line for line in lines if "127.0.0.1" in line or "one-time-secret" in line] == []


def test_a_failed_greenlet_shows_no_address() -> None:
    script = (
        "import gevent\n"
        "from peerspace.serve_log import keep_addresses_out_of_gevent\n"
        "keep_addresses_out_of_gevent()\n"
        "def handle(connection, address):\n"
        "    raise OSError('broken')\n"
        "gevent.joinall([gevent.spawn(handle, None, ('198.51.100.7', 4711))])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert "OSError: broken" in done.stderr
    assert "198.51.100.7" not in done.stderr


def test_gunicorn_hides_what_it_could_not_handle() -> None:
    log = NamelessLog(GunicornConfig())
    heard: list[str] = []
    log.error_log.addHandler(handler := _Heard(heard))
    try:
        raise OSError("broken")
    except OSError:
        log.exception("Error handling request %s %s", "GET", "/link/one-time-secret")
    finally:
        log.error_log.removeHandler(handler)
    assert heard == ["Error handling a request"]
    assert not log.access_log_enabled


class _Heard(logging.Handler):
    """Keeps the sentences of log records."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record.getMessage())


def test_it_starts_while_the_database_is_away(tmp_path: Path) -> None:
    """After a crash both come back in any order: help is there at once, everything else when the database is."""
    with closing(Server("postgresql://127.0.0.1:1/nowhere", tmp_path / "var")) as server:
        server.start()
        help_now = _raw(server, b"GET /help-now HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert b" 200 " in help_now.split(b"\r\n", 1)[0]
        ready = _raw(server, b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert b" 503 " in ready.split(b"\r\n", 1)[0]
        assert b'"database":"away"' in ready.replace(b" ", b"")


def test_a_worker_that_would_not_stop_sockets_is_refused(
    new_database: Callable[[str], str], tmp_path: Path
) -> None:
    server = Server(new_database("sqlite"), tmp_path / "var").prepare()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PEERSPACE_")}
    tried = subprocess.run(
        [sys.executable, *_gunicorn(free_port(), "gevent")],
        cwd=ROOT,
        env={**inherited, **server.environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    server.database.close()
    assert tried.returncode != 0
    assert "peerspace serve" in tried.stderr


def test_without_background_work_no_scheduler_is_loaded() -> None:
    script = (
        "from gevent import monkey; monkey.patch_all()\n"
        "import os, sys, tempfile\n"
        "from peerspace.config import Config\n"
        "from peerspace.serve import start\n"
        "from peerspace.wiring import open_database\n"
        "from peerspace.kernel import migrate\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    config = Config.from_env({'PEERSPACE_ENV': 'test', 'PEERSPACE_VAR_DIR': folder,\n"
        "        'PEERSPACE_DATABASE_URL': f'sqlite:///{folder}/x.db', 'PEERSPACE_EMBEDDED': 'off'})\n"
        "    migrate.upgrade(open_database(config).engine)\n"
        "    start(config).stop()\n"
        "    print(sorted({'apscheduler', 'peerspace.work', 'peerspace.demo'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
