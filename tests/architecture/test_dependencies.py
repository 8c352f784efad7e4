"""Every dependency has bounds, a reason in docs/dependencies.md, and a pin with a hash in a lock file."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def declared() -> dict[str, list[Requirement]]:
    """The requirements of setup.cfg by part: `run`, and each extra under its name."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    parts = {"run": setup["options"]["install_requires"], **setup["options.extras_require"]}
    return {part: [Requirement(line) for line in text.split("\n") if line] for part, text in parts.items()}


def documented() -> dict[str, str]:
    """The bounds that docs/dependencies.md gives, by package."""
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([\w-]+)` \| `(>=[^`]+)` \|", page, flags=re.MULTILINE))


def pinned(part: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes by package in the lock file of `part`."""
    lock = (ROOT / f"requirements/{part}.lock").read_text(encoding="utf-8")
    blocks = re.findall(
        r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)", lock, flags=re.MULTILINE
    )
    return {canonicalize_name(name): (version, hashes.count("--hash")) for name, version, hashes in blocks}


def test_the_page_and_setup_cfg_name_the_same_packages_and_bounds() -> None:
    asked = {canonicalize_name(item.name): item.specifier for part in declared().values() for item in part}
    page = {name: Requirement(f"x{bounds}").specifier for name, bounds in documented().items()}
    assert page == asked


@pytest.mark.parametrize("part", ["run", "test", "lint"])
def test_every_dependency_has_both_bounds_and_a_pin_within_them(part: str) -> None:
    lock = pinned(part)
    for item in declared()[part]:
        operators = {bound.operator for bound in item.specifier}
        assert operators == {">=", "<"}, f"{item.name} needs a lower and an upper bound"
        version, hashes = lock[canonicalize_name(item.name)]
        assert item.specifier.contains(version), f"{item.name} {version} is locked outside {item.specifier}"
        assert hashes, f"{item.name} has no hash in requirements/{part}.lock"


def test_lock_files_agree_and_name_no_index() -> None:
    """All three go into one environment: a package that stands in two of them has one version."""
    versions: dict[str, str] = {}
    for part in ("run", "test", "lint"):
        for name, (version, hashes) in pinned(part).items():
            assert hashes, name
            assert versions.setdefault(name, version) == version, name
    for lock in ROOT.glob("requirements/*.lock"):
        assert "://" not in lock.read_text(encoding="utf-8"), f"{lock.name} names an address"
