"""Markdown to safe HTML. The only place that imports bleach.

Two walls: the renderer knows no raw HTML and writes only what is listed below; bleach then parses what it
wrote and drops anything else. A strict Content-Security-Policy stands behind both. Rendered once, when written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bleach.sanitizer import Cleaner
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "h4", "a"})
LINK_REL = "nofollow noopener noreferrer ugc"
DEEPEST = 20
"""Most levels of quotes and lists inside one another; what nests deeper is shown as it was typed."""

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?://([^/?#\\]*)", re.IGNORECASE)
_NUMBER = re.compile("[0-9]{1,9}")
_SCHEME = re.compile(r"\Ahttps?://")
# A `>` that begins a line (or what a quote or list entry holds) and is not followed by a space, as in `>:(`, is not
# meant as a quote. The parser gets a code in its place that never stands for a character and that nobody can type.
_NO_QUOTE = re.compile(r"^((?:[ \t]*+(?:[-+*]|\d{1,9}[.)]|>++)(?=[ \t]))*+[ \t]*+)(>++)(?=\S)", re.MULTILINE)
_MORE_THAN = "\ufdd1"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text as HTML, as it stands with live links (`linked`) and with addresses as text (`unlinked`)."""

    linked: str
    unlinked: str

    def shown(self, *, links: bool) -> str:
        """The HTML with live links, or with addresses as text."""
        return self.linked if links else self.unlinked


def render(body: str, *, heading: int = 4, links: bool = True) -> str:
    """Return `body` (CommonMark with line breaks kept) as HTML that may be shown as it is.

    Tags: TAGS. Links lead to http and https only and carry LINK_REL; images become links (text lowers risk).
    `heading` is the level of every heading: 4 inside a post, 2 where the text is the page itself.
    A link whose words are not its own address names the host it leads to beside them. Without `links` the whole
    address stands there, as text.
    Words are not dropped: what looks like HTML, or like a link that is not allowed, stands as it was typed; so does
    the number of a list's entry, and a `>` that neither a space nor the line's end follows
    (docs/decisions/0012-what-is-read-counts.md).
    """
    tokens, as_typed = _parsed(body)
    return as_typed or _finished(tokens, heading, links=links)


def render_both(body: str, *, heading: int = 4) -> Rendered:
    """`render` with links and without; parsed once, and written once where there is no link."""
    tokens, as_typed = _parsed(body)
    if as_typed:
        return Rendered(as_typed, as_typed)
    linked = _finished(tokens, heading, links=True)
    has_link = any(child.type in ("link_open", "image") for token in tokens for child in token.children or ())
    return Rendered(linked, _finished(tokens, heading, links=False) if has_link else linked)


def _parsed(body: str) -> tuple[list[Token], str]:
    """The tokens of `body`; where it nests too deep to be read whole, its HTML as it was typed instead."""
    tokens = _PARSER.parse(_NO_QUOTE.sub(lambda found: found[1] + _MORE_THAN * len(found[2]), body))
    if any(token.level >= DEEPEST - 1 for token in tokens):
        # The parser stops reading at its nesting limit and would lose the rest.
        return [], _wall().clean(_as_typed(body)).strip()
    return tokens, ""


def _finished(tokens: list[Token], heading: int, *, links: bool) -> str:
    env: dict[str, Any] = {"links": links, "opened": [], "numbers": []}
    html = _PARSER.renderer.render(tokens, _PARSER.options, env).replace(_MORE_THAN, "&gt;")
    html = _wall().clean(html).strip()
    if heading == 4:
        return html
    # What somebody typed is escaped, so these marks are the renderer's own.
    return html.replace("<h4>", f"<h{heading}>").replace("</h4>", f"</h{heading}>")


def _as_typed(body: str) -> str:
    paragraphs = (escapeHtml(part.strip("\n")).replace("\n", "<br>\n") for part in body.split("\n\n"))
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph)


def _is_web_address(url: str) -> bool:
    return _WEB_ADDRESS.match(url) is not None


class _Renderer(RendererHTML):
    """Writes one level of heading (the page has its own above), links that say where they lead, and no image."""

    def heading_open(
        self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        return "<h4>"

    def heading_close(
        self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        return "</h4>\n"

    def ordered_list_open(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        numbers = list(_typed_numbers(tokens, index))
        # People who leave the counting to the list give every entry the same number.
        counts = len(set(numbers)) > 1
        env["numbers"].append((iter(numbers) if counts else None, numbers[0]))
        return self.renderToken(tokens, index, options, env)

    def ordered_list_close(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        env["numbers"].pop()
        return self.renderToken(tokens, index, options, env)

    def list_item_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        opened = self.renderToken(tokens, index, options, env)
        if not tokens[index].info:  # only the entries of ordered lists carry what was typed before them
            return opened
        typed, expected = env["numbers"][-1]
        if typed is None:
            return opened
        number = next(typed)
        env["numbers"][-1] = (typed, number + 1)
        return opened if number == expected else opened.replace("<li>", f'<li value="{number}">', 1)

    def link_open(self, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
        env["opened"].append(index)
        address = str(tokens[index].attrGet("href") or "")
        empty = tokens[index + 1].type == "link_close"
        if not env["links"]:
            return ""
        return _link(address) + (escapeHtml(address) if empty else "")

    def link_close(self, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
        opened = env["opened"].pop()
        said = "".join(token.content for token in tokens[opened + 1 : index])
        address = str(tokens[opened].attrGet("href") or "")
        return f"</a>{_host_beside(said, address)}" if env["links"] else _beside(said, address)

    def fence(self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
        # One word after the fence names a language; more are words that somebody wanted read.
        first = tokens[index].info.strip()
        first = f"{first}\n" if " " in first else ""
        return f"<pre><code>{escapeHtml(first + tokens[index].content)}</code></pre>\n"

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        source = str(token.attrGet("src") or "")
        words = self.renderInlineAsText(token.children or [], options, env) or source
        if env["opened"]:  # inside a link an image is words only: a link in a link is none
            return escapeHtml(words)
        if not env["links"]:
            return escapeHtml(words) + ("" if words == source else _beside(words, source))
        return f"{_link(source)}{escapeHtml(words)}</a>{_host_beside(words, source)}"


def _typed_numbers(tokens: Sequence[Token], index: int) -> Iterator[int]:
    """The numbers typed before the entries of the ordered list that opens at `index`."""
    inside = tokens[index].level + 1
    for token in tokens[index + 1 :]:
        if token.level == inside - 1:
            return
        if token.type == "list_item_open" and token.level == inside:
            yield int(token.info)


def _beside(words: str, address: str) -> str:
    """An address as text after the words that named it; nothing where they are the address."""
    if not words:
        return escapeHtml(address)
    return "" if words == address else f" ({escapeHtml(address)})"


def _host_beside(words: str, address: str) -> str:
    """The host that a link leads to, as text after its words; nothing where they are the address or name the host.

    A name before an `@` in an address looks like its host and is none: there the host is always shown.
    """
    authority = _AUTHORITY.match(address)
    if authority is None:  # no other address becomes a link
        return ""
    said, _, host = authority[1].rpartition("@")
    host = host.lower()
    plain = _SCHEME.sub("", words.strip().lower()).rstrip("/")
    if not said and (not words or plain in (host, _SCHEME.sub("", address.lower()).rstrip("/"))):
        return ""
    return f" ({escapeHtml(host)})"


def _link(address: str) -> str:
    return f'<a href="{escapeHtml(address)}" rel="{LINK_REL}">'


def _parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark",
        {"html": False, "linkify": False, "typographer": False, "breaks": True, "maxNesting": DEEPEST},
        renderer_cls=_Renderer,
    )
    # Indented code and underlined headings surprise people who never heard of markdown; definitions of
    # references would make a line of somebody's post vanish.
    parser.disable(["code", "lheading", "reference", "html_block", "html_inline"])
    parser.validateLink = _is_web_address  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
_LOCAL = threading.local()


def _allowed(tag: str, name: str, value: str) -> bool:
    if (tag, name) in (("ol", "start"), ("li", "value")):
        return _NUMBER.fullmatch(value) is not None
    if tag != "a":
        return False
    return (name == "href" and _is_web_address(value)) or (name == "rel" and value == LINK_REL)


def _wall() -> Cleaner:
    """This thread's cleaner: bleach's keep state while they work."""
    cleaner: Cleaner | None = getattr(_LOCAL, "cleaner", None)
    if cleaner is None:
        cleaner = Cleaner(tags=TAGS, attributes=_allowed, protocols={"http", "https"}, strip=True)
        _LOCAL.cleaner = cleaner
    return cleaner
