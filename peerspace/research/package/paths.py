"""Which names of files stay within a package."""

from __future__ import annotations

from pathlib import PurePosixPath


def safe_path(name: str) -> bool:
    """Whether a path stays within the package: relative, with `/`, without `..`, nothing hidden."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and not name.startswith("/")
        and "\\" not in name
        and not any(p.startswith(".") for p in parts)
    )
