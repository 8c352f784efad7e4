"""What somebody typed and has not sent: kept on the server, so that it is there on every device.

Each save carries a sequence that the page counts up: an older tab never overwrites a newer one.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from peerspace.kernel.errors import BadRequest, Conflict
from peerspace.kernel.locks import hold
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.models import SavedDraft
from peerspace.text.clean import clean

KEPT = timedelta(days=30)
WORDS_LIMIT = 40_000
PLACE_LIMIT = 64


def save_draft(uow: UnitOfWork, place: str, words: str, *, sequence: int) -> SavedDraft:
    """Keep what the acting person typed in `place`. `sequence` must be above that of what is kept there.

    Raises Conflict("draft_older") where a newer one is kept, BadRequest("place_bad"), Invalid or TooLong (`words`).
    """
    account_id = uow.actor.require_human()
    if not 0 < len(place) <= PLACE_LIMIT or not place.isascii() or not place.isprintable():
        raise BadRequest("place_bad")
    typed = clean(words, field="words", limit=WORDS_LIMIT)
    kept = hold(uow.session, SavedDraft, (account_id, place))
    if kept is None:
        kept = SavedDraft(
            account_id=account_id, place=place, sequence=sequence, words=typed, saved_at=uow.now
        )
        uow.session.add(kept)
    elif sequence <= kept.sequence:
        raise Conflict("draft_older")
    else:
        kept.sequence, kept.words, kept.saved_at = sequence, typed, uow.now
    uow.session.flush()
    return kept


def saved_draft(uow: UnitOfWork, place: str) -> SavedDraft | None:
    """What the acting person typed in `place` and has not sent."""
    return uow.session.get(SavedDraft, (uow.actor.require_account(), place))


def forget_draft(uow: UnitOfWork, place: str) -> None:
    """The words were sent or given up: nothing is kept of them as a draft."""
    uow.session.execute(
        delete(SavedDraft).where(
            SavedDraft.account_id == uow.actor.require_account(), SavedDraft.place == place
        ),
        execution_options={"synchronize_session": "fetch"},
    )


def forget_old_drafts(uow: UnitOfWork) -> int:
    """Take out drafts that nobody came back to for 30 days. Returns how many."""
    gone = delete(SavedDraft).where(SavedDraft.saved_at < uow.now - KEPT).returning(SavedDraft.place)
    return len(uow.session.execute(gone, execution_options={"synchronize_session": False}).all())
