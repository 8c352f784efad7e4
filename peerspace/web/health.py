"""Is it alive, is it ready, how is it doing: for whoever runs PeerSpace, never for members' eyes."""

from __future__ import annotations

import functools
import shutil
import time
from dataclasses import asdict
from urllib.parse import urlsplit

import redis
from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from peerspace import redis_link
from peerspace.kernel import migrate
from peerspace.kernel.actor import guest
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.health import background_work, revision
from peerspace.web.glue import anyone, running
from peerspace.web.security import came_through_a_proxy

blueprint = Blueprint("health", __name__)
LOOPBACK = ("127.0.0.1", "::1")
NEEDED = ("database", "disk")
"""Without these nothing that people write is kept, so nobody should be sent here. Without the others people can still
read, write and talk in each process: a balancer that took every process out would only make it worse."""
LEAST_FREE = 16 * 1024 * 1024
"""Bytes of room under which a disk counts as full: a few messages might still fit, a larger act may not."""
newest_revision = functools.cache(migrate.newest)


@blueprint.get("/healthz")
@anyone
def healthz() -> Response:
    """Alive: the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@anyone
def readyz() -> tuple[Response, int]:
    """Ready: whether people should be sent here. JSON with a state for each part.

    `ok`, or `degraded` (200) while a part is away without which people can still read and write here, or `not_ready`
    (503) while nothing that they write could be kept. `warnings` names what is set up wrongly.
    """
    found = parts()
    services = running()
    status = "ok"
    if any(state != "ok" for state in found.values()):
        status = "degraded"
    if any(found[part] != "ok" for part in NEEDED):
        status = "not_ready"
    warnings = [name for name, noticed in asdict(services.warnings).items() if noticed]
    return jsonify(status=status, parts=found, warnings=warnings), 503 if status == "not_ready" else 200


def parts() -> dict[str, str]:
    """Each part that PeerSpace stands on: `ok`, or why not."""
    found = {"database": _database(), "disk": _disk(), "worker": "unknown"}
    if found["database"] not in ("missing", "not_migrated", "away"):
        found["worker"] = _worker()
    if running().config.redis_url:
        found["redis"] = _redis()
    return found


def _database() -> str:
    """`ok` when it is read and the last write of this process went well."""
    services = running()
    try:
        with services.database.read(guest()) as uow:
            at = revision(uow)
    except PeerSpaceError as error:
        return str(error.values.get("reason", "away"))
    if at != newest_revision():
        return "not_migrated"
    return services.database.write_refused or "ok"


def _disk() -> str:
    """`ok`, or `full` where what is kept outside the database (audit head, ledger), or an embedded one, has no room."""
    try:
        free = shutil.disk_usage(running().config.var_dir).free
    except FileNotFoundError:
        return "ok"  # made when it is first needed
    return "ok" if free >= LEAST_FREE else "full"


def _worker() -> str:
    """`ok` when somebody holds the lease on background work and every job ran when it should."""
    try:
        with running().database.read(guest()) as uow:
            return background_work(uow)
    except PeerSpaceError as error:
        return str(error.values.get("reason", "away"))


def _redis() -> str:
    url = running().config.redis_url or ""
    try:
        client = redis_link.connect(url, wait_s=1)
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
    """Prometheus figures. Private: only from this machine, asked for by its own name, and never through a proxy."""
    host = urlsplit(f"//{request.host}").hostname
    if request.remote_addr not in LOOPBACK or host not in (*LOOPBACK, "localhost"):
        abort(404)
    if came_through_a_proxy(request):
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
