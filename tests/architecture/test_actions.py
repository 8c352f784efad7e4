"""Audited actions: each is an enumeration's member with a label, says whether the timeline tells it, and is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import peerspace
from peerspace.community.timeline import KINDS
from peerspace.features import FEATURES, audited_actions
from peerspace.kernel.actions import AuditedAction

PACKAGE = Path(peerspace.__file__).parent
TOLD_IN_BLOCKS = "opening_hours"
"""Duty is told by research.staffing, for blocks of time."""


def built_at_the_call(source: str) -> Iterator[str]:
    """Calls of `audit` whose action is put together from text, so that nothing knows of it."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        if getattr(call.func, "attr", "") != "audit" or not call.args:
            continue
        texts = (ast.JoinedStr, ast.BinOp, ast.Constant)
        if any(isinstance(part, texts) for part in ast.walk(call.args[0])):
            yield ast.unparse(call)


def test_no_action_is_built_from_text() -> None:
    found = [
        f"{path.name}: {call}"
        for path in PACKAGE.rglob("*.py")
        for call in built_at_the_call(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    ['uow.audit("item_lost", "item", 1)', 'uow.audit(f"item_{act}", "item", 1)', 'uow.audit("item_" + act, "item", 1)',
     'uow.audit("a" if yes else ItemAction.B, "item", 1)'],
)  # fmt: skip
def test_a_planted_one_is_found(planted: str) -> None:
    assert list(built_at_the_call(planted)) != []


def test_every_action_has_a_label_of_its_own_and_a_kind_that_the_timeline_knows() -> None:
    actions = audited_actions()
    assert len(actions) > 50
    assert len(actions) == sum(len(feature.actions or ()) for feature in FEATURES), "two have one code"
    assert [action for action in actions.values() if not action.label.strip()] == []
    labels = [action.label for action in actions.values()]
    assert sorted(set(labels)) == sorted(labels)
    assert {action.timeline for action in actions.values()} <= {"", TOLD_IN_BLOCKS, *KINDS}


def test_every_action_is_taken_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "actions.py"
    )
    unused = [
        action
        for action in audited_actions().values()
        if not re.search(rf"\b{type(action).__name__}\.{action.name}\b", code)
    ]
    assert unused == []


@pytest.mark.invariant(8)
def test_every_look_into_what_is_private_has_words_for_the_person() -> None:
    looks = {code for code in audited_actions() if re.search(r"_opened$|look|_seen$|_shown$|_read$", code)}
    assert {"member_file_opened", "history_opened", "consent_looked_at"} <= looks
    told = {code for code, action in audited_actions().items() if action.to_member}
    # Before a decision the look at what was reported would tell that somebody reported.
    assert looks - {"evidence_opened", "help_line_shown"} <= told


def test_an_action_is_its_code() -> None:
    class Planted(AuditedAction):
        FOUND = "found", "found"

    assert (Planted.FOUND, Planted.FOUND.label, Planted.FOUND.timeline) == ("found", "found", "")
