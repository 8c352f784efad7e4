"""Writing a post, from the form that is sent to the post that stands there.

One object is made of the form, and its steps are its methods. At most two units of work are opened for a form that is
taken: one that reads what has to be known first, and one that shows the last look or writes. Words are worked through
between them. A form that is refused is shown again, which reads its page once more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from werkzeug.wrappers import Response

from peerspace.community.danger import is_refused_for_good, look_for_danger
from peerspace.community.drafts import Draft
from peerspace.forum import post_forms, service
from peerspace.forum.access import space_for
from peerspace.forum.composing import (
    Before,
    before_posting,
    space_slug_of,
    work_through,
)
from peerspace.forum.drafted import written_post
from peerspace.forum.models import Post
from peerspace.forum.preview import as_shown, preview_reply, preview_thread
from peerspace.forum.thread_page import place_of_sent, thread_page
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.ids import client_id_of
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext
from peerspace.streams.models import State
from peerspace.web import care
from peerspace.web.forum import shown
from peerspace.web.forum.pausing import Step, keep_choice, step_from
from peerspace.web.forum.shown import Again
from peerspace.web.glue import actor, reading, running, see, writing

HELD = N_(
    "Thank you. A supervisor reads this before others can see it. Until then only you see it here. "
    "If you need somebody now, Get help now leads to people."
)


@dataclass(slots=True)
class Compose(ABC):
    """What somebody writes, where, and which step they ask for. `title` is None for a reply.

    `place`: the slug of a space, or the id of a thread; `page`: the page of the thread that the form was on.
    `asks_preview`: the editor's own button, without script. `draft`: the words, once they are worked through.
    """

    FIELDS: ClassVar[tuple[str, ...]]
    """The fields of the form that say what is posted."""

    place: str
    body: str
    content_note: str
    client_id: str
    step: Step
    asks_preview: bool
    title: str | None = None
    wish: str = ""
    reply_to: str = ""
    page: str = ""
    draft: Draft | None = field(default=None, init=False)

    @classmethod
    def from_form(cls, place: str, form: Mapping[str, str]) -> Self:
        """Read the form once. Of what the kind of post does not have, nothing is read."""
        typed = {name: form.get(name, "") for name in cls.FIELDS}
        step = step_from(form.get("step", ""))
        return cls(place, **typed, step=step, asks_preview="preview" in form, page=form.get("page", ""))

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, by the names of the form's fields."""
        return {name: getattr(self, name) or "" for name in self.FIELDS}

    # --- The steps -----------------------------------------------------------------------------------------------

    def answer(self) -> Any:
        """Do what the form asks for, and lead on. What is refused comes back with what was typed."""
        try:
            if self.asks_preview:
                return self.again(Again(preview=previewed(self.body, self.content_note, self.title)))
            if self.step is Step.WRITE:
                return self.again(Again(kept=True))
            return self._take()
        except PeerSpaceError as error:
            refused = care.care_if_refused(self._danger(error), error)
            if not shown.can_show_again(error):
                raise
            return self.again(Again(error=error, refused=refused)), error.status

    def _danger(self, error: PeerSpaceError) -> tuple[str, ...]:
        """Words that may mean danger in what was refused for good, also before they were worked through."""
        if self.draft is not None or not is_refused_for_good(error):
            return self.draft.danger if self.draft is not None else ()
        return look_for_danger(running().database, actor(), self.title, self.content_note, self.body)

    def _take(self) -> Any:
        before, slug = self._look_before()
        self.draft = draft = work_through(
            actor(), before.lists, self.body, self.content_note, title=self.title
        )
        if before.known is not None and before.is_same:
            with reading() as uow:
                address = address_with_care(uow, before.known, draft)
            return keep_choice(lead_to(address, before.known))
        if self.step is Step.LOOK or (self.step is Step.CHECK and draft.asks_for_a_pause(slug)):
            return self.look(draft)
        with writing() as uow:
            sent = self.post(uow, draft)
            uow.settle()  # it gets its place, which the address tells
            address = address_with_care(uow, sent, draft)
        return keep_choice(lead_to(address, sent))

    def _look_before(self) -> tuple[Before, str]:
        """What has to be known first; and the space's slug, where the words may ask for a look at them.

        A form that was gone back to after it was posted, and says something else now, is another post, or what was
        written since would be lost: it gets an id of its own, made of what it says, so that it too is posted once.
        """
        with reading() as uow:
            before = before_posting(uow, self.typed)
            is_asked = self.step is Step.CHECK and not before.is_same
            slug = self.space_slug(uow) if is_asked else ""
        if before.known is not None and not before.is_same:
            self.client_id = client_id_of(before.known.client_id, self.typed)
        return before, slug

    # --- What differs between a thread and a reply -------------------------------------------------------------------

    @abstractmethod
    def again(self, why: Again) -> str:
        """The page of the form, with what was typed."""

    @abstractmethod
    def look(self, draft: Draft) -> str:
        """The last look before posting. Refuses what `post` would refuse."""

    @abstractmethod
    def post(self, uow: UnitOfWork, draft: Draft) -> Post:
        """Post it, once for the form's id."""

    @abstractmethod
    def space_slug(self, uow: UnitOfWork) -> str:
        """The slug of the space that it is for."""


class NewThread(Compose):
    """A thread that is started in the space `place`."""

    FIELDS = ("title", "body", "content_note", "wish", "client_id")

    def again(self, why: Again) -> str:
        return shown.new_thread_page(self.place, self.typed, why)

    def look(self, draft: Draft) -> str:
        with reading() as uow:
            look = preview_thread(uow, self.place, draft, client_id=self.client_id, wish=self.wish)
            space = space_for(uow, self.place)
            where = {"slug": space.slug, "name": space.name}
        return shown.look_page(f"/spaces/{where['slug']}/new", self.typed, look, where)

    def post(self, uow: UnitOfWork, draft: Draft) -> Post:
        return service.start_thread(uow, self.place, draft, client_id=self.client_id, wish=self.wish)

    def space_slug(self, uow: UnitOfWork) -> str:
        return self.place


class Reply(Compose):
    """A reply in the thread `place`, to one of its posts or to nobody in particular."""

    FIELDS = ("body", "reply_to", "content_note", "client_id")

    def again(self, why: Again) -> str:
        number = shown.page_number(self.page or "1")
        return shown.thread_and_form(self.place, number, self.typed, why)[1]

    def look(self, draft: Draft) -> str:
        with reading() as uow:
            look = preview_reply(uow, self.place, draft, client_id=self.client_id, reply_to=self.reply_to)
            thread = thread_page(uow, self.place)
            answering = post_forms.answering(uow, thread.id, self.reply_to)
        where = {"slug": thread.space_slug, "name": thread.space_name, "thread": thread}
        carried = {**self.typed, "page": self.page}
        return shown.look_page(f"/threads/{thread.id}", carried, look, where, answering)

    def post(self, uow: UnitOfWork, draft: Draft) -> Post:
        return service.post_reply(uow, self.place, draft, client_id=self.client_id, reply_to=self.reply_to)

    def space_slug(self, uow: UnitOfWork) -> str:
        return space_slug_of(uow, self.place)


def previewed(body: str, content_note: str, title: str | None = None) -> dict[str, Any]:
    """Words, content note and, where there is one, title as they would be shown."""
    draft = written_post(actor(), body, content_note, title=title)
    with reading() as uow:
        html = as_shown(uow, draft)
    return {"title": draft.title.text, "html": html, "content_note": draft.note.text}


def address_with_care(uow: UnitOfWork, sent: Post, draft: Draft) -> str:
    """Where the post stands; beside words that may mean danger the page there shows help."""
    return place_of_sent(uow, sent, **({care.NAME: sent.public_id} if draft.danger else {}))


def lead_to(address: str, sent: Post) -> Response:
    """Go there (303), once it is committed. Who wrote something that waits is told so."""
    return see(address, gettext(HELD), "notice") if sent.state == State.HELD else see(address)
