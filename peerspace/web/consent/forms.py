"""What a form about consent says: what was ticked, and which page it was ticked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import current_app

from peerspace.consent.notices import Shown
from peerspace.consent.scopes import NAMES
from peerspace.kernel.errors import BadRequest
from peerspace.kernel.wording import Language, spoken
from peerspace.web.appearance import EXTENSION
from peerspace.web.forms import Form, gathered


def _ticked(form: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in NAMES if form.get(name) == "yes")


@dataclass(frozen=True, slots=True)
class ChoiceForm(Form):
    """The questions: the scopes that were ticked, in their order, and whether the person is old enough (`age`)."""

    ticked: tuple[str, ...] = field(default=(), metadata=gathered(_ticked))
    age: bool = False


@dataclass(frozen=True, slots=True)
class EraseForm(Form):
    """Asked once more whether everything is to go."""

    sure: bool = False


def shown_from(form: Mapping[str, str]) -> Shown:
    """What the page said it showed: the reader may have chosen another language since.

    A form from before languages were carried was in English. Raises BadRequest for what no page of ours says.
    """
    number = form.get("notice", "")
    language = _known_language(form.get("language", "en"))
    if not number.isdecimal() or len(number) > 9 or language is None:
        raise BadRequest("bad_request")
    return Shown(int(number), form.get("notice_language", language.code), language, form.get("state", ""))


def shown_or_not(form: Mapping[str, str]) -> Shown:
    """The same for what may be said however old or odd the form is: a no, and both ways out."""
    try:
        return replace(shown_from(form), state=form.get("state"))
    except BadRequest:
        return Shown(None, spoken().code, spoken(), form.get("state"))


def _known_language(code: str) -> Language | None:
    languages: dict[str, Language] = current_app.extensions[EXTENSION]
    return languages.get(code)
