"""The page of something's former versions, for every kind of contribution."""

from __future__ import annotations

from flask import request

from peerspace.streams.history import history, look_at_history
from peerspace.streams.models import Contribution
from peerspace.web.glue import reading, render, writing


def history_page(what: type[Contribution], public_id: str, *, opened: bool = False) -> str:
    """The former versions: its author's own; a supervisor is told first that the look is logged."""
    with reading() as uow:
        found = history(uow, public_id, what, opened=opened)
        return render("streams/history.html", history=found, address=request.path)


def open_history_page(what: type[Contribution], public_id: str) -> str:
    """A supervisor opens them: logged first, then shown."""
    with writing() as uow:
        look_at_history(uow, public_id, what)
    return history_page(what, public_id, opened=True)
