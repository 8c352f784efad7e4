"""The invented hosts count as present: at every start they go on duty anew, since a session and a stretch run out."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.accounts.queries import roles_of
from peerspace.accounts.sessions import open_session
from peerspace.accounts.status import AccountStatus
from peerspace.chat.models import Room
from peerspace.demo import cast
from peerspace.demo.guests import DEMO
from peerspace.duty.service import ENDED, go_off_duty, go_on_duty
from peerspace.kernel.actor import Actor, Origin, Role
from peerspace.kernel.uow import Database
from peerspace.streams.models import free_of

HOSTS = {"Demo Wren": Role.PEER_WORKER, "Demo Ines": Role.SUPERVISOR}
"""Who keeps the rooms, and who keeps the desk."""


def keep_rooms(database: Database) -> None:
    """Two rooms and the desk are kept from now on, by people who are signed in, as for everybody.

    A room that somebody closed stays closed, and a host whose role or membership ended keeps nothing.
    """
    with database.read(DEMO) as uow:
        kept = [slug for slug, _, _ in cast.ROOMS[:2]]
        open_to_all = (Room.slug.in_(kept), free_of(ENDED))
        rooms = uow.session.scalars(select(Room.id).where(*open_to_all).order_by(Room.id)).all()
        hosts = [
            Actor(Origin.DEMO, account.id, account.public_id, roles)
            for account in uow.session.scalars(
                select(Account)
                .where(Account.pseudonym.in_(HOSTS), Account.status == AccountStatus.ACTIVE)
                .order_by(Account.id)
            )
            if HOSTS[account.pseudonym] in (roles := roles_of(uow, account.id))
        ]
    for host in hosts:
        with database.write(host) as uow:
            open_session(uow, host.require_account())
            for room_id in (None,) if host.has(Role.SUPERVISOR) else rooms:
                go_off_duty(uow, room_id)
                go_on_duty(uow, room_id)
