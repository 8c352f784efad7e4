"""Fills an empty installation with the invented community, through the same verbs that people use.

The past eight weeks are played with a clock that is moved, so that rooms, desk, consent and measures have something
to show. Everything is written under the origin `demo`, which stamps the database for ever.
"""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import select

from peerspace.accounts import service as accounts
from peerspace.accounts.joining import check_application
from peerspace.accounts.passphrases import Passphrases
from peerspace.chat.rooms import create_room
from peerspace.chat.service import draft_message, edit_message, send_message
from peerspace.community.rules import current_number
from peerspace.config import Config
from peerspace.consent.notices import Shown
from peerspace.consent.notices import ensure_defaults as notice_in_force
from peerspace.consent.scopes import NAMES
from peerspace.consent.service import choose
from peerspace.demo import cast
from peerspace.demo.guests import DEMO, is_empty
from peerspace.demo.keeping import keep_rooms
from peerspace.demo.study import registration
from peerspace.forum.models import Post, Thread
from peerspace.forum.service import draft_post, edit_post, post_reply, start_thread
from peerspace.forum.staff import create_space
from peerspace.kernel.actor import Actor, Origin, Role
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.moderation import desk
from peerspace.moderation.decisions import decide
from peerspace.moderation.models import Item
from peerspace.moderation.reports import report
from peerspace.research.studies import decide_study, register_study

WEEKS = 8


def fill(config: Config, database: Database) -> str:
    """Fill an empty installation; returns the address (slug) of the invented study.

    Raises Conflict("demo_not_empty") when anybody has an account, Conflict("demo_production") in production.
    """
    if config.production:
        raise Conflict("demo_production")
    if not is_empty(database):
        raise Conflict("demo_not_empty")
    return _Play(config, database).run()


class _Play:
    """The eight weeks, act by act."""

    def __init__(self, config: Config, database: Database) -> None:
        self._today = database.clock.now()
        self._clock = HeldClock(self._today - timedelta(weeks=WEEKS))
        self._database = Database(
            database.engine, database.audit_log, self._clock, database.listeners, database.catalogue
        )
        self._config = config
        self._chance = random.Random(11)  # noqa: S311 a repeatable invented community, no secret
        self._hash = Passphrases().hash(cast.PASSPHRASE)
        self._people: dict[str, Actor] = {}
        self._threads: list[str] = []

    def run(self) -> str:
        self._make_people()
        self._make_places()
        for week in range(WEEKS):
            for day in range(7):
                self._play_day(week * 7 + day)
        self._clock.move(self._today - timedelta(minutes=80) - self._clock.now())
        keep_rooms(self._database)
        self._tonight()
        self._fill_desk()
        return self._study()

    def _make_people(self) -> None:
        with self._database.write(DEMO) as uow:
            for part in (*cast.STAFF, *cast.MEMBERS):
                roles = frozenset(
                    {part.role, Role.MEMBER}
                    if part.role in (Role.PEER_WORKER, Role.SUPERVISOR)
                    else {part.role}
                )
                account = accounts.add_person(
                    uow, part.name, roles, rules_number=current_number(uow), hashed=self._hash, established=True,
                    training=part.training, pay=part.pay, symbol=part.symbol, colour=part.colour,
                )  # fmt: skip
                self._people[part.name] = Actor(Origin.DEMO, account.id, account.public_id, roles)
            number = notice_in_force(uow).number
        for position, part in enumerate(cast.MEMBERS):
            if position < cast.CONSENTING:
                with self._database.write(self._people[part.name]) as uow:
                    choose(
                        uow,
                        NAMES,
                        shown=Shown(number),
                        old_enough=True,
                        min_age=self._config.research_min_age,
                    )

    def _make_places(self) -> None:
        with self._database.write(DEMO) as uow:
            for position, (slug, name, about) in enumerate(cast.SPACES):
                hold = "always" if slug == "first-steps" else "never"
                create_space(uow, slug, name, about, position=position, hold_first_posts=hold)
            for slug, name, about in cast.ROOMS:
                create_room(uow, slug, name, description=about)
        keep_rooms(self._database)

    def _member(self) -> Actor:
        """Somebody; the first ones come more often, as in any community."""
        position = int(len(cast.MEMBERS) * self._chance.random() ** 1.6)
        return self._people[cast.MEMBERS[position].name]

    def _play_day(self, day: int) -> None:
        begins = self._today - timedelta(weeks=WEEKS) + timedelta(days=day)
        self._clock.move(max(timedelta(0), begins - self._clock.now()))
        if day % 9 == 0 and len(self._threads) < len(cast.THREADS):
            self._start(*cast.THREADS[len(self._threads)])
        for _ in range(3):
            self._clock.move(timedelta(minutes=self._chance.randint(5, 200)))
            self._reply()
        if day % 2 == 0:
            self._evening(cast.ROOMS[day // 2 % 2][0], 7)

    def _start(self, space: str, title: str, body: str) -> None:
        who = self._member()
        draft = draft_post(self._database, who, body, title=title)
        with self._database.write(who) as uow:
            post = start_thread(uow, space, draft, client_id=new_client_id())
            self._threads.append(uow.session.get_one(Thread, post.stream_id).public_id)

    def _reply(self) -> None:
        who, thread = self._member(), self._chance.choice(self._threads)
        draft = draft_post(self._database, who, self._chance.choice(cast.REPLIES))
        with self._database.write(who) as uow:
            post_reply(uow, thread, draft, client_id=new_client_id())

    def _evening(self, room: str, lines: int) -> None:
        """A talk in a room: people answer one another, the peer worker among them."""
        last: str | None = None
        for number in range(lines):
            self._clock.move(timedelta(seconds=self._chance.randint(15, 200)))
            who = self._people["Demo Wren"] if number % 5 == 2 else self._member()
            answered = last if self._chance.random() < 0.6 else None
            draft = draft_message(self._database, who, self._chance.choice(cast.LINES))
            with self._database.write(who) as uow:
                said = send_message(uow, room, draft, client_id=new_client_id(), reply_to=answered)
                last = said.public_id

    def _converse(self) -> None:
        """A thread with answers to answers, one of them behind a content note, one changed afterwards."""
        posts: list[str] = []
        thread = ""
        for name, answers, words, note in cast.CONVERSATION:
            self._clock.move(timedelta(minutes=self._chance.randint(2, 6)))
            title = None if posts else cast.CONVERSATION_TITLE
            draft = draft_post(self._database, self._people[name], words, note, title=title)
            with self._database.write(self._people[name]) as uow:
                if not posts:
                    post = start_thread(uow, "nights", draft, client_id=new_client_id(), wish="listening")
                    thread = uow.session.get_one(Thread, post.stream_id).public_id
                else:
                    post = post_reply(
                        uow, thread, draft, client_id=new_client_id(),
                        reply_to="" if answers is None else posts[answers],
                    )  # fmt: skip
                posts.append(post.public_id)
        name, _, words, _ = cast.CONVERSATION[0]
        draft = draft_post(self._database, self._people[name], f"{words} Even a little.")
        with self._database.write(self._people[name]) as uow:
            edit_post(uow, posts[0], draft, version=1)

    def _tonight(self) -> None:
        self._converse()
        for slug, _, _ in cast.ROOMS[:2]:
            self._evening(slug, 8)

    def _fill_desk(self) -> None:
        """Two people wait at the door, a first post waits, one report is open and one is decided."""
        for name, words in cast.NEWCOMERS:
            self._apply(name, words)
        newcomer = self._newcomer()
        words, title = "Invented text: my first words here.", "Hello from somebody invented"
        draft = draft_post(self._database, newcomer, words, title=title)
        with self._database.write(newcomer) as uow:
            start_thread(uow, "first-steps", draft, client_id=new_client_id())
        posts = self._posts()
        self._report(cast.MEMBERS[0].name, posts[0], "harmful_advice")
        self._report(cast.MEMBERS[1].name, posts[1], "worried")
        ines = self._people["Demo Ines"]
        with self._database.read(ines) as uow:
            item = uow.session.scalars(select(Item).where(Item.priority == "serious")).one()
        with self._database.write(ines) as uow:
            desk.claim(uow, item.public_id, item.version)
        with self._database.write(ines) as uow:
            decide(
                uow, item.public_id, item.version + 1, kind="private_word",
                reason="Invented reason: please do not tell others what to take. A doctor or pharmacist can.",
                rule_ref="No advice about medicines", to_reporters="Invented answer: thank you, we talked about it.",
            )  # fmt: skip
        self._report_a_changed_message()

    def _report_a_changed_message(self) -> None:
        """A message that its author changed, and somebody reported: the desk holds what it said first as well."""
        author = self._people[cast.MEMBERS[2].name]
        slug = cast.ROOMS[0][0]
        said = [draft_message(self._database, author, words) for words in cast.CHANGED]
        with self._database.write(author) as uow:
            message = send_message(uow, slug, said[0], client_id=new_client_id()).public_id
        with self._database.write(author) as uow:
            edit_message(uow, message, said[1])
        self._report(cast.MEMBERS[0].name, message, "contact_or_money", kind="message")

    def _apply(self, name: str, words: str) -> None:
        with self._database.write(DEMO) as uow:
            application = check_application(
                pseudonym=name, passphrase=cast.PASSPHRASE, own_words=words, adult=True, agreed=True,
                rules_number=current_number(uow),
            )  # fmt: skip
            accounts.apply_to_join(uow, application, self._hash)

    def _newcomer(self) -> Actor:
        with self._database.write(DEMO) as uow:
            account = accounts.add_person(
                uow,
                "Demo First Timer",
                frozenset({Role.MEMBER}),
                rules_number=current_number(uow),
                hashed=self._hash,
            )
        return Actor(Origin.DEMO, account.id, account.public_id, frozenset({Role.MEMBER}))

    def _posts(self) -> list[str]:
        """Public ids of two replies that neither reporter wrote."""
        own = [self._people[part.name].account_id for part in cast.MEMBERS[:2]]
        with self._database.read(DEMO) as uow:
            return list(
                uow.session.scalars(
                    select(Post.public_id)
                    .where(Post.author_id.not_in(own), Post.seq > 1)
                    .order_by(Post.id.desc())
                    .limit(2)
                )
            )

    def _report(self, name: str, what: str, reason: str, *, kind: str = "post") -> None:
        with self._database.write(self._people[name]) as uow:
            report(uow, kind, what, reason=reason, words="Invented report.", client_id=new_client_id())

    def _study(self) -> str:
        with self._database.write(self._people["Demo Researcher"]) as uow:
            study = register_study(uow, registration(uow.now.date()))
        with self._database.write(self._people["Demo Panel One"]) as uow:
            decide_study(
                uow, study.slug, decision="approved", version=study.version,
                reasons="Invented reasons: the questions are ours too, and nothing in the tables points to anybody.",
            )  # fmt: skip
        return study.slug
