"""What somebody wrote, from what was typed to what others read: the one way that every surface takes text in.

Kept is what was typed. Judged is what is read: whether anything is there at all, whether it may be shown, and what
a screener has to look at. References, marks, soft hyphens and invisible characters are resolved by then.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from dataclasses import dataclass

from markupsafe import escape

from peerspace.kernel.errors import Invalid
from peerspace.kernel.write_turn import refuse_in_write_turn
from peerspace.text.clean import clean, is_showable, is_visible
from peerspace.text.folding import END
from peerspace.text.markdown import render_both

BREAK = END
"""Parts two texts in what is screened: no phrase reaches over it. Nobody can type it (`clean` refuses it)."""

# bleach writes attributes in double quotes; a `>` may stand inside them.
_TAG = re.compile(r'<(/?)([a-z0-9]+)((?:[^"<>]|"[^"]*")*)>')
_NUMBER = re.compile('="([0-9]+)"')
_LINES = re.compile(r"[ \t]*+\n\s*+")
_HOST = re.compile(r"</a> \([^()\s]*\)")
_BLOCKS = frozenset({"p", "br", "ul", "ol", "li", "blockquote", "pre", "hr", "h2", "h3", "h4"})


@dataclass(frozen=True, slots=True)
class Written:
    """One text: as it was typed and is kept (`text`), as pages show it, and as readers read it.

    `html`: safe HTML with live links; `unlinked`: the same with addresses as text, for a new member. `words`: what
    readers see, without markdown and invisible characters. `screened`: all that a screener looks at, which is what is
    read, what was typed and what a link's words join, parted by BREAK.
    """

    text: str
    html: str
    words: str
    unlinked: str
    screened: str

    def shown(self, *, links: bool) -> str:
        """The HTML with live links, or with addresses as text."""
        return self.html if links else self.unlinked


EMPTY = Written("", "", "", "", "")


def write_markdown(
    value: object, *, field: str, limit: int, required: bool = True, heading: int = 4
) -> Written:
    """`value`, typed as markdown into `field`, as it is kept, shown and read.

    Call it before a write unit opens; for what members write, through `peerspace.text.apart`.

    Raises as `clean` does, also for what only the rendered text shows: nothing to read is `empty`, characters that
    came in by reference (`&#8238;`) are `bad_characters`.
    """
    refuse_in_write_turn("text is rendered")
    text = clean(value, field=field, limit=limit, required=required)
    if not text:
        return EMPTY
    rendered = render_both(text, heading=heading)
    read = _read(rendered.linked)
    if not is_showable(read):
        raise Invalid("bad_characters", fields={field: "bad_characters"})
    if not is_visible(read):
        if required:
            raise Invalid("empty", fields={field: "empty"})
        return EMPTY
    # Links whose words make one word are read as such, without the hosts that stand between them.
    joined = _read(_HOST.sub("</a>", rendered.linked)) if "</a> (" in rendered.linked else read
    looked_at = dict.fromkeys(_LINES.sub("\n", part).strip() for part in (read, text, joined))
    return Written(text, rendered.linked, _seen(read), rendered.unlinked, BREAK.join(looked_at))


def write_plain(
    value: object, *, field: str, limit: int, required: bool = True, one_line: bool = False
) -> Written:
    """`value`, typed as plain text into `field`: a title, a note, an answer, a reason. Raises as `clean` does."""
    text = clean(value, field=field, limit=limit, required=required, one_line=one_line)
    shown = str(escape(text)).replace("\n", "<br>\n")
    return Written(text, shown, _seen(text), shown, text)


def _read(html: str) -> str:
    """What stands in `html` for a reader: a new line for every block and number for every entry of a numbered list,
    nothing for a mark inside a line."""
    numbers: list[int | None] = []  # of the lists that are open; None where a list has bullets

    def read(tag: re.Match[str]) -> str:
        closes, name, attributes = tag.groups()
        if name not in _BLOCKS:
            return ""
        if name in ("ol", "ul"):
            if closes:
                numbers.pop()
            else:
                numbers.append(_number(attributes, 1) if name == "ol" else None)
        elif name == "li" and not closes and numbers[-1] is not None:
            number = _number(attributes, numbers[-1])
            numbers[-1] = number + 1
            return f"\n{number}. "
        return "\n"

    return entities.unescape(_TAG.sub(read, html))


def _number(attributes: str, otherwise: int) -> int:
    found = _NUMBER.search(attributes)
    return int(found[1]) if found else otherwise


def _seen(text: str) -> str:
    """`text` without its invisible characters, one new line for many."""
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return _LINES.sub("\n", text).strip()
