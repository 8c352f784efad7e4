"""How pages look and speak to whoever reads them: theme, language and the words on the tab, chosen without an account.

The choices are cookies of this device: they hold for guests, need no script, and no list of them is kept anywhere.
"""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Flask, Response, current_app, g, request
from flask_babel import Babel, Domain
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from peerspace.accounts.queries import role_word
from peerspace.config import Config
from peerspace.kernel import wording
from peerspace.kernel.errors import BadRequest
from peerspace.kernel.wording import N_, Language, gettext
from peerspace.languages import offered, script_words, translated, wanted
from peerspace.web.glue import anyone, keep_on_device, local_path, render, see
from peerspace.web.navigation import navigation, workplaces
from peerspace.web.thread_line import thread_line

blueprint = Blueprint("appearance", __name__)

THEMES = {"": N_("As my device"), "light": N_("Light"), "dark": N_("Dark"), "quiet": N_("Quiet")}
TABS = {"": N_("The name of the page"), "plain": N_("“New tab” on every page")}
EXTENSION = "peerspace_languages"
WORDS = {
    "language": wording.spoken,
    "moment": wording.moment,
    "stamp": wording.stamp,
    "role_word": role_word,
    "navigation": navigation,
    "workplaces": workplaces,
    "thread_line": thread_line,
    "day": wording.day,
    "hour": wording.hour,
    "joined": wording.joined,
    "theme_names": THEMES,
    "tab_names": TABS,
}
"""What templates need beside `_` and `ngettext`, whatever page they are for."""


class _Catalogues(Domain):
    """Flask-Babel's lookup, in the one language that the request is answered in."""

    def get_translations(self) -> _Catalogues:
        return self

    # The names under which Flask-Babel asks for words. A template fills in the values itself.

    def ugettext(self, message: str) -> str:
        return wording.spoken().catalogue.gettext(message) if message else ""

    def ungettext(self, one: str, many: str, number: int) -> str:
        return wording.spoken().catalogue.ngettext(one, many, number)


def register_appearance(app: Flask, config: Config) -> None:
    """Answer each request in its reader's language, and give templates what they need for it.

    First of all that stands before a request: what is refused later is refused in that language too.
    """
    app.extensions[EXTENSION] = offered(production=config.production)
    babel = Babel(app, locale_selector=lambda: wording.spoken().locale)
    babel.domain_instance = _Catalogues()

    @app.before_request
    def _speak() -> None:
        g.spoken_before = wording.spoken()
        wording.speak(language_asked(request.cookies.get("language")))

    @app.teardown_request
    def _fall_silent(_error: BaseException | None) -> None:
        before = g.get("spoken_before")  # none where a request's context was borrowed, to read its cookie
        if before is not None:
            wording.speak(before)  # what runs next here must not speak for the last reader

    @app.after_request
    def _say_so(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Content-Language"] = wording.spoken().code
            response.vary.update(("Accept-Language", "Cookie"))
        return response

    # An invented language is not offered to people, only taken when it was asked for.
    app.jinja_env.globals.update(WORDS, languages=translated, this_page=_this_page)


def language_asked(chosen: str | None) -> Language:
    """The language of this request's reader; `chosen` is a code, of the cookie or of the address."""
    return wanted(current_app.extensions[EXTENSION], chosen, request.accept_languages)


def _this_page() -> str:
    """Where to come back to after a choice: this page, when it can be asked for again."""
    if request.method not in ("GET", "HEAD") or g.get("without_viewer") or request.routing_exception:
        return ""
    return request.full_path.rstrip("?")


@blueprint.get("/look")
@anyone
def look() -> str:
    """The choices, for whoever has no script and no account."""
    return render(
        "public/look.html",
        back=local_path(request.args.get("back"), ""),
    )


@blueprint.post("/look")
@anyone
def choose() -> BaseResponse:
    """Keep what was chosen of `theme`, `language` and `tab` on this device, and go back."""
    known = {"theme": THEMES, "language": current_app.extensions[EXTENSION], "tab": TABS}
    chosen = {name: request.form[name] for name in known if name in request.form}
    if not chosen or any(value not in known[name] for name, value in chosen.items()):
        raise BadRequest("choice_unknown")
    if "language" in chosen:
        wording.speak(language_asked(chosen["language"]))
    answer = see(local_path(request.form.get("back"), "/look"), gettext("Saved on this device."))
    for name, value in chosen.items():
        keep_on_device(answer, name, value, httponly=False)  # the page's own script reads and changes them
    return answer


@blueprint.get("/words/<code>.js")
@anyone
def words(code: str) -> Response:
    """What the scripts say in a language, as a module."""
    language = current_app.extensions[EXTENSION].get(code)
    if language is None:
        raise NotFound
    body = f"export default {json.dumps(script_words(language), ensure_ascii=False, sort_keys=True)};\n"
    response = Response(body, mimetype="text/javascript")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:16])
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response
