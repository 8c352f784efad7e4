"""The verbs of consent: give, decline, withdraw, stop, stop and erase, expire.

A choice is made by the member for themselves, through the pages. Records are only ever added, and each says what
stood on the page it was made on: which notice in which language, and how each question was asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.consent import periods
from peerspace.consent.access import hold_account, own_account, own_account_on_the_way_out
from peerspace.consent.actions import ConsentAction
from peerspace.consent.events import ConsentChanged, ConsentTakenBack, ErasureAsked
from peerspace.consent.fold import GIVES, fold, fold_at, said
from peerspace.consent.models import ConsentNotice, ConsentRecord, Participant
from peerspace.consent.notices import Shown, ensure_defaults, is_in_force, shown_notice
from peerspace.consent.receipts import (
    CONTROLLER,
    SCHEMA_VERSION,
    event_of,
    receipt,
    terms_again,
    terms_for,
)
from peerspace.consent.scopes import BY_NAME, NAMES, closed, in_order, lost_with
from peerspace.kernel.clock import to_us
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.moments import hold_alone
from peerspace.kernel.uow import UnitOfWork

NOT_SHOWN = Shown()
ENDS = ("withdrawn", "expired")
"""What is said of a scope that stood and stands no more."""
RUN_OUT = ":run-out"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a choice left behind: its record (none if nothing changed) and the scopes now in force."""

    records: tuple[ConsentRecord, ...]
    in_force: frozenset[str]


def choose(
    uow: UnitOfWork,
    scopes: Collection[str],
    *,
    shown: Shown,
    old_enough: bool,
    min_age: int = 18,
    controller: str = CONTROLLER,
) -> Choice:
    """Make `scopes` what stands: give what is new, withdraw what is left out, decline what was never asked before.

    One act, one record. The same choice sent twice adds nothing. Raises Invalid for an unknown scope, one whose ground
    is missing, or when something is given without `old_enough`; Conflict if the notice, or what stands, changed since
    the form was drawn.
    """
    account = own_account(uow)
    ensure_defaults(uow)
    chosen = _checked(scopes)
    records = records_of(uow, account.id)
    if _is_stale(uow, records, shown):
        in_force = fold_at(records, uow.now)
        if chosen != in_force:
            raise Conflict("consent_changed_meanwhile")
        return Choice((), in_force)
    _let_run_out(uow, account)
    before = recorded_scopes(uow, account.id)
    new, taken = chosen - before, before - chosen
    if new:
        _may_give(uow, shown, old_enough, min_age)
    refused = frozenset(NAMES) - chosen - before - _ever_answered(uow, account.id)
    answers = (
        dict.fromkeys(new, "given")
        | dict.fromkeys(lost_with(taken, before) if taken else (), "withdrawn")
        | dict.fromkeys(refused, "declined")
    )
    made = (_append(uow, account, shown, answers, controller),) if answers else ()
    return Choice(made, recorded_scopes(uow, account.id))


def give(
    uow: UnitOfWork,
    scopes: Collection[str],
    *,
    shown: Shown,
    old_enough: bool,
    min_age: int = 18,
    controller: str = CONTROLLER,
) -> Choice:
    """Give `scopes` besides what stands already. Raises as `choose` does."""
    account = own_account(uow)
    ensure_defaults(uow)
    records = records_of(uow, account.id)
    if _is_stale(uow, records, shown) and not set(scopes) <= fold_at(records, uow.now):
        raise Conflict("consent_changed_meanwhile")
    _let_run_out(uow, account)
    before = recorded_scopes(uow, account.id)
    new = _checked(before | set(scopes)) - before
    if not new:
        return Choice((), before)
    _may_give(uow, shown, old_enough, min_age)
    record = _append(uow, account, shown, dict.fromkeys(new, "given"), controller)
    return Choice((record,), recorded_scopes(uow, account.id))


def renew(uow: UnitOfWork, *, shown: Shown, old_enough: bool, min_age: int = 18) -> Choice:
    """Say again, under the notice in force, what stands already: the two years begin anew.

    What has run out does not stand any more: it has to be given again. The same form sent twice renews once. Raises as
    `choose` does.
    """
    account = own_account(uow)
    ensure_defaults(uow)
    records = records_of(uow, account.id)
    if _is_stale(uow, records, shown):
        since = _since(records, shown)
        if [record.event for record in since] == ["renewed"]:
            return Choice(tuple(since), fold(records))
        raise Conflict("consent_changed_meanwhile")
    _let_run_out(uow, account)
    before = recorded_scopes(uow, account.id)
    if not before:
        return Choice((), before)
    _may_give(uow, shown, old_enough, min_age)
    record = _append(uow, account, shown, dict.fromkeys(before, "renewed"), CONTROLLER)
    return Choice((record,), before)


def decline(uow: UnitOfWork, *, shown: Shown = NOT_SHOWN) -> Choice:
    """Say no to everything that does not stand, so that it is not asked again. Nothing else follows from it."""
    account = own_account(uow)
    before = recorded_scopes(uow, account.id)
    refused = frozenset(NAMES) - before - _ever_answered(uow, account.id)
    if not refused:
        return Choice((), before)
    record = _append(uow, account, shown, dict.fromkeys(refused, "declined"), CONTROLLER)
    return Choice((record,), before)


def withdraw(uow: UnitOfWork, scopes: Collection[str], *, shown: Shown = NOT_SHOWN) -> Choice:
    """Take back single scopes, and what rests on them. What was counted under them goes into no new dataset.

    No notice stands in the way of that, whichever was shown, and no form is too old for it.
    """
    account = own_account_on_the_way_out(uow)
    unknown = [name for name in scopes if name not in BY_NAME]
    if unknown:
        raise Invalid("consent_scope_unknown")
    before = recorded_scopes(uow, account.id)
    lost = lost_with(scopes, before)
    if not lost:
        return Choice((), before)
    record = _append(uow, account, shown, dict.fromkeys(lost, "withdrawn"), CONTROLLER)
    return Choice((record,), recorded_scopes(uow, account.id))


def stop(uow: UnitOfWork, *, shown: Shown = NOT_SHOWN) -> Choice:
    """Take everything back and keep what is there: nothing more is counted, and no new dataset uses it."""
    return withdraw(uow, ("usage",), shown=shown)


def stop_and_erase(uow: UnitOfWork, *, shown: Shown = NOT_SHOWN) -> Choice:
    """Take everything back; every captured row and the link to the account go in the same transaction.

    Works as well for someone who stopped earlier. Doing it twice changes nothing the second time. Raises Conflict for a
    form from before a later yes: what is erased cannot be brought back, so that yes is shown first.
    """
    account = own_account_on_the_way_out(uow)
    if any(said(record, GIVES) for record in _since(records_of(uow, account.id), shown)):
        raise Conflict("consent_given_meanwhile")
    choice = withdraw(uow, ("usage",), shown=shown)
    gone = periods.erase_links(uow, account.id)
    if gone:
        uow.emit(ErasureAsked(account_id=account.id, participant_ids=gone))
        uow.audit(ConsentAction.RESEARCH_DATA_ERASED, "account", account.public_id, concerns=account.id)
    return choice


def expire_due(uow: UnitOfWork) -> int:
    """Record what was given or renewed longer than VALID_FOR ago as run out; the number of members it concerned."""
    due = uow.session.scalars(
        select(Participant.account_id).where(Participant.scopes != "", Participant.valid_until <= uow.now)
    )
    accounts = (hold_account(uow, number) for number in sorted({n for n in due if n is not None}))
    return sum(_let_run_out(uow, account) for account in accounts if account is not None)


def records_of(uow: UnitOfWork, account_id: int) -> list[ConsentRecord]:
    """All records of an account, oldest first."""
    return list(
        uow.session.scalars(
            select(ConsentRecord).where(ConsentRecord.account_id == account_id).order_by(ConsentRecord.id)
        )
    )


def recorded_scopes(uow: UnitOfWork, account_id: int) -> frozenset[str]:
    """The scopes given and not taken back in an account's records.

    What has run out is among them until that is recorded.
    """
    return fold(records_of(uow, account_id))


def state_of(records: Sequence[ConsentRecord], now: datetime) -> str:
    """From which choices a form is drawn at `now`: the newest record's random id, or '' before the first.

    What runs out changes what stands as a record does, also before the job has recorded it.
    """
    if not records:
        return ""
    run_out = fold_at(records, now) != fold(records)
    return records[-1].record_id + (RUN_OUT if run_out else "")


def _is_stale(uow: UnitOfWork, records: Sequence[ConsentRecord], shown: Shown) -> bool:
    return shown.state is not None and shown.state != state_of(records, uow.now)


def _since(records: Sequence[ConsentRecord], shown: Shown) -> Sequence[ConsentRecord]:
    """The records made since the form was drawn; none where no form of ours says when that was."""
    if shown.state is None:
        return ()
    ids = ["", *(record.record_id for record in records)]
    drawn_from = shown.state.removesuffix(RUN_OUT)
    return records[ids.index(drawn_from) :] if drawn_from in ids else ()


@dataclass(frozen=True, slots=True)
class Said:
    """The words that something was given under."""

    notice: ConsentNotice
    terms: dict[str, Any]


def said_before(uow: UnitOfWork, records: Sequence[ConsentRecord], scopes: Collection[str]) -> Said:
    """Notice and terms for a record that no page was shown for: those of the newest yes to any of `scopes`.

    Where `records` hold no such yes, the notice in force in English.
    """
    yes = [record for record in records if said(record, GIVES) & set(scopes)]
    notice = uow.session.get_one(ConsentNotice, yes[-1].notice_id) if yes else ensure_defaults(uow)
    return Said(notice, terms_again(scopes, [record.terms for record in yes]))


def _let_run_out(uow: UnitOfWork, account: Account) -> bool:
    """Record that something has run out; whether there was anything."""
    records = records_of(uow, account.id)
    recorded = fold(records)
    lost = lost_with(recorded - fold_at(records, uow.now), recorded)
    if lost:
        words = said_before(uow, records, lost)
        add_record(uow, account, words.notice, dict.fromkeys(lost, "expired"), words.terms, method="expiry")
    return bool(lost)


def _ever_answered(uow: UnitOfWork, account_id: int) -> frozenset[str]:
    return frozenset(name for record in records_of(uow, account_id) for name in record.scopes)


def _checked(scopes: Collection[str]) -> frozenset[str]:
    unknown = [name for name in scopes if name not in BY_NAME]
    if unknown:
        raise Invalid("consent_scope_unknown")
    loose = set(scopes) - closed(scopes)
    if loose:
        raise Invalid(fields={name: f"consent_needs_{_missing_ground(name, set(scopes))}" for name in loose})
    return frozenset(scopes)


def _missing_ground(name: str, chosen: set[str]) -> str:
    """What a loose scope lacks: the nearest ground that is not chosen."""
    ground = BY_NAME[name].needs
    return _missing_ground(ground, chosen) if ground in chosen else ground


def _may_give(uow: UnitOfWork, shown: Shown, old_enough: bool, min_age: int) -> None:
    if not is_in_force(uow, shown):
        raise Conflict("consent_notice_changed")
    if not old_enough:
        raise Invalid("consent_age", fields={"age": "consent_age"}, age=min_age)


def _append(
    uow: UnitOfWork,
    account: Account,
    shown: Shown,
    answers: Mapping[str, str],
    controller: str,
) -> ConsentRecord:
    """Add a record of a choice made on a page that showed `shown`."""
    given = [name for name, event in answers.items() if event in GIVES]
    terms = terms_for(answers, controller, shown.language, given=given)
    return add_record(uow, account, shown_notice(uow, shown), answers, terms, method="web_form")


def add_record(
    uow: UnitOfWork,
    account: Account,
    notice: ConsentNotice,
    answers: Mapping[str, str],
    terms: dict[str, Any],
    *,
    method: str,
) -> ConsentRecord:
    """Add one record with its receipt's hash, bring the period in line, and tell. The account is held by the caller.

    A record is dated after every earlier one and after everything counted so far.
    """
    record_id = new_client_id()
    hold_alone(uow, account.id)
    kept = receipt(
        record_id=record_id,
        schema_version=SCHEMA_VERSION,
        answers=answers,
        at=uow.now,
        method=method,
        terms=terms,
        notice={"number": notice.number, "language": notice.language, "content_hash": notice.content_hash},
    )
    record = ConsentRecord(
        record_id=record_id,
        schema_version=SCHEMA_VERSION,
        account_id=account.id,
        event=event_of(answers),
        answers={name: answers[name] for name in in_order(answers)},
        scopes=in_order(answers),
        notice_id=notice.id,
        at=uow.now,
        method=method,
        terms=terms,
        receipt_hash=kept["receipt_hash"],
    )
    uow.session.add(record)
    uow.session.flush()
    records = records_of(uow, account.id)
    recorded = fold(records)
    periods.follow(uow, account.id, records, ended="expired" if record.event == "expired" else "stopped")
    uow.emit(ConsentChanged(account.id, record.id, tuple(in_order(recorded))))
    for event in ENDS:
        taken = tuple(in_order(said(record, (event,))))
        if taken:
            uow.emit(ConsentTakenBack(account.public_id, record_id, event, taken, to_us(record.at)))
    return record
