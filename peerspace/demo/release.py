"""The invented study's T0 release: asked for by the invented researcher and built as any other."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from peerspace.accounts.service import account_by_name
from peerspace.config import Config
from peerspace.demo.fill import WEEKS
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.errors import Refused
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.research.building import build_due
from peerspace.research.models import Release
from peerspace.research.releases import request_release


def build_demo_release(config: Config, database: Database, study: str) -> str:
    """Ask for the release over the invented weeks and build it; returns its public id.

    Raises Refused("demo_release_failed") with the failure when it did not become ready.
    """
    with database.read(installation(Origin.DEMO)) as uow:
        account = account_by_name(uow, "Demo Researcher")
        today = uow.now.date()
    researcher = Actor(Origin.DEMO, account.id, account.public_id, frozenset({Role.RESEARCHER}))
    with database.write(researcher) as uow:
        asked = request_release(
            uow,
            study,
            first_day=(today - timedelta(weeks=WEEKS)).isoformat(),
            last_day=today.isoformat(),
            client_id=new_client_id(),
        )
    while build_due(config, database):
        pass
    with database.read(researcher) as uow:
        built = uow.session.scalars(select(Release).where(Release.id == asked.id)).one()
    if built.state != "ready":
        raise Refused("demo_release_failed", reason=built.failure)
    return built.public_id
