"""What every blueprint uses: units of work with the request's actor, who is looking, rendering, who may enter."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import flash, jsonify, redirect, request
from werkzeug.wrappers import Response

from peerspace.kernel.actor import Actor, Role, guest
from peerspace.kernel.errors import Invalid, NotAllowed, NotSignedIn, PeerSpaceError
from peerspace.kernel.uow import UnitOfWork
from peerspace.sentences import say, sentence
from peerspace.web.errors import wants_json
from peerspace.web.rendering.environment import page
from peerspace.web.running import running
from peerspace.web.sessions import Viewer, viewer

__all__ = [
    "Viewer",
    "actor",
    "anyone",
    "field_sentences",
    "keep_on_device",
    "known",
    "limited",
    "local_path",
    "reading",
    "render",
    "role_needed",
    "running",
    "see",
    "shown_again",
    "signed_in",
    "viewer",
    "with_account",
    "writing",
]

View = TypeVar("View", bound=Callable[..., Any])
WAITING_PAGE = "/waiting"
YEAR_S = 31_536_000


def actor() -> Actor:
    """Who acts in this request: the signed-in person, or a guest."""
    reader = viewer()
    return reader.actor if reader is not None else guest()


@contextmanager
def reading() -> Iterator[UnitOfWork]:
    """A unit of work that may not write, with the request's actor."""
    with running().database.read(actor()) as uow:
        yield uow


@contextmanager
def writing() -> Iterator[UnitOfWork]:
    """A unit of work that commits when its block ends well, with the request's actor.

    Nothing that waits or burns CPU belongs inside it.
    """
    who = actor()  # before the write lock is taken: it may have to read
    with running().database.write(who) as uow:
        yield uow


def render(template: str, **context: Any) -> str:
    """The page `template` with `context`; what every page has (viewer, now, csrf_token, ...) is added."""
    return page(template, **context)


def see(address: str, message: str = "", category: str = "success") -> Response:
    """After an act that went well: go and look there (303), with `message` shown once."""
    if message:
        flash(message, category)
    return redirect(address, code=303)


def keep_on_device(answer: Response, name: str, value: str, *, httponly: bool = True) -> None:
    """Keep `value` as a cookie of this site for a year; an empty one is taken away."""
    answer.set_cookie(
        name,
        value,
        max_age=YEAR_S if value else 0,
        path="/",
        samesite="Lax",
        secure=running().config.secure_cookies,
        httponly=httponly,
    )


def field_sentences(error: PeerSpaceError) -> dict[str, str]:
    """{field: sentence} of an error for `f.error_summary(errors)`; '' stands for the form as a whole."""
    if isinstance(error, Invalid) and error.fields:
        return {field: sentence(key, **error.values) for field, key in error.fields.items()}
    return {"": say(error)}


def shown_again(template: str, error: PeerSpaceError, **context: Any) -> Any:
    """The same page again with `errors` beside the fields, and the error's status; JSON for a client that asks for it.

    Pass what was typed as `values` (passphrases left out).
    """
    fields = field_sentences(error)
    retry_after = error.values.get("retry_after")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if wants_json():
        body = {"code": error.code, "message": " ".join(fields.values()), "fields": fields}
        return jsonify(error=body), error.status, headers
    return render(template, errors=fields, **context), error.status, headers


def local_path(value: str | None, otherwise: str) -> str:
    """`value` when it is an address on this site (`/...`), else `otherwise`: nobody is sent elsewhere by a link."""
    if (
        value
        and value.startswith("/")
        and not value.startswith(("//", "/\\"))
        and value.isascii()
        and value.isprintable()
        and "\\" not in value
    ):
        return value
    return otherwise


# --- Who may enter -----------------------------------------------------------------------------------------------


def _gate(needs: str, check: Callable[[Viewer], None]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            reader = viewer()
            if reader is None:
                return _to_sign_in()
            if needs != "known" and not reader.is_active:
                return _to_waiting()
            check(reader)
            return view(*args, **kwargs)

        guarded.needs = needs  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _require(*roles: Role) -> Callable[[Viewer], None]:
    def check(reader: Viewer) -> None:
        if not reader.actor.has(*roles):
            raise NotAllowed("role_needed", roles=", ".join(roles))

    return check


def _let_in(_looking: Viewer) -> None:
    """Whoever has come this far may enter."""


def anyone(view: View) -> View:
    """A public page: guests too. Says so, because the tests refuse a page that says nothing."""
    view.needs = "anyone"  # type: ignore[attr-defined]
    return view


def known(view: View) -> View:
    """A page for anybody who has signed in, admitted or not (waiting, asked, declined, suspended, ended)."""
    return _gate("known", _let_in)(view)


def with_account(view: View) -> View:
    """A page for every admitted person, whatever their roles (inbox, own settings, own data)."""
    return _gate("account", _let_in)(view)


def signed_in(view: View) -> View:
    """A page of the community: admitted people with the member role. A pure researcher is refused."""
    return _gate("member", _require(Role.MEMBER))(view)


def role_needed(*roles: Role) -> Callable[[View], View]:
    """A page for people who hold at least one of `roles`."""
    return _gate("role:" + ",".join(sorted(roles)), _require(*roles))


def limited(limit: str) -> Callable[[View], View]:
    """Limit the POSTs of a view, for instance `10 per minute`, by person or else by hashed address."""

    def decorate(view: View) -> View:
        view.post_limit = limit  # type: ignore[attr-defined]
        return view

    return decorate


def _to_sign_in() -> Response:
    if request.method not in ("GET", "HEAD") or request.is_json:
        raise NotSignedIn("sign_in_needed")
    this_page = request.full_path.rstrip("?")
    return redirect(f"/sign-in?{urlencode({'next': this_page})}", code=303)


def _to_waiting() -> Response:
    if request.method not in ("GET", "HEAD") or request.is_json:
        raise NotAllowed("not_admitted")
    return redirect(WAITING_PAGE, code=303)
