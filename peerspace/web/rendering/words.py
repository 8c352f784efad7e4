"""The words of a language in a template: what is known when it is compiled becomes text, the rest is looked up.

It says the same as Jinja's own gettext in its new style: a message is markup, values are escaped into it, and `%%` is a
percent sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import nodes
from markupsafe import Markup

from peerspace.kernel.wording import Language

GETTEXT = ("_", "gettext")
_VALUE = re.compile(r"%(?:\((\w+)\)s|(%))")


def spoken_globals(language: Language) -> dict[str, Callable[..., Markup]]:
    """`_`, `gettext` and `ngettext` in one language."""
    catalogue = language.catalogue

    def gettext(message: str, **values: object) -> Markup:
        return Markup(catalogue.gettext(message) if message else "") % values  # noqa: S704 written by us

    def ngettext(one: str, many: str, number: int, **values: object) -> Markup:
        values.setdefault("num", number)
        return Markup(catalogue.ngettext(one, many, number)) % values  # noqa: S704 written by us

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


def literal_of(call: nodes.Call) -> str | None:
    """The message of `_("...")` or `_("...", name=value)`; None where it is not known yet."""
    if len(call.args) != 1 or call.dyn_args is not None or call.dyn_kwargs is not None:
        return None
    message = call.args[0]
    return message.value if isinstance(message, nodes.Const) and isinstance(message.value, str) else None


def said(language: Language, message: str, values: dict[str, nodes.Expr]) -> nodes.Expr:
    """The expression that says a known message: text, or text that values are put into."""
    text = Markup(language.catalogue.gettext(message) if message else "")  # noqa: S704 written by us
    if not values:
        return nodes.Const(text % {})
    pairs = [nodes.Pair(nodes.Const(name), value) for name, value in values.items()]
    return nodes.Mod(nodes.Const(text), nodes.Dict(pairs))


def pieces(language: Language, message: str, names: set[str]) -> list[str | Markup] | None:
    """A message cut at its values: markup, and between it their names.

    None where it does not hold each of `names` once and nothing else: then it is put together at run time.
    """
    text = language.catalogue.gettext(message)
    found: list[str | Markup] = []
    end, asked = 0, []
    for hit in _VALUE.finditer(text):
        found.append(Markup(text[end : hit.start()]))  # noqa: S704 written by us
        if hit[1] is None:
            found.append(Markup("%"))
        else:
            found.append(hit[1])
            asked.append(hit[1])
        end = hit.end()
    found.append(Markup(text[end:]))  # noqa: S704 written by us
    whole = all("%" not in one or one == "%" for one in found if isinstance(one, Markup))
    return found if whole and sorted(asked) == sorted(names) else None
