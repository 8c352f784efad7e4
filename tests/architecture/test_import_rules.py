"""The import rules of docs/architecture.md hold, and their tool would notice if they did not."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the package in `folder` with the contracts of its setup.cfg."""
    first = f"import sys; sys.path.insert(0, {str(folder)!r})"  # before the checkout's own editable install
    code = f"{first}; from importlinter.cli import lint_imports_command as lint; lint()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def bare_copy(folder: Path, module: str, line: str) -> Path:
    """Lay the rooms (packages without content) into `folder`, with `line` as all that `module` holds."""
    shutil.copy(ROOT / "setup.cfg", folder)
    for room in ROOT.glob("peerspace/**/__init__.py"):
        copy = folder / room.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("", encoding="utf-8")
    (folder / "peerspace" / module / "__init__.py").write_text(line + "\n", encoding="utf-8")
    return folder


def test_import_rules_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        pytest.param("kernel", "import peerspace.forum", id="kernel imports a feature"),
        pytest.param(
            "text", "import peerspace.kernel\nimport peerspace.accounts", id="text imports a feature"
        ),
        pytest.param("accounts", "import peerspace.community", id="a feature imports rightwards"),
        pytest.param("forum", "import peerspace.chat", id="forum imports chat"),
        pytest.param("chat", "import peerspace.forum", id="chat imports forum"),
        pytest.param("notifications", "import peerspace.research", id="notifications imports research"),
        pytest.param("research", "import peerspace.web", id="a feature imports an adapter"),
        pytest.param("web", "import peerspace.realtime", id="an adapter imports another"),
        pytest.param("web/forum", "import peerspace.web.chat", id="a feature's pages import another's"),
        pytest.param("jobs", "import peerspace.web", id="background work imports the web adapter"),
        pytest.param("cli", "import peerspace.jobs", id="a command imports another adapter"),
        pytest.param("moderation", "import flask", id="a feature imports Flask"),
        pytest.param("chat", "import flask_socketio", id="a feature imports Socket.IO"),
        pytest.param("research", "import apscheduler.schedulers.base", id="a feature imports APScheduler"),
        pytest.param("kernel", "import click", id="kernel imports Click"),
        pytest.param("web", "import flask_socketio", id="web could emit to sockets"),
        pytest.param("forum", "import bleach", id="bleach outside text"),
        pytest.param("web", "import bleach", id="bleach in an adapter"),
    ],
)
def test_a_broken_rule_is_noticed(tmp_path: Path, module: str, line: str) -> None:
    done = lint_imports(bare_copy(tmp_path, module, line))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


@pytest.mark.parametrize(
    ("root", "line"),
    [
        ("wiring", "import peerspace.wiring"),
        ("features", "import peerspace.features"),
        ("stray", "import sqlalchemy"),
    ],
)
def test_the_modules_at_the_root_have_their_place_too(tmp_path: Path, root: str, line: str) -> None:
    """A feature imports nothing of what puts features together, and a new module has to say where it stands."""
    folder = bare_copy(tmp_path, "research", line)
    (folder / "peerspace" / f"{root}.py").write_text("", encoding="utf-8")
    done = lint_imports(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert ("stray" if root == "stray" else f"peerspace.research -> peerspace.{root}") in done.stdout


def test_a_lawful_import_passes_on_the_same_bare_copy(tmp_path: Path) -> None:
    """Else the refusals above might come from the copy and not from the import."""
    done = lint_imports(bare_copy(tmp_path, "forum", "import peerspace.accounts\nimport sqlalchemy"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_migrations_import_nothing_from_the_package() -> None:
    """A revision must mean the same in ten years, whatever the models have become."""
    revisions = sorted(ROOT.glob("migrations/versions/*.py"))
    assert revisions
    for revision in revisions:
        for node in ast.walk(ast.parse(revision.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "peerspace"], revision.name


def test_pages_load_nothing_of_the_research_engine() -> None:
    """It takes a second and a hundred megabytes in every web process; only building and checking releases need it."""
    engine = {"duckdb", "scipy", "matplotlib", "numpy", "adbc_driver_manager"}
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, peerspace.app; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert engine & set(loaded) == set()
    assert "peerspace.web.research" in loaded
