"""Independent checkers, started as processes so that their verdict can be read.

They live in `.venv-checkers` (made by `make test`), because what they need clashes with what PeerSpace needs.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

CHECKERS = Path(__file__).resolve().parents[2] / ".venv-checkers" / "bin"


def frictionless_report(package: Path) -> dict[str, Any]:
    """What `frictionless validate` says of the Data Package in the folder `package`.

    Returns its report: `valid` (bool), `stats` and `tasks`, one a resource, each with its `errors`. Raises
    FileNotFoundError when the environment of the checkers was never made, and AssertionError, with what the
    checker printed, when it broke down instead of giving a verdict.
    """
    checker = CHECKERS / "frictionless"
    if not checker.exists():
        raise FileNotFoundError(f"{checker} is missing: run the tests with `make test`, or `make setup` once")
    done = subprocess.run(
        [checker, "validate", "--json", "datapackage.json"],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise AssertionError(f"frictionless gave no report: {done.stdout}\n{done.stderr}") from error
    return report


def frictionless_problems(package: Path) -> list[str]:
    """What is wrong with the Data Package in the folder `package`, one sentence each; empty when valid."""
    report = frictionless_report(package)
    problems = [error["message"] for error in report.get("errors", [])]
    for task in report["tasks"]:
        problems += [f"{task.get('name', '?')}: {error['message']}" for error in task["errors"]]
    if not problems and not report["valid"]:
        problems.append("frictionless calls the package invalid without saying why")
    return problems
