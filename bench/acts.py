"""Choices, words, reports and decisions at once, under kill -9: afterwards the database holds each act once.

Members say yes to research and no again while they write; another reports what they wrote; a supervisor decides. Each
sends the same form again until it is answered, as a person does, so each knows what they did. The checks compare that
with what is stored, and what was counted with what stood when it was written.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent.event import Event

from bench.checks import Report
from bench.corpus import Corpus
from bench.installation import START_S, Installation
from bench.play import Player
from bench.room_socket import RoomSocket
from bench.visitor import Form, Visitor

CHOOSERS = tuple(f"Bench chooser {number}" for number in ("one", "two", "three", "four"))
REPORTER = "Bench reader"
MEMBERS = (*CHOOSERS, REPORTER)
SUPERVISOR = "Bench guide"
TAKEN = ("no_action", "warn", "hide")
"""What the supervisor decides, by turns."""
YES, NO = "given", "withdrawn"
SCOPES = ("usage", "interactions")
WAIT_S = 240.0
"""Longest for all of it, beside the times in which the server starts again."""


@dataclass
class Done:
    """What each person knows to have done."""

    choices: dict[str, list[str]] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    """How often each had everything erased."""
    posts: Counter[str] = field(default_factory=Counter)
    messages: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    reports: int = 0
    decisions: dict[str, str] = field(default_factory=dict)
    """The item's public id: what was decided."""
    crashes: int = 0


class Acts:
    """Plays them on the installation of a `player` whose people have signed in, MEMBERS among them."""

    def __init__(self, player: Player, rounds: int, crashes: int) -> None:
        self.player, self.rounds, self.crashes = player, rounds, crashes
        self.done = Done()
        self._visitors = player.crowd.visitors
        self._room = player.corpus.rooms[0]
        self._thread = next(iter(player.played.threads.values()))
        self._written = Event()
        """Set once the choosers have written everything."""

    def play(self) -> Done:
        """Everybody at once, with kills at random moments (the same for the same number of kills)."""
        choosing = [gevent.spawn(self._choose, name) for name in CHOOSERS]
        desk = [gevent.spawn(self._report), gevent.spawn(self._decide)]
        killing = gevent.spawn(self._kill, random.Random(self.crashes))
        wait_s = WAIT_S + self.crashes * START_S
        gevent.joinall(choosing, timeout=wait_s, raise_error=True)
        self._written.set()
        gevent.joinall([killing, *desk], timeout=wait_s, raise_error=True)
        unfinished = [one for one in (*choosing, *desk, killing) if not one.ready()]
        assert not unfinished, f"not at an end after {wait_s:.0f} s: {unfinished}"
        return self.done

    def _kill(self, moments: random.Random) -> None:
        for _ in range(self.crashes):
            if self._written.wait(moments.uniform(0.3, 3.0)):
                return
            self.player.crash("acts")
            self.done.crashes += 1

    # --- Members ---------------------------------------------------------------------------------------------------

    def _choose(self, name: str) -> None:
        """Yes, words, no, words; every third time everything counted is erased too."""
        visitor = self._visitors[name]
        socket = RoomSocket(visitor, name, self._room, self.player.up)
        self.done.choices[name], self.done.messages[name], self.done.erased[name] = [], [], 0
        self.player.insist(lambda: visitor.get("/my/consent"))
        socket.open()
        for number in range(self.rounds):
            self._say_yes(visitor)
            self._write(visitor, socket, f"{name} under a yes, {number}")
            self._say_no(visitor)
            self._write(visitor, socket, f"{name} without one, {number}")
            if number % 3 == 2:
                self._erase(visitor)
        self._say_yes(visitor)
        self._write(visitor, socket, f"{name} at the end")
        socket.close()

    def _say_yes(self, visitor: Visitor) -> None:
        form = self._form(visitor, "/my/consent", "/my/consent")
        ticks: dict[str, str | list[str]] = dict.fromkeys((*SCOPES, "age"), "yes")
        self._send(visitor, form, ticks)
        self.done.choices[visitor.name].append(YES)

    def _say_no(self, visitor: Visitor) -> None:
        self._send(visitor, self._form(visitor, "/my/consent", "/my/consent/stop"), {})
        self.done.choices[visitor.name].append(NO)

    def _erase(self, visitor: Visitor) -> None:
        self._send(visitor, self._form(visitor, "/my/consent/erase", "/my/consent/erase"), {"sure": "yes"})
        self.done.erased[visitor.name] += 1

    def _write(self, visitor: Visitor, socket: RoomSocket, words: str) -> None:
        self.player.insist(lambda: visitor.get(self._thread))
        self._send(visitor, visitor.form_with("body", "client_id"), {"body": words})
        assert "/threads/" in visitor.url, f"a post led to {visitor.url}"
        self.done.posts[visitor.name] += 1
        answer = socket.say(str(uuid.uuid4()), words)
        assert answer["state"] == "published", answer
        self.done.messages[visitor.name].append((answer["id"], answer["seq"]))

    # --- The desk --------------------------------------------------------------------------------------------------

    def _report(self) -> None:
        """Every post of a chooser once."""
        visitor = self._visitors[REPORTER]
        told: set[str] = set()
        while True:
            last_turn = self._written.is_set()
            for public_id in self._posts():
                if public_id not in told:
                    path = f"/report/post/{public_id}"
                    self.player.insist(lambda path=path: visitor.get(path))  # type: ignore[misc]
                    self._send(visitor, visitor.form_with("reason", "client_id"), {"reason": "spam"})
                    told.add(public_id)
            self.done.reports = len(told)
            if last_turn:
                return
            gevent.sleep(0.1)

    def _decide(self) -> None:
        """Every item once, as soon as it is there."""
        visitor = self._visitors[SUPERVISOR]
        while not self._written.is_set() or len(self.done.decisions) < sum(self.done.posts.values()):
            for row in self._rows("SELECT public_id FROM item WHERE kind = 'report' ORDER BY id"):
                if row.public_id not in self.done.decisions:
                    self._settle(visitor, row.public_id)
            gevent.sleep(0.1)

    def _settle(self, visitor: Visitor, item: str) -> None:
        """Claim and decide. Where no answer came, the page is looked at again: it shows how the item stands."""
        path = f"/desk/items/{item}"
        kind = TAKEN[len(self.done.decisions) % len(TAKEN)]

        def try_once() -> None:
            visitor.get(path)
            claiming = [form for form in visitor.forms if form.action.endswith(f"{path}/claim")]
            if claiming:
                visitor.send(claiming[0], {})
            deciding = [form for form in visitor.forms if form.action.endswith(f"{path}/decide")]
            if deciding:
                visitor.send(deciding[0], {"kind": kind, "reason": "A decision of the bench."})

        self.player.insist(try_once)
        self.done.decisions[item] = kind

    # --- Help ------------------------------------------------------------------------------------------------------

    def _form(self, visitor: Visitor, page: str, action: str) -> Form:
        self.player.insist(lambda: visitor.get(page))
        return next(form for form in visitor.forms if form.action.split("?")[0].endswith(action))

    def _send(self, visitor: Visitor, form: Form, values: dict[str, str | list[str]]) -> None:
        """The same form, once more where the server went away meanwhile."""
        address, data = visitor.filled(form, values)
        self.player.insist(lambda: visitor.post(address, data))

    def _posts(self) -> list[str]:
        return [row.public_id for row in self._rows(_POSTS) if row.pseudonym in CHOOSERS]

    def _rows(self, sql: str) -> list[Any]:
        return self.player.installation.rows(sql)


_POSTS = (
    "SELECT p.public_id, p.client_id, p.state, p.created_at, a.pseudonym FROM contribution p"
    " JOIN account a ON a.id = p.author_id WHERE p.kind = 'thread' ORDER BY p.id"
)
_MESSAGES = (
    "SELECT m.public_id, m.seq, m.client_id, m.created_at, a.pseudonym FROM contribution m"
    " JOIN account a ON a.id = m.author_id WHERE m.kind = 'room' ORDER BY m.id"
)
_CHOICES = (
    "SELECT a.pseudonym, r.at, r.answers FROM consent_record r JOIN account a ON a.id = r.account_id"
    " ORDER BY r.id"
)
_COUNTED = (
    "SELECT e.at_us, e.kind, p.id, a.pseudonym FROM usage_event e JOIN participant p ON p.id = e.participant_id"
    " LEFT JOIN account a ON a.id = p.account_id WHERE e.kind IN ('post_written', 'message_written')"
)


def check_acts(report: Report, corpus: Corpus, installation: Installation, done: Done) -> None:
    """What is stored is what was done, once each; what was counted is what a yes covered; the audit chain holds."""
    report.note(f"{done.crashes} times kill -9 while people chose, wrote, reported and decided")
    _check_words(report, corpus, installation, done)
    _check_desk(report, installation, done)
    _check_choices(report, installation, done)
    _check_counted(report, installation, done)
    verified = json.loads(installation.command("audit", "verify", "--json"))
    report.check("audit chain: anything wrong", "[]", str(verified["faults"]))


def _check_words(report: Report, corpus: Corpus, installation: Installation, done: Done) -> None:
    posts = [row for row in installation.rows(_POSTS) if row.pseudonym in CHOOSERS]
    report.check("acts: posts stored", sum(done.posts.values()), len(posts))
    report.check("acts: posts doubled", 0, len(posts) - len({row.client_id for row in posts}))
    messages = [row for row in installation.rows(_MESSAGES) if row.pseudonym in CHOOSERS]
    known = {one for said in done.messages.values() for one in said}
    report.check("acts: messages stored", len(known), len(messages))
    report.check("acts: acknowledged messages lost", 0, len(known - {(m.public_id, m.seq) for m in messages}))
    numbers = [row.seq for row in messages]
    first = len(corpus.of_room(corpus.rooms[0])) + 1
    report.check("acts: numbers left out", 0, len(set(range(first, first + len(numbers))) ^ set(numbers)))


def _check_desk(report: Report, installation: Installation, done: Done) -> None:
    ((told, items),) = installation.rows(
        "SELECT count(*) AS told, count(DISTINCT r.item_id) AS items FROM report r JOIN item i ON i.id = r.item_id"
        " WHERE i.kind = 'report'"
    )
    report.check("acts: reports stored", done.reports, told)
    decided = installation.rows(
        "SELECT i.public_id, d.public_id AS decision, d.kind, i.state, p.state AS post FROM decision d"
        " JOIN item i ON i.id = d.item_id JOIN contribution p ON p.id = i.target_id WHERE i.target_kind = 'post'"
    )
    report.check("acts: decisions, one an item", items, len(decided))
    report.check(
        "acts: acknowledged decisions lost or changed",
        0,
        len(set(done.decisions.items()) - {(row.public_id, row.kind) for row in decided}),
    )
    half = [
        row for row in decided if row.state != "decided" or (row.kind == "hide") != (row.post == "hidden")
    ]
    report.check("acts: decisions carried out by half", 0, len(half))
    audited = installation.rows("SELECT subject_id FROM audit_entry WHERE action = 'decision_taken'")
    differ = Counter(row.subject_id for row in audited) - Counter(row.decision for row in decided)
    report.check("acts: decisions audited twice or without one", 0, differ.total())
    report.check("acts: decisions audited", len(decided), len(audited))
    noticed = installation.rows("SELECT ref_id FROM notice WHERE kind = 'decision_about_you'")
    wanted = Counter(row.decision for row in decided if row.kind != "no_action")
    report.check("acts: people told of a decision, once each", "all", *_same(wanted, noticed))


def _same(wanted: Counter[str], noticed: list[Any]) -> tuple[str, str]:
    found = Counter(row.ref_id for row in noticed)
    return (
        ("all", "")
        if found == wanted
        else ("not all", f"{wanted - found} missing, {found - wanted} too many")
    )


def _check_choices(report: Report, installation: Installation, done: Done) -> None:
    stored: dict[str, list[str]] = {name: [] for name in CHOOSERS}
    backwards, last = 0, dict.fromkeys(CHOOSERS, 0)
    for name, at, said in _choices(installation):
        stored[name].append(said)
        backwards += at <= last[name]
        last[name] = at
    differ = [f"{name}: {done.choices[name]}, found {stored[name]}" for name in CHOOSERS
              if done.choices[name] != stored[name]]  # fmt: skip
    report.check("acts: choices as made, once each", 0, len(differ), "; ".join(differ))
    report.check("acts: choices dated before an earlier one", 0, backwards)


def _check_counted(report: Report, installation: Installation, done: Done) -> None:
    """An independent count: what each wrote while their newest choice was a yes, since they last erased everything."""
    acts: dict[str, list[int]] = {name: [] for name in CHOOSERS}
    for row in (*installation.rows(_POSTS), *installation.rows(_MESSAGES)):
        if row.pseudonym in CHOOSERS:
            acts[row.pseudonym].append(_us(row.created_at))
    yes: dict[str, list[tuple[int, int]]] = {name: [] for name in CHOOSERS}
    opened: dict[str, int] = {}
    withdrawals = Counter[str]()
    for name, at, said in _choices(installation):
        if said == YES:
            opened[name] = at
            continue
        yes[name].append((opened.pop(name), at))
        withdrawals[name] += 1
        if withdrawals[name] % 3 == 0:  # and then everything was erased
            yes[name].clear()
    for name, at in opened.items():
        yes[name].append((at, 2**62))
    wanted = Counter(
        (name, at) for name in CHOOSERS for at in acts[name] if any(a <= at < b for a, b in yes[name])
    )
    rows = installation.rows(_COUNTED)
    found = Counter((row.pseudonym, row.at_us) for row in rows if row.pseudonym in CHOOSERS)
    too_many = sorted((found - wanted).items())
    too_few = sorted((wanted - found).items())
    report.check(f"acts: of {wanted.total()} covered by a yes not counted", 0, len(too_few), str(too_few[:5]))
    report.check("acts: counted without a yes, or after a no", 0, len(too_many), str(too_many[:5]))
    report.check("acts: rows that an erasure left", 0, sum(row.pseudonym is None for row in rows))
    report.note(
        f"{sum(done.erased.values())} times everything was erased, {wanted.total()} acts covered by a yes"
    )


def _choices(installation: Installation) -> list[tuple[str, int, str]]:
    """(person, moment, what was said of being counted), in the order of the records."""
    found = []
    for row in installation.rows(_CHOICES):
        answers = json.loads(row.answers) if isinstance(row.answers, str) else row.answers
        if row.pseudonym in CHOOSERS and "usage" in answers:
            found.append((row.pseudonym, _us(row.at), answers["usage"]))
    return found


def _us(at: Any) -> int:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
