"""Which events reach an inbox, inside the transaction they happen in."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.events import AccountStatusChanged, LinkAsked, RoleTaken
from peerspace.accounts.models import MAY_AGREE, Account
from peerspace.accounts.queries import holders_of
from peerspace.accounts.status import AccountStatus
from peerspace.chat.models import Room
from peerspace.community.events import DangerFound
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Role
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.events import (
    DecisionTaken,
    ReportMade,
    SafetyReplied,
    SafetyWritten,
    WorryEnded,
    WorryGrew,
)
from peerspace.moderation.kinds import DecisionKind
from peerspace.moderation.models import Decision, Item, Report
from peerspace.notifications.service import tell, tell_again
from peerspace.streams.events import ContributionPublished
from peerspace.streams.kinds import kind_named, kinds
from peerspace.streams.models import Contribution

_STATUS_NOTICES: dict[str, str] = {
    AccountStatus.ACTIVE: "membership_admitted",
    AccountStatus.ASKED: "membership_asked",
    AccountStatus.DECLINED: "membership_declined",
}


def _answered(uow: UnitOfWork, happened: ContributionPublished) -> None:
    """Whoever was answered hears of it, where people do not read along as it is written."""
    kind = kind_named(uow, happened.kind)
    answered_id = happened.answers_author_id
    if kind.is_live or answered_id is None or answered_id == happened.author_id:
        return
    reply = uow.session.get_one(Contribution, happened.contribution_id)
    tell(
        uow,
        answered_id,
        "post_answered",
        ref_kind=kind.contribution,
        ref_id=reply.public_id,
        about=happened.author_id,
    )


def _heard(uow: UnitOfWork, happened: ReportMade) -> None:
    report = uow.session.get_one(Report, happened.report_id)
    tell(uow, happened.reporter_id, "report_heard", ref_kind="report", ref_id=report.public_id)


def _decided(uow: UnitOfWork, happened: DecisionTaken) -> None:
    decision = uow.session.get_one(Decision, happened.decision_id)
    if decision.kind not in (DecisionKind.NO_ACTION, DecisionKind.PUBLISH):
        tell(
            uow,
            happened.member_id,
            "decision_about_you",
            ref_kind="decision",
            ref_id=decision.public_id,
            kind_taken=decision.kind,
        )
    _tell_reporters(uow, happened.item_id, "report_decided")


def _safety_written(uow: UnitOfWork, happened: SafetyWritten) -> None:
    # Without `about`: words about somebody's safety reach them through every block.
    tell(uow, happened.account_id, "safety_written", ref_kind="contact")


def _safety_replied(uow: UnitOfWork, happened: SafetyReplied) -> None:
    if happened.claimed_by_id is not None:
        item = uow.session.get_one(Item, happened.item_id)
        tell(uow, happened.claimed_by_id, "safety_replied", ref_kind="item", ref_id=item.public_id)


def _worry_grew(uow: UnitOfWork, happened: WorryGrew) -> None:
    item = uow.session.get_one(Item, happened.item_id)
    tell_again(uow, happened.claimed_by_id, "worry_grew", ref_kind="item", ref_id=item.public_id)


def _worry_ended(uow: UnitOfWork, happened: WorryEnded) -> None:
    _tell_reporters(uow, happened.item_id, "worry_ended")


def _tell_reporters(uow: UnitOfWork, item_id: int, kind: str) -> None:
    reports = uow.session.scalars(select(Report).where(Report.item_id == item_id)).all()
    for report in {report.reporter_id: report for report in reports}.values():
        tell(uow, report.reporter_id, kind, ref_kind="report", ref_id=report.public_id)


def _danger_in_room(uow: UnitOfWork, happened: DangerFound) -> None:
    """A quiet word to those on duty in the room, and to nobody else there.

    It names the room and nobody in it, so that it is the same whoever blocked whom.
    """
    if happened.kind not in {kind.contribution for kind in kinds(uow) if kind.is_live}:
        return
    room = uow.session.get_one(Room, uow.session.get_one(Contribution, happened.target_id).stream_id)
    on_duty = select(Duty.account_id).where(Duty.stream_id == room.id, Duty.to_at.is_(None))
    for account_id in uow.session.scalars(on_duty.order_by(Duty.account_id)).all():
        if account_id != happened.account_id:
            tell_again(uow, account_id, "worry_in_room", room=room.slug)


def _status(uow: UnitOfWork, happened: AccountStatusChanged) -> None:
    kind = _STATUS_NOTICES.get(happened.status)
    if kind is not None and (happened.status != AccountStatus.ACTIVE or happened.is_first):
        tell(uow, happened.account_id, kind)


def _link_asked(uow: UnitOfWork, happened: LinkAsked) -> None:
    """Tell whom the link is for, and everybody who could agree to it. A block between staff hides nothing of it."""
    tell(uow, happened.account_id, "sign_in_link_asked", ref_kind="looked", by=happened.asked_by_id)
    not_asked = {happened.account_id, happened.asked_by_id}
    for account_id in holders_of(uow, *MAY_AGREE) - not_asked:
        tell(uow, account_id, "sign_in_link_waits", ref_kind="link", by=happened.asked_by_id)


def _role_taken(uow: UnitOfWork, happened: RoleTaken) -> None:
    """Tell every supervisor, whoever blocked whom, that somebody gave a role to themselves."""
    public_id = uow.session.get_one(Account, happened.account_id).public_id
    for account_id in holders_of(uow, Role.SUPERVISOR) - {happened.account_id}:
        tell(
            uow, account_id, "role_taken",
            ref_kind="account", ref_id=public_id, by=happened.account_id, role=happened.role,
        )  # fmt: skip


def listen(listeners: Listeners, _audit_log: AuditLog) -> None:
    """Fill inboxes from what happens in the forum, on the desk and at the door."""
    listeners.with_transaction(ContributionPublished, _answered)
    listeners.with_transaction(ReportMade, _heard)
    listeners.with_transaction(DecisionTaken, _decided)
    listeners.with_transaction(SafetyWritten, _safety_written)
    listeners.with_transaction(SafetyReplied, _safety_replied)
    listeners.with_transaction(WorryGrew, _worry_grew)
    listeners.with_transaction(WorryEnded, _worry_ended)
    listeners.with_transaction(DangerFound, _danger_in_room)
    listeners.with_transaction(AccountStatusChanged, _status)
    listeners.with_transaction(LinkAsked, _link_asked)
    listeners.with_transaction(RoleTaken, _role_taken)
