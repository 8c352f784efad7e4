"""docs/settings.md lists every deployment setting with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peerspace.config import ROOT, Config

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = {
    name: (default, about)
    for name, default, about in re.findall(r"^\| `PEERSPACE_(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
}
KEPT = "made once, kept in `VAR_DIR`"


class Recorder(dict[str, str]):
    """An environment that remembers what was asked of it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)


def test_the_page_names_every_setting_and_no_other(tmp_path: Path) -> None:
    environ = Recorder({"PEERSPACE_VAR_DIR": str(tmp_path)})
    Config.from_env(environ)
    assert {name.removeprefix("PEERSPACE_") for name in environ.asked} == set(ROWS)
    assert {name for name in environ.asked if not name.startswith("PEERSPACE_")} == set()


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"VAR_DIR"}))
def test_the_default_is_the_one_in_force(tmp_path: Path, name: str) -> None:
    config = Config.from_env({"PEERSPACE_VAR_DIR": str(tmp_path)})
    value = getattr(config, name.lower())
    said = ROWS[name][0]
    if said == KEPT:
        assert value == (tmp_path / f"{name.lower()}.secret").read_text(encoding="ascii")
    elif name == "DATABASE_URL":
        assert value == f"sqlite:///{tmp_path / 'peerspace.db'}"
        assert said == "`sqlite:///` and `peerspace.db` in `VAR_DIR`"
    elif said == "none":
        assert not value
    elif said.endswith("in the checkout"):
        assert value == ROOT / said.split("`")[1]
    elif isinstance(value, bool):
        assert said == ("`on`" if value else "`off`")
    else:
        assert said.startswith(f"`{value}`")


def test_var_dir_is_in_the_checkout() -> None:
    assert ROWS["VAR_DIR"][0] == "`var` in the checkout"


def test_what_production_refuses_is_said() -> None:
    for name in ("SECRET_KEY", "BASE_URL", "RATE_LIMITS", "ADMISSION"):
        assert "Production refuses" in ROWS[name][1]
