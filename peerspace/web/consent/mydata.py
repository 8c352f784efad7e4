"""My data: what is recorded about me, row by row, in words; receipts; who used it; who looked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from peerspace.accounts.queries import my_link_requests, who_looked
from peerspace.consent.queries import consent_view
from peerspace.features import audited_actions
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound
from peerspace.research.queries import my_research_data
from peerspace.web.glue import actor, reading, render, with_account

blueprint = Blueprint("mydata", __name__)


@blueprint.get("/my/data")
@with_account
def page() -> Any:
    """One page of the rows, and everything around them."""
    number = request.args.get("page", "1")
    if not number.isdecimal() or len(number) > 9:
        raise NotFound("not_found")
    with reading() as uow:
        return render(
            "mydata/page.html",
            data=my_research_data(uow, int(number)),
            consent=consent_view(uow) if actor().has(Role.MEMBER) else None,
            links=my_link_requests(uow),
            looks=who_looked(uow, uow.actor.require_account(), audited_actions()),
            page_url=lambda n: url_for("mydata.page", page=n) + "#rows",
        )
