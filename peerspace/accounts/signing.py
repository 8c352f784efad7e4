"""Signing in and out, and the passphrase.

Verifying a passphrase takes long on purpose, so it never happens inside a unit of work: these verbs take the database,
read, hash off the event loop, and then write. Unknown names take the same way and the same time as known ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from peerspace.accounts.actions import AccountAction
from peerspace.accounts.models import Account, SignInAttempt
from peerspace.accounts.names import fold
from peerspace.accounts.passphrases import Passphrases, check_new
from peerspace.accounts.recovery import had_codes, new_codes, use_recovery_code
from peerspace.accounts.sessions import (
    MAY_SIGN_IN,
    end_all_sessions,
    end_session,
    hash_secret,
    open_session,
)
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import Conflict, Invalid, NotFound, TooMany
from peerspace.kernel.locks import hold, hold_one
from peerspace.kernel.offload import run_off_loop
from peerspace.kernel.pruning import prune
from peerspace.kernel.uow import Database, UnitOfWork

FREE_FAILURES = 5
"""Wrong guesses at one name from one place before each further one has to wait."""
FREE_OF_A_NAME = 100
"""Wrong guesses at one name from all unknown places together before each further one of them has to wait."""
LONGEST_WAIT_S = 60
FORGET_FAILURES = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SignInOrigin:
    """Where a try comes from, as an adapter knows it. `key` is opaque here, and holds no address in the clear.

    `known`: this very account signed in there before. Such a place is not slowed by what strangers try elsewhere,
    so nobody can lock somebody else out.
    """

    key: str = ""
    known: bool = False


ANYWHERE = SignInOrigin()


@dataclass(frozen=True, slots=True)
class _Budget:
    """One count of wrong tries: `free` of them cost nothing, then each costs a wait."""

    key: str
    free: int = FREE_FAILURES

    @property
    def hashed(self) -> str:
        return hash_secret(self.key)


@dataclass(frozen=True, slots=True)
class _Candidate:
    account_id: int | None
    hashed: str


def sign_in(
    database: Database,
    passphrases: Passphrases,
    actor: Actor,
    name: object,
    passphrase: object,
    asked_from: SignInOrigin = ANYWHERE,
) -> str:
    """Sign a person in by pseudonym and passphrase; returns the new session's secret for the cookie.

    Raises Invalid("sign_in_wrong") alike for an unknown name and a wrong passphrase, TooMany("sign_in_slow") with
    `retry_after` after repeated failures for one name from one place, or very many from all unknown places.
    """
    folded = fold(name) if isinstance(name, str) else ""
    typed = passphrase if isinstance(passphrase, str) else ""
    budgets = _sign_in_budgets(folded, asked_from)
    with database.write(actor) as uow:
        _spend(uow, budgets)
        candidate = _candidate(uow, folded)
    fits = run_off_loop(passphrases.verify, candidate.hashed, typed)
    if not fits or candidate.account_id is None:
        raise Invalid("sign_in_wrong", fields={"passphrase": "sign_in_wrong"})
    renewed = run_off_loop(passphrases.hash, typed) if passphrases.outdated(candidate.hashed) else None
    with database.write(actor) as uow:
        account = hold(uow.session, Account, candidate.account_id)
        if (
            account is None
            or account.passphrase_hash != candidate.hashed
            or account.status not in MAY_SIGN_IN
        ):
            raise Invalid("sign_in_wrong", fields={"passphrase": "sign_in_wrong"})
        if renewed is not None:
            account.passphrase_hash = renewed
        _forget_failures(uow, budgets)
        return open_session(uow, account.id)


def sign_out(uow: UnitOfWork) -> None:
    """End the acting browser's session; its sockets close after the commit."""
    if uow.actor.session_id is not None:
        end_session(uow, uow.actor.require_account(), uow.actor.session_id, "signed_out")


def sign_out_everywhere(uow: UnitOfWork, *, but_here: bool = False) -> None:
    """End all sessions of the acting person; with `but_here` this browser stays."""
    end_all_sessions(
        uow,
        uow.actor.require_account(),
        "signed_out_everywhere",
        but=uow.actor.session_id if but_here else None,
    )


def change_passphrase(
    database: Database, passphrases: Passphrases, actor: Actor, old: object, new: object
) -> str:
    """Change the acting person's passphrase; every session ends, and a fresh one is opened for this browser.

    Returns the fresh session's secret. Raises Invalid on `old` or `new`, TooMany after repeated wrong old ones,
    Conflict when it was changed meanwhile.
    """
    account_id = actor.require_account()
    with database.read(actor) as uow:
        account = uow.session.get_one(Account, account_id)
    checked = check_new(new, account.pseudonym, field="new")
    _verify_own(database, passphrases, actor, account, old, "old")
    hashed = run_off_loop(passphrases.hash, checked)
    with database.write(actor) as uow:
        row = hold_one(uow.session, Account, account_id)
        if (
            row.passphrase_hash != account.passphrase_hash
        ):  # somebody else changed it while this one was hashed
            raise Conflict("changed_meanwhile")
        row.passphrase_hash = hashed
        end_all_sessions(uow, account_id, "passphrase_changed")
        uow.audit(AccountAction.PASSPHRASE_CHANGED, "account", row.public_id, concerns=account_id)
        return open_session(uow, account_id)


def renew_codes(database: Database, passphrases: Passphrases, actor: Actor, passphrase: object) -> list[str]:
    """Make the acting person's recovery codes and return them, this once.

    Whoever had codes before says the passphrase too: a browser left open must not become a way in for good.
    Raises Invalid on `passphrase`, TooMany after repeated wrong ones.
    """
    account_id = actor.require_account()
    with database.read(actor) as uow:
        account = uow.session.get_one(Account, account_id)
        is_first = not had_codes(uow, account_id)
    if not is_first:
        _verify_own(database, passphrases, actor, account, passphrase, "passphrase")
    with database.write(actor) as uow:
        hold_one(uow.session, Account, account_id)
        if is_first and had_codes(uow, account_id):
            raise Invalid(fields={"passphrase": "passphrase_old_wrong"})
        return new_codes(uow, account_id)


def _verify_own(
    database: Database, passphrases: Passphrases, actor: Actor, account: Account, typed: object, field: str
) -> None:
    """See that a signed-in person knows their passphrase; wrong ones have a budget that strangers cannot reach."""
    budgets = (_Budget(f"own:{account.id}"),)
    with database.write(actor) as uow:
        taken = _spend(uow, budgets)
    if not run_off_loop(passphrases.verify, account.passphrase_hash, typed if isinstance(typed, str) else ""):
        raise Invalid(fields={field: "passphrase_old_wrong"})
    with database.write(actor) as uow:
        _give_back(uow, taken)


def opens(database: Database, passphrases: Passphrases, actor: Actor, account: Account, typed: str) -> bool:
    """True when `typed` is the passphrase of an account made just now: perhaps its own form came twice.

    Wrong ones have a budget. Once it is spent nothing fits, and whoever asks is told that the name is taken.
    """
    budgets = (_Budget(f"joined:{account.id}"),)
    try:
        with database.write(actor) as uow:
            _spend(uow, budgets)
    except TooMany:
        return False
    if not run_off_loop(passphrases.verify, account.passphrase_hash, typed):
        return False
    with database.write(actor) as uow:
        _give_back(uow, budgets)
    return True


def recover(
    database: Database, passphrases: Passphrases, actor: Actor, name: object, code: object, new: object
) -> str:
    """Set a new passphrase by pseudonym and recovery code, and sign in; returns the session's secret.

    Raises Invalid on `new`, on `code` alike for an unknown name and a wrong code. No wait after wrong ones: a code
    holds 78 random bits, and a wait by name would let a stranger keep its owner out.
    """
    folded = fold(name) if isinstance(name, str) else ""
    checked = check_new(new, name if isinstance(name, str) else "", field="new")
    hashed = run_off_loop(passphrases.hash, checked)
    with database.write(actor) as uow:
        account = _by_name(uow, folded)
        if account is not None and use_recovery_code(
            uow, account, code if isinstance(code, str) else "", hashed
        ):
            return open_session(uow, account.id)
    raise Invalid(fields={"code": "recovery_wrong"})


def purge_attempts(uow: UnitOfWork) -> int:
    """Drop failures that no longer slow anybody down; returns how many. A job calls this."""
    return prune(uow, SignInAttempt.id, SignInAttempt.at < uow.now - FORGET_FAILURES)


def account_by_name(uow: UnitOfWork, name: str) -> Account:
    """The account called `name` or something too like it to be another's.

    Raises NotFound when there is none.
    """
    account = _by_name(uow, fold(name))
    if account is None:
        raise NotFound("person_unknown")
    return account


def _by_name(uow: UnitOfWork, folded: str) -> Account | None:
    found = select(Account).where(Account.pseudonym_folded == folded, Account.status.in_(MAY_SIGN_IN))
    return uow.session.scalars(found).first()


def _sign_in_budgets(folded: str, asked_from: SignInOrigin) -> tuple[_Budget, ...]:
    here = _Budget(f"name:{folded}:{'known' if asked_from.known else 'place'}:{asked_from.key}")
    return (here,) if asked_from.known else (here, _Budget(f"name:{folded}", FREE_OF_A_NAME))


def _candidate(uow: UnitOfWork, folded: str) -> _Candidate:
    account = _by_name(uow, folded)
    return _Candidate(account.id if account else None, account.passphrase_hash if account else "")


def _spend(uow: UnitOfWork, budgets: tuple[_Budget, ...]) -> tuple[_Budget, ...]:
    """Count a try against every budget before it is checked, and return the budgets.

    Verifying takes long: tries that were only counted after it would all be checked when they come together. The rows
    are taken one after the other in one order, so that tries of several processes queue up and never deadlock.
    Raises TooMany while one budget has to wait; the unit of work rolls back, and then none has counted.
    """
    ordered = sorted(budgets, key=lambda budget: budget.hashed)
    waits = [_take(uow, budget) for budget in ordered]
    if max(waits) > 0:
        raise TooMany("sign_in_slow", retry_after=max(waits))
    return budgets


def _take(uow: UnitOfWork, budget: _Budget) -> int:
    """Count one try of `budget` under its row's lock. Returns the seconds it has to wait instead, 0 when it counted."""
    insert = sqlite_insert if uow.database.is_sqlite else postgres_insert
    fresh = insert(SignInAttempt).values(name_hash=budget.hashed, at=uow.now, failures=0)
    attempt = uow.session.scalars(
        # One statement that makes the row or locks the one that is there.
        fresh.on_conflict_do_update(
            index_elements=["name_hash"], set_={"failures": SignInAttempt.failures}
        ).returning(SignInAttempt),
        execution_options={"populate_existing": True},
    ).one()
    passed = uow.now - attempt.at
    if passed < timedelta():  # the clock was set back since: nobody waits for it to come round again
        passed = timedelta(seconds=LONGEST_WAIT_S)
    if passed > FORGET_FAILURES:
        attempt.failures = 0
    wait_s = _wait_s(attempt.failures - budget.free, passed)
    if wait_s == 0:
        attempt.failures, attempt.at = attempt.failures + 1, uow.now
    return wait_s


def _wait_s(beyond: int, passed: timedelta) -> int:
    """Seconds until the next try: none while there are free ones left, then 2, 4, 8 ... up to LONGEST_WAIT_S."""
    if beyond < 0:
        return 0
    wait: int = min(LONGEST_WAIT_S, 2 << min(beyond, 10))
    return max(0, wait - int(passed.total_seconds()))


def _give_back(uow: UnitOfWork, budgets: tuple[_Budget, ...]) -> None:
    """The try was right: it was none of the wrong ones that these budgets count."""
    hashes = [budget.hashed for budget in budgets]
    uow.session.execute(
        update(SignInAttempt)
        .where(SignInAttempt.name_hash.in_(hashes), SignInAttempt.failures > 0)
        .values(failures=SignInAttempt.failures - 1)
        .execution_options(synchronize_session=False)
    )


def _forget_failures(uow: UnitOfWork, budgets: tuple[_Budget, ...]) -> None:
    hashes = [budget.hashed for budget in budgets]
    uow.session.execute(delete(SignInAttempt).where(SignInAttempt.name_hash.in_(hashes)))
