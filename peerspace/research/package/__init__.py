"""Releases as Data Packages: writing one, and checking one from its files alone.

built = build_t0(T0Input(...), folder)     # folder: absent or empty; the caller renames it into place
findings = verify_package(folder)          # [] when all is well
"""

from __future__ import annotations

from peerspace.research.package.build import Built, build_t0
from peerspace.research.package.inputs import StudyMeta, T0Input, TimelineEntry
from peerspace.research.package.verify import Finding, verify_package
from peerspace.research.package.verify_files import safe_path

__all__ = [
    "Built",
    "Finding",
    "StudyMeta",
    "T0Input",
    "TimelineEntry",
    "build_t0",
    "safe_path",
    "verify_package",
]
