"""No module imports another that imports it, not even for types and not even inside a function."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def imported(source: str, modules: set[str]) -> set[str]:
    """The modules of the package that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (named & modules) or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & modules


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one circle; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_import_runs_in_a_circle() -> None:
    sources = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
        for path in (ROOT / "peerspace").rglob("*.py")
    }
    graph = {name: imported(source, set(sources)) - {name} for name, source in sources.items()}
    assert len(graph) > 300
    assert circle(graph) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from peerspace.b import thing",
        "if TYPE_CHECKING:\n    from peerspace import b",
        "def late():\n    import peerspace.b",
    ],
)
def test_a_planted_circle_is_found(planted: str) -> None:
    modules = {"peerspace", "peerspace.a", "peerspace.b"}
    sources = {"peerspace.a": planted, "peerspace.b": "from peerspace.a import other"}
    assert circle({name: imported(source, modules) - {name} for name, source in sources.items()}) != []
