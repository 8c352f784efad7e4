"""The desk: the queue, an item, and what can be done with it. Its pages are on the blueprint of `reporting`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for

from peerspace.community.settings import get_setting
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext
from peerspace.moderation import decisions, desk, words, worried
from peerspace.moderation.item_page import ItemPage, item_page
from peerspace.moderation.queue import VIEWS
from peerspace.moderation.queue import desk as desk_page
from peerspace.moderation.reasons import BY_KEY
from peerspace.web.community.help_now import home_country, lines_to_offer
from peerspace.web.glue import field_sentences, limited, reading, render, role_needed, see, writing
from peerspace.web.moderation.forms import DecisionForm, ItemForm, LetterForm, NoteForm, StepForm
from peerspace.web.moderation.reporting import blueprint

__all__ = ["blueprint"]

supervisors = role_needed(Role.SUPERVISOR)
SEEN = N_("It is noted that you have seen it.")
DECIDED = N_("It is decided. The reason is with the member.")
NOTED = N_("It is noted, with the time.")
WRITTEN = N_("It is in their inbox. When they answer, the item comes back to the desk.")


@blueprint.get("/desk")
@supervisors
def queue() -> Any:
    """The one queue, most urgent first."""
    view = request.args.get("view", "unclaimed")
    with reading() as uow:
        page = desk_page(uow, view, request.args.get("page", 1, type=int))
        targets = get_setting(uow, "response_targets")
        return render("moderation/desk.html", desk=page, words=words, targets=targets)


@blueprint.get("/desk/items/<public_id>")
@supervisors
def item(public_id: str) -> Any:
    """One item: what was told, the evidence, and what can be decided."""
    return _item_page(public_id, ItemForm())


@blueprint.post("/desk/items/<public_id>/open")
@supervisors
def open_evidence(public_id: str) -> Any:
    """Show what was kept with an item; the look is written down."""
    with writing() as uow:
        desk.open_evidence(uow, public_id)
    return _item_page(public_id, ItemForm(), opened=True)


@blueprint.post("/desk/items/<public_id>/claim")
@supervisors
def claim(public_id: str) -> Any:
    """Take the item."""
    typed = ItemForm.read(request.form)
    return _step(public_id, typed, lambda uow: desk.claim(uow, public_id, typed.version))


@blueprint.post("/desk/items/<public_id>/seen")
@supervisors
def seen(public_id: str) -> Any:
    """What stands already was read, and nothing has to be decided."""
    typed = ItemForm.read(request.form)
    return _step(public_id, typed, lambda uow: desk.seen(uow, public_id, typed.version), SEEN)


@blueprint.post("/desk/items/<public_id>/let-go")
@supervisors
def let_go(public_id: str) -> Any:
    """Hand the item back, with a note."""
    typed = NoteForm.read(request.form)
    return _step(public_id, typed, lambda uow: desk.let_go(uow, public_id, typed.version, typed.note))


@blueprint.post("/desk/items/<public_id>/note")
@supervisors
def note(public_id: str) -> Any:
    """Add a note for the other supervisors."""
    typed = NoteForm.read(request.form)
    return _step(public_id, typed, lambda uow: desk.add_note(uow, public_id, typed.version, typed.note))


@blueprint.post("/desk/items/<public_id>/decide")
@supervisors
def decide(public_id: str) -> Any:
    """Decide, with the reason the member reads."""
    typed = DecisionForm.read(request.form)

    def act(uow: UnitOfWork) -> None:
        decisions.decide(
            uow,
            public_id,
            typed.version,
            kind=typed.kind,
            reason=typed.reason,
            rule_ref=typed.rule_ref,
            days=typed.days,
            to_reporters=typed.to_reporters,
        )

    return _step(public_id, typed, act, DECIDED)


@blueprint.post("/desk/items/<public_id>/worried")
@supervisors
def worried_step(public_id: str) -> Any:
    """Note what was done for a person somebody is worried about."""
    typed = StepForm.read(request.form)

    def act(uow: UnitOfWork) -> None:
        worried.take_step(
            uow, public_id, typed.version, kind=typed.step, note=typed.step_note, closes=typed.closes
        )

    return _step(public_id, typed, act, NOTED)


@blueprint.post("/desk/items/<public_id>/write")
@supervisors
@limited("60 per hour")
def write_to_person(public_id: str) -> Any:
    """Write to a person somebody is worried about."""
    typed = LetterForm.read(request.form)

    def act(uow: UnitOfWork) -> None:
        worried.write_to_person(uow, public_id, typed.version, typed.words, client_id=typed.client_id)

    return _step(public_id, typed, act, WRITTEN)


def _step(public_id: str, typed: ItemForm, act: Callable[[UnitOfWork], object], said: str = "") -> Any:
    """One change of an item under its version; what was typed is kept when it cannot be taken."""
    try:
        with writing() as uow:
            act(uow)
    except (Invalid, Conflict) as problem:
        return _item_page(public_id, typed, problem), problem.status
    return see(url_for("moderation.item", public_id=public_id), gettext(said))


def _item_page(
    public_id: str, typed: ItemForm, problem: Invalid | Conflict | None = None, *, opened: bool = False
) -> str:
    with reading() as uow:
        page = item_page(uow, public_id)
        choices = decisions.choices_for(uow, desk.load_item(uow, public_id))
        beside = desk_page(uow, _view(page))
        safeguarding = get_setting(uow, "safeguarding_contact")
    asked = request.args.get("country", "").strip().upper()
    return render(
        "moderation/item.html",
        page=page,
        choices=choices,
        typed=typed,
        errors=field_sentences(problem) if problem else {},
        labels={key: reason.label for key, reason in BY_KEY.items()},
        words=words,
        outcomes=worried.OUTCOMES,
        safeguarding=safeguarding,
        help=lines_to_offer(asked or home_country()),
        form_id=getattr(typed, "client_id", "") or new_client_id(),
        desk=beside,
        opened=opened,
        may_read=opened or (page.mine and page.item.is_open),
    )


def _view(page: ItemPage) -> str:
    """Which part of the queue stands beside an item: the one it was opened from, else where it is found."""
    asked = request.args.get("view", "")
    return asked if asked in VIEWS else "mine" if page.mine and page.item.is_open else "unclaimed"
