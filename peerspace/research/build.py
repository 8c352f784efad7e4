"""Building one release: consent that stands now, measures, open tables, a verified package, then a rename.

Nothing can be read before the rename, and nothing half-made is left if it does not come to that. Consent is looked
at when the rows are taken and once more in the transaction that publishes (invariant 3).
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import structlog
from sqlalchemy import make_url

from peerspace.config import Config
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.errors import PeerSpaceError, Refused
from peerspace.kernel.uow import Database
from peerspace.research import releases
from peerspace.research.context import channels_open, package_timeline, platform_context
from peerspace.research.definition import DEFINITION
from peerspace.research.measures import engine
from peerspace.research.models import Release, Study
from peerspace.research.package.build import build_t0
from peerspace.research.package.inputs import StudyMeta, T0Input, TimelineEntry
from peerspace.research.package.verify import verify_package
from peerspace.research.participants import Basis, consent_basis, still_stands
from peerspace.research.registration import INVOLVEMENT, intended_use
from peerspace.research.staffing import Span
from peerspace.research.studies import DECISION_WORDS, latest_decision
from peerspace.research.windows import refuse_overlap

log = structlog.get_logger(__name__)
JOB = installation(Origin.JOB)
CONSENT_TRIES = 3
ENGINE_MEMORY = "768MB"
RENEW_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Work:
    """What a builder holds: the release and study as they stood when it began, and its claim."""

    release_id: int
    public_id: str
    holder: str
    window: engine.StudyWindow
    slug: str
    title: str
    answers: dict[str, str]
    involvement: str
    panel_decision: str

    @property
    def folder(self) -> str:
        """Where the package will stand, under EXPORT_DIR."""
        return f"{self.slug}/{self.public_id}"


class ClaimLost(Exception):
    """Somebody else builds this release now: this builder stops and leaves nothing."""


def build_release(config: Config, database: Database, public_id: str, holder: str) -> str:
    """Build the release that `holder` claimed and return the state it ended in ('' when the claim was lost).

    A refusal, a full disk or any error leaves the state `failed` with its reason, and no files.
    """
    work = _begin(database, public_id, holder)
    if work is None:
        return ""
    try:
        with _kept_alive(database, work):
            _build(config, database, work)
    except ClaimLost:
        _clear_own(config.export_dir, work)
        log.warning("release_claim_lost", release=public_id)
        return ""
    except PeerSpaceError as error:
        if error.key == "database_unavailable":
            raise  # nothing is wrong with the release: the worker gives it back
        return _failed(config, database, work, error.key, error.values)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        key = "release_disk_full" if full else "release_write_failed"
        return _failed(config, database, work, key, {})
    except Exception as error:
        log.exception("release_build_failed", release=public_id, error=type(error).__name__)
        return _failed(config, database, work, "release_failed_error", {})
    return "ready"


def _begin(database: Database, public_id: str, holder: str) -> Work | None:
    with database.read(JOB) as uow:
        found = uow.session.query(Release).filter_by(public_id=public_id).one_or_none()
        if found is None or found.state != "building" or found.claimed_by != holder:
            return None
        study = uow.session.get_one(Study, found.study_id)
        decision = latest_decision(uow, study.id)
        words = DECISION_WORDS[decision.decision] if decision else ""
        told = [words, decision.conditions, decision.reasons] if decision else []
        return Work(
            found.id,
            public_id,
            holder,
            engine.StudyWindow(found.window_from_us, found.cut_us),
            study.slug,
            study.title,
            dict(study.registration),
            "\n".join(f"{f.label}: {study.involvement[f.name]}" for f in INVOLVEMENT.fields),
            "\n".join(part for part in told if part),
        )


def _build(config: Config, database: Database, work: Work) -> None:
    growing, final = _places(config.export_dir, work)
    with database.read(JOB) as uow:  # once more when it is published; here it spares the work
        refuse_overlap(uow, uow.session.get_one(Release, work.release_id), published_only=True)
    _step(database, work, "consent")
    _clear_earlier(config.export_dir, work)  # the claim was just renewed: nobody else builds this release now
    _clear_final(config.export_dir, work)
    for _ in range(CONSENT_TRIES):
        _step(database, work, "consent")
        with database.read(JOB) as uow:
            basis = consent_basis(uow, work.window.from_us, work.window.cut_us)
            timeline = package_timeline(uow, work.window.from_us, work.window.cut_us)
            context = platform_context(uow, work.window.cut_us, intended_use(work.answers))
            channels = channels_open(uow, work.window.cut_us)
        if not basis.enrolments:
            raise Refused("release_failed_nobody")
        with engine.open_engine(config.var_dir / "spill", ENGINE_MEMORY) as con:
            _step(database, work, "measures")
            load_events(con, config.database_url, basis, context, before_us=work.window.cut_us)
            engine.run_all(con, work.window)
            _step(database, work, "tables")
            built = build_t0(_input(con, work, basis, timeline, channels, database.clock.now()), growing)
        _step(database, work, "checks")
        findings = verify_package(growing, private=True)
        if findings:
            log.error("release_unverified", release=work.public_id, findings=len(findings))
            raise Refused("release_failed_unverified")
        if _publish(database, work, basis, growing, final, built.manifest_sha256):
            return
        shutil.rmtree(growing)
    raise Refused("release_failed_consent")


def load_events(
    con: duckdb.DuckDBPyConnection,
    database_url: str,
    basis: Basis,
    context: engine.Context,
    *,
    before_us: int | None = None,
) -> int:
    """Load the rows of `basis` into the engine and drop what no scope in force covers. Returns the rows left."""
    engine.load_enrolment(con, basis.enrolments)
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        engine.load_sqlite(con, url.database or "", before_us=before_us)
    else:
        engine.load_postgres(con, url.render_as_string(hide_password=False), before_us=before_us)
    engine.load_context(con, context)
    pairs = [(number, scope) for number, scopes in basis.scopes.items() for scope in sorted(scopes)]
    con.execute("CREATE TEMP TABLE in_force (participant_id VARCHAR, scope VARCHAR)")
    con.execute(
        "INSERT INTO in_force SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
        [[number for number, _ in pairs], [scope for _, scope in pairs]],
    )
    con.execute(_DROP_UNCOVERED)
    con.execute(_VEIL_OTHERS)
    con.execute("DROP TABLE in_force")
    (left,) = con.execute("SELECT count(*) FROM usage_event").fetchall()[0]
    return int(left)


_DROP_UNCOVERED = """
DELETE FROM usage_event WHERE (participant_id, scope) NOT IN (SELECT participant_id, scope FROM in_force)
"""
# The other party stays known only while both still consent to exchanges; else what capture would have written.
_VEIL_OTHERS = """
UPDATE usage_event SET
    other_participant = '',
    other_class = 'non_participant',
    reply_to = CASE WHEN kind NOT LIKE '%_received' AND reply_to <> ''
                    THEN split_part(reply_to, ':', 1) || ':0' ELSE reply_to END,
    item = CASE WHEN kind = 'reply_received' THEN '' ELSE item END,
    giver_role = CASE WHEN kind LIKE '%_received' THEN 'not_recorded' ELSE giver_role END,
    giver_training = CASE WHEN kind LIKE '%_received' THEN 'not_recorded' ELSE giver_training END,
    giver_pay = CASE WHEN kind LIKE '%_received' THEN 'not_recorded' ELSE giver_pay END
WHERE other_participant <> '' AND NOT (
    participant_id IN (SELECT participant_id FROM in_force WHERE scope = 'interactions')
    AND other_participant IN (SELECT participant_id FROM in_force WHERE scope = 'interactions'))
"""


def _input(
    con: duckdb.DuckDBPyConnection,
    work: Work,
    basis: Basis,
    timeline: tuple[TimelineEntry, ...],
    channels: dict[str, tuple[Span, ...]],
    now: datetime,
) -> T0Input:
    today = now.astimezone(UTC).date()
    citation = f"{work.answers['investigator']} ({today.year}). {work.title}: open aggregates of digital peer support, "
    study = StudyMeta(
        slug=work.slug,
        title=plain(work.title),
        release_id=work.public_id,
        citation=plain(citation + f"release {work.public_id}. PeerSpace."),
        involvement=plain(work.involvement),
        panel_decision=plain(work.panel_decision),
        definition=DEFINITION,
        released_on=today.isoformat(),
    )
    return T0Input(
        con,
        work.window.from_us,
        work.window.cut_us,
        work.window.period_us,
        study,
        basis.flow,
        timeline,
        engine.codebook(),
        channels,
    )


def plain(text: str) -> str:
    """`text` without invisible characters, which a package does not take."""
    return "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    ).strip()


def _publish(
    database: Database, work: Work, basis: Basis, growing: Path, final: Path, manifest_hash: str
) -> bool:
    """Rename the package into its place and say that it is ready, if every consent behind it still stands.

    The rename happens inside the transaction: a crash in between leaves a whole package that nothing points to, and
    the next attempt clears it away.
    """
    with database.write(JOB) as uow:
        if not still_stands(uow, basis):
            return False
        if not releases.finish(
            uow,
            work.release_id,
            work.holder,
            folder=work.folder,
            manifest_hash=manifest_hash,
            members=basis.participants,
        ):
            raise ClaimLost
        final.parent.mkdir(mode=0o700, exist_ok=True)
        growing.rename(final)
        _sync(final.parent)
    return True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _step(database: Database, work: Work, progress: str) -> None:
    with database.write(JOB) as uow:
        if not releases.renew_claim(uow, work.release_id, work.holder, progress):
            raise ClaimLost


def _failed(config: Config, database: Database, work: Work, key: str, values: dict[str, object]) -> str:
    """Leave the reason, and no files. What grew goes first: the disk may be full, and the reason needs room too."""
    _clear_own(config.export_dir, work)
    told = {name: value for name, value in values.items() if isinstance(value, str | int)}
    with database.write(JOB) as uow:
        ours = releases.fail(uow, work.release_id, work.holder, key, **told)
    if ours:  # else it was published after all, or somebody else builds it
        _clear_final(config.export_dir, work)
    log.warning("release_failed", release=work.public_id, failure=key)
    return "failed" if ours else ""


@contextmanager
def _kept_alive(database: Database, work: Work) -> Iterator[None]:
    """Renew the claim in the background, however long one step takes."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_EVERY_S):
            try:
                with database.write(JOB) as uow:
                    releases.renew_claim(uow, work.release_id, work.holder)
            except PeerSpaceError as error:
                log.warning("release_claim_not_renewed", release=work.public_id, error=type(error).__name__)

    thread = threading.Thread(target=renew, name="claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _places(export_dir: Path, work: Work) -> tuple[Path, Path]:
    """Where the package grows, and where it will stand."""
    root = export_dir / releases.BUILDING
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.chmod(0o700)
    return root / releases.growing_name(work.public_id, work.holder), export_dir / work.folder


def _clear_own(export_dir: Path, work: Work) -> None:
    """Remove what this builder made, and nobody else's: another one may build the release by now."""
    own = export_dir / releases.BUILDING / releases.growing_name(work.public_id, work.holder)
    shutil.rmtree(own, ignore_errors=True)


def _clear_earlier(export_dir: Path, work: Work) -> None:
    """Remove what earlier attempts left."""
    for left in (export_dir / releases.BUILDING).glob(f"{work.public_id}-*"):
        shutil.rmtree(left, ignore_errors=True)


def _clear_final(export_dir: Path, work: Work) -> None:
    shutil.rmtree(export_dir / work.folder, ignore_errors=True)
