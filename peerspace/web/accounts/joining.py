"""The front door: joining, signing in and out, getting back in, waiting."""

from __future__ import annotations

from typing import TypeGuard

from flask import Blueprint, jsonify, redirect, request
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.joining import Application, applied_just_now, apply_to_join
from peerspace.accounts.links import link_account, use_link
from peerspace.accounts.models import Account
from peerspace.accounts.names import LEAST, MOST
from peerspace.accounts.own import AccountStatus, account_status, newest_step
from peerspace.accounts.passphrases import MIN_LENGTH, check_new
from peerspace.accounts.sessions import open_session
from peerspace.accounts.signing import opens
from peerspace.accounts.suggestions import suggest_names
from peerspace.accounts.tokens import COLOUR_WORDS, SYMBOL_WORDS, choices, random_token
from peerspace.community.danger import danger_in, lists_in_force, look_for_danger, note_danger
from peerspace.community.rules import current_number, rules_page
from peerspace.community.settings import get_setting
from peerspace.kernel.errors import Invalid, PeerSpaceError
from peerspace.kernel.offload import run_off_loop
from peerspace.kernel.sentences import sentence
from peerspace.kernel.wording import gettext as _
from peerspace.kernel.wording import spoken
from peerspace.moderation.worried import SafetyLine, words_with
from peerspace.web import sessions
from peerspace.web.accounts.sign_in_origin import know_this_device, sign_in_origin
from peerspace.web.community.help_now import lines_to_offer, own_country
from peerspace.web.glue import (
    actor,
    anyone,
    field_sentences,
    known,
    limited,
    local_path,
    reading,
    render,
    running,
    see,
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
    values: dict[str, object] = {"symbol": symbol, "colour": colour}
    return render("accounts/join.html", **_join_context(values), whole="all" in request.args)


@blueprint.post("/join")
@anyone
@limited("20 per hour")
def join_post() -> Page:
    """Ask to join, with everything in one form. The same form sent twice makes one account.

    With `go` (Enter was pressed half way, and no script was there to see it) and no passphrase yet, the form comes
    back at the first step that is not done.
    """
    form = request.form
    typed = {name: form.get(name, "") for name in ("pseudonym", "own_words", "symbol", "colour")}
    ticks = {name: form.get(name) == "yes" for name in ("adult", "agreed")}
    try:
        with reading() as uow:
            number = current_number(uow)
            before = applied_just_now(uow, typed["pseudonym"])
        if _is_theirs(before):
            return _come_in(before, typed["pseudonym"])
        application = service.check_application(
            pseudonym=typed["pseudonym"],
            passphrase=form.get("passphrase"),
            own_words=typed["own_words"],
            adult=ticks["adult"],
            agreed=ticks["agreed"],
            rules_number=number,
            rules_read=form.get("rules_read"),
            symbol=typed["symbol"],
            colour=typed["colour"],
        )
        return _come_in(_apply(application), typed["pseudonym"])
    except PeerSpaceError as error:
        if isinstance(error, Invalid) and error.fields.get("pseudonym") == "pseudonym_taken":
            with reading() as uow:  # the same form, sent twice at once: the other one was quicker
                before = applied_just_now(uow, typed["pseudonym"])
            if _is_theirs(before):
                return _come_in(before, typed["pseudonym"])
        context = _join_context({**typed, **ticks})
        if isinstance(error, Invalid):
            error = _with_the_name(error, typed["pseudonym"])
            context["open_step"] = STEP_OF[next(iter(error.fields), "adult")]
            if form.get("go") and not form.get("passphrase"):
                error.fields = {field: key for field, key in error.fields.items() if form.get(field)}
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


def _is_theirs(account: Account | None) -> TypeGuard[Account]:
    """True when the passphrase on this form opens `account`."""
    services, typed = running(), request.form.get("passphrase", "")
    return account is not None and opens(services.database, services.passphrases, actor(), account, typed)


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


def _join_context(values: dict[str, object]) -> dict[str, object]:
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


@blueprint.get("/sign-in")
@anyone
def sign_in() -> Page:
    """The sign-in form."""
    target = local_path(request.args.get("next"), "")
    if viewer() is not None:
        return redirect(target or sessions.home(viewer()), code=303)
    return render("accounts/sign_in.html", values={"name": ""}, next=target)


@blueprint.post("/sign-in")
@anyone
@limited("30 per minute; 200 per hour")
def sign_in_post() -> Page:
    """Sign in with `name` and `passphrase`, then on to `next`, or to where the person belongs."""
    services = running()
    name = request.form.get("name", "")
    target = local_path(request.form.get("next"), "")
    try:
        secret = service.sign_in(
            services.database,
            services.passphrases,
            actor(),
            name,
            request.form.get("passphrase"),
            sign_in_origin(name),
        )
    except PeerSpaceError as error:
        return shown_again("accounts/sign_in.html", error, values={"name": name[:100]}, next=target)
    sessions.remember(secret)
    answer = redirect(target or sessions.home(sessions.look_up(secret)), code=303)
    return know_this_device(answer, name)


@blueprint.post("/sign-out")
@anyone
def sign_out() -> Response:
    """End this browser's session; its sockets close. The browser forgets it even while the database is away."""
    try:
        if viewer() is not None:
            with writing() as uow:
                service.sign_out(uow)
    finally:
        sessions.forget()
    answer = see("/")
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.get("/recover")
@anyone
def recover() -> Page:
    """The form to get back in with a recovery code."""
    return render("accounts/recover.html", values={})


@blueprint.post("/recover")
@anyone
@limited("10 per minute; 60 per hour")
def recover_post() -> Page:
    """Set a new passphrase with a recovery code."""
    services, form = running(), request.form
    try:
        secret = service.recover(
            services.database,
            services.passphrases,
            actor(),
            form.get("name"),
            form.get("code"),
            form.get("new"),
        )
    except PeerSpaceError as error:
        return shown_again("accounts/recover.html", error, values={"name": form.get("name", "")[:100]})
    sessions.remember(secret)
    answer = see("/my/settings", _("You are back in. Every other browser was signed out."))
    return know_this_device(answer, form.get("name"))


@blueprint.get("/link/<token>")
@anyone
def link(token: str) -> Page:
    """A one-time link: choose a passphrase. Opening the page does not use the link."""
    with reading() as uow:
        name = link_account(uow, token).pseudonym
    return render("accounts/link.html", token=token, name=name)


@blueprint.post("/link/<token>")
@anyone
@limited("10 per minute")
def link_post(token: str) -> Page:
    """Use the link."""
    with reading() as uow:
        name = link_account(uow, token).pseudonym
    try:
        checked = check_new(request.form.get("new"), name, field="new")
    except Invalid as error:
        return shown_again("accounts/link.html", error, token=token, name=name)
    hashed = run_off_loop(running().passphrases.hash, checked)
    with writing() as uow:
        secret = open_session(uow, use_link(uow, token, hashed).id)
    sessions.remember(secret)
    return know_this_device(redirect(sessions.home(sessions.look_up(secret)), code=303), name)


@blueprint.get("/waiting")
@known
def waiting() -> Page:
    """Where somebody stands who is not in: how long it takes, what was asked, why not."""
    reader = viewer()
    if reader is not None and reader.is_active:
        return redirect(sessions.home(reader), code=303)
    return render("accounts/waiting.html", **_waiting_context())


@blueprint.get("/waiting/news")
@known
def waiting_news() -> Response:
    """How things stand, for the page's script: `{"stands"}` differs once something happened."""
    with reading() as uow:
        return jsonify(stands=_stands(account_status(uow), words_with(uow, uow.actor.require_account())))


def _stands(mine: AccountStatus, written: list[SafetyLine]) -> str:
    return f"{mine.status}-{len(mine.steps)}-{len(written)}"


@blueprint.post("/waiting")
@known
@limited("20 per hour")
def waiting_post() -> Page:
    """Answer a supervisor's question."""
    words = request.form.get("words", "")
    danger = look_for_danger(running().database, actor(), words)
    try:
        with writing() as uow:
            account = service.answer(uow, words)
            note_danger(uow, danger, "admission", newest_step(uow, account.id), account.id)
    except Invalid as error:
        return shown_again("accounts/waiting.html", error, values={"words": words}, **_waiting_context())
    return see("/waiting", _("Thank you. Your answer is with the supervisors."))


def _waiting_context() -> dict[str, object]:
    with reading() as uow:
        mine = account_status(uow)
        said = "\n".join(step.words for step in mine.steps if not step.staff)
        written = words_with(uow, uow.actor.require_account())
        context = {
            "account_status": mine,
            "stands": _stands(mine, written),
            "written": any(not line.theirs for line in written),
            "hours": get_setting(uow, "admission_hours"),
            "urgent": bool(danger_in(said, lists_in_force(uow))),
            "contact": get_setting(uow, "contact"),
        }
    return {**context, "help": lines_to_offer(own_country())}
