"""The lived-experience panel: applications, and decisions with published reasons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed
from peerspace.kernel.wording import gettext as _
from peerspace.research.queries import panel_list, study_page
from peerspace.research.studies import DECISIONS, decide_study
from peerspace.web.glue import field_sentences, reading, render, role_needed, see, writing
from peerspace.web.research.forms import PanelForm

blueprint = Blueprint("panel", __name__)


@blueprint.get("/panel")
@role_needed(Role.PANEL)
def applications() -> Any:
    """What waits, and what was decided."""
    with reading() as uow:
        waiting, decided = panel_list(uow)
    return render("panel/list.html", waiting=waiting, decided=decided)


@blueprint.get("/panel/<slug>")
@role_needed(Role.PANEL)
def application(slug: str) -> Any:
    """One application, whole, with the form to decide."""
    return _page(slug, PanelForm())


@blueprint.post("/panel/<slug>")
@role_needed(Role.PANEL)
def decide(slug: str) -> Any:
    """Decide; the reasons are published with it."""
    typed = PanelForm.read(request.form)
    try:
        with writing() as uow:
            decide_study(
                uow,
                slug,
                decision=typed.decision,
                reasons=typed.reasons,
                conditions=typed.conditions,
                version=typed.version,
            )
    except (Invalid, Conflict, NotAllowed) as problem:
        return _page(slug, typed, problem), problem.status
    return see(url_for("panel.application", slug=slug), _("The decision and its reasons are published."))


def _page(slug: str, typed: PanelForm, problem: Invalid | Conflict | NotAllowed | None = None) -> str:
    with reading() as uow:
        study = study_page(uow, slug)
    return render(
        "panel/study.html",
        study=study,
        choices=DECISIONS,
        typed=typed,
        errors=field_sentences(problem) if problem else {},
    )
