"""What others made is exactly what its list says: every file listed, every sum right."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
ROW = re.compile(
    r"^\| `([^`]+)` \| `([^`]+)` \| ([\d.]+) \| `[^`]+` \| (\S+) \| `([0-9a-f]{64})` \|$", re.MULTILINE
)


def listed() -> dict[str, str]:
    """Path under static/vendor to SHA-256 sum, from the README's table."""
    rows = ROW.findall((VENDOR / "README.md").read_text(encoding="utf-8"))
    return {path: checksum for path, _package, _version, _licence, checksum in rows}


def test_every_vendored_file_is_listed_and_no_other() -> None:
    present = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()} - {"README.md"}
    assert present == set(listed())


def test_sums_are_right() -> None:
    found = {path: hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() for path in listed()}
    assert found == listed()


def test_the_fonts_come_with_their_licence() -> None:
    fonts = VENDOR.parent / "fonts"
    for family in ("atkinson", "young-serif"):
        assert list(fonts.glob(f"{family}*.woff2"))
        (licence,) = fonts.glob(f"OFL-{family}*.txt")
        assert "SIL Open Font License" in licence.read_text(encoding="utf-8")
