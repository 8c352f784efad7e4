"""What is typed about duty."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from peerspace.kernel.errors import BadRequest, Invalid
from peerspace.web.forms import Form, parsed


def _on(typed: str) -> bool:
    if typed not in ("on", "off"):
        raise BadRequest("bad_request")
    return typed == "on"


@dataclass(frozen=True, slots=True)
class DutyForm(Form):
    """Going on or off duty. `what`: True for on; `hours`: how long, empty where it was left open; `back`: duty, or
    nothing for the room's own page."""

    what: bool = field(default=False, metadata=parsed(_on))
    hours: str = ""
    back: str = ""

    def until(self, now: datetime) -> datetime | None:
        """When the person means to stop. Raises Invalid on `hours`."""
        if not self.hours:
            return None
        if not self.hours.isdecimal() or len(self.hours) > 2:
            raise Invalid(fields={"hours": "duty_hours"})
        return now + timedelta(hours=int(self.hours))
