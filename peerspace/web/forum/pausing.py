"""The step before something is posted: when it is shown, and who asked to leave it out.

Only the page's own button asks for the step, by the field `step`. A form without it posts at once, so that nothing
depends on the step: programs, old pages and whoever is in a hurry get through.
"""

from __future__ import annotations

from enum import StrEnum

from flask import request
from werkzeug.wrappers import Response

from peerspace.web.glue import keep_on_device

COOKIE = "pause"


class Step(StrEnum):
    """What a form to write asks for."""

    POST = ""
    """Post at once."""
    LOOK = "look"
    """Show the step."""
    CHECK = "check"
    """Show it only where the words ask for it: the choice of a person who leaves the step out."""
    WRITE = "write"
    """Back to writing, with everything that was typed."""


def first_step() -> Step:
    """The step that the button of a form to write asks for on this device."""
    return Step.CHECK if request.cookies.get(COOKIE) == "off" else Step.LOOK


def step_from(typed: str) -> Step:
    """The step of that name; a name that there is not posts at once."""
    return Step(typed) if typed in list(Step) else Step.POST


def keep_choice(answer: Response) -> Response:
    """Keep on this device whether the step is left out, when the form says that it asked."""
    if request.form.get("asked") == "pause":
        keep_on_device(answer, COOKIE, "off" if request.form.get("without") == "yes" else "")
    return answer
