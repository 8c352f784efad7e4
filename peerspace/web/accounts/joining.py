"""The front door: asking to join."""

from __future__ import annotations

from typing import TypeGuard

from flask import Blueprint, jsonify, redirect, request
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.joining import Application, applied_just_now, apply_to_join
from peerspace.accounts.models import Account
from peerspace.accounts.names import LEAST, MOST
from peerspace.accounts.own import newest_step
from peerspace.accounts.passphrases import MIN_LENGTH
from peerspace.accounts.sessions import open_session
from peerspace.accounts.signing import opens
from peerspace.accounts.suggestions import suggest_names
from peerspace.accounts.tokens import COLOUR_WORDS, SYMBOL_WORDS, choices, random_token
from peerspace.community.danger import look_for_danger, note_danger
from peerspace.community.rules import current_number, rules_page
from peerspace.community.settings import get_setting
from peerspace.kernel.errors import Invalid, PeerSpaceError
from peerspace.kernel.offload import run_off_loop
from peerspace.kernel.wording import spoken
from peerspace.sentences import sentence
from peerspace.web import sessions
from peerspace.web.accounts.forms import JoinForm
from peerspace.web.accounts.sign_in_origin import know_this_device
from peerspace.web.community.help_now import lines_to_offer, own_country
from peerspace.web.glue import (
    actor,
    anyone,
    field_sentences,
    limited,
    reading,
    render,
    running,
    shown_again,
    viewer,
    writing,
)

blueprint = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]

STEP_OF = {
    "adult": "about",
    "agreed": "rules",
    "pseudonym": "name",
    "symbol": "drawing",
    "colour": "drawing",
    "own_words": "words",
    "passphrase": "send",
}
"""Which step of joining asks for which field, in their order (docs/decisions/0009)."""
STEPS = tuple(dict.fromkeys(STEP_OF.values()))
MISSING = {
    "adult": "adult_needed",
    "agreed": "rules_needed",
    "pseudonym": "pseudonym_length",
    "own_words": "empty",
    "passphrase": "passphrase_short",
}
"""What the page's script says of a field that was left empty: the sentences of the server."""
LENGTHS = {"pseudonym": {"least": LEAST, "most": MOST}, "passphrase": {"least": MIN_LENGTH}}


@blueprint.get("/join")
@anyone
def join() -> Page:
    """The joining form, with a token drawn by chance."""
    if viewer() is not None:
        return redirect(sessions.home(viewer()), code=303)
    symbol, colour = random_token()
    blank = JoinForm(symbol=symbol, colour=colour)
    return render("accounts/join.html", **_join_context(blank), whole="all" in request.args)


@blueprint.post("/join")
@anyone
@limited("20 per hour")
def join_post() -> Page:
    """Ask to join, with everything in one form. The same form sent twice makes one account.

    With `go` (Enter was pressed half way, and no script was there to see it) and no passphrase yet, the form comes
    back at the first step that is not done.
    """
    typed = JoinForm.read(request.form)
    try:
        with reading() as uow:
            number = current_number(uow)
            before = applied_just_now(uow, typed.pseudonym)
        if _is_theirs(before, typed):
            return _come_in(before, typed.pseudonym)
        return _come_in(_apply(_checked(typed, number)), typed.pseudonym)
    except PeerSpaceError as error:
        if isinstance(error, Invalid) and error.fields.get("pseudonym") == "pseudonym_taken":
            with reading() as uow:  # the same form, sent twice at once: the other one was quicker
                before = applied_just_now(uow, typed.pseudonym)
            if _is_theirs(before, typed):
                return _come_in(before, typed.pseudonym)
        return _shown_again(error, typed)


def _checked(typed: JoinForm, rules_number: int | None) -> Application:
    return service.check_application(
        pseudonym=typed.pseudonym,
        passphrase=typed.passphrase,
        own_words=typed.own_words,
        adult=typed.adult,
        agreed=typed.agreed,
        rules_number=rules_number,
        rules_read=typed.rules_read,
        symbol=typed.symbol,
        colour=typed.colour,
    )


def _shown_again(error: PeerSpaceError, typed: JoinForm) -> Page:
    """The form with what was typed, opened at the first step that needs another look."""
    context = _join_context(typed)
    if isinstance(error, Invalid):
        error = _with_the_name(error, typed.pseudonym)
        context["open_step"] = STEP_OF[next(iter(error.fields), "adult")]
        if typed.go and not typed.passphrase:
            error.fields = {field: key for field, key in error.fields.items() if getattr(typed, field)}
            if not error.fields:
                return render("accounts/join.html", **context)
    return shown_again("accounts/join.html", error, **context)


def _with_the_name(error: Invalid, pseudonym: str) -> Invalid:
    """`error`, and that the name is taken, if it is: in the order in which the steps ask."""
    fields = dict(error.fields)
    if "pseudonym" not in fields:
        try:
            with reading() as uow:
                service.check_name(uow, pseudonym)
        except Invalid as taken:
            fields |= taken.fields
    in_order = {field: fields[field] for field in STEP_OF if field in fields}
    return Invalid(error.key, fields=in_order, **error.values)


@blueprint.post("/join/name")
@anyone
@limited("60 per hour")
def join_name() -> Response:
    """Whether a name may be used, while it is being chosen: `{"message": ""}`, or why not. Says nothing of anybody."""
    try:
        with reading() as uow:
            service.check_name(uow, request.form.get("pseudonym"))
    except Invalid as error:
        return jsonify(message=field_sentences(error)["pseudonym"])
    return jsonify(message="")


def _is_theirs(account: Account | None, typed: JoinForm) -> TypeGuard[Account]:
    """True when the passphrase on this form opens `account`."""
    services, who = running(), actor()
    return account is not None and opens(
        services.database, services.passphrases, who, account, typed.passphrase
    )


def _apply(application: Application) -> Account:
    hashed = run_off_loop(running().passphrases.hash, application.passphrase)
    open_door = running().config.admission == "open"
    # The name is read by everybody, and what somebody calls themselves can say it too.
    danger = look_for_danger(running().database, actor(), application.own_words, name=application.pseudonym)
    with writing() as uow:
        account = apply_to_join(uow, application, hashed, admit_at_once=open_door)
        note_danger(uow, danger, "admission", newest_step(uow, account.id), account.id)
        return account


def _come_in(account: Account, name: str) -> Response:
    with writing() as uow:
        secret = open_session(uow, account.id)
    sessions.remember(secret)
    return know_this_device(redirect("/my/codes", code=303), name)


def _join_context(values: JoinForm) -> dict[str, object]:
    symbols, colours = choices()
    help_lines = lines_to_offer(own_country())
    with reading() as uow:
        return {
            "values": values,
            "help": help_lines,
            "steps": STEPS,
            "open_step": STEPS[0],
            "symbols": symbols,
            "symbol_words": SYMBOL_WORDS,
            "colours": colours,
            "colour_words": COLOUR_WORDS,
            "suggested": suggest_names(uow),
            "least": MIN_LENGTH,
            "missing": {field: sentence(key, **LENGTHS.get(field, {})) for field, key in MISSING.items()},
            "rules": rules_page(uow, language=spoken().code),
            "hours": get_setting(uow, "admission_hours"),
        }
