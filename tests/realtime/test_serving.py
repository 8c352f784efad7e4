"""Starting and stopping what serves: by `peerspace serve` and by gunicorn on wsgi.py."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.realtime.conftest import make_scene
from tests.realtime.server import ROOT, Server, free_port

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
