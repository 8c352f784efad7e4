"""Who took part when, as a build is told: times of restriction, and why a stretch ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peerspace.accounts.models import Account, RoleGrant
from peerspace.consent import service as consent
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import to_us
from peerspace.kernel.ids import new_client_id
from peerspace.moderation import desk
from peerspace.moderation.decisions import decide
from peerspace.moderation.models import Item
from peerspace.moderation.reports import report
from peerspace.research.participants import consent_basis
from tests.research.community import Community

JOB = installation(Origin.JOB)
DAY = 86_400_000_000


def days_of(community: Community, from_us: int, cut_us: int) -> list[tuple[int, int, str]]:
    """Of everybody who takes part: from and to which day of the window, and why it ended."""
    with community.database.read(JOB) as uow:
        pieces = consent_basis(uow, from_us, cut_us).enrolments
    return sorted(((p.from_us - from_us) // DAY, (p.to_us - from_us) // DAY, p.end_reason) for p in pieces)


def apart(community: Community, actor: Actor, days: int) -> None:
    """From now on, for some days, what somebody does does not count: they supervise."""
    with community.database.write(JOB) as uow:
        uow.session.add(
            RoleGrant(
                account_id=actor.require_account(),
                role=Role.SUPERVISOR,
                granted_at=uow.now,
                ended_at=uow.now + timedelta(days=days),
            )
        )


@pytest.mark.parametrize("scopes_change", [False, True])
def test_a_stretch_goes_on_after_a_time_apart(community: Community, *, scopes_change: bool) -> None:
    """Also where a scope is taken back meanwhile: taking part was not."""
    wren, begins = community.member("wren"), to_us(community.clock.now())
    community.clock.move(timedelta(days=10))
    apart(community, wren, 7)
    community.clock.move(timedelta(days=3))
    if scopes_change:
        with community.database.write(wren) as uow:
            consent.withdraw(uow, ("time",))
    assert days_of(community, begins, begins + 40 * DAY) == [(0, 10, "restricted"), (17, 40, "cut")]


def test_a_stretch_that_ends_while_apart_ends_for_its_own_reason(community: Community) -> None:
    """Who takes consent back in that time is not followed past it, though they say yes again later."""
    wren, begins = community.member("wren"), to_us(community.clock.now())
    community.clock.move(timedelta(days=10))
    apart(community, wren, 7)
    community.clock.move(timedelta(days=3))
    with community.database.write(wren) as uow:
        consent.stop(uow)
    community.clock.move(timedelta(days=10))
    community.consent(wren)
    assert days_of(community, begins, begins + 40 * DAY) == [(0, 10, "stopped"), (23, 40, "cut")]
    assert days_of(community, begins, begins + 12 * DAY)[0] == (0, 10, "restricted")


def made_read_only(community: Community, post: Post, days: int) -> None:
    """A supervisor decides, over a post, that its author may only read for some days."""
    with community.database.write(community.keeper) as uow:
        made = report(uow, "post", post.public_id, reason="harassment", client_id=new_client_id())
        ref = uow.session.get_one(Item, made.item_id).public_id
    with community.database.write(community.keeper) as uow:
        desk.claim(uow, ref, 1)
    with community.database.write(community.keeper) as uow:
        decide(uow, ref, 2, kind="read_only", reason="It hurts.", days=str(days))


def test_the_longer_of_two_restrictions_holds_as_it_does_for_the_member(community: Community) -> None:
    wren, begins = community.member("wren"), to_us(community.clock.now())
    posts = [community.thread(wren) for _ in range(2)]
    community.clock.move(timedelta(days=10))
    made_read_only(community, posts[0], 14)
    community.clock.move(timedelta(days=3))
    made_read_only(community, posts[1], 1)
    with community.database.read(wren) as uow:
        until = uow.session.get_one(Account, wren.require_account()).read_only_until
    assert until is not None
    assert (to_us(until) - begins) // DAY == 24
    assert days_of(community, begins, begins + 40 * DAY) == [(0, 10, "restricted"), (24, 40, "cut")]
