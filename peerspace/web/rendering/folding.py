"""What a template's compiler can know before any page is asked for: words, constants, which branch is taken."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import nodes
from jinja2.runtime import markup_join
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from peerspace.web.rendering import words
from peerspace.web.rendering.base import FoldingEnvironment

DIRECT = "call "
BARE = "bare "
"""Begins of the names under which global functions are called without the detour over the template's context: with
arguments, and without any."""


class Folder(NodeTransformer):
    """Folds one template, in one language.

    `shadowed` are names that the template gives a value of its own: they are not taken for the global functions.
    """

    def __init__(self, environment: FoldingEnvironment, name: str | None, shadowed: set[str]) -> None:
        self.environment = environment
        self.name = name
        self.shadowed = shadowed
        self.eval_context = nodes.EvalContext(environment, name)

    # --- Expressions ---

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        """A known message becomes text; a global function is called directly."""
        function = node.node
        if not isinstance(function, nodes.Name) or function.name in self.shadowed:
            return self.generic_visit(node)
        if function.name in words.GETTEXT and (message := words.literal_of(node)) is not None:
            values = {pair.key: self.expression(pair.value) for pair in node.kwargs}
            return self.placed(words.said(self.environment.language, message, values), node)
        called = self.generic_visit(node)
        return self._direct(node, function.name) or called

    def _direct(self, node: nodes.Call, name: str) -> nodes.Node | None:
        if name not in self.environment.direct:
            return None
        first: nodes.Expr
        if node.args:
            kind, first, rest = DIRECT, node.args[0], node.args[1:]
        elif not node.kwargs and node.dyn_args is None and node.dyn_kwargs is None:
            kind, first, rest = BARE, nodes.Const(None), []
        else:
            return None
        return self.placed(
            nodes.Filter(first, kind + name, rest, node.kwargs, node.dyn_args, node.dyn_kwargs), node
        )

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Constants are joined here: Jinja would forget which of them are markup."""
        self.generic_visit(node)
        if all(isinstance(one, nodes.Const) for one in node.nodes):
            joined = markup_join(one.value for one in node.nodes)  # type: ignore[attr-defined]
            return self.placed(nodes.Const(joined), node)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        """`a if test else b` with a known test."""
        self.generic_visit(node)
        known, value = self.known(node.test)
        if known and value:
            return node.expr1
        return node.expr2 if known and node.expr2 is not None else node

    def visit_And(self, node: nodes.And) -> nodes.Node:  # noqa: N802
        """`a and b` with a known a."""
        self.generic_visit(node)
        known, value = self.known(node.left)
        return (node.right if value else node.left) if known else node

    def visit_Or(self, node: nodes.Or) -> nodes.Node:  # noqa: N802
        """`a or b` with a known a."""
        self.generic_visit(node)
        known, value = self.known(node.left)
        return (node.left if value else node.right) if known else node

    # --- Statements ---

    def visit_If(self, node: nodes.If) -> nodes.Node | list[nodes.Node]:  # noqa: N802
        """Only the branch that is taken, where that is known; what can never be reached goes."""
        made: list[nodes.If] = []
        last = node.else_
        for branch in (node, *node.elif_):
            test: nodes.Node = self.visit(branch.test)
            known, value = self.known(test)
            if not known:
                made.append(nodes.If(test, self.statements(branch.body), [], []))
            elif value:
                last = branch.body
                break
        if not made:
            return self.statements(last)
        made[0].elif_, made[0].else_ = made[1:], self.statements(last)
        return self.placed(made[0], node)

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:  # noqa: N802
        """Each thing that is written, taken apart where that saves work on every page."""
        made: list[nodes.Node] = []
        for child in node.nodes:
            made += self.written(child)
        return [self.placed(one, node) for one in made]

    def written(self, child: nodes.Expr) -> list[nodes.Node]:
        """Statements that write `child`."""
        if isinstance(child, nodes.TemplateData):
            return [nodes.Output([child])]
        if isinstance(child, nodes.Call) and (cut := self._cut(child)) is not None:
            return cut
        if isinstance(child, nodes.CondExpr):
            last = [nodes.Output([child.expr2])] if child.expr2 is not None else []
            return self.visit_list(nodes.If(child.test, [nodes.Output([child.expr1])], [], last))
        return [nodes.Output([self.expression(child)])]

    def _cut(self, call: nodes.Call) -> list[nodes.Node] | None:
        """A message with values, written piece by piece."""
        function = call.node
        if not isinstance(function, nodes.Name) or function.name not in words.GETTEXT or not call.kwargs:
            return None
        message = words.literal_of(call)
        if message is None or function.name in self.shadowed:
            return None
        values = {pair.key: pair.value for pair in call.kwargs}
        parts = words.pieces(self.environment.language, message, set(values))
        if parts is None:
            return None
        made: list[nodes.Node] = []
        for part in parts:
            if isinstance(part, Markup):
                made.append(nodes.Output([nodes.TemplateData(str(part))]))
            else:
                made += self.written(values[part])
        return made

    # --- Small parts ---

    def expression(self, node: nodes.Expr) -> nodes.Expr:
        """`node` folded."""
        folded: nodes.Expr = self.visit(node)
        return folded

    def statements(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        """Each of `body` folded."""
        return [made for node in body for made in self.visit_list(node)]

    def known(self, node: nodes.Node) -> tuple[bool, object]:
        """Whether an expression has its value already, and which."""
        try:
            return True, node.as_const(self.eval_context)  # type: ignore[attr-defined]
        except nodes.Impossible:
            return False, None

    def placed(self, made: nodes.Node, at: nodes.Node) -> nodes.Node:
        """A new node in the place of another."""
        return made.set_lineno(at.lineno).set_environment(self.environment)
