"""Serving: gunicorn with one gevent worker, live chat, gathered writes, and background work in embedded mode."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from gevent import monkey

from peerspace.kernel.errors import BadSetting

if TYPE_CHECKING:  # loaded in the worker only: gunicorn's own process stays small
    from flask import Flask

    from peerspace.config import Config
    from peerspace.serve_intake import Intake

STOP_WITHIN_S = 10
"""How long closing sockets and ending background work may take after SIGTERM before the process is killed."""
REQUESTS_END_WITHIN_S = 1
"""How long requests under way may take after that."""
CONNECTIONS = 5_000
BACKLOG = 4_096
"""Connections that the kernel keeps until they are accepted (at most net.core.somaxconn); whoever finds no place there
comes again after 1, 3 and 7 seconds."""
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 -- compared with, never bound to unless asked


def exec_server(host: str = "127.0.0.1", port: int = 8000) -> NoReturn:
    """Replace this process by a fresh interpreter that serves on `host` and `port`.

    Outside production a missing BASE_URL follows from them.
    """
    if os.environ.get("PEERSPACE_ENV", "").strip() != "production":
        shown = "127.0.0.1" if host in ANYWHERE else host
        os.environ.setdefault("PEERSPACE_BASE_URL", f"http://{shown}:{port}")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "peerspace.serve_child", host, str(port)])  # noqa: S606


def run_server(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Call it in a process that was patched for gevent first.

    Raises BadSetting when it was not.
    """
    check_patched()  # before gunicorn would patch, too late for what is loaded by then
    from gunicorn.app.base import (  # type: ignore[import-untyped]  # late: everything must be patched before
        BaseApplication,
    )

    class Gunicorn(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in gunicorn_settings(host, port).items():
                self.cfg.set(name, value)
            self.cfg.set("post_worker_init", self.started)

        def load(self) -> Flask:
            return load()

        def started(self, _worker: Any) -> None:
            with suppress(OSError):  # where it is written to a full disk: serve all the same
                print(f"PeerSpace is at http://{host}:{port}", flush=True)  # noqa: T201 -- said to whoever started it

    Gunicorn().run()


def load() -> Flask:
    """The application for gunicorn's worker, with everything beside it started; the worker stops that at its end.

    Raises BadSetting in a process that was not patched in time, or in a worker that would not stop it.
    """
    check_patched()
    gc.disable()  # loading makes a million objects, and nearly all of them stay
    from peerspace.config import Config
    from peerspace.serve_worker import Worker

    if Worker.here is None:
        raise _not_served("gunicorn's worker is another one, which does not close WebSockets when it stops")
    served = start(Config.from_env())
    gc.freeze()  # what is there now is not looked through again
    gc.enable()
    Worker.here.ending = served.end
    Worker.here.intake = served.intake
    return served.app


def gunicorn_settings(host: str, port: int) -> dict[str, Any]:
    """gunicorn's settings: one gevent worker, because sockets and presence belong to a process."""
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": 1,
        "worker_class": "peerspace.serve_worker.Worker",
        "worker_connections": CONNECTIONS,
        "backlog": BACKLOG,
        "timeout": 60,
        "graceful_timeout": STOP_WITHIN_S,
        "keepalive": 5,
        "loglevel": "warning",
        "control_socket_disable": True,  # its path is shared by all instances on a machine
        "proc_name": "peerspace",
    }


@dataclass(slots=True)
class Served:
    """Everything that runs in one web process. `stop` may be called more than once."""

    app: Flask
    intake: Intake
    stops: list[Callable[[], None]]
    stopped: bool = False
    under_way: int = 0

    def __post_init__(self) -> None:
        self.app.before_request(self._began)
        self.app.teardown_request(self._ended)

    def _began(self) -> None:
        from flask import g

        g.counted = True  # what was refused before this counts neither here nor at its end
        self.under_way += 1

    def _ended(self, _error: BaseException | None = None) -> None:
        from flask import g

        if g.pop("counted", False):
            self.under_way -= 1

    def wait_for_requests(self, within_s: float) -> None:
        """Wait until no page is being made, and a moment more for its bytes to leave."""
        moment = 0.05
        for _ in range(int(within_s / moment)):
            threading.Event().wait(moment)
            if self.under_way <= 0:
                break
        threading.Event().wait(moment)

    def end(self) -> None:
        """Stop, and give requests under way a moment."""
        self.stop()
        self.wait_for_requests(REQUESTS_END_WITHIN_S)

    def stop(self) -> None:
        """Close sockets, end background work, write what was gathered."""
        if self.stopped:
            return
        self.stopped = True
        for stop in self.stops:
            stop()


def start(config: Config) -> Served:
    """Build the application and start what goes on beside its pages."""
    from peerspace.app import create_app, create_realtime  # late: after the patching
    from peerspace.serve_intake import Intake
    from peerspace.web.running import running

    app = create_app(config)
    here = running(app)
    realtime = create_realtime(app)
    intake = Intake(
        app.wsgi_app,
        trusted_proxies=config.trusted_proxies,
        limited=config.rate_limits,
        production=config.production,
    )
    app.wsgi_app = intake  # type: ignore[method-assign]
    realtime.start()
    here.write_buffers.start()
    stops = [realtime.stop, here.write_buffers.stop]
    if config.embedded:
        from peerspace.work import start_background  # late: it loads the scheduler

        stops.append(start_background(config, here.database).stop)
    return Served(app, intake, stops)


def check_patched() -> None:
    """Make sure that waiting for the database lets other people's requests run.

    Raises BadSetting: served unpatched, one slow query would hold up everybody.
    """
    if not monkey.is_module_patched("socket") or not monkey.is_module_patched("threading"):
        raise _not_served("gevent did not patch this process")
    from psycopg import waiting

    if waiting.wait is getattr(waiting, "wait_c", None):
        raise _not_served("psycopg was imported before gevent patched this process")


def _not_served(problem: str) -> BadSetting:
    return BadSetting(
        "bad_setting", name="peerspace serve", problem=f"{problem}; start it with `peerspace serve`"
    )
