"""The step before something is posted: when it is shown, and who asked to leave it out.

Only the page's own button asks for the step, by the field `step`. A form without it posts at once, so that nothing
depends on the step: programs, old pages and whoever is in a hurry get through.
"""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from peerspace.forum.preview import Preview
from peerspace.web.glue import keep_on_device

COOKIE = "pause"

LOOK = "look"
"""Show the step."""
CHECK = "check"
"""Show it only where the words ask for it: the choice of a person who leaves the step out."""
WRITE = "write"
"""Back to writing, with everything that was typed."""


def first_step() -> str:
    """The step that the button of a form to write asks for on this device."""
    return CHECK if request.cookies.get(COOKIE) == "off" else LOOK


def asked_step() -> str:
    """The step that the form which was sent asks for: one of these, or empty, which is to post at once."""
    step = request.form.get("step", "")
    return step if step in (LOOK, CHECK, WRITE) else ""


def stays(step: str, look: Preview) -> bool:
    """True where the page of the step is shown rather than the post sent."""
    return step == LOOK or look.is_called_for


def keep_choice(answer: Response) -> Response:
    """Keep on this device whether the step is left out, when the form says that it asked."""
    if request.form.get("asked") == "pause":
        keep_on_device(answer, COOKIE, "off" if request.form.get("without") == "yes" else "")
    return answer
