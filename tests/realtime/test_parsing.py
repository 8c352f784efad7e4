"""Requests of the protocol are parsed once, whatever a client sends."""

from __future__ import annotations

import pytest

from peerspace.kernel.errors import BadRequest, Invalid, NotFound
from peerspace.realtime.handlers import EVENTS
from peerspace.realtime.protocol import BIGGEST, Edit, History, Join, OfRoom, React, Report, Send

ODD: list[object] = [5, 1.5, True, [], ["x"], {"a": 1}, b"bytes"]


def test_what_was_left_out_is_empty() -> None:
    assert Send.parse({"room": "nights", "body": "Words"}) == Send("nights", "Words", "", "", "")
    assert Join.parse({"room": "nights"}) == Join("nights", None, None)
    assert Report.parse({"id": "m"}) == Report("m", "", "", "")
    assert [Send.parse({name: None}) for name in ("body", "content_note", "reply_to")] == [
        Send("", "", "", "", "")
    ] * 3


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_text_names_nothing(odd: object) -> None:
    assert OfRoom.parse({"room": odd}).room == ""
    assert (React.parse({"id": odd, "phrase": odd}).id, React.parse({"phrase": odd}).phrase) == ("", "")
    assert Send.parse({"client_id": odd}).client_id == ""


@pytest.mark.parametrize("odd", ODD)
def test_words_that_are_no_text_are_refused_by_their_field(odd: object) -> None:
    for kind, name, field in ((Send, "body", "body"), (Send, "content_note", "content_note"),
                              (Edit, "body", "body"), (Report, "text", "words")):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            kind.parse({name: odd})  # type: ignore[attr-defined]
        assert refused.value.fields == {field: "bad_request"}


def test_an_answer_to_nothing_that_there_is_is_not_sent_as_an_answer_to_nobody() -> None:
    with pytest.raises(NotFound):
        Send.parse({"room": "nights", "body": "Words", "reply_to": 5})


def test_a_report_whose_number_is_no_text_is_refused() -> None:
    with pytest.raises(BadRequest):
        Report.parse({"id": "m", "client_id": 5})


@pytest.mark.parametrize("odd", ["all", -1, 1.5, True, [1], BIGGEST])
def test_a_number_that_is_none_is_refused(odd: object) -> None:
    for kind, name in ((Join, "last_seq"), (Join, "last_rev"), (History, "before_seq"), (History, "limit")):
        with pytest.raises(BadRequest):
            kind.parse({"room": "nights", name: odd})  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("on", "taken"), [(True, True), (None, True), (0, True), ("no", True), (False, False)]
)
def test_only_a_plain_no_takes_a_phrase_back(on: object, taken: bool) -> None:
    assert React.parse({"id": "m", "phrase": "me_too", "on": on}).on is taken


def test_every_event_parses_what_every_page_may_send() -> None:
    for event in EVENTS.values():
        event.request.parse({"room": "nights", "id": "m"})
