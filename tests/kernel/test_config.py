"""Every setting is checked at start, and a wrong one is named with what is wrong about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerspace.config import Config
from peerspace.kernel.errors import BadSetting

SECRETS = {
    f"PEERSPACE_{name}": "q8Zr1-Kd0vJx7TnW3bYh5LmPc9RfGs2E"
    for name in ("SECRET_KEY", "AUDIT_KEY", "DATA_KEY")
}
PRODUCTION = {"PEERSPACE_ENV": "production", "PEERSPACE_BASE_URL": "https://peers.example", **SECRETS}


def test_production_with_all_it_needs_starts() -> None:
    config = Config.from_env(PRODUCTION)
    assert config.production
    assert config.secure_cookies
    assert "q8Zr1" not in repr(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 40),
        ("AUDIT_KEY", ""),
        ("DATA_KEY", "changeme"),
        ("RATE_LIMITS", "off"),
        ("ADMISSION", "open"),
        ("BASE_URL", "http://peers.example"),
        ("BASE_URL", "peers.example"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "no address"),
        ("REDIS_URL", "http://x"),
        ("ENV", "prod"),
        ("MIN_AGE", "twelve"),
        ("MIN_AGE", "5"),
        ("TRUSTED_PROXIES", "-1"),
        ("EMBEDDED", "perhaps"),
        ("MAIL_URL", "mailto:x"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Config.from_env({**PRODUCTION, f"PEERSPACE_{name}": value})
    assert str(caught.value).startswith(f"PEERSPACE_{name}: ")
    assert len(str(caught.value)) > len(name) + 20


def test_outside_production_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    environ = {"PEERSPACE_VAR_DIR": str(tmp_path)}
    first, second = Config.from_env(environ), Config.from_env(environ)
    assert first.secret_key == second.secret_key
    assert len({first.secret_key, first.audit_key, first.data_key}) == 3
    assert (tmp_path / "secret_key.secret").stat().st_mode & 0o777 == 0o600


def test_a_postgres_address_in_either_spelling_goes_through_psycopg() -> None:
    for scheme in ("postgres", "postgresql"):
        config = Config.from_env({**PRODUCTION, "PEERSPACE_DATABASE_URL": f"{scheme}://a@b/c"})
        assert config.database_url == "postgresql+psycopg://a@b/c"
