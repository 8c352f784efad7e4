"""What a kind of stream says about itself has to be known to those who use it."""

from __future__ import annotations

import pytest

from peerspace.community.settings import Setting
from peerspace.features import CATALOGUE
from peerspace.kernel.subjects import Subject
from peerspace.research.rows import CHANNELS, SCOPE_OF
from peerspace.streams.kinds import StreamKind


@pytest.mark.parametrize("kind", CATALOGUE.every(StreamKind), ids=lambda kind: kind.name)
def test_a_kind_names_what_there_is(kind: StreamKind) -> None:
    """A slip of the pen would be a gap in every capture, or an error at every review."""
    assert kind.modality in CHANNELS
    assert {kind.written, kind.opened} <= set(SCOPE_OF)
    assert kind.first_ones in {setting.key for setting in CATALOGUE.every(Setting)}


def test_no_two_kinds_share_a_name_and_each_can_be_reported() -> None:
    kinds, subjects = CATALOGUE.every(StreamKind), CATALOGUE.every(Subject)
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert len({subject.kind for subject in subjects}) == len(subjects)
    for kind in kinds:
        (subject,) = [one for one in subjects if one.kind == kind.contribution]
        assert subject.is_reportable
        assert subject.is_content
