"""One Jinja environment a language.

The application's own environment (`app.jinja_env`) holds globals, filters and the loader; it says no words. For each
language that pages are asked for in, an overlay of it is made once, which compiles templates for that language alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from types import FunctionType, MethodType
from typing import Any, TypeGuard

from flask import Flask, current_app, render_template
from jinja2 import BytecodeCache, Template, nodes, pass_context
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from peerspace.kernel.wording import Language, spoken
from peerspace.web.rendering.base import FoldingEnvironment
from peerspace.web.rendering.folding import BARE, DIRECT, Folder
from peerspace.web.rendering.inlining import Home, Inliner, home_of
from peerspace.web.rendering.trees import merge_all
from peerspace.web.rendering.words import spoken_globals

EXTENSION = "peerspace_pages"


class PageTemplate(Template):
    """A template of one language, whose macros are made once."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """What another template imports. Jinja looks each time whether that one has globals of its own: none has."""
        return super()._get_default_module()


class PageEnvironment(FoldingEnvironment):
    """Flask's environment, which can be had for one language."""

    folds = False
    template_class = PageTemplate
    homes: dict[str, Home]
    """The macros of each file that was asked for."""

    def in_language(self, language: Language, *, folds: bool = True) -> PageEnvironment:
        """An overlay that speaks `language`. Without `folds` it looks every word up and calls every macro (tests)."""
        made = self.overlay()
        made.language, made.folds = language, folds
        made.globals = {**self.globals, **spoken_globals(language)}
        made.filters = dict(self.filters)
        made.homes = {}
        functions = {name: value for name, value in made.globals.items() if _is_function(value)}
        made.direct = frozenset(functions)
        for name, function in functions.items():
            made.filters[DIRECT + name], made.filters[BARE + name] = _direct(function)
        if self.bytecode_cache is not None:
            made.bytecode_cache = _OfOneLanguage(self.bytecode_cache, f"{language.code} {folds}")
        return made

    def home(self, name: str) -> Home:
        """The macros of a file."""
        known = self.homes.get(name)
        if known is None:
            source, filename, _ = self.loader.get_source(self, name)  # type: ignore[union-attr]
            known = self.homes[name] = home_of(self, self._parse(source, name, filename))
        return known

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        if self.folds and self._is_escaped(name):
            _fold(Inliner(self, name, home_of(self, source), count()), source)
        return super()._generate(source, name, filename, defer_init)

    def _is_escaped(self, name: str | None) -> bool:
        return self.autoescape(name) if callable(self.autoescape) else self.autoescape


def _fold(folder: Folder, template: nodes.Template) -> None:
    """Fold a template in place. What a page that extends another holds outside its blocks is not written."""
    extends = template.find(nodes.Extends) is not None
    kept: list[nodes.Node] = []
    for node in template.body:
        if extends and not isinstance(node, nodes.Block | nodes.Macro | nodes.Assign | nodes.AssignBlock):
            kept.append(node)
        else:
            kept += folder.visit_list(node)
    template.body = kept
    merge_all(template)


def _is_function(value: object) -> TypeGuard[Callable[..., Any]]:
    return isinstance(value, FunctionType | MethodType) and not hasattr(value, "jinja_pass_arg")


def _direct(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`function` as two filters, with arguments and without. They ask for the context so that nothing is folded."""

    @pass_context
    def with_arguments(_context: object, first: object, *others: object, **named: object) -> Any:
        return function(first, *others, **named)

    @pass_context
    def bare(_context: object, _nothing: object) -> Any:
        return function()

    return with_arguments, bare


class _OfOneLanguage(BytecodeCache):
    """A cache of compiled templates that keeps those of one language apart."""

    def __init__(self, shared: BytecodeCache, key: str) -> None:
        self.shared = shared
        self.key = key

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The shared cache's key, for this language."""
        return self.shared.get_cache_key(f"{self.key} {name}", filename)

    def load_bytecode(self, bucket: Bucket) -> None:
        """As the shared cache does."""
        self.shared.load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """As the shared cache does."""
        self.shared.dump_bytecode(bucket)


class Pages:
    """The environments of one application, made when a language is first asked for."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._made: dict[str, PageEnvironment] = {}
        self._lock = threading.Lock()

    def environment(self) -> PageEnvironment:
        """The environment of the language that is spoken now."""
        language = spoken()
        made = self._made.get(language.code)
        if made is None:
            with self._lock:
                own: Any = self._app.jinja_env
                # While files are read again when they change, none may stand in another.
                made = own.in_language(language, folds=not own.auto_reload)
                made = self._made.setdefault(language.code, made)
        return made


def register_rendering(app: Flask) -> None:
    """Let `page` render the templates of `app`. Before anything asks for `app.jinja_env`."""
    app.jinja_environment = PageEnvironment
    app.extensions[EXTENSION] = Pages(app)


def page(template: str, **context: Any) -> str:
    """The page `template` with `context`, in the language that is spoken now."""
    pages: Pages = current_app.extensions[EXTENSION]
    environment = pages.environment()
    if not environment.direct.isdisjoint(context):
        raise ValueError(
            f"{template} is given what is a global function: {environment.direct & context.keys()}"
        )
    return render_template(environment.get_template(template), **context)
