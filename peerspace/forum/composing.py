"""What is read before words are worked through, in one unit of work, and what is made of it outside.

Working words through may take long (`text.apart`): no unit of work is open meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peerspace.community.drafts import Draft, PhraseLists, phrase_lists, with_phrases
from peerspace.forum.access import thread_for
from peerspace.forum.drafted import written_post
from peerspace.forum.models import Post
from peerspace.forum.preview import posted_before
from peerspace.kernel.actor import Actor
from peerspace.kernel.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Before:
    """What stood there before a form was taken.

    `known`: the post that this form made already; `is_same`: it was made of the same words; `lists`: the phrases that
    every draft is looked through for.
    """

    known: Post | None
    is_same: bool
    lists: PhraseLists


def before_posting(uow: UnitOfWork, typed: Mapping[str, str]) -> Before:
    """What has to be known of the form `typed` first. Raises as `preview.posted_before` does."""
    known, is_same = posted_before(uow, typed)
    return Before(known, is_same, phrase_lists(uow))


def work_through(
    actor: Actor, lists: PhraseLists, body: str, content_note: str, *, title: str | None
) -> Draft:
    """`service.draft_post` with lists that were read before: outside a unit of work. Raises as that does."""
    return with_phrases(actor, written_post(actor, body, content_note, title=title), lists)


def space_slug_of(uow: UnitOfWork, thread_id: str) -> str:
    """The slug of the space that a thread is in. Raises NotAllowed, NotFound."""
    return thread_for(uow, thread_id)[1].slug
