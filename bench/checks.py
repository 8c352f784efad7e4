"""The replay's checks of what was stored, delivered and captured. Each is one line of a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.corpus import Corpus, consents
from bench.expected import Captured, captured_rows
from bench.installation import Installation
from bench.play import Played
from bench.room_socket import RoomSocket

KINDS = ("thread_started", "post_written", "message_written", "reply_received")
_SHOWN = 5


@dataclass
class Report:
    """Checks with what was wanted and what was found."""

    lines: list[tuple[bool, str, str, str]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)

    def check(self, what: str, wanted: Any, found: Any, detail: str = "") -> None:
        """One line: right if `wanted` equals `found`."""
        right = wanted == found
        self.lines.append((right, what, str(wanted), str(found)))
        if not right and detail:
            self.details.append(f"{what}: {detail}")

    def note(self, words: str) -> None:
        """Something a reader should know that is neither right nor wrong."""
        self.details.append(words)

    @property
    def right(self) -> bool:
        return bool(self.lines) and all(line[0] for line in self.lines)

    def print(self) -> None:
        """The table, and what was wrong in detail."""
        width = max(len(line[1]) for line in self.lines)
        print(f"\n{'check':<{width}}  {'wanted':>12}  {'found':>12}")
        for right, what, wanted, found in self.lines:
            print(f"{what:<{width}}  {wanted:>12}  {found:>12}{'' if right else '   DIFFERS'}")
        for detail in self.details:
            print(f"  {detail}")


def check_stored(report: Report, corpus: Corpus, installation: Installation, played: Played) -> None:
    """Posts and messages stored are those sent, in order, none doubled, none missing."""
    rows = installation.rows(
        "SELECT s.slug, t.title, t.public_id, p.seq, a.pseudonym, p.body, p.state, p.client_id, p.reply_to_id"
        " FROM contribution p JOIN thread t ON t.id = p.stream_id JOIN space s ON s.id = t.space_id"
        " JOIN account a ON a.id = p.author_id ORDER BY p.id"
    )
    report.check("posts stored", len(corpus.posts), len(rows))
    report.check("posts acknowledged", len(corpus.posts), len(played.acked_posts))
    found = [(row.slug, row.title, row.seq, row.pseudonym, row.body) for row in rows]
    report.check("posts as sent, in order", "all", *_same(_posts(corpus), found))
    report.check("posts published", len(corpus.posts), sum(row.state == "published" for row in rows))
    report.check("posts doubled", 0, len(rows) - len({(row.pseudonym, row.client_id) for row in rows}))
    threads = {(row.public_id, row.title) for row in rows}
    report.check("threads", len(corpus.titles), len(threads))

    rows = installation.rows(
        "SELECT r.slug, m.seq, m.public_id, a.pseudonym, m.body, m.state, m.client_id, q.public_id AS answers"
        " FROM contribution m JOIN room r ON r.id = m.stream_id JOIN account a ON a.id = m.author_id"
        " LEFT JOIN contribution q ON q.id = m.reply_to_id ORDER BY r.slug, m.seq"
    )
    report.check("messages stored", len(corpus.messages), len(rows))
    report.check("messages acknowledged", len(corpus.messages), len(played.acked))
    wanted = []
    for room in corpus.rooms:
        for seq, message in enumerate(corpus.of_room(room), 1):
            answers = played.acked[message.reply_to][0] if message.reply_to else None
            wanted.append((room, seq, message.author, message.text, answers))
    kept = [(row.slug, row.seq, row.pseudonym, row.body, row.answers) for row in rows]
    report.check("messages as sent, in order, answers kept", "all", *_same(wanted, kept))
    report.check("messages doubled", 0, len(rows) - len({(row.pseudonym, row.client_id) for row in rows}))
    there = {(row.public_id, row.seq) for row in rows}
    report.check("acknowledged messages lost", 0, len(set(played.acked.values()) - there))


def _posts(corpus: Corpus) -> list[tuple[Any, ...]]:
    places: Counter[int] = Counter()
    where: dict[int, tuple[str | None, str | None]] = {}
    wanted = []
    for post in corpus.posts:
        if post.title is not None:
            where[post.thread] = (post.space, post.title)
        places[post.thread] += 1
        wanted.append((*where[post.thread], places[post.thread], post.author, post.text))
    return wanted


def _same(wanted: list[Any], found: list[Any]) -> tuple[str, str]:
    """`all` if they are equal, else how many rows differ; with the first of them."""
    if wanted == found:
        return "all", ""
    differ = [n for n in range(max(len(wanted), len(found))) if wanted[n : n + 1] != found[n : n + 1]]
    first = slice(differ[0], differ[0] + 1)
    return f"{len(differ)} not", f"row {differ[0] + 1}: wanted {wanted[first]}, found {found[first]}"


def check_delivered(report: Report, corpus: Corpus, played: Played, least: int) -> None:
    """Every listener got every message once: by broadcast on an unbroken connection, with catching up after a crash."""
    wrong: dict[str, list[str]] = {name: [] for name in ("twice", "order", "missing", "strange")}
    ids = {
        room: {(seq, public_id) for public_id, seq in (played.acked[m.id] for m in corpus.of_room(room))}
        for room in corpus.rooms
    }
    broadcasts = 0
    for socket in played.sockets:
        who = f"{socket.name} in {socket.room}"
        got: set[tuple[int, str]] = set()
        for connection in socket.connections:
            broadcasts += len(connection.broadcast)
            if len(set(connection.broadcast)) < len(connection.broadcast):
                wrong["twice"].append(who)
            if connection.broadcast != sorted(connection.broadcast):
                wrong["order"].append(who)
            got.update(connection.broadcast, connection.caught_up)
        if ids[socket.room] - got:
            wrong["missing"].append(f"{who} ({len(ids[socket.room] - got)})")
        if got - ids[socket.room]:
            wrong["strange"].append(who)
    rooms = Counter(socket.room for socket in played.sockets)
    crowded = sum(n >= least for n in rooms.values())
    report.check(f"rooms with {least} sockets at once", len(corpus.rooms), crowded)
    for name, sentence in (
        ("twice", "sockets told of a message twice"),
        ("order", "sockets told out of order"),
        ("missing", "sockets that miss a message"),
        ("strange", "sockets told of what was not sent"),
    ):
        report.check(sentence, 0, len(wrong[name]), ", ".join(wrong[name][:_SHOWN]))
    if not played.kills:
        wanted = sum(len(corpus.of_room(socket.room)) for socket in played.sockets)
        report.check("broadcasts received", wanted, broadcasts)
        report.check("sockets told by the pulse that they miss something", 0, _pulses(played.sockets))
        report.check("requests that the server put off", 0, sum(socket.later for socket in played.sockets))
    report.note(
        f"{len(played.sockets)} sockets, {broadcasts} broadcasts; "
        f"{sum(len(s.connections) - 1 for s in played.sockets)} connections made again, "
        f"{sum(s.sent_again for s in played.sockets)} messages and {played.posts_sent_again} posts sent again, "
        f"{sum(socket.later for socket in played.sockets)} requests put off by the server, "
        f"{_pulses(played.sockets)} pulses told of something missing"
    )


def _pulses(sockets: list[RoomSocket]) -> int:
    return sum(socket.pulses_behind for socket in sockets)


def check_captured(report: Report, corpus: Corpus, installation: Installation) -> None:
    """Rows of those who consent are the conversations' counts; of nobody else there is any."""
    people = {row.id: row.pseudonym for row in installation.rows(
        "SELECT p.id, a.pseudonym FROM participant p JOIN account a ON a.id = p.account_id"
    )}  # fmt: skip
    takers = sorted(person for person in corpus.people if consents(person))
    report.check("people under consent", len(takers), len(people))
    report.check("of them with an even number", len(takers), sum(name in takers for name in people.values()))
    rows = installation.rows(
        "SELECT participant_id, kind, modality, other_class, other_participant, count(*) AS n FROM usage_event"
        " GROUP BY participant_id, kind, modality, other_class, other_participant"
    )
    strangers = sum(row.n for row in rows if people.get(row.participant_id) not in takers)
    report.check("captured rows of anybody else", 0, strangers)
    named = {row.other_participant for row in rows if row.other_participant}
    report.check("others named who do not take part", 0, sum(people.get(one) not in takers for one in named))
    found: Counter[Captured] = Counter()
    for row in rows:
        if row.kind in KINDS:
            other = people.get(row.other_participant, row.other_participant)
            who = people.get(row.participant_id, "somebody else")
            found[Captured(who, row.kind, row.modality, row.other_class, other)] += row.n
    wanted = captured_rows(corpus)
    for label, kinds in (
        ("forum: threads and posts captured", ("thread_started", "post_written")),
        ("rooms: messages captured", ("message_written",)),
        ("replies received captured", ("reply_received",)),
    ):
        mine, theirs = ({row: n for row, n in rows.items() if row.kind in kinds} for rows in (wanted, found))
        report.check(label, sum(mine.values()), sum(theirs.values()))
        differ = {row for row in {*mine, *theirs} if mine.get(row) != theirs.get(row)}
        examples = [f"{tuple(row)}: {mine.get(row, 0)}, found {theirs.get(row, 0)}" for row in sorted(differ)]
        told = "; ".join(examples[:_SHOWN])
        report.check("  person by person, other party as consented", 0, len(differ), told)
    gaps = installation.rows("SELECT event, error, count(*) AS n FROM capture_gap GROUP BY event, error")
    report.check("captures that failed", 0, sum(row.n for row in gaps), str([tuple(row) for row in gaps]))
