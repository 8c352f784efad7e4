"""What a release says about the people who keep the place: how many, and how long rooms were kept. Never when or who.

It is worked out from the dated grants of roles and from duty, for blocks of 28 days. Where few people do this work a
date or a sum is one person's: a fellow member knows who it was. So a number of people under ten is told as `under_10`,
others are rounded to five, and hours are told only where ten people and more kept rooms and nobody's share could be
worked out by another of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import func, or_, select

from peerspace.accounts.models import RoleGrant
from peerspace.duty.models import Duty
from peerspace.kernel.clock import from_us, to_us
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.package.inputs import TimelineEntry

BLOCK_US = 28 * 86_400 * 1_000_000
FEW = 10
"""Fewer people than this are never counted, and their hours never told."""
STEP = 5
P_PERCENT = 10
"""How close, in per cent, the second largest contributor to a sum may come to the largest one's share."""
ROLES = {"peer_worker": "peer_workers", "supervisor": "supervisors"}
HOUR_US = 3_600_000_000

Span = tuple[int, int]


def staffing(uow: UnitOfWork, window_from_us: int, cut_us: int) -> Iterator[TimelineEntry]:
    """The lines of a timeline over [window_from_us, cut_us): one for each block and each thing told."""
    kept = _duty(uow, window_from_us, cut_us)
    for begins in range(window_from_us, cut_us, BLOCK_US):
        ends = min(begins + BLOCK_US, cut_us)
        on = from_us(begins).date()
        for role, name in ROLES.items():
            yield TimelineEntry(on, "staffing", f"{name}={_told(_held(uow, role, begins, ends))}")
        within = {who: _within(spans, begins, ends) for who, spans in kept.items()}
        hours = {who: sum(high - low for low, high in spans) for who, spans in within.items() if spans}
        if may_tell(hours.values()):
            together = sum(
                high - low for low, high in merged(span for spans in within.values() for span in spans)
            )
            yield TimelineEntry(on, "staffing", f"duty_hours={_rounded(sum(hours.values()) / HOUR_US)}")
            yield TimelineEntry(on, "opening_hours", f"rooms:hours={_rounded(together / HOUR_US)}")
        else:
            yield TimelineEntry(on, "opening_hours", "rooms:too_few_workers")


def may_tell(shares: Iterable[int]) -> bool:
    """Whether a sum over people may be told: ten of them, and the second largest cannot come near the largest's share.

    The p%-rule: what the others bring must be at least p% of the largest share.
    """
    largest = sorted(shares, reverse=True)
    return len(largest) >= FEW and sum(largest[2:]) * 100 >= P_PERCENT * largest[0]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Stretches of time joined where they touch or overlap, in order."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        elif begins < ends:
            found.append((begins, ends))
    return found


def _held(uow: UnitOfWork, role: str, begins: int, ends: int) -> int:
    """How many people held a role at any time of a block."""
    return (
        uow.session.scalar(
            select(func.count(func.distinct(RoleGrant.account_id))).where(
                RoleGrant.role == role,
                RoleGrant.granted_at < from_us(ends),
                or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at > from_us(begins)),
            )
        )
        or 0
    )


def _duty(uow: UnitOfWork, begins: int, ends: int) -> dict[int, list[Span]]:
    """Of each person, when they were on duty in any room; two rooms at once are once."""
    rows = select(Duty.account_id, Duty.from_at, Duty.to_at).where(
        Duty.stream_id.is_not(None),
        Duty.from_at < from_us(ends),
        or_(Duty.to_at.is_(None), Duty.to_at > from_us(begins)),
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for account_id, from_at, to_at in uow.session.execute(rows):
        found[account_id].append((to_us(from_at), to_us(to_at) if to_at else ends))
    return {who: merged(spans) for who, spans in found.items()}


def _within(spans: Iterable[Span], begins: int, ends: int) -> list[Span]:
    cut = ((max(low, begins), min(high, ends)) for low, high in spans)
    return [(low, high) for low, high in cut if low < high]


def _told(people: int) -> str:
    return "under_10" if people < FEW else str(_rounded(people))


def _rounded(number: float) -> int:
    return STEP * round(number / STEP)
