"""The researcher's pages: my studies, registering one, asking for a release, the release and its files.

A researcher sees no community content. Fetching a file is a GET that writes its line in the log first: a download
that nobody can read about later must not exist.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.offload import run_off_loop
from peerspace.kernel.wording import gettext as _
from peerspace.research import downloads, queries, releases, windows
from peerspace.research.registration import INVOLVEMENT, SECTIONS
from peerspace.research.studies import register_study
from peerspace.sentences import sentence
from peerspace.web.assets import pack
from peerspace.web.glue import (
    field_sentences,
    limited,
    reading,
    render,
    role_needed,
    running,
    see,
    with_account,
    writing,
)
from peerspace.web.research.forms import StudyForm, WindowForm

blueprint = Blueprint("research", __name__)
USUAL_DAYS = 84
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "svg": "image/svg+xml"}


@blueprint.get("/research")
@role_needed(Role.RESEARCHER)
def my_studies() -> Any:
    """The researcher's own studies."""
    with reading() as uow:
        return render("research/studies.html", studies=queries.my_studies(uow))


@blueprint.get("/research/studies/new")
@role_needed(Role.RESEARCHER)
def new_study() -> Any:
    """The form to register a study."""
    return _form(StudyForm.read({}))


@blueprint.post("/research/studies/new")
@role_needed(Role.RESEARCHER)
@limited("20 per hour")
def register() -> Any:
    """Register it; the same form sent twice makes one study."""
    typed = StudyForm.read(request.form)
    try:
        with writing() as uow:
            slug = register_study(uow, typed.typed).slug
    except Invalid as problem:
        return _form(typed, problem), problem.status
    return see(url_for("research.study", slug=slug), _("The study is registered. The panel reads it next."))


def _form(typed: StudyForm, problem: Invalid | None = None) -> str:
    return render(
        "research/new_study.html",
        sections=(*SECTIONS, INVOLVEMENT),
        typed=typed.typed,
        errors=field_sentences(problem) if problem else {},
    )


@blueprint.get("/research/studies/<slug>")
@role_needed(Role.RESEARCHER)
def study(slug: str) -> Any:
    """One study: its state, its datasets, and the form to ask for one."""
    return _study(slug)


@blueprint.post("/research/studies/<slug>")
@role_needed(Role.RESEARCHER)
@limited("30 per hour")
def ask(slug: str) -> Any:
    """Ask for the open tables over a window of days."""
    typed = WindowForm.read(request.form)
    try:
        with writing() as uow:
            public_id = releases.request_release(
                uow, slug, first_day=typed.first_day, last_day=typed.last_day, client_id=typed.client_id
            ).public_id
    except (Invalid, Conflict) as problem:
        return _study(slug, typed, problem), problem.status
    return see(url_for("research.release", public_id=public_id), _("The dataset is asked for."))


def _study(slug: str, typed: WindowForm | None = None, problem: Invalid | Conflict | None = None) -> str:
    with reading() as uow:
        page = queries.my_study_page(uow, slug)
        told = windows.told_days(uow)
        today = uow.now.date()
    free = max((days.last + timedelta(days=1) for days in told), default=date.min)
    usual = max(today - timedelta(days=USUAL_DAYS), page.starts_on)
    return render(
        "research/study.html",
        study=page,
        told=told,
        first_day=typed.first_day if typed else min(max(usual, free), today).isoformat(),
        last_day=typed.last_day if typed else min(today, page.ends_on).isoformat(),
        form_id=typed.client_id if typed else None,
        errors=field_sentences(problem) if problem else {},
    )


@blueprint.get("/research/releases/<public_id>")
@with_account
def release(public_id: str) -> Any:
    """One release: figures first, then tables, other files, checks, citation; or how far it has come, or why not.

    The study's researcher and the panel see it in every state, everybody else when its open tables are ready.
    """
    contents = None
    with reading() as uow:
        page = queries.release_page(uow, public_id)
        if page.line.state == "ready":
            contents = downloads.package_contents(uow, running().config.export_dir, public_id)
    why = sentence(page.failure, **page.failure_values) if page.failure else ""
    return render(
        "research/release.html", release=page, contents=contents, why=why, size=downloads.size_words
    )


@blueprint.post("/research/releases/<public_id>/expire")
@role_needed(Role.RESEARCHER)
def expire(public_id: str) -> Any:
    """Keep the dataset no longer."""
    with writing() as uow:
        releases.expire_release(uow, public_id)
    return see(url_for("research.release", public_id=public_id), _("The dataset is no longer kept."))


@blueprint.get("/research/releases/<public_id>/figures/<name>.svg")
@with_account
def figure(public_id: str, name: str) -> Any:
    """A figure, to be seen on the page."""
    with reading() as uow:
        found = downloads.fetch_file(uow, running().config.export_dir, public_id, f"figures/{name}.svg")
    return pack(_sent(found, "image/svg+xml", attached=False))  # released numbers, whatever was asked


@blueprint.get("/research/releases/<public_id>/files/<path:path>")
@with_account
def download(public_id: str, path: str) -> Any:
    """One file, after the log has it."""
    with reading() as uow:
        found = downloads.fetch_file(uow, running().config.export_dir, public_id, path)
    return _logged(public_id, path, found, TYPES.get(path.rpartition(".")[2], "application/octet-stream"))


@blueprint.get("/research/releases/<public_id>/package.zip")
@with_account
def package(public_id: str) -> Any:
    """Everything in one file, after the log has it."""
    services = running()
    with reading() as uow:
        files = downloads.fetch_all(uow, services.config.export_dir, public_id)
    found = run_off_loop(downloads.pack, files)
    return _logged(public_id, downloads.ZIP, found, "application/zip")


def _logged(public_id: str, path: str, found: downloads.Fetched, mimetype: str) -> Response:
    if request.method != "HEAD":
        with writing() as uow:
            downloads.note_download(uow, public_id, path, found.sha256)
    return _sent(found, mimetype, attached=True)


def _sent(found: downloads.Fetched, mimetype: str, *, attached: bool) -> Response:
    response = Response(found.content, mimetype=mimetype.partition(";")[0])
    response.headers["Content-Type"] = mimetype
    # Even opened on its own, nothing in a file may run here. A figure styles its own shapes inline.
    styles = "" if attached else " style-src 'unsafe-inline';"
    response.headers["Content-Security-Policy"] = f"default-src 'none';{styles} sandbox"
    if attached:
        response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
        response.headers["Digest"] = f"sha-256={found.sha256}"
    return response
