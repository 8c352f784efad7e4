"""Read models for the consent pages: the choices as they stand, and the member's own records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from peerspace.accounts.models import Account
from peerspace.accounts.status import AccountStatus
from peerspace.consent.access import COMMUNITY, own_record
from peerspace.consent.fold import GIVES, TAKES, fold_at, said, valid_until
from peerspace.consent.models import ConsentNotice, ConsentRecord, Participant
from peerspace.consent.notices import current_notice, default_text
from peerspace.consent.receipts import receipt
from peerspace.consent.scopes import SCOPES, Scope, in_order
from peerspace.consent.service import records_of, state_of
from peerspace.kernel.db import UtcTime
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext, spoken
from peerspace.text.markdown import render

ASK_AFTER = timedelta(days=7)
"""Consent is never asked at sign-up; Today mentions it once a member has been here this long."""
EVENT_WORDS = {
    "given": N_("You said yes"),
    "declined": N_("You said no"),
    "renewed": N_("You said yes again"),
    "withdrawn": N_("You took it back"),
    "expired": N_("It ran out"),
    "changed": N_("You changed your answers"),
}


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """One question and whether the member's yes to it stands."""

    scope: Scope
    in_force: bool


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One of the member's records, for a list. `parts`: what was said, and of which questions."""

    record_id: str
    words: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    at: datetime
    notice_number: int


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The consent page: the notice in force, the questions, and what was recorded so far, newest first."""

    notice_number: int
    notice_language: str
    """The language that the notice is in; the reader's own where the version in force was put into it."""
    notice_html: str
    choices: tuple[ScopeChoice, ...]
    records: tuple[RecordLine, ...]
    in_force: frozenset[str]
    state: str
    """From which choices the page is drawn: each of its forms carries it."""
    has_rows: bool
    """Whether there is anything to erase: a period, running or past, still linked to the account."""
    valid_until: datetime | None
    may_choose: bool
    """Whether they may say yes to anything; somebody suspended, or no longer a member, finds the ways out only."""


def consent_view(uow: UnitOfWork) -> ConsentView:
    """The consent page of the acting member."""
    account_id = uow.actor.require_account()
    records = records_of(uow, account_id)
    in_force = fold_at(records, uow.now)
    notice = current_notice(uow, spoken().code)
    text, text_language = default_text(spoken().code)
    numbers = {
        row.id: row.number for row in uow.session.execute(select(ConsentNotice.id, ConsentNotice.number))
    }
    account = uow.session.get_one(Account, account_id)
    return ConsentView(
        notice_number=notice.number if notice else 1,
        notice_language=notice.language if notice else text_language,
        notice_html=notice.body_html if notice else render(text, heading=2),
        choices=tuple(ScopeChoice(scope, scope.name in in_force) for scope in SCOPES),
        records=tuple(_line(record, numbers[record.notice_id]) for record in reversed(records)),
        in_force=in_force,
        state=state_of(records, uow.now),
        has_rows=bool(periods_of(uow, account_id)),
        valid_until=valid_until(records) if in_force else None,
        may_choose=account.status == AccountStatus.ACTIVE and uow.actor.has(*COMMUNITY),
    )


def form_state(uow: UnitOfWork) -> str:
    """From which choices of the acting member a form is drawn that shows nothing else of them."""
    return state_of(records_of(uow, uow.actor.require_account()), uow.now)


def my_receipt_notice(uow: UnitOfWork, record_id: str) -> ConsentNotice:
    """The notice that one of the acting member's receipts names, in the language it was read in. Raises NotFound."""
    return uow.session.get_one(ConsentNotice, own_record(uow, record_id).notice_id)


def my_receipt(uow: UnitOfWork, record_id: str) -> dict[str, Any]:
    """One of the acting member's receipts, its hash worked out anew from what the record holds.

    Raises NotFound for a record that is not theirs.
    """
    return receipt_of(uow, own_record(uow, record_id))


def receipt_of(uow: UnitOfWork, record: ConsentRecord) -> dict[str, Any]:
    """The receipt of a record, as it was made."""
    notice = uow.session.get_one(ConsentNotice, record.notice_id)
    return receipt(
        record_id=record.record_id,
        schema_version=record.schema_version,
        answers=record.answers,
        at=record.at,
        method=record.method,
        terms=record.terms,
        notice={"number": notice.number, "language": notice.language, "content_hash": notice.content_hash},
    )


_UNASKED = select(Account.id).where(
    Account.id == bindparam("me"),
    Account.status == AccountStatus.ACTIVE,
    Account.admitted_at <= bindparam("before", type_=UtcTime),
    ~select(ConsentRecord.id).where(ConsentRecord.account_id == Account.id).exists(),
)


def ask_now(uow: UnitOfWork, account_id: int) -> bool:
    """Whether Today should mention research: to a member who has been here a while and was never asked."""
    return uow.rows(_UNASKED, {"me": account_id, "before": uow.now - ASK_AFTER}).first() is not None


def periods_of(uow: UnitOfWork, account_id: int) -> list[Participant]:
    """The consent periods still linked to an account, oldest first."""
    return list(
        uow.session.scalars(
            select(Participant).where(Participant.account_id == account_id).order_by(Participant.from_at)
        )
    )


def event_words(event: str) -> str:
    """What a record's event is called on a page, in the reader's language."""
    return gettext(EVENT_WORDS[event])


def _line(record: ConsentRecord, notice_number: int) -> RecordLine:
    titles = {scope.name: scope.title for scope in SCOPES}
    parts = {event: in_order(said(record, (event,))) for event in (*GIVES, *TAKES)}
    return RecordLine(
        record.record_id,
        event_words(record.event),
        tuple(
            (event_words(event), tuple(gettext(titles[name]) for name in names))
            for event, names in parts.items()
            if names
        ),
        record.at,
        notice_number,
    )
