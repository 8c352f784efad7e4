"""The member's inbox of notices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from peerspace.notifications import queries, service
from peerspace.notifications.models import Notice
from peerspace.web.glue import reading, render, see, with_account, writing

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
@with_account
def inbox() -> Any:
    """One page of notices, newest first."""
    with reading() as uow:
        return render("inbox/inbox.html", inbox=queries.inbox(uow, request.args.get("page", 1, type=int)))


@blueprint.post("/inbox/read")
@with_account
def read_all() -> Any:
    """Mark everything read."""
    with writing() as uow:
        service.mark_all_read(uow)
    return see(url_for("inbox.inbox"))


@blueprint.post("/inbox/<public_id>/open")
@with_account
def open_notice(public_id: str) -> Any:
    """Mark one notice read and go to what it tells of."""
    with writing() as uow:
        notice = service.mark_read(uow, public_id)
        goal = _goal(notice)
    return see(goal)


def _goal(notice: Notice) -> str:
    if notice.ref_kind == "post":
        return f"/posts/{notice.ref_id}"
    if notice.ref_kind in ("decision", "report"):
        return f"/my/reports#{notice.ref_kind}-{notice.ref_id}"
    return "/today"
