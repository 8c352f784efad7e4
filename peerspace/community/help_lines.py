"""Lines answered by people, by country: read once from the file beside this module."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "help_lines.json"


@cache
def help_lines() -> dict[str, Any]:
    """The content of help_lines.json: `about` and `countries` (code, name, emergency, lines)."""
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded
