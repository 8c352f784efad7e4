"""Small tools for Jinja's syntax trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from jinja2 import nodes

N = TypeVar("N", bound=nodes.Node)


def clone(node: N) -> N:
    """A copy of a tree. Not `copy.deepcopy`: each node points to the environment."""
    fields = [_cloned(value) for _, value in node.iter_fields()]
    return type(node)(*fields, lineno=node.lineno, environment=node.environment)


def _cloned(value: Any) -> Any:
    if isinstance(value, nodes.Node):
        return clone(value)
    return [_cloned(one) for one in value] if isinstance(value, list) else value


def walk(found: nodes.Node | Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """Every node of one tree or of several, the roots too."""
    for root in (found,) if isinstance(found, nodes.Node) else found:
        yield root
        yield from walk(root.iter_child_nodes())


def stored_names(found: nodes.Node | Iterable[nodes.Node]) -> list[str]:
    """The names that get a value somewhere in the tree, as often as they do: variables, parameters, macros, imports."""
    names: list[str] = []
    for node in walk(found):
        if isinstance(node, nodes.Macro) or (isinstance(node, nodes.Name) and node.ctx != "load"):
            names.append(node.name)
        elif isinstance(node, nodes.Import):
            names.append(node.target)
        elif isinstance(node, nodes.FromImport):
            names += [name if isinstance(name, str) else name[1] for name in node.names]
    return names


def loads(found: nodes.Node | Iterable[nodes.Node], name: str) -> bool:
    """True where `name` is read somewhere in the tree."""
    return any(isinstance(node, nodes.Name) and node.name == name for node in walk(found))


def merged(body: list[nodes.Node]) -> list[nodes.Node]:
    """The same statements, with what is written one after the other written at once."""
    made: list[nodes.Node] = []
    for node in body:
        if isinstance(node, nodes.Output) and made and isinstance(made[-1], nodes.Output):
            made[-1].nodes.extend(node.nodes)
        elif not isinstance(node, nodes.Output) or node.nodes:
            made.append(node)
    return made


def merge_all(root: nodes.Node) -> None:
    """`merged` for every body of the tree, in place."""
    for node in walk(root):
        for _, value in node.iter_fields():
            if isinstance(value, list) and any(isinstance(one, nodes.Output) for one in value):
                value[:] = merged(value)
