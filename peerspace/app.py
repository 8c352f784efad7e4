"""The composition root of the web: everything that one running PeerSpace needs is put together here."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask import Flask, request
from prometheus_client import CollectorRegistry

from peerspace.accounts.passphrases import Passphrases
from peerspace.accounts.sessions import SignedIn, touch_sessions
from peerspace.config import ROOT, Config
from peerspace.forum.events import ThreadOpened
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.errors import BadSetting, Unavailable
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.kernel.write_buffer import WriteBuffer, WriteBufferLoop
from peerspace.logs import configure_logs
from peerspace.realtime.server import Realtime
from peerspace.research.capture import capture_reads
from peerspace.web import BLUEPRINTS, errors
from peerspace.web.appearance import register_appearance
from peerspace.web.assets import register_assets
from peerspace.web.health import register_metrics
from peerspace.web.leaving import register_leaving
from peerspace.web.limits import register_limits
from peerspace.web.rendering.environment import register_rendering
from peerspace.web.running import EXTENSION, Running
from peerspace.web.security import register_security
from peerspace.web.sessions import SESSION_KEY, register_sessions, viewer
from peerspace.wiring import open_database, refuse_invented_in_production

log = structlog.get_logger(__name__)
ALWAYS = ("/healthz", "/readyz", "/help-now", "/static/")
"""Answered even while nobody knows what is in the database."""


def create_app(
    config: Config, database: Database | None = None, *, passphrases: Passphrases | None = None
) -> Flask:
    """A Flask application on `config`. Opens no connection and starts nothing in the background.

    `database` replaces the configured one and `passphrases` the cost of hashing (tests). Whoever serves the
    application starts `running(app).write_buffers.start()` and stops it at the end.
    Raises BadSetting when production points to a database that holds invented people.
    """
    configure_logs(config.log_format)
    database = database or open_database(config, in_web=True)
    is_asked = refuse_invented_in_production(config, database)
    app = Flask("peerspace", root_path=str(ROOT), template_folder="templates", static_folder=None)
    write_buffers = WriteBufferLoop()
    app.extensions[EXTENSION] = Running(
        config=config,
        database=database,
        write_buffers=write_buffers,
        touches=write_buffers.add(_buffer_touches(database)),
        reads=write_buffers.add(_buffer_reads(database)),
        metrics=CollectorRegistry(),
        passphrases=passphrases or Passphrases(),
    )
    if not is_asked:
        _ask_again(app, config, database)
    register_rendering(app)
    register_appearance(app, config)
    register_metrics(app)
    register_security(app, config)
    register_sessions(app)
    register_leaving(app)
    register_assets(app)
    errors.register_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_limits(app, config)
    _give_templates(app, config)
    return app


def _ask_again(app: Flask, config: Config, database: Database) -> None:
    """The database was away when the process started: nothing of it is shown before it is known to hold real people."""
    answered: list[bool] = []

    @app.before_request
    def _ask() -> None:
        if answered or request.path.startswith(ALWAYS):
            return
        try:
            is_asked = refuse_invented_in_production(config, database)
        except BadSetting as error:
            log.exception("invented_people")
            raise Unavailable("database_unavailable", reason="invented") from error
        if not is_asked:
            raise Unavailable("database_unavailable", reason="away")
        answered.append(True)


def create_realtime(app: Flask) -> Realtime:
    """Live chat for `app`, before its pages. Whoever serves calls `start()` on it, and `stop()` at the end."""
    services: Running = app.extensions[EXTENSION]

    def seen(session: SignedIn) -> None:
        services.touches.add((session.session_id, services.database.clock.now()))

    return Realtime(app, services.config, services.database, secret_key=SESSION_KEY, seen=seen)


def _buffer_touches(database: Database) -> WriteBuffer[tuple[int, datetime]]:
    def write(seen: list[tuple[int, datetime]]) -> None:
        with database.write(installation(Origin.JOB)) as uow:
            touch_sessions(uow, dict(sorted(seen, key=lambda one: one[1])))

    return WriteBuffer(write)


def _buffer_reads(database: Database) -> WriteBuffer[ThreadOpened]:
    def write(opened: list[ThreadOpened]) -> None:
        with database.write(installation(Origin.JOB)) as uow:
            capture_reads(uow, opened)

    return WriteBuffer(write)


def _give_templates(app: Flask, config: Config) -> None:
    app.jinja_env.globals.update(
        client_id=new_client_id, exit_url=config.exit_url, env=config.env, min_age=config.min_age
    )

    @app.context_processor
    def _context() -> dict[str, object]:
        reader = viewer()
        return {"viewer": reader, "now": app.extensions[EXTENSION].database.clock.now()}
