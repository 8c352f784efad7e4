"""Whether what is stored fits what was consented to, told from the tables alone: records, contributions and rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select

from peerspace.chat.models import Message
from peerspace.consent.fold import fold
from peerspace.consent.models import ConsentRecord, Participant
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import from_us, to_us
from peerspace.kernel.uow import Database
from peerspace.research.models import UsageEvent


class Stored:
    """What the tables hold, and what is wrong with it."""

    def __init__(self, database: Database) -> None:
        with database.read(installation(Origin.COMMAND)) as uow:
            session = uow.session
            self.records: dict[int, list[ConsentRecord]] = defaultdict(list)
            for record in session.scalars(select(ConsentRecord).order_by(ConsentRecord.id)):
                self.records[record.account_id].append(record)
            self.periods = {p.id: p for p in session.scalars(select(Participant))}
            self.rows = list(session.scalars(select(UsageEvent).order_by(UsageEvent.id)))
            self.messages = {m.id: m for m in session.scalars(select(Message))}
            session.expunge_all()

    def scopes(self, account_id: int, at: datetime) -> frozenset[str]:
        """What stood for somebody at `at`, by their records."""
        return fold(record for record in self.records[account_id] if record.at <= at)

    def backwards(self) -> list[tuple[datetime, datetime]]:
        """Neighbouring records of one account that do not rise."""
        return [
            (before.at, after.at)
            for records in self.records.values()
            for before, after in pairwise(records)
            if after.at <= before.at
        ]

    def uncovered(self) -> list[UsageEvent]:
        """Rows of a moment at which the person's consent did not cover them, or outside their consent period."""
        found = []
        for row in self.rows:
            period, at = self.periods[row.participant_id], from_us(row.at_us)
            within = period.from_at <= at and (period.to_at is None or at < period.to_at)
            if not within or row.scope not in self.scopes(period.account_id or 0, at):
                found.append(row)
        return found

    def miscounted(self) -> list[tuple[str, int]]:
        """Messages with a row too few or too many, on either side, or whose rows name the other party wrongly."""
        written = self._by_item("message_written")
        received = self._by_item("reply_received")
        wrong: list[tuple[str, int]] = []
        for message in self.messages.values():
            at, item = message.created_at, f"message:{message.id}"
            mine = self.scopes(message.author_id, at)
            answered = self.messages.get(message.reply_to_id or 0)
            other = answered.author_id if answered is not None else None
            theirs = self.scopes(other, at) if other is not None else frozenset()
            both = "interactions" in mine and "interactions" in theirs and other != message.author_id
            rows = written.pop((message.author_id, item), [])
            if len(rows) != ("usage" in mine):
                wrong.append(("written", message.id))
            wrong += [("named", row.id) for row in rows if bool(row.other_participant) != both]
            if both and len(received.get((other, item), [])) != 1:
                wrong.append(("received", message.id))
        return wrong + [("stray", row.id) for rows in written.values() for row in rows]

    def answers_miscounted(self) -> dict[int, tuple[int, int]]:
        """People with other numbers of answers received than they were sent under consent: (rows, answers)."""
        sent: dict[int, int] = defaultdict(int)
        for message in self.messages.values():
            answered = self.messages.get(message.reply_to_id or 0)
            if answered is not None and answered.author_id != message.author_id:
                sent[answered.author_id] += "interactions" in self.scopes(
                    answered.author_id, message.created_at
                )
        kept: dict[int, int] = defaultdict(int)
        for row in self.rows:
            if row.kind == "reply_received":
                kept[self.periods[row.participant_id].account_id or 0] += 1
        return {who: (kept[who], sent[who]) for who in {*kept, *sent} if kept[who] != sent[who]}

    def _by_item(self, kind: str) -> dict[tuple[int | None, str], list[UsageEvent]]:
        found: dict[tuple[int | None, str], list[UsageEvent]] = defaultdict(list)
        for row in self.rows:
            if row.kind == kind:
                found[self.periods[row.participant_id].account_id, row.item].append(row)
        return found

    def undated(self) -> list[UsageEvent]:
        """Rows about a message of another time than the message's."""
        return [
            row
            for row in self.rows
            if row.item.startswith("message:")
            and row.at_us != to_us(self.messages[int(row.item.partition(":")[2])].created_at)
        ]
