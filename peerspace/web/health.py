"""Is it alive, is it ready, how is it doing: for whoever runs PeerSpace, never for members' eyes."""

from __future__ import annotations

import functools
import time

import redis
from alembic.migration import MigrationContext
from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import func, select

from peerspace.kernel import migrate
from peerspace.kernel.actor import guest
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.models import JobLease
from peerspace.web.glue import anyone, running

blueprint = Blueprint("health", __name__)
LOOPBACK = ("127.0.0.1", "::1")
newest_revision = functools.cache(migrate.newest)


@blueprint.get("/healthz")
@anyone
def healthz() -> Response:
    """Alive: the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@anyone
def readyz() -> tuple[Response, int]:
    """Ready: every part it stands on answers. JSON, one entry a part; 503 when one does not."""
    found = parts()
    ready = all(state == "ok" for state in found.values())
    return jsonify(status="ok" if ready else "not_ready", parts=found), 200 if ready else 503


def parts() -> dict[str, str]:
    """Each part that PeerSpace stands on: `ok`, or why not."""
    found = {"database": _database(), "worker": "unknown"}
    if found["database"] == "ok":
        found["worker"] = _worker()
    if running().config.redis_url:
        found["redis"] = _redis()
    return found


def _database() -> str:
    try:
        with running().database.read(guest()) as uow:
            uow.session.execute(select(1))
            at = MigrationContext.configure(uow.session.connection()).get_current_revision()
    except PeerSpaceError as error:
        return str(error.values.get("reason", "away"))
    return "ok" if at == newest_revision() else "not_migrated"


def _worker() -> str:
    try:
        with running().database.read(guest()) as uow:
            until = uow.session.scalar(select(func.max(JobLease.expires_at)))
            return "ok" if until is not None and until > uow.now else "nobody_holds_the_lease"
    except PeerSpaceError as error:
        return str(error.values.get("reason", "away"))


def _redis() -> str:
    url = running().config.redis_url or ""
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
        try:
            client.ping()
        finally:
            client.close()
    except redis.RedisError:
        return "away"
    return "ok"


@blueprint.get("/metrics")
@anyone
def metrics() -> Response:
    """Prometheus figures. Private: only from this machine, and never through a proxy that we do not know."""
    if request.remote_addr not in LOOPBACK or "X-Forwarded-For" in request.headers:
        abort(404)
    return Response(generate_latest(running().metrics), content_type=CONTENT_TYPE_LATEST)


def register_metrics(app: Flask) -> None:
    """Count requests and their time by endpoint; no person, no address, no path."""
    registry = running(app).metrics
    count = Counter("peerspace_requests", "Requests answered", ["endpoint", "status"], registry=registry)
    took = Histogram("peerspace_request_seconds", "Seconds to answer", ["endpoint"], registry=registry)

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        count.labels(endpoint, response.status_code).inc()
        if "started" in g:
            took.labels(endpoint).observe(time.perf_counter() - g.started)
        return response
