"""Whose rows a release may be made from: consent that stands now, period by period, scope by scope (invariant 3).

What somebody did as a supervisor is left out of datasets even where they consent: they did not take part on the footing
of lived experience then. What they did before and after counts. Someone who stopped is left out too; their rows are
kept, and count again if they say yes again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from peerspace.accounts.models import Account, RoleGrant
from peerspace.accounts.status import AccountStatus
from peerspace.consent.fold import GIVES, fold_at, said, step
from peerspace.consent.models import ConsentRecord, Participant
from peerspace.kernel.clock import from_us, to_us
from peerspace.kernel.locks import shared
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.models import Decision
from peerspace.research.measures.load import CAPTURE_SCOPES, Enrolment
from peerspace.research.staffing import Span, merged

END = {"": "cut", "stopped": "stopped", "expired": "stopped", "left": "left", "suspended": "suspended"}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a build stands on.

    `enrolments`: who took part when, for the measures. `scopes`: per participant id, the capture scopes that stand now.
    `flow`: (step, people) as disclosure.flow takes it.
    """

    enrolments: tuple[Enrolment, ...]
    scopes: dict[str, frozenset[str]]
    flow: tuple[tuple[str, int], ...]

    @property
    def participants(self) -> tuple[str, ...]:
        """The ids of the consent periods in it."""
        return tuple(sorted(self.scopes))


def consent_basis(uow: UnitOfWork, window_from_us: int, cut_us: int) -> Basis:
    """The basis of a build over [window_from_us, cut_us), as consent stands at this moment."""
    records = _records(uow)
    supervised, away = _supervision(uow, cut_us), _restrictions(uow, cut_us)
    for number, spans in supervised.items():
        away[number] += spans
    enrolments: list[Enrolment] = []
    scopes: dict[str, frozenset[str]] = {}
    included: set[int] = set()
    for period in uow.session.scalars(select(Participant).where(Participant.account_id.is_not(None))):
        account_id = period.account_id
        if account_id is None:
            continue
        in_force = fold_at(records[account_id], uow.now) & frozenset(CAPTURE_SCOPES)
        if "usage" not in in_force:
            continue
        pieces = [
            piece
            for stretch in _stretches(period, records[account_id], in_force, cut_us)
            for piece in _without(stretch, merged(away[account_id]), _over(period, cut_us))
            if piece.from_us < cut_us and piece.to_us > window_from_us
        ]
        if pieces:
            enrolments.extend(pieces)
            scopes[period.id] = in_force
            included.add(account_id)
    # Whoever supervises now was never asked on the footing of lived experience, unless something of theirs counts.
    staff = _supervisors(uow) - included
    return Basis(tuple(enrolments), scopes, _flow(uow, records, staff, included, cut_us))


def still_stands(uow: UnitOfWork, basis: Basis) -> bool:
    """Whether every consent that `basis` stands on still does: looked at once more just before publishing.

    On PostgreSQL the periods are locked until the transaction ends, so that nobody's withdrawal slips in between; on
    SQLite there is only one writer.
    """
    wanted = list(basis.scopes)
    live: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        rows = uow.session.execute(
            shared(
                select(Participant.id, Participant.account_id).where(
                    Participant.id.in_(wanted[start : start + 500]), Participant.account_id.is_not(None)
                )
            )
        )
        live.update((row.id, row.account_id) for row in rows if row.account_id is not None)
    if len(live) != len(wanted):
        return False
    records = _records(uow)
    return all(
        basis.scopes[number] <= fold_at(records[account_id], uow.now) for number, account_id in live.items()
    )


def _records(uow: UnitOfWork) -> dict[int, list[ConsentRecord]]:
    """Every account's records, oldest first."""
    found: dict[int, list[ConsentRecord]] = defaultdict(list)
    for record in uow.session.scalars(
        select(ConsentRecord).order_by(ConsentRecord.id).execution_options(populate_existing=True)
    ):
        found[record.account_id].append(record)
    return found


def _supervision(uow: UnitOfWork, cut_us: int) -> dict[int, list[Span]]:
    """Stretches in which a member held the supervisor's role."""
    found: dict[int, list[Span]] = defaultdict(list)
    for grant in uow.session.scalars(select(RoleGrant).where(RoleGrant.role == "supervisor")):
        found[grant.account_id].append(
            (to_us(grant.granted_at), to_us(grant.ended_at) if grant.ended_at else cut_us)
        )
    return found


def _supervisors(uow: UnitOfWork) -> frozenset[int]:
    live = select(RoleGrant.account_id).where(RoleGrant.role == "supervisor", RoleGrant.ended_at.is_(None))
    return frozenset(uow.session.scalars(live))


def _restrictions(uow: UnitOfWork, cut_us: int) -> dict[int, list[Span]]:
    """Stretches in which a member could only read: not offered, so not part of the exposure.

    The longest of several holds, as in accounts.account_status: a later, shorter one lets nobody write earlier.
    """
    found: dict[int, list[Span]] = defaultdict(list)
    for decision in uow.session.scalars(select(Decision).where(Decision.kind == "read_only")):
        ends = to_us(decision.expires_at) if decision.expires_at else cut_us
        found[decision.member_id].append((to_us(decision.decided_at), ends))
    return found


def _stretches(
    period: Participant, records: Iterable[ConsentRecord], in_force: frozenset[str], cut_us: int
) -> list[Enrolment]:
    """One row per stretch in which the scopes did not change, of those scopes that stand now as well."""
    ends = to_us(period.to_at) if period.to_at else cut_us
    begins = to_us(period.from_at)
    marks: list[tuple[int, frozenset[str]]] = []
    state: frozenset[str] = frozenset()
    for record in records:
        state = step(state, record)
        at = max(to_us(record.at), begins)
        if at < ends:
            marks = [mark for mark in marks if mark[0] < at]
            marks.append((at, state & in_force))
    made: list[Enrolment] = []
    for number, (at, scopes) in enumerate(marks):
        until = marks[number + 1][0] if number + 1 < len(marks) else ends
        if "usage" not in scopes or at >= until:
            continue
        names = tuple(name for name in CAPTURE_SCOPES if name in scopes)
        if made and made[-1].to_us == at and made[-1].scopes == names:
            at = made.pop().from_us
        made.append(Enrolment(period.person_id, period.id, at, until, END[period.end_reason], names))
    return made


def _over(period: Participant, cut_us: int) -> int | None:
    """When taking part was over; None where it went on to the cut."""
    ends = to_us(period.to_at) if period.to_at else cut_us
    return ends if ends < cut_us else None


def _without(stretch: Enrolment, spans: Iterable[Span], over_us: int | None) -> list[Enrolment]:
    """A stretch less the spans that do not count, which are disjoint and in order.

    What stands before one ends by it, to go on after it; or for the reason of the period, if that is over by then.
    """
    made: list[Enrolment] = []
    begins = stretch.from_us
    for low, high in spans:
        if high <= begins or low >= stretch.to_us:
            continue
        if low > begins:
            why = stretch.end_reason if over_us is not None and over_us <= high else "restricted"
            made.append(_cut(stretch, begins, low, why))
        begins = max(begins, high)
    if begins < stretch.to_us:
        made.append(_cut(stretch, begins, stretch.to_us, stretch.end_reason))
    return made


def _cut(stretch: Enrolment, begins: int, ends: int, reason: str) -> Enrolment:
    return Enrolment(stretch.person_id, stretch.participant_id, begins, ends, reason, stretch.scopes)


def _flow(
    uow: UnitOfWork,
    records: dict[int, list[ConsentRecord]],
    staff: frozenset[int],
    included: set[int],
    cut_us: int,
) -> tuple[tuple[str, int], ...]:
    """The numbers of people at each step, as of the cut; who was left out and why, as of now.

    consented = included + excluded, and included + withdrew <= consented, by construction: whoever is included is
    eligible and stands, and the reasons part those who consented and are not included. What a former supervisor did as
    one is left out of the rows alone: nothing else of theirs in the window means outside_window.
    """
    cut = from_us(cut_us)
    members = select(RoleGrant.account_id).where(RoleGrant.role.in_(("member", "peer_worker", "supervisor")))
    registered = set(
        uow.session.scalars(
            select(Account.id).where(
                Account.created_at < cut,
                Account.status.not_in((AccountStatus.WAITING, AccountStatus.ASKED, AccountStatus.DECLINED)),
                Account.id.in_(members),
            )
        )
    )
    eligible = registered - staff
    before = {number: [r for r in records[number] if r.at < cut] for number in eligible & set(records)}
    asked = {number for number, some in before.items() if some}
    given = {
        number: {name for record in some for name in said(record, GIVES)} for number, some in before.items()
    }
    consented = {number for number, names in given.items() if "usage" in names}
    in_force = {number for number in consented if "usage" in fold_at(records[number], uow.now)}
    linked = set(
        uow.session.scalars(
            select(func.distinct(Participant.account_id)).where(Participant.account_id.is_not(None))
        )
    )
    within = included & consented
    reasons = {
        "erased": len(consented - in_force - linked),
        "withdrawn": len((consented - in_force) & linked),
        "outside_window": len(in_force - within),
    }
    steps = [
        ("registered", len(registered)),
        ("eligible", len(eligible)),
        ("asked", len(asked)),
        ("consented", len(consented)),
        ("included", len(within)),
        ("withdrew", len(consented - in_force)),
    ]
    names = sorted({name for number in consented for name in given[number]})
    scopes = [(f"consented:{name}", sum(name in given[n] for n in consented)) for name in names]
    return (*steps, *scopes, *((f"excluded:{why}", n) for why, n in reasons.items() if n))
