"""What the folding of a template needs of the environment that compiles it."""

from __future__ import annotations

from typing import Any

from flask.templating import Environment

from peerspace.kernel.wording import ENGLISH, Language


class FoldingEnvironment(Environment):
    """Flask's environment, for one language."""

    language: Language = ENGLISH
    direct: frozenset[str] = frozenset()
    """Names of global functions, which need nothing of the page that calls them."""

    def is_common(self, name: str) -> bool:
        """True for what every template finds under this name, whatever page it is for."""
        return name in self.globals

    def home(self, name: str) -> Any:
        """The macros of a file (`inlining.Home`)."""
        raise NotImplementedError
