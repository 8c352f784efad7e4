"""What is judged is what others read, not what was typed."""

from __future__ import annotations

import pytest

from peerspace.kernel.errors import Invalid, TooLong
from peerspace.text.written import BREAK, EMPTY, Written, write_markdown, write_plain


def post(typed: object, **options: bool) -> Written:
    return write_markdown(typed, field="body", limit=1000, **options)


def title(typed: object, **options: bool) -> Written:
    return write_plain(typed, field="title", limit=200, one_line=True, **options)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ki**ll**", "kill"),
        ("over&#100;ose", "overdose"),
        ("over&shy;dose", "overdose"),
        ("over\u200bdose", "overdose"),
        ("a `b` _c_ ~~d~~", "a b c ~~d~~"),
        ("# a\n\nb\nc\n\n- d\n- e", "a\nb\nc\nd\ne"),
        ("1986. it began\n1990. it ended", "1986. it began\n1990. it ended"),
        ("2.", "2."),
        ("[116 123](https://elsewhere.example)", "116 123 (elsewhere.example)"),
        ("&amp;#100; <b>", "&#100; <b>"),
        ("```\n<a>\n```", "<a>"),
    ],
)
def test_words_are_what_readers_see(typed: str, read: str) -> None:
    assert post(typed).words == read


def test_a_screener_gets_what_is_read_what_was_typed_and_what_a_link_joins() -> None:
    parts = post("o[ver](http://a.b)[dose](http://c.d)").screened.split(BREAK)
    assert "overdose" in parts
    assert "o[ver](http://a.b)[dose](http://c.d)" in parts
    assert any("over (a.b)dose (c.d)" in part for part in parts)
    assert post("plain").screened.split(BREAK) == ["plain"]


def test_a_new_members_addresses_stand_as_text() -> None:
    written = post("[a](http://b.c)")
    assert "<a " in written.shown(links=True)
    assert written.shown(links=False) == "<p>a (http://b.c)</p>"


@pytest.mark.parametrize(
    "typed", ["&nbsp;", "#", ">", "> >", "***", "&#x200b;", "-", "&#x3164;", "``` \n```"]
)
def test_what_shows_nothing_is_empty(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        post(typed)
    assert refused.value.fields == {"body": "empty"}
    assert post(typed, required=False) == EMPTY


@pytest.mark.parametrize(
    "typed",
    ["&#8238;abc", "a&#x202D;", "a" + "&#769;" * 200, "a&#12;", "[a&#8238;](http://b.c)", "`ok` &#8238;"],
)
def test_what_readers_must_not_get_does_not_come_in_by_reference(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        write_markdown(typed, field="body", limit=2000)
    assert refused.value.fields == {"body": "bad_characters"}


def test_what_is_written_about_a_reference_is_kept() -> None:
    assert post("`&#8238;` turns a line").words == "&#8238; turns a line"
    assert title("&#8238; in a title is text").html == "&amp;#8238; in a title is text"


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_line_keeps_its_direction(mark: str) -> None:
    with pytest.raises(Invalid) as refused:
        title(f"a quiet {mark}title")
    assert refused.value.fields == {"title": "bad_characters"}


def test_marks_of_direction_that_change_nothing_around_them_are_kept() -> None:
    assert title("\u05d0\u05d1 \u200f(1)").text == "\u05d0\u05d1 \u200f(1)"


def test_plain_text_is_shown_as_typed() -> None:
    written = write_plain("a <b>\n*c*", field="words", limit=100)
    assert written == Written(
        "a <b>\n*c*", "a &lt;b&gt;<br>\n*c*", "a <b>\n*c*", "a &lt;b&gt;<br>\n*c*", "a <b>\n*c*"
    )


def test_the_limit_counts_what_was_typed() -> None:
    with pytest.raises(TooLong):
        post("&#100;" * 200)
