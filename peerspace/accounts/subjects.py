"""What of accounts can be about somebody on the desk: a member, and what they said at the door."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.models import Account, AdmissionStep
from peerspace.kernel.addresses import member_address
from peerspace.kernel.subjects import Subject, Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_


def _load_member(uow: UnitOfWork, public_id: str, row_id: int) -> Target | None:
    wanted = Account.id == row_id if row_id else Account.public_id == public_id
    account = uow.session.scalar(select(Account).where(wanted))
    if account is None:
        return None
    return Target(
        MEMBER.kind, account.id, account.public_id, account.id, 1, account.pseudonym, "published",
        where="", place_url=member_address(account.public_id),
    )  # fmt: skip


def _load_admission(uow: UnitOfWork, _public_id: str, row_id: int) -> Target | None:
    said = uow.session.get(AdmissionStep, row_id) if row_id else None
    if said is None:
        return None
    return Target(
        ADMISSION.kind, said.id, "", said.account_id, 1, said.words, "told", where="", place_url="", had_place=False,
    )  # fmt: skip


MEMBER = Subject(
    "member",
    _load_member,
    about=N_("About %(name)s"),
    about_in=N_("About %(name)s"),
    is_reportable=True,
)
ADMISSION = Subject("admission", _load_admission)
