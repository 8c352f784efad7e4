"""Studies and the panel: registering a study, and the decision of people with lived experience about it."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping

from sqlalchemy import select

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.research.access import study_by_slug
from peerspace.research.actions import ResearchAction
from peerspace.research.models import PanelDecision, Study
from peerspace.research.registration import check_registration
from peerspace.text.clean import clean

REASONS_LIMIT = 4_000
DECISIONS = (
    ("approved", N_("Approve")),
    ("approved_with_conditions", N_("Approve with conditions")),
    ("declined", N_("Decline")),
)
DECISION_WORDS = {
    "approved": N_("Approved"),
    "approved_with_conditions": N_("Approved with conditions"),
    "declined": N_("Declined"),
}


def slug_of(title: str) -> str:
    """An address made from a title: small letters, digits and hyphens, at most 56 characters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:56].strip("-") or f"study-{secrets.token_hex(3)}"


def _free_slug(uow: UnitOfWork, base: str) -> str:
    """`base`, with a short random end where it is taken."""
    slug = base
    while uow.session.scalar(select(Study.id).where(Study.slug == slug)) is not None:
        slug = f"{base}-{secrets.token_hex(3)}"
    return slug


def register_study(uow: UnitOfWork, typed: Mapping[str, object]) -> Study:
    """Register a study; it waits for the panel and is in the open register from now on (invariant 13).

    The same researcher registering the same title again gets the study that waits already. Raises NotAllowed for
    anybody but a researcher, Invalid naming every field that needs another look.
    """
    me = uow.actor.require(Role.RESEARCHER)
    checked = check_registration(typed, uow.now.date())
    waiting = select(Study).where(
        Study.registered_by_id == me, Study.title == checked.title, Study.state == "registered"
    )
    known = uow.session.scalar(waiting)
    if known is not None:
        return known
    study = Study(
        slug=_free_slug(uow, slug_of(checked.title)),
        title=checked.title,
        registered_by_id=me,
        state="registered",
        version=1,
        created_at=uow.now,
        registration=checked.answers,
        involvement=checked.involvement,
    )
    uow.session.add(study)
    uow.session.flush()
    uow.audit(ResearchAction.STUDY_REGISTERED, "study", study.slug)
    return study


def decide_study(
    uow: UnitOfWork, slug: str, *, decision: object, reasons: object, conditions: object = "", version: object
) -> PanelDecision:
    """Decide about a study, with reasons that everybody can read. A later decision may change an earlier one.

    Raises NotAllowed for anybody but the panel and for one's own study, Conflict when the study changed meanwhile,
    Invalid for missing reasons or conditions.
    """
    me = uow.actor.require(Role.PANEL)
    study = study_by_slug(uow, slug, lock=True)
    if study.registered_by_id == me:
        raise NotAllowed("panel_own_study")
    if str(version) != str(study.version):
        raise Conflict("study_changed")
    if decision not in DECISION_WORDS:
        raise Invalid(fields={"decision": "panel_decision_unknown"})
    why = clean(reasons, field="reasons", limit=REASONS_LIMIT)
    terms = clean(conditions, field="conditions", limit=REASONS_LIMIT, required=False)
    if decision == "approved_with_conditions" and not terms:
        raise Invalid(fields={"conditions": "panel_conditions_needed"})
    made = PanelDecision(
        study_id=study.id,
        decision=str(decision),
        conditions=terms if decision == "approved_with_conditions" else "",
        reasons=why,
        decided_by_id=me,
        decided_at=uow.now,
    )
    uow.session.add(made)
    study.state = "declined" if decision == "declined" else "approved"
    study.version += 1
    uow.session.flush()
    uow.audit(ResearchAction.STUDY_DECIDED, "study", study.slug, decision=made.decision)
    return made


def latest_decision(uow: UnitOfWork, study_id: int) -> PanelDecision | None:
    """The decision in force about a study, or None while it waits."""
    return uow.session.scalar(
        select(PanelDecision)
        .where(PanelDecision.study_id == study_id)
        .order_by(PanelDecision.id.desc())
        .limit(1)
    )
