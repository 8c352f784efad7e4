"""The house keeps its own rules: invariants with tests, sentences for every error, personal data declared."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import JSON, Text

from peerspace import features, sentences
from peerspace.kernel import errors
from peerspace.kernel.inventory import inventory
from peerspace.kernel.sentences import SENTENCES, Sentences
from peerspace.realtime.gate import VERSION
from peerspace.streams.closing import StreamState

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "peerspace"
ROOM_STATES = set(StreamState) - {StreamState.LOCKED, StreamState.WAITING}
"""A room is never locked, and never waits for its opening."""


def test_every_invariant_has_a_test() -> None:
    found: set[int] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= {int(number) for number in re.findall(r"mark\.invariant\((\d+)\)", path.read_text())}
    assert found == set(range(1, 14))


ERRORS = {name for name, thing in vars(errors).items() if isinstance(thing, type)}
MADE_OF_PARTS = {'f"room_{room.state_word}"': [f"room_{state}" for state in ROOM_STATES]}
"""Keys that are not written out, as their source has them, with all they can become."""


def _raised_keys(source: str) -> list[str]:
    """Every key that a module gives an error, as its first argument or for one of its fields; others as they stand."""
    keys: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in ERRORS:
            continue
        given: list[ast.expr] = node.args[:1]
        for word in node.keywords:
            if word.arg == "fields" and isinstance(word.value, ast.Dict):
                given += word.value.values
        for value in given:
            if isinstance(value, ast.Constant):
                keys.append(str(value.value))
            elif isinstance(value, ast.JoinedStr | ast.BinOp):
                keys += MADE_OF_PARTS.get(ast.unparse(value).replace("'", '"'), [ast.unparse(value)])
    return keys


def test_every_error_has_a_sentence() -> None:
    missing = {
        key: str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        for key in _raised_keys(path.read_text())
        if not sentences.known(key)
    }
    missing.pop("bad_setting", None)  # read by whoever starts PeerSpace, who sees its problem in full
    assert missing == {}


@pytest.mark.parametrize(
    "planted",
    [
        'raise NotFound("no_such_key")',
        'raise errors.Conflict("no_such_key", name=name)',
        'raise Invalid(fields={"title": "no_such_key"})',
        'raise Invalid("check_fields", fields={"title": "empty", "body": "no_such_key"})',
        'raise RoomClosed(f"lobby_{room.state_word}")',
        'raise RoomClosed("room_" + state)',
    ],
)
def test_a_key_without_a_sentence_is_found(planted: str) -> None:
    assert [key for key in _raised_keys(planted) if not sentences.known(key)] != []


def test_two_sentences_for_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="already taken"):
        Sentences(SENTENCES, {"not_found": "Another sentence."})


def test_columns_with_somebodys_words_are_in_the_inventory() -> None:
    declared = {(found.table, found.column) for found in inventory(features.metadata())}
    words = re.compile(r"^(body|body_html|words|title|own_words|note|reason|pseudonym.*)$")
    of_nobody = {("rules_version", "body"), ("rules_version", "body_html"), ("consent_notice", "body"),
                 ("rules_wording", "body"), ("rules_wording", "body_html"),
                 ("consent_notice", "body_html"), ("study", "title"), ("control_message", "body")}  # fmt: skip
    found = {
        (table.name, column.name)
        for table in features.metadata().tables.values()
        for column in table.columns
        if words.match(column.name)
    }
    assert found - of_nobody - declared == set()


NOT_PERSONAL = {
    ("job_lease", "late"): "names of jobs",
    ("rules_version", "body"): "the community's rules",
    ("rules_version", "body_html"): "the community's rules",
    ("rules_wording", "body"): "the community's rules",
    ("rules_wording", "body_html"): "the community's rules",
    ("consent_notice", "body"): "the notice that everybody reads",
    ("consent_notice", "body_html"): "the notice that everybody reads",
    ("setting_value", "value"): "how the place is set",
    ("timeline_entry", "detail"): "what the place changed, in numbers and key words",
    ("audit_entry", "detail"): "ids and enumerations; the entry's other columns say whom it concerns",
    ("help_line_version", "content"): "numbers and hours of services outside",
    ("control_message", "body"): "an order between processes, gone within minutes",
    ("participant", "since"): "microseconds by scope; the participant's own row is declared",
    ("release", "failure_values"): "counts that say why a build failed",
}


def test_every_column_that_can_hold_words_is_declared_or_says_why_not() -> None:
    open_ended = {
        (table.name, column.name)
        for table in features.metadata().tables.values()
        for column in table.columns
        if isinstance(column.type, (Text, JSON))
    }
    declared = {(found.table, found.column) for found in inventory(features.metadata())}
    assert open_ended - declared == set(NOT_PERSONAL)
    assert set(NOT_PERSONAL) <= open_ended


@pytest.mark.parametrize("layer", ["text", *(feature.name for feature in features.FEATURES)])
def test_services_never_commit(layer: str) -> None:
    for path in (PACKAGE / layer).rglob("*.py"):
        if path.relative_to(PACKAGE).as_posix() in ("kernel/uow.py", "kernel/migrate.py"):
            continue
        assert not re.search(r"\.commit\(\)", path.read_text()), path


def test_the_glossary_says_where_things_are() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    places = re.findall(r"`([a-z0-9_/]+(?:\.py|/))`", glossary)
    assert len(places) > 40
    assert [place for place in places if not (ROOT / "peerspace" / place).exists()] == []


def test_pages_and_server_speak_one_version() -> None:
    """A page of another version is told to load anew: with two versions here, for ever."""
    for script in ("room/line.js", "present.js"):
        text = (ROOT / "static" / "js" / script).read_text(encoding="utf-8")
        assert f"const VERSION = {VERSION};" in text
