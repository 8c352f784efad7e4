"""The way in: applying, and a human who admits, asks or declines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from peerspace.accounts.actions import AccountAction
from peerspace.accounts.events import AccountApplied, AccountStatusChanged, RoleChanged
from peerspace.accounts.models import Account, AdmissionStep, RoleGrant
from peerspace.accounts.names import check_pseudonym, fold, fold_capitals
from peerspace.accounts.passphrases import check_new
from peerspace.accounts.roles import grant_role
from peerspace.accounts.status import AccountStatus
from peerspace.accounts.tokens import check_token
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.locks import held, hold_one
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.clean import clean

WORDS_LIMIT = 2_000
SAME_FORM = timedelta(minutes=15)
"""A second sending of the same form within this time is the same application."""


@dataclass(frozen=True, slots=True)
class Application:
    """A checked application. The passphrase is kept out of its repr and never stored."""

    pseudonym: str
    passphrase: str = field(repr=False)
    own_words: str = field(repr=False)
    symbol: str
    colour: str
    rules_number: int


def check_application(
    *,
    pseudonym: object,
    passphrase: object,
    own_words: object,
    adult: object,
    agreed: object,
    rules_number: int | None,
    rules_read: object = "",
    symbol: object = "",
    colour: object = "",
) -> Application:
    """Check everything on the joining form at once, so that a person corrects it once.

    `adult` and `agreed` are ticks: true when the box was ticked. `rules_read` is the number of the version that the
    form showed; when another one is in force by now, the agreement does not stand for it.

    Raises Invalid with every field that needs another look; Conflict("rules_missing") while no rules are published.
    """
    if rules_number is None:
        raise Conflict("rules_missing")
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {}

    def look(check: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return check(*args, **kwargs)
        except Invalid as error:
            wrong.update(error.fields)
            values.update(error.values)
            return None

    name = look(check_pseudonym, pseudonym)
    phrase = look(check_new, passphrase, name or "")
    words = look(clean, own_words, field="own_words", limit=WORDS_LIMIT)
    token = look(check_token, symbol, colour)
    if adult is not True:
        wrong["adult"] = "adult_needed"
    if agreed is not True:
        wrong["agreed"] = "rules_needed"
    elif rules_read and str(rules_read) != str(rules_number):
        wrong["agreed"] = "rules_changed"
    if wrong:
        raise Invalid(fields=wrong, **values)
    return Application(name, phrase, words, token[0], token[1], rules_number)


def check_name(uow: UnitOfWork, pseudonym: object) -> str:
    """Return `pseudonym` when it may be used and nobody has it or one too like it, while somebody is still choosing.

    Raises Invalid on `pseudonym`. It promises nothing: `apply_to_join` decides.
    """
    name = check_pseudonym(pseudonym)
    alike = (Account.pseudonym_folded == fold(name), Account.pseudonym_capitals == fold_capitals(name))
    taken = select(Account.id).where(or_(*alike)).limit(1)
    if uow.session.scalar(taken) is not None:
        raise Invalid(fields={"pseudonym": "pseudonym_taken"})
    return name


def apply_to_join(
    uow: UnitOfWork, application: Application, hashed: str, *, admit_at_once: bool = False
) -> Account:
    """Make an account that waits for a human.

    `hashed` is the passphrase's hash. `admit_at_once` is for development only (the setting ADMISSION=open).
    Raises Invalid on `pseudonym` when the name, or one too like it, is taken.
    """
    account = _new_account(uow, application.pseudonym, application.symbol, application.colour)
    account.passphrase_hash = hashed
    account.own_words = application.own_words
    account.rules_number = application.rules_number
    account.adult_confirmed_at = uow.now
    _insert(uow, account)
    _step(uow, account, "applied", application.own_words, by_id=account.id)
    uow.emit(AccountApplied(account.id))
    if admit_at_once:
        _let_in(uow, account, by_id=None)
    return account


def applied_just_now(uow: UnitOfWork, pseudonym: object) -> Account | None:
    """The account of this very name if it was made minutes ago: perhaps the same form, sent twice.

    The caller must see that the passphrase fits before believing it.
    """
    if not isinstance(pseudonym, str):
        return None
    return uow.session.scalars(
        select(Account).where(
            Account.pseudonym_folded == fold(pseudonym),
            Account.created_at >= uow.now - SAME_FORM,
            Account.status.in_((AccountStatus.WAITING, AccountStatus.ACTIVE)),
        )
    ).first()


def add_person(
    uow: UnitOfWork,
    pseudonym: object,
    roles: frozenset[Role],
    *,
    rules_number: int | None = None,
    hashed: str = "",
    established: bool = False,
    training: str = "not_recorded",
    pay: str = "not_recorded",
    symbol: str = "",
    colour: str = "",
) -> Account:
    """Make an admitted account from the command line or for an invented community.

    Raises NotAllowed unless the installation acts, Invalid for the name or for roles that do not go together.
    """

    if not uow.actor.is_installation:
        raise NotAllowed("not_allowed")
    token = check_token(symbol, colour)
    account = _new_account(uow, check_pseudonym(pseudonym, invented_or_staff=True), *token)
    account.status, account.admitted_at = AccountStatus.ACTIVE, uow.now
    account.passphrase_hash, account.rules_number = hashed, rules_number
    account.established_at = uow.now if established else None
    _insert(uow, account)
    for role in sorted(roles):
        grant_role(uow, account.id, role, training=training, pay=pay)
    uow.audit(AccountAction.PERSON_ADDED, "account", account.public_id, concerns=account.id)
    return account


def admit(uow: UnitOfWork, public_id: str, words: object = "") -> Account:
    """Let a waiting person in. Raises NotAllowed, NotFound, or Conflict when somebody else was quicker."""
    by_id = _may_admit(uow.actor)
    said = clean(words, field="words", limit=WORDS_LIMIT, required=False)
    account = _waiting(uow, public_id)
    _step(uow, account, "admitted", said, by_id=by_id)
    _let_in(uow, account, by_id=by_id)
    return account


def ask(uow: UnitOfWork, public_id: str, question: object) -> Account:
    """Ask a waiting person something before deciding."""
    by_id = _may_admit(uow.actor)
    said = clean(question, field="words", limit=WORDS_LIMIT)
    account = _waiting(uow, public_id)
    _step(uow, account, "asked", said, by_id=by_id)
    _move(uow, account, AccountStatus.ASKED, AccountAction.ADMISSION_ASKED)
    return account


def answer(uow: UnitOfWork, words: object) -> Account:
    """The waiting person answers a question and waits again."""
    account = hold_one(uow.session, Account, uow.actor.require_account())
    said = clean(words, field="words", limit=WORDS_LIMIT)
    if account.status != AccountStatus.ASKED:
        raise Conflict("changed_meanwhile")
    _step(uow, account, "answered", said, by_id=account.id)
    _move(uow, account, AccountStatus.WAITING, AccountAction.ADMISSION_ANSWERED)
    return account


def decline(uow: UnitOfWork, public_id: str, reason: object) -> Account:
    """Decline with a reason that the person reads."""
    by_id = _may_admit(uow.actor)
    said = clean(reason, field="words", limit=WORDS_LIMIT)
    account = _waiting(uow, public_id)
    _step(uow, account, "declined", said, by_id=by_id)
    _move(uow, account, AccountStatus.DECLINED, AccountAction.ADMISSION_DECLINED)
    return account


def _may_admit(actor: Actor) -> int | None:
    """The admitting supervisor's id; None for the command line (`peerspace people admit`)."""
    return None if actor.is_installation else actor.require(Role.SUPERVISOR)


def _waiting(uow: UnitOfWork, public_id: str) -> Account:
    found = held(select(Account).where(Account.public_id == public_id))
    account = uow.session.scalars(found).first()
    if account is None:
        raise NotFound("person_unknown")
    if account.status not in (AccountStatus.WAITING, AccountStatus.ASKED):
        raise Conflict("changed_meanwhile")
    return account


def _new_account(uow: UnitOfWork, pseudonym: str, symbol: str, colour: str) -> Account:
    return Account(
        public_id=new_public_id(),
        pseudonym=pseudonym,
        pseudonym_folded=fold(pseudonym),
        pseudonym_capitals=fold_capitals(pseudonym),
        token_symbol=symbol,
        token_colour=colour,
        status=AccountStatus.WAITING,
        created_at=uow.now,
        status_changed_at=uow.now,
    )


def _insert(uow: UnitOfWork, account: Account) -> None:
    try:
        with uow.session.begin_nested():
            uow.session.add(account)
    except IntegrityError as error:
        raise Invalid(fields={"pseudonym": "pseudonym_taken"}) from error


def _let_in(uow: UnitOfWork, account: Account, *, by_id: int | None) -> None:
    account.admitted_at, account.admitted_by_id = uow.now, by_id
    uow.session.add(
        RoleGrant(
            account_id=account.id,
            role=Role.MEMBER.value,
            granted_at=uow.now,
            granted_by_id=by_id,
        )
    )
    uow.emit(RoleChanged(account.id, Role.MEMBER.value, granted=True))
    _move(uow, account, AccountStatus.ACTIVE, AccountAction.ADMISSION_GRANTED)


def _move(uow: UnitOfWork, account: Account, status: AccountStatus, action: AccountAction) -> None:
    account.status, account.status_changed_at = status, uow.now
    uow.session.flush()
    uow.audit(action, "account", account.public_id, concerns=account.id)
    uow.emit(AccountStatusChanged(account.id, status, is_first=status == AccountStatus.ACTIVE))


def _step(uow: UnitOfWork, account: Account, kind: str, words: str, *, by_id: int | None) -> None:
    uow.session.add(AdmissionStep(account_id=account.id, kind=kind, words=words, at=uow.now, by_id=by_id))
