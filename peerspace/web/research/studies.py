"""The open register of studies (invariant 13)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from peerspace.research.queries import study_page, study_register
from peerspace.web.glue import anyone, reading, render

blueprint = Blueprint("studies", __name__)


@blueprint.get("/studies")
@anyone
def register() -> Any:
    """Every study that asked to use data from here."""
    with reading() as uow:
        studies = study_register(uow)
    return render("public/studies.html", studies=studies)


@blueprint.get("/studies/<slug>")
@anyone
def study(slug: str) -> Any:
    """One study: what it says about itself, what the panel decided and why, and its datasets."""
    with reading() as uow:
        return render("studies/study.html", study=study_page(uow, slug))
