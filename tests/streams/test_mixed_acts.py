"""Everything at once: people write, edit, report and change their minds while supervisors decide. Nothing deadlocks."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from peerspace.accounts.account_status import suspend, unsuspend
from peerspace.chat import service as chat
from peerspace.chat.models import Message
from peerspace.community.settings import set_setting
from peerspace.consent import service as consent
from peerspace.consent.notices import Shown
from peerspace.consent.scopes import NAMES
from peerspace.forum import service as forum
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.errors import PeerSpaceError, Unavailable
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation import desk
from peerspace.moderation.decisions import choices_for, decide
from peerspace.moderation.models import Item
from peerspace.moderation.reports import report
from peerspace.research.models import CaptureGap
from peerspace.streams.models import Contribution
from tests import saying
from tests.evening import Evening
from tests.people import People

WORKERS = 8
PATIENCE_S = 600


class Acts:
    """Acts at random, each in a unit of work of its own. Refusals are part of life; an unavailable database is not."""

    def __init__(self, evening: Evening, members: list[Actor], seed: int) -> None:
        self.evening, self.members = evening, members
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.broken: list[str] = []

    def run(self, count: int) -> None:
        ways: list[Callable[[], None]] = [
            self.send, self.send, self.reply, self.edit, self.edit, self.remove, self.react, self.tell, self.choose,
            self.decide, self.decide, self.decide, self.pause_somebody,
        ]  # fmt: skip
        for _ in range(count):
            way = self.chance.choice(ways)
            try:
                way()
                self.done[way.__name__] += 1
            except Unavailable as error:
                self.broken.append(f"{way.__name__}: {error} from {error.__cause__}"[:300])
            except PeerSpaceError:
                self.done[f"{way.__name__} refused"] += 1
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is told below
                self.broken.append(f"{way.__name__}: {error!r}"[:300])

    def send(self) -> None:
        with self._as(self._member()) as uow:
            saying.send_message(uow, self.evening.room.slug, self._words(), client_id=new_client_id())

    def reply(self) -> None:
        with self._as(self._member()) as uow:
            saying.post_reply(uow, self.evening.thread, self._words(), client_id=new_client_id())

    def edit(self) -> None:
        author, written = self._own()
        with self._as(author) as uow:
            if isinstance(written, Message):
                saying.edit_message(uow, written.public_id, self._words())
            else:
                saying.edit_post(uow, written.public_id, self._words(), version=written.version)

    def remove(self) -> None:
        author, written = self._own()
        with self._as(author) as uow:
            verb = chat.remove_message if isinstance(written, Message) else forum.remove_post
            verb(uow, written.public_id)

    def react(self) -> None:
        _, written = self._own()
        with self._as(self._member()) as uow:
            chat.react(uow, written.public_id, "with_you", on=self.chance.random() < 0.7)

    def tell(self) -> None:
        _, written = self._own()
        kind = "message" if isinstance(written, Message) else "post"
        reason = self.chance.choice(["harassment", "worried"])
        with self._as(self._member()) as uow:
            report(uow, kind, written.public_id, reason=reason, client_id=new_client_id())

    def choose(self) -> None:
        """Consent as it is chosen, taken back, and erased."""
        verb = self.chance.choice([self._give, self._give, consent.stop, consent.stop_and_erase])
        with self._as(self._member()) as uow:
            verb(uow)

    def decide(self) -> None:
        by = self.chance.choice([self.evening.ines, self.evening.tomasz])
        with self.evening.database.read(by) as uow:
            waiting = select(Item).where(Item.open_key.is_not(None), Item.kind != "worried")
            items = list(uow.session.scalars(waiting.order_by(Item.id.desc()).limit(20)))
            if not items:
                return
            item = self.chance.choice(items)
            # What keeps people out for long would leave nobody to act; a suspension is lifted at once.
            ends = {"end_membership", "read_only", "lock", "hide_and_lock"}
            kind = self.chance.choice([one.kind for one in choices_for(uow, item) if one.kind not in ends])
        with self._as(by) as uow:
            desk.claim(uow, item.public_id, item.version)
        with self._as(by) as uow:
            decide(uow, item.public_id, item.version + 1, kind=kind, reason="A reason.", days="1")
        if kind == "suspend":
            with self._as(self.evening.tomasz) as uow:
                unsuspend(uow, item.member_id)

    def pause_somebody(self) -> None:
        who = self._member().require_account()
        with self._as(self.evening.tomasz) as uow:
            suspend(uow, who)
        with self._as(self.evening.tomasz) as uow:
            unsuspend(uow, who)

    def _give(self, uow: UnitOfWork) -> None:
        consent.choose(uow, list(NAMES), shown=Shown(1), old_enough=True)

    def _as(self, actor: Actor):
        return self.evening.database.write(actor)

    def _member(self) -> Actor:
        return self.chance.choice(self.members)

    def _words(self) -> str:
        return self.chance.choice(
            ["good evening", "a nightshade", "i want to die", f"{self.chance.random()}"]
        )

    def _own(self) -> tuple[Actor, Contribution]:
        author = self._member()
        with self.evening.database.read(author) as uow:
            mine = select(Contribution).where(Contribution.author_id == author.account_id)
            found = list(uow.session.scalars(mine.order_by(Contribution.id.desc()).limit(5)))
        if not found:
            self.send()
            return self._own()
        return author, self.chance.choice(found)


def mixed(evening: Evening, people: People, count: int) -> Counter[str]:
    """So many acts by eight workers over a handful of people, so that they meet again and again."""
    with evening.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", ["nightshade"])
    members = [evening.ash, evening.marigold, *(people.add() for _ in range(4))]
    for one in members:
        with evening.database.write(one) as uow:
            consent.choose(uow, list(NAMES), shown=Shown(1), old_enough=True)
    workers = [Acts(evening, members, seed) for seed in range(WORKERS)]
    threads = [threading.Thread(target=one.run, args=(count // WORKERS,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads)
    assert [line for one in workers for line in one.broken] == []
    with evening.database.read(evening.ines) as uow:
        places = uow.session.execute(
            select(Contribution.stream_id, Contribution.seq).where(Contribution.seq.is_not(None))
        ).all()
        assert len(places) == len(set(places))
        assert uow.session.scalars(select(CaptureGap.error)).all() == []
        assert uow.session.scalars(select(Post)).all()
    return sum((one.done for one in workers), Counter())


@pytest.mark.invariant(11)
def test_acts_that_meet_do_not_wait_for_one_another_for_ever(evening: Evening, people: People) -> None:
    done = mixed(evening, people, 160)
    assert done["decide"] > 0
    assert done["edit"] > 0


@pytest.mark.slow
@pytest.mark.invariant(11)
def test_ten_thousand_mixed_acts_without_a_deadlock(evening: Evening, people: People) -> None:
    done = mixed(evening, people, 10_000)
    print(dict(sorted(done.items())))  # noqa: T201 -- the figures
    assert done["decide"] > 100
    assert done["edit"] > 300
    assert done["send"] + done["reply"] > 500
