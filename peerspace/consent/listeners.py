"""What consent hears: who leaves or is suspended ends a period; what is taken back goes into the ledger."""

from __future__ import annotations

from peerspace.accounts.events import AccountStatusChanged
from peerspace.accounts.status import AccountStatus
from peerspace.consent import periods
from peerspace.consent.events import ConsentTakenBack, ErasureAsked
from peerspace.consent.fold import fold
from peerspace.consent.ledger import ledger_beside
from peerspace.consent.service import records_of
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.kernel.moments import hold_alone
from peerspace.kernel.uow import UnitOfWork

ENDS = {"left": "left", "suspended": "suspended", "ended": "suspended"}
"""Account statuses that end a consent period, and the reason the research layer knows: membership ended by a decision
counts like a suspension, since the person did not choose it."""


def listen(listeners: Listeners, audit_log: AuditLog) -> None:
    """Wire consent's listeners."""
    ledger = ledger_beside(audit_log)
    listeners.with_transaction(AccountStatusChanged, follow_status)
    listeners.after_commit(ConsentTakenBack, ledger.note_taken_back)
    listeners.after_commit(ErasureAsked, ledger.note_erasure)


def follow_status(uow: UnitOfWork, happened: AccountStatusChanged) -> None:
    """End the period of someone who is gone; open a new one for someone who is back and whose consent stands."""
    reason = ENDS.get(happened.status)
    if reason is not None or happened.status == AccountStatus.ACTIVE:
        hold_alone(uow, happened.account_id)
    if reason is not None:
        periods.close_for_absence(uow, happened.account_id, reason)
    elif happened.status == AccountStatus.ACTIVE:
        records = records_of(uow, happened.account_id)
        if "usage" in fold(records):
            periods.follow(uow, happened.account_id, records, ended="stopped")
