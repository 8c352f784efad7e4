"""Markdown: nothing that scripts survives, nothing that was written is lost, and it never takes long.

nh3 (another sanitiser, on another parser) is the second opinion: with the same list it must find nothing to
take out.
"""

from __future__ import annotations

import html
import re
import time
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.text.markdown import LINK_REL, TAGS, render

REL = f' rel="{LINK_REL}"'


class Seen(HTMLParser):
    """What a parser finds: tags with attributes, and text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, object]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(attrs, key=str))))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("/", tag))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "text":
            data = str(self.found.pop()[1]) + data
        self.found.append(("text", data))


def second_opinion(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=set(TAGS),
        attributes={"a": {"href", "rel"}, "ol": {"start"}, "li": {"value"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )


def check_safe(markup: str) -> None:
    seen = Seen(markup).found
    for tag, rest in seen:
        if tag in ("/", "text"):
            continue
        assert tag in TAGS
        attributes = dict(rest)  # type: ignore[call-overload]
        if tag == "a":
            assert set(attributes) == {"href", "rel"}
            assert attributes["rel"] == LINK_REL
            assert re.match(r"https?://", attributes["href"], re.IGNORECASE)
        else:
            assert set(attributes) <= ({"start"} if tag == "ol" else {"value"} if tag == "li" else set())
            assert all(re.fullmatch("[0-9]{1,9}", value) for value in attributes.values())
    assert Seen(second_opinion(markup)).found == seen


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("hi", "<p>hi</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("**a** _b_ `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>"),
        ("# a\n###### b", "<h4>a</h4>\n<h4>b</h4>"),
        ("text\n---", "<p>text</p>\n<hr>"),
        ("    far in", "<p>far in</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("[a]: nothing vanishes", "<p>[a]: nothing vanishes</p>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("``` I feel low", "<pre><code>I feel low\n</code></pre>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("[x](https://e.org/?a=1&b)", f'<p><a href="https://e.org/?a=1&amp;b"{REL}>x</a> (e.org)</p>'),
        ("<http://e.org>", f'<p><a href="http://e.org"{REL}>http://e.org</a></p>'),
        ("[](http://e.org)", f'<p><a href="http://e.org"{REL}>http://e.org</a></p>'),
        ("![a cat](https://e.org/c.png)", f'<p><a href="https://e.org/c.png"{REL}>a cat</a> (e.org)</p>'),
        ("[![a](http://x.y)](http://p.q)", f'<p><a href="http://p.q"{REL}>a</a> (p.q)</p>'),
        ("[x](/my/data)", "<p>[x](/my/data)</p>"),
        ("[x](//e.org)", "<p>[x](//e.org)</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("me@example.org https://e.org", "<p>me@example.org https://e.org</p>"),
    ],
)
def test_renders(body: str, expected: str) -> None:
    assert render(body) == expected


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://e.org/i.png)',
    '[x](https://e.org/"onmouseover="alert(1))',
    "[x](https://e.org/'><script>alert(1)</script>)",
    '[x](<https://e.org/" onclick=alert(1)>)',
    '[x](https://e.org "title\\" onclick=alert(1)")',
    "```<script>alert(1)</script>\n```",
    "`<img src=x onerror=alert(1)>`",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script>-->",
    "<a href=x style=position:fixed>over everything</a>",
    "<form action=//e.org><input name=csrf_token></form>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;#60;script&amp;#62;",
    "<p\x0conclick=alert(1)>",
    "[a](https://e.org/%0d%0aSet-Cookie:x)",
    "[a](https:&#x2f;&#x2f;e.org)",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_nothing_that_scripts_survives(body: str) -> None:
    for around in ("{}", "> {}", "- {}", "**{}**", "# {}", "[{}](https://e.org)"):
        check_safe(render(around.format(body)))


PIECES = [
    *HOSTILE,
    *"*_`[]()<>!&\"'\\#-+>\n \t=:/",
    "https://e.org",
    "javascript:",
    "on",
    "\n\n",
    "1. ",
    "```\n",
    "a",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=25).map("".join))
def test_two_sanitisers_agree_that_it_is_safe(body: str) -> None:
    check_safe(render(body.replace("\x00", "").replace("\r", "\n")))


@given(st.lists(st.text(alphabet="abcxyz", min_size=1, max_size=6), min_size=1, max_size=12), st.data())
def test_every_word_can_still_be_read(words: list[str], data: st.DataObject) -> None:
    between = st.sampled_from(
        [" ", "\n", "\n\n", " > ", "\n> ", " <", "> ", "\n- ", " ** ", " [", "] ", "\n    "]
    )
    body = "".join(word + data.draw(between) for word in words)
    shown = " ".join(str(rest) for tag, rest in Seen(render(body)).found if tag == "text")
    assert re.findall("[a-z]+", shown) == words


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
def test_deep_nesting_is_shown_as_typed(mark: str) -> None:
    markup = render(mark * 3000 + "deep\n\nafter\nthat")
    check_safe(markup)
    text = html.unescape(re.sub(r"<[^>]+>", "", markup))
    assert "deep" in text
    assert "after\nthat" in text
    assert markup.count("<blockquote>") < 25


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![[",
        "*a_",
        "<",
        "> ",
        "> " * 19 + "a\n",
        "[a](",
        "a**b",
        "&",
        "a\n",
        "- a\n",
        "[a](http://b.c) ",
        "<a@b ",
        "\\",
        "`a ``",
        "[](((",
        "* * ",
        "_ ",
        "~~~\n",
        "&#x1;",
        "](",
    ],
)
def test_the_longest_post_never_takes_long(piece: str) -> None:
    body = (piece * 20_000)[:20_000]
    started = time.process_time()
    markup = render(body)
    assert time.process_time() - started < 5
    assert len(markup) < 20 * len(body)


def test_headings_take_the_level_that_fits_where_the_text_stands() -> None:
    assert render("# a", heading=2) == "<h2>a</h2>"
    assert render("<h4>typed</h4>", heading=2) == render("<h4>typed</h4>")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("[a *b*](http://x.y/?a=1&b=2)", "<p>a <em>b</em> (http://x.y/?a=1&amp;b=2)</p>"),
        ("<http://x.y>", "<p>http://x.y</p>"),
        ("[](http://x.y)", "<p>http://x.y</p>"),
        ("![seen](http://x.y)", "<p>seen (http://x.y)</p>"),
        ("![](http://x.y)", "<p>http://x.y</p>"),
        ("[http://a.b](http://x.y)", "<p>http://a.b (http://x.y)</p>"),
    ],
)
def test_without_links_addresses_stand_as_text(body: str, shown: str) -> None:
    assert render(body, links=False) == shown
    assert "<a " in render(body)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("1986. That was when it began", '<ol start="1986">\n<li>That was when it began</li>\n</ol>'),
        ("0. a", '<ol start="0">\n<li>a</li>\n</ol>'),
        ("007. a", '<ol start="7">\n<li>a</li>\n</ol>'),
        ("1. a\n1. b\n1. c", "<ol>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ol>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        (
            "1990. a\n1995. b\n1996. c",
            '<ol start="1990">\n<li>a</li>\n<li value="1995">b</li>\n<li>c</li>\n</ol>',
        ),
        (
            "> 1. a\n>    1. b\n>    7. c\n> 9. d",
            (
                '<blockquote>\n<ol>\n<li>a\n<ol>\n<li>b</li>\n<li value="7">c</li>\n</ol>\n</li>\n'
                '<li value="9">d</li>\n</ol>\n</blockquote>'
            ),
        ),
        ("1234567890. a", "<p>1234567890. a</p>"),
    ],
)
def test_a_number_stays_the_one_that_was_typed(body: str, shown: str) -> None:
    assert render(body) == shown
    check_safe(shown)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (">:( no", "<p>&gt;:( no</p>"),
        (">_< no", "<p>&gt;_&lt; no</p>"),
        ("so\n>>:( no", "<p>so<br>\n&gt;&gt;:( no</p>"),
        ("> a\n>:( no", "<blockquote>\n<p>a<br>\n&gt;:( no</p>\n</blockquote>"),
        ("> >:( no", "<blockquote>\n<p>&gt;:( no</p>\n</blockquote>"),
        ("- >:( no", "<ul>\n<li>&gt;:( no</li>\n</ul>"),
        (">50 people", "<p>&gt;50 people</p>"),
        ("```\n>:( no\n```", "<pre><code>&gt;:( no\n</code></pre>"),
        ("a\n>\nb", "<p>a</p>\n<blockquote></blockquote>\n<p>b</p>"),
        (">> b", "<blockquote>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>"),
    ],
)
def test_only_a_sign_with_a_space_after_it_is_a_quote(body: str, shown: str) -> None:
    assert render(body) == shown


@pytest.mark.parametrize(
    ("body", "beside"),
    [
        ("[116 123](https://elsewhere.example)", " (elsewhere.example)"),
        ("[help](https://elsewhere.example/a?b#c)", " (elsewhere.example)"),
        ("[good.example](https://elsewhere.example:8443)", " (elsewhere.example:8443)"),
        ("[good.example](https://good.example@elsewhere.example)", " (elsewhere.example)"),
        ("[good.example](https://good.example\\@elsewhere.example)", " (elsewhere.example)"),
        ("<https://good.example@elsewhere.example>", " (elsewhere.example)"),
        ("[go\u043ed.example](https://go\u043ed.example)", " (xn--god-ted.example)"),
        ("[**116** 123](https://elsewhere.example)", " (elsewhere.example)"),
        ("![116 123](https://elsewhere.example)", " (elsewhere.example)"),
        ("<https://good.example>", ""),
        ("[https://good.example/a](https://good.example/a)", ""),
        ("[good.example/a](https://good.example/a/)", ""),
        ("[Good.example](https://good.example/a)", ""),
    ],
)
def test_a_link_says_where_it_leads(body: str, beside: str) -> None:
    markup = render(body)
    check_safe(markup)
    assert markup.endswith(f"</a>{beside}</p>")
