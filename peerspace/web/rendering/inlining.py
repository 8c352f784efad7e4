"""Macros written in the place where they are called, when a template is compiled.

A macro that needs nothing but its arguments and global functions is the same there as in its file. Its parameters
become variables of a scope, under names that nothing else has; constants are put in for them and fold what they decide.
What does not fit (a macro used as a value, one that reads its own file's variables) stays a call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from jinja2 import nodes

from peerspace.web.rendering.base import FoldingEnvironment
from peerspace.web.rendering.folding import Folder
from peerspace.web.rendering.trees import clone, loads, stored_names

DEEPEST = 8
"""So many macros may stand inside one another in one place."""
SIMPLE = (nodes.Const, nodes.Name)


class NotInlinable(Exception):
    """This call has to stay a call."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro and the template that it is written in."""

    node: nodes.Macro
    home: Home


@dataclass(slots=True)
class Home:
    """What a template can call: its own and imported macros (`icon`), and those of imported files (`ui.icon`)."""

    shadowed: set[str] = field(default_factory=set)
    ambiguous: set[str] = field(default_factory=set)
    """Names that stand for something else somewhere in the template, a parameter perhaps."""
    macros: dict[str, Macro] = field(default_factory=dict)
    files: dict[str, Home] = field(default_factory=dict)

    def find(self, function: nodes.Node) -> Macro | None:
        """The macro that is called so, if it is known."""
        named = function.node if isinstance(function, nodes.Getattr) else function
        if not isinstance(named, nodes.Name) or named.name in self.ambiguous:
            return None
        if isinstance(function, nodes.Name):
            return self.macros.get(function.name)
        home = self.files.get(named.name)
        return (
            home.macros.get(function.attr)
            if home is not None and isinstance(function, nodes.Getattr)
            else None
        )


def home_of(environment: FoldingEnvironment, template: nodes.Template) -> Home:
    """What `template` can call."""
    names = Counter(stored_names(template))
    home = Home(set(names), {name for name, count in names.items() if count > 1})
    for node in template.body:
        if isinstance(node, nodes.Macro):
            home.macros[node.name] = Macro(node, home)
        elif not isinstance(node, nodes.Import | nodes.FromImport) or node.with_context:
            continue
        elif isinstance(node.template, nodes.Const):
            theirs = environment.home(node.template.value)
            if isinstance(node, nodes.Import):
                home.files[node.target] = theirs
                continue
            for one in node.names:
                name, here = (one, one) if isinstance(one, str) else one
                if name in theirs.macros:
                    home.macros[here] = theirs.macros[name]
    outermost = Counter(name for node in template.body for name in _given(node))
    home.macros = {name: one for name, one in home.macros.items() if outermost[name] == 1}
    return home


def _given(node: nodes.Node) -> list[str]:
    """The names that a statement gives a value outside of it."""
    return [node.name] if isinstance(node, nodes.Macro) else stored_names(node)


class Inliner(Folder):
    """Folds one template and the macros that it calls."""

    def __init__(
        self,
        environment: FoldingEnvironment,
        name: str | None,
        home: Home,
        numbers: count[int],
        depth: int = 0,
    ) -> None:
        super().__init__(environment, name, home.shadowed)
        self.home = home
        self.numbers = numbers
        self.depth = depth
        self.shadowed_here = home.shadowed

    def written(self, child: nodes.Expr) -> list[nodes.Node]:
        """Statements that write `child`: the body of a macro, where it is a call of one."""
        if isinstance(child, nodes.Call) and (macro := self.home.find(child.node)) is not None:
            try:
                return self._in_place(macro, child, None)
            except NotInlinable:
                pass
        return super().written(child)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node | list[nodes.Node]:  # noqa: N802
        """`{% call macro() %}body{% endcall %}`."""
        macro = self.home.find(node.call.node)
        if macro is not None and not node.args:
            try:
                body = self.statements([clone(one) for one in node.body])
                return self._in_place(macro, node.call, body)
            except NotInlinable:
                pass
        return self.generic_visit(node)

    def _in_place(self, macro: Macro, call: nodes.Call, caller: list[nodes.Node] | None) -> list[nodes.Node]:
        if self.depth >= DEEPEST:
            raise NotInlinable
        given = _bound(macro.node, call)
        values = {name: self.expression(clone(value)) for name, value in given.items()}
        body = [clone(one) for one in macro.node.body]
        sets = stored_names(body)
        number = next(self.numbers)
        new = {name: f"{name}__{number}" for name in (*values, *sets)}
        put_in = {
            name: value
            for name, value in values.items()
            if name not in sets and isinstance(value, SIMPLE) and not loads(value, "loop")
        }
        if caller is not None and (loads(caller, "loop") or not loads(body, "caller")):
            raise NotInlinable
        within = _Within(self, macro.home, new, put_in, caller)
        made = within.statements(body)
        targets = [name for name in values if name not in put_in]
        if targets or sets:
            names: list[nodes.Expr] = [nodes.Name(new[name], "param") for name in targets]
            made = [nodes.With(names, [values[name] for name in targets], made)]
        for one in made:
            one.set_lineno(call.lineno, override=True)
        return [self.placed(one, call) for one in made]


class _Within(Inliner):
    """Folds the body of a macro for one place. `new`: its names there; `put_in`: what stands for a parameter."""

    def __init__(
        self,
        outer: Inliner,
        home: Home,
        new: Mapping[str, str],
        put_in: Mapping[str, nodes.Expr],
        caller: list[nodes.Node] | None,
    ) -> None:
        super().__init__(outer.environment, outer.name, home, outer.numbers, outer.depth + 1)
        self.shadowed_here = outer.shadowed_here
        self.new = new
        self.put_in = put_in
        self.caller = caller

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802
        """A parameter or variable of the macro, or something that stands for everybody."""
        if node.name in self.put_in:
            return clone(self.put_in[node.name])
        if node.name in self.new:
            return self.placed(nodes.Name(self.new[node.name], node.ctx), node)
        if node.name == "loop" or (
            self.environment.is_common(node.name) and node.name not in self.shadowed_here
        ):
            return node
        raise NotInlinable

    def visit_NSRef(self, node: nodes.NSRef) -> nodes.Node:  # noqa: N802
        """`{% set namespace.name = ... %}`."""
        if node.name not in self.new:
            raise NotInlinable
        return self.placed(nodes.NSRef(self.new[node.name], node.attr), node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        """`caller is defined` is known here."""
        if isinstance(node.node, nodes.Name) and node.node.name == "caller" and node.name == "defined":
            return self.placed(nodes.Const(self.caller is not None), node)
        return self.generic_visit(node)

    def written(self, child: nodes.Expr) -> list[nodes.Node]:
        """`{{ caller() }}` writes what the call block holds."""
        if (
            isinstance(child, nodes.Call)
            and isinstance(child.node, nodes.Name)
            and child.node.name == "caller"
        ):
            if self.caller is None or child.args or child.kwargs:
                raise NotInlinable
            return [nodes.Scope([clone(one) for one in self.caller])]
        return super().written(child)

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> nodes.Node:
        """A macro within a macro, or another file, would take its names along."""
        if isinstance(node, nodes.Macro | nodes.Import | nodes.FromImport | nodes.Include | nodes.Block):
            raise NotInlinable
        return super().generic_visit(node, *args, **kwargs)


def _bound(macro: nodes.Macro, call: nodes.Call) -> dict[str, nodes.Expr]:
    """The arguments by parameter.

    Raises NotInlinable where one is missing or too many, or a default is more than a constant.
    """
    names = [one.name for one in macro.args]
    if call.dyn_args is not None or call.dyn_kwargs is not None or len(call.args) > len(names):
        raise NotInlinable
    given: dict[str, nodes.Expr] = dict(zip(names, call.args, strict=False))
    for pair in call.kwargs:
        if pair.key not in names or pair.key in given:
            raise NotInlinable
        given[pair.key] = pair.value
    first_default = len(names) - len(macro.defaults)
    for at, name in enumerate(names):
        if name in given:
            continue
        if at < first_default or not _is_plain(macro.defaults[at - first_default]):
            raise NotInlinable
        given[name] = macro.defaults[at - first_default]
    return {name: given[name] for name in names}


def _is_plain(default: nodes.Expr) -> bool:
    if isinstance(default, nodes.List | nodes.Dict):
        return not default.items
    return isinstance(default, nodes.Const)
