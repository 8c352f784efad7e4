"""What a full disk or an absent database must not break for good: secrets, the log, starting."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
import structlog

from peerspace.config import Config
from peerspace.kernel import migrate
from peerspace.kernel.db import make_engine
from peerspace.logs import configure_logs


def test_a_secret_that_could_not_be_written_leaves_no_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty file would be read as the secret from then on, by every start."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    settings = {"PEERSPACE_VAR_DIR": str(tmp_path)}
    with monkeypatch.context() as planted:
        planted.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            Config.from_env(settings)
    assert list(tmp_path.iterdir()) == []
    made = Config.from_env(settings).secret_key
    assert len(made) >= 32
    assert Config.from_env(settings).secret_key == made
    assert {path.suffix for path in tmp_path.iterdir()} == {".secret"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_log_on_a_full_disk_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)
        for log_format in ("plain", "json"):
            configure_logs(log_format)
            structlog.get_logger().error("said_to_nobody")
        monkeypatch.undo()
        structlog.reset_defaults()
        full.buffer.raw.close()  # type: ignore[attr-defined] -- what is still in it can never be written


def test_serving_begins_without_a_database_that_may_come_back(tmp_path: Path) -> None:
    assert not migrate.may_come_back(make_engine(f"sqlite:///{tmp_path / 'nowhere.db'}")), (
        "a wrong path stays wrong"
    )
    empty = tmp_path / "empty.db"
    empty.touch()
    assert not migrate.may_come_back(make_engine(f"sqlite:///{empty}")), "it is there, and not migrated"
    migrate.upgrade(make_engine(f"sqlite:///{empty}"))
    assert migrate.may_come_back(make_engine(f"sqlite:///{empty}"))
    spoilt = tmp_path / "spoilt.db"
    spoilt.write_bytes(b"x" * 8192)
    assert not migrate.is_current(make_engine(f"sqlite:///{spoilt}"))
    away = make_engine("postgresql+psycopg://127.0.0.1:1/nowhere")
    assert migrate.may_come_back(away)
    assert not migrate.is_current(away)
