"""A disk that is really full, under a real server: it says so, survives kill -9, goes on when there is room again."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.realtime.conftest import make_scene
from tests.realtime.server import Server, wait_until

SERVE = "from peerspace.cli import main; main()"
MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 40 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"this account may not mount a small disk: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(place: Path) -> Path:
    """Write until nothing more fits."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as handle:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    handle.write(b"x" * size)
            except OSError:
                continue  # full for this size: try the smaller one
    return filler


def _ready(server: Server) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{server.base_url}/readyz", timeout=20) as answer:  # noqa: S310 -- http, here
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def _page(server: Server, path: str) -> int:
    try:
        with urllib.request.urlopen(f"{server.base_url}{path}", timeout=20) as answer:  # noqa: S310 -- http, here
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.slow
def test_a_full_disk(small_disk: Path) -> None:
    """Database, data folder and the log the server writes are all on it."""
    server = Server(f"sqlite:///{small_disk / 'live.db'}", small_disk / "var").prepare()
    server.words = ["-c", SERVE, "serve", "--port", str(server.port)]
    try:
        scene = make_scene(server.start())
        acked = []
        with scene.person().connect() as socket:
            socket.join(scene.slug)
            acked.append(socket.send(scene.slug, "while there is room")["seq"])
            filler = _fill(small_disk)
            status, found = wait_until(
                lambda: next((one for one in [_ready(server)] if one[0] == 503), None), "503"
            )
            assert (found["status"], found["parts"]["disk"]) == ("not_ready", "full")
            for number in range(30):
                answer = socket.send(scene.slug, f"on the full disk {number} " + "x" * 1500)
                if answer["ok"]:
                    acked.append(answer["seq"])
                else:
                    assert answer["error"]["code"] in ("server_error", "unavailable")
        for _ in range(2):
            server.kill()
            server.start()  # waits for /healthz
            assert _page(server, "/help-now") == 200
            status, found = _ready(server)
            assert (status, found["status"]) == (503, "not_ready")
        filler.unlink()
        wait_until(lambda: _ready(server)[0] == 200, "ready again without a restart")
        with scene.wren.connect() as host, scene.person().connect() as socket:
            host.join(scene.slug)
            joined = socket.join(scene.slug)
            kept = [message["seq"] for message in joined["messages"]]
            assert set(acked) <= set(kept), "nothing that was acknowledged is lost"
            assert kept == sorted(set(kept))
            assert wait_until(lambda: socket.send(scene.slug, "again")["ok"], "a message to be taken")
    finally:
        print(server.log()[-6000:])  # noqa: T201 -- shown when it fails
        server.kill()
        server.database.close()
