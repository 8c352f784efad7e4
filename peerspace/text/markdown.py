"""Markdown to safe HTML. The only place that imports bleach.

Two walls: the renderer knows no raw HTML and writes only what is listed below; bleach then parses what it
wrote and drops anything else. A strict Content-Security-Policy stands behind both. Rendered once, when written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

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


def render(body: str, *, heading: int = 4, links: bool = True) -> str:
    """Return `body` (CommonMark with line breaks kept) as HTML that may be shown as it is.

    Tags: TAGS. Links lead to http and https only and carry LINK_REL; images become links (text lowers risk).
    `heading` is the level of every heading: 4 inside a post, 2 where the text is the page itself.
    Without `links` an address stands beside its words as text.
    Words are not dropped: what looks like HTML, or like a link that is not allowed, stands as it was typed.
    """
    tokens = _PARSER.parse(body)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        html = _as_typed(body)  # the parser stops reading at its nesting limit and would lose the rest
    else:
        html = _PARSER.renderer.render(tokens, _PARSER.options, {"links": links})
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
    """Writes one level of heading (the page has its own above), links that tell nothing, and no image."""

    def heading_open(
        self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        return "<h4>"

    def heading_close(
        self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        return "</h4>\n"

    def link_open(self, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
        address = str(tokens[index].attrGet("href") or "")
        empty = tokens[index + 1].type == "link_close"
        if not env["links"]:
            return ""
        return _link(address) + (escapeHtml(address) if empty else "")

    def link_close(self, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
        if env["links"]:
            return "</a>"
        opened = max(i for i in range(index) if tokens[i].type == "link_open")
        said = "".join(token.content for token in tokens[opened + 1 : index])
        return _beside(said, str(tokens[opened].attrGet("href") or ""))

    def fence(self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
        # One word after the fence names a language; more are words that somebody wanted read.
        first = tokens[index].info.strip()
        first = f"{first}\n" if " " in first else ""
        return f"<pre><code>{escapeHtml(first + tokens[index].content)}</code></pre>\n"

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        source = str(token.attrGet("src") or "")
        words = self.renderInlineAsText(token.children or [], options, env) or source
        # Inside a link an image is words only: a link in a link is none.
        inside = sum(1 if t.type == "link_open" else -1 for t in tokens[:index] if t.type.startswith("link_"))
        if not env["links"] and not inside:
            return escapeHtml(words) + ("" if words == source else _beside(words, source))
        return escapeHtml(words) if inside else f"{_link(source)}{escapeHtml(words)}</a>"


def _beside(words: str, address: str) -> str:
    """An address as text after the words that named it; nothing where they are the address."""
    if not words:
        return escapeHtml(address)
    return "" if words == address else f" ({escapeHtml(address)})"


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
