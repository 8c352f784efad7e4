"""Read models: what is recorded about a member, the study register, the panel's and the researcher's pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from peerspace.consent.models import Participant
from peerspace.kernel.actor import Role
from peerspace.kernel.clock import from_us
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, day, gettext
from peerspace.research.access import own_study, release_for, study_by_slug
from peerspace.research.models import Download, PanelDecision, Release, ReleaseMember, Study, UsageEvent
from peerspace.research.registration import INVOLVEMENT, SECTIONS, Field, study_days
from peerspace.research.studies import DECISION_WORDS
from peerspace.research.words import SCOPE_TITLES, row_words

ROWS_PER_PAGE = 50
STUDY_STATES = {
    "registered": N_("Waits for the panel"),
    "approved": N_("Approved"),
    "declined": N_("Declined"),
}
RELEASE_STATES = {
    "requested": N_("Waiting to be built"),
    "building": N_("Being built"),
    "ready": N_("Ready"),
    "failed": N_("Not made"),
    "expired": N_("No longer kept"),
}
STEPS = ("consent", "measures", "tables", "checks")
STEP_WORDS = {
    "": N_("Waiting for its turn"),
    "claimed": N_("Starting"),
    "consent": N_("Looking whose consent stands"),
    "measures": N_("Counting"),
    "tables": N_("Hiding small numbers and rounding, writing the tables"),
    "checks": N_("Checking the finished dataset"),
}


@dataclass(frozen=True, slots=True)
class MyRow:
    """One row about a member."""

    at: datetime
    words: str
    scope: str


@dataclass(frozen=True, slots=True)
class MyUse:
    """One dataset that holds counts the member's rows went into."""

    study_title: str
    study_slug: str
    release_id: str
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class MyData:
    """What research holds about the acting member, one page of it."""

    rows: tuple[MyRow, ...]
    total: int
    page: int
    pages: int
    uses: tuple[MyUse, ...]


def my_research_data(uow: UnitOfWork, page: int = 1) -> MyData:
    """The rows about the acting member, newest first, and the datasets they went into. Raises NotFound past the end."""
    mine = select(Participant.id).where(Participant.account_id == uow.actor.require_account())
    ids = list(uow.session.scalars(mine))
    about = UsageEvent.participant_id.in_(ids)
    total = uow.session.scalar(select(func.count()).select_from(UsageEvent).where(about)) or 0
    pages = max(1, -(-total // ROWS_PER_PAGE))
    if not 1 <= page <= pages:
        raise NotFound("not_found")
    newest = (
        select(UsageEvent)
        .where(about)
        .order_by(UsageEvent.at_us.desc(), UsageEvent.id.desc())
        .limit(ROWS_PER_PAGE)
        .offset((page - 1) * ROWS_PER_PAGE)
    )
    rows = tuple(
        MyRow(from_us(row.at_us), row_words(row), gettext(SCOPE_TITLES[row.scope]))
        for row in uow.session.scalars(newest)
    )
    uses = uow.session.execute(
        select(Study.title, Study.slug, Release.public_id, Release.finished_at)
        .join(Release, Release.study_id == Study.id)
        .join(ReleaseMember, ReleaseMember.release_id == Release.id)
        .where(ReleaseMember.participant_id.in_(ids), Release.state.in_(("ready", "expired")))
        .distinct()
        .order_by(Release.finished_at.desc())
    )
    return MyData(rows, total, page, pages, tuple(MyUse(*row) for row in uses))


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study in a list. `status` as the register's page knows it."""

    slug: str
    title: str
    status: str
    words: str
    lead: str
    question: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision of the panel, as published: what, why and when. Who decided is the panel as a whole."""

    words: str
    reasons: str
    conditions: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release in a list, with how often files of it were downloaded."""

    public_id: str
    tier: str
    state: str
    words: str
    begins: datetime
    ends: datetime
    requested_at: datetime
    finished_at: datetime | None
    downloads: int


@dataclass(frozen=True, slots=True)
class StudyPage:
    """Everything the register says about a study."""

    slug: str
    title: str
    status: str
    words: str
    version: int
    created_at: datetime
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    decisions: tuple[DecisionView, ...]
    releases: tuple[ReleaseLine, ...]
    is_own: bool
    """Registered by whoever looks."""
    starts_on: date
    ends_on: date


def study_register(uow: UnitOfWork) -> tuple[StudyLine, ...]:
    """Every study, newest first: the register is open to everybody (invariant 13)."""
    return _lines(uow, list(uow.session.scalars(select(Study).order_by(Study.id.desc()))))


def my_studies(uow: UnitOfWork) -> tuple[StudyLine, ...]:
    """The acting researcher's studies, newest first."""
    me = uow.actor.require(Role.RESEARCHER)
    mine = select(Study).where(Study.registered_by_id == me).order_by(Study.id.desc())
    return _lines(uow, list(uow.session.scalars(mine)))


def panel_list(uow: UnitOfWork) -> tuple[tuple[StudyLine, ...], tuple[StudyLine, ...]]:
    """For the panel: the studies that wait, oldest first, and those decided, newest first."""
    uow.actor.require(Role.PANEL)
    lines = study_register(uow)
    waiting = tuple(line for line in reversed(lines) if line.status == "registered")
    return waiting, tuple(line for line in lines if line.status != "registered")


def study_page(uow: UnitOfWork, slug: str) -> StudyPage:
    """The register's entry of a study. Raises NotFound."""
    return _page(uow, study_by_slug(uow, slug))


def my_study_page(uow: UnitOfWork, slug: str) -> StudyPage:
    """The same for its researcher. Raises NotAllowed for other roles, NotFound for another's study."""
    return _page(uow, own_study(uow, slug))


def _page(uow: UnitOfWork, study: Study) -> StudyPage:
    decisions = uow.session.scalars(
        select(PanelDecision).where(PanelDecision.study_id == study.id).order_by(PanelDecision.id.desc())
    )
    told = tuple(
        (
            gettext(section.title),
            tuple((gettext(f.label), _shown(f, answers.get(f.name, ""))) for f in section.fields),
        )
        for section, answers in (
            *((section, study.registration) for section in SECTIONS),
            (INVOLVEMENT, study.involvement),
        )
    )
    return StudyPage(
        study.slug,
        study.title,
        study.state,
        gettext(STUDY_STATES[study.state]),
        study.version,
        study.created_at,
        told,
        tuple(
            DecisionView(gettext(DECISION_WORDS[d.decision]), d.reasons, d.conditions, d.decided_at)
            for d in decisions
        ),
        release_lines(uow, study.id),
        study.registered_by_id == uow.actor.account_id,
        *study_days(study.registration),
    )


def release_lines(uow: UnitOfWork, study_id: int) -> tuple[ReleaseLine, ...]:
    """The releases of a study, newest first."""
    found = list(
        uow.session.scalars(select(Release).where(Release.study_id == study_id).order_by(Release.id.desc()))
    )
    counts = uow.session.execute(
        select(Download.release_id, func.count().label("times"))
        .where(Download.release_id.in_([release.id for release in found]))
        .group_by(Download.release_id)
    )
    counted: Counter[int] = Counter({row.release_id: row.times for row in counts})
    return tuple(_release_line(release, counted[release.id]) for release in found)


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """One release with its study, and where its building stands."""

    line: ReleaseLine
    study_slug: str
    study_title: str
    investigator: str
    decision: DecisionView | None
    failure: str
    failure_values: dict[str, str | int]
    step: int
    steps: int
    step_words: str
    attempts: int
    manifest_hash: str
    folder: str
    is_own: bool


def release_page(uow: UnitOfWork, public_id: str) -> ReleasePage:
    """A release that the actor may see. Raises NotFound, NotAllowed for a guest."""
    release, study = release_for(uow, public_id)
    latest = uow.session.scalar(
        select(PanelDecision)
        .where(PanelDecision.study_id == study.id)
        .order_by(PanelDecision.id.desc())
        .limit(1)
    )
    counted = select(func.count()).select_from(Download).where(Download.release_id == release.id)
    return ReleasePage(
        _release_line(release, uow.session.scalar(counted) or 0),
        study.slug,
        study.title,
        study.registration["investigator"],
        DecisionView(
            gettext(DECISION_WORDS[latest.decision]), latest.reasons, latest.conditions, latest.decided_at
        )
        if latest
        else None,
        release.failure,
        release.failure_values,
        STEPS.index(release.progress) + 1 if release.progress in STEPS else 0,
        len(STEPS) + 1,
        gettext(STEP_WORDS.get(release.progress, "")),
        release.attempts,
        release.manifest_hash,
        release.folder,
        study.registered_by_id == uow.actor.account_id,
    )


def _release_line(release: Release, downloads: int) -> ReleaseLine:
    return ReleaseLine(
        release.public_id,
        release.tier,
        release.state,
        gettext(RELEASE_STATES[release.state]),
        from_us(release.window_from_us),
        from_us(release.cut_us),
        release.requested_at,
        release.finished_at,
        downloads,
    )


def _lines(uow: UnitOfWork, studies: list[Study]) -> tuple[StudyLine, ...]:
    newest = select(PanelDecision.study_id, func.max(PanelDecision.decided_at).label("at"))
    decided: dict[int, datetime] = {
        row.study_id: row.at for row in uow.session.execute(newest.group_by(PanelDecision.study_id))
    }
    return tuple(
        StudyLine(
            study.slug,
            study.title,
            study.state,
            gettext(STUDY_STATES[study.state]),
            study.registration.get("investigator", ""),
            study.registration.get("question", ""),
            decided.get(study.id),
        )
        for study in studies
    )


def _shown(field: Field, value: str) -> str:
    """An answer as it is read: choices and days in the reader's words, everything else as it was written."""
    if field.kind == "date" and value:
        return day(date.fromisoformat(value))
    return gettext(dict(field.choices)[value]) if value in dict(field.choices) else value
