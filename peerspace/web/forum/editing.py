"""Changing a post of one's own: the form that is sent, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peerspace.community.drafts import Draft
from peerspace.forum import service
from peerspace.kernel.errors import PeerSpaceError
from peerspace.web import care
from peerspace.web.forum import shown
from peerspace.web.forum.compose import address_with_care, lead_to, previewed
from peerspace.web.forum.shown import Again
from peerspace.web.glue import actor, running, writing


@dataclass(frozen=True, slots=True)
class Edit:
    """New words for the post `post_id`. `version`: the one that they change, 0 for what is no number."""

    post_id: str
    body: str
    content_note: str
    version: int
    asks_preview: bool

    @classmethod
    def from_form(cls, post_id: str, form: Mapping[str, str]) -> Edit:
        """Read the form once."""
        version = _number(form.get("version", ""))
        return cls(post_id, form.get("body", ""), form.get("content_note", ""), version, "preview" in form)

    def answer(self) -> Any:
        """Change the post, or show how it would look. What is refused comes back with what was typed."""
        draft = None
        try:
            if self.asks_preview:
                return self._again(Again(preview=previewed(self.body, self.content_note)))
            draft = service.draft_post(running().database, actor(), self.body, self.content_note)
            return self._changed(draft)
        except PeerSpaceError as error:
            refused = care.care_if_refused(draft.danger if draft else (), error)
            if not shown.can_show_again(error) or error.key == "post_gone":
                raise
            return self._again(Again(error=error, refused=refused)), error.status

    def _changed(self, draft: Draft) -> Any:
        with writing() as uow:
            post = service.edit_post(uow, self.post_id, draft, version=self.version)
            address = address_with_care(uow, post, draft)
        return lead_to(address, post)

    def _again(self, why: Again) -> str:
        typed = {"body": self.body, "content_note": self.content_note, "version": str(self.version)}
        return shown.edit_page(self.post_id, typed, why)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
