"""The worker's side of a build: claim a release, have a process of its own build it, clean up after what broke."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys

import structlog
from sqlalchemy import select

from peerspace.config import ROOT, Config
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.uow import Database
from peerspace.research import releases
from peerspace.research.models import Release, Study

log = structlog.get_logger(__name__)
JOB = installation(Origin.JOB)
LONGEST_BUILD_S = 1800


def build_due(config: Config, database: Database) -> int:
    """Build the next release that is due, in a process of its own, and wait for it. Returns how many that were (0, 1).

    A process that dies leaves the release waiting for the next call, or failed after the last attempt.
    """
    holder = secrets.token_hex(16)
    with database.write(JOB) as uow:
        claimed = releases.claim_next(uow, holder)
        if claimed is None:
            return 0
        number, public_id = claimed.id, claimed.public_id
    code = _run(config, public_id, holder)
    if code != 0:
        log.warning("release_builder_died", release=public_id, code=code)
        with database.write(JOB) as uow:
            releases.give_back(uow, number, holder)
    return 1


def sweep_exports(config: Config, database: Database) -> int:
    """Remove the folders of releases that are over and of builds that nobody holds any more; how many.

    A release that failed has a folder only where its builder died between the rename and the commit. One that waits
    for its next attempt is cleared by it.
    """
    removed = 0
    growing = list(
        (config.export_dir / releases.BUILDING).glob("*-*")
    )  # before the claims are read: newer ones stay
    with database.read(JOB) as uow:
        found = uow.session.execute(
            select(Release.public_id, Release.state, Release.claimed_by, Study.slug).join(
                Study, Study.id == Release.study_id
            )
        ).all()
    held = {releases.growing_name(one.public_id, one.claimed_by) for one in found if one.state == "building"}
    for left in growing:
        if left.name not in held:
            shutil.rmtree(left, ignore_errors=True)
            removed += 1
    for one in found:
        place = config.export_dir / one.slug / one.public_id
        if one.state in ("failed", "expired") and place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
            removed += 1
    return removed


def environment(config: Config) -> dict[str, str]:
    """The environment a build process starts with: this process's own, and every setting it needs."""
    settings = {
        "ENV": config.env,
        "SECRET_KEY": config.secret_key,
        "AUDIT_KEY": config.audit_key,
        "DATA_KEY": config.data_key,
        "DATABASE_URL": config.database_url,
        "EXPORT_DIR": str(config.export_dir),
        "VAR_DIR": str(config.var_dir),
        "BASE_URL": config.base_url,
        "RATE_LIMITS": "on" if config.rate_limits else "off",
        "ADMISSION": config.admission,
        "LOG_FORMAT": config.log_format,
    }
    return {**os.environ, **{f"PEERSPACE_{name}": value for name, value in settings.items()}}


def _run(config: Config, public_id: str, holder: str) -> int:
    """Run the build process to its end and return its exit code (negative: the signal that killed it)."""
    process = subprocess.Popen(  # noqa: S603 (this interpreter, this module, and an id of our own making)
        [sys.executable, "-m", "peerspace.build_process", public_id, holder],
        cwd=ROOT,
        env=environment(config),
        stdin=subprocess.DEVNULL,
    )
    try:
        return process.wait(timeout=LONGEST_BUILD_S)
    except subprocess.TimeoutExpired:
        log.exception("release_builder_too_slow", release=public_id)
        process.kill()
        return process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
