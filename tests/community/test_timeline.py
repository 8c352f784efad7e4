"""The platform notes its own changes: a new kind of audited action has to say whether the timeline tells it."""

from __future__ import annotations

import ast
from pathlib import Path

import peerspace
from peerspace.community.timeline import AUDITED, KINDS, NOT_OF_THE_PLATFORM

PACKAGE = Path(peerspace.__file__).parent


def _words(node: ast.AST) -> set[str]:
    return {
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def _said(call: ast.Call, function: ast.FunctionDef, module: ast.Module) -> set[str]:
    """What an audited call may be about: its first argument, followed to where it was said."""
    what = call.args[0]
    if isinstance(what, ast.JoinedStr):
        return {"".join(part.value if isinstance(part, ast.Constant) else "*" for part in what.values)}
    if isinstance(what, ast.IfExp):
        return _words(what.body) | _words(what.orelse)
    if not isinstance(what, ast.Name):
        return _words(what)
    place = [argument.arg for argument in function.args.args]
    if what.id not in place:
        given = [
            one.value
            for one in ast.walk(function)
            if isinstance(one, ast.Assign) and any(getattr(t, "id", "") == what.id for t in one.targets)
        ]
        values = [
            part
            for one in given
            for part in ((one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,))
        ]
        return set().union(*(_words(value) for value in values))
    index = place.index(what.id)
    calls = [
        one
        for one in ast.walk(module)
        if isinstance(one, ast.Call)
        and getattr(one.func, "id", "") == function.name
        and len(one.args) > index
    ]
    return set().union(*(_words(one.args[index]) for one in calls))


def _audited() -> dict[str, str]:
    """Every audited action of the package, and where."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name == "kernel":
            continue
        module = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "audit" and call.args:
                    actions = _said(call, function, module)
                    assert actions, f"{path.name}: what does {ast.unparse(call)} say?"
                    found |= dict.fromkeys(actions, f"{path.parent.name}/{path.name}")
    return found


def test_every_audited_action_says_whether_the_timeline_tells_it() -> None:
    found = _audited()
    assert len(found) > 40
    known = {*AUDITED, *NOT_OF_THE_PLATFORM}
    assert {action: where for action, where in found.items() if action not in known} == {}
    assert known - set(found) == set(), "these are audited nowhere"
    assert not set(AUDITED) & NOT_OF_THE_PLATFORM
    assert set(AUDITED.values()) <= {*KINDS, "opening_hours"}
