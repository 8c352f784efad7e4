"""Settings from the environment, checked once at start. Frozen: nothing changes them later.

Every setting is `PEERSPACE_<NAME>`; docs/settings.md lists each with its default, and a test holds the two together.
What administrators tune while PeerSpace runs is in the database (community.settings), not here.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from peerspace.kernel.errors import BadSetting

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("production", "development", "test")
KNOWN_SECRETS = frozenset(
    {"secret", "changeme", "change-me", "dev", "development", "test", "peerspace", "password"}
)
MIN_SECRET = 32


@dataclass(frozen=True, slots=True)
class Config:
    """All deployment settings. Secrets are left out of its repr."""

    env: str
    secret_key: str = field(repr=False)
    audit_key: str = field(repr=False)
    data_key: str = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    export_dir: Path
    var_dir: Path
    base_url: str
    mail_url: str | None = field(repr=False)
    rate_limits: bool
    admission: str
    min_age: int
    research_min_age: int
    exit_url: str
    trusted_proxies: int
    trusted_hosts: tuple[str, ...]
    embedded: bool
    log_format: str

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure exactly when people reach PeerSpace over https."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read and check every setting.

        Raises BadSetting naming the first setting that is missing or wrong.
        """
        read = _Reader(os.environ if environ is None else environ)
        env = read.choice("ENV", ENVIRONMENTS, "development")
        production = env == "production"
        var_dir = read.path("VAR_DIR", ROOT / "var")
        config = cls(
            env=env,
            secret_key=read.secret("SECRET_KEY", production, var_dir),
            audit_key=read.secret("AUDIT_KEY", production, var_dir),
            data_key=read.secret("DATA_KEY", production, var_dir),
            database_url=read.database_url(var_dir),
            redis_url=read.url("REDIS_URL", ("redis", "rediss", "unix")),
            export_dir=read.path("EXPORT_DIR", ROOT / "research_exports"),
            var_dir=var_dir,
            base_url=(read.url("BASE_URL", ("http", "https")) or "http://127.0.0.1:8000").rstrip("/"),
            mail_url=read.url("MAIL_URL", ("smtp", "smtps", "file")),
            rate_limits=read.switch("RATE_LIMITS", default=True),
            admission=read.choice("ADMISSION", ("human", "open"), "human"),
            min_age=read.number("MIN_AGE", 18, 13, 99),
            research_min_age=read.number("RESEARCH_MIN_AGE", 18, 13, 99),
            exit_url=read.url("EXIT_URL", ("http", "https")) or "https://www.bbc.co.uk/weather",
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 10),
            trusted_hosts=read.names("TRUSTED_HOSTS"),
            embedded=read.switch("EMBEDDED", default=True),
            log_format=read.choice("LOG_FORMAT", ("plain", "json"), "json" if production else "plain"),
        )
        config._refuse_unsafe_production()
        return config

    def _refuse_unsafe_production(self) -> None:
        if not self.production:
            return
        if not self.rate_limits:
            raise BadSetting(
                "bad_setting", name="PEERSPACE_RATE_LIMITS", problem="cannot be off in production"
            )
        if self.admission != "human":
            raise BadSetting("bad_setting", name="PEERSPACE_ADMISSION", problem="must be human in production")
        host = urlsplit(self.base_url).hostname
        if not self.secure_cookies and host not in ("127.0.0.1", "localhost", "::1"):
            raise BadSetting(
                "bad_setting", name="PEERSPACE_BASE_URL", problem="must start with https:// in production"
            )


class _Reader:
    """Reads single settings out of an environment and says clearly which one is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def _get(self, name: str) -> str | None:
        value = self._environ.get(f"PEERSPACE_{name}")
        return value.strip() if value is not None and value.strip() else None

    def _bad(self, name: str, problem: str) -> BadSetting:
        return BadSetting("bad_setting", name=f"PEERSPACE_{name}", problem=problem)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._get(name) or default
        if value not in choices:
            raise self._bad(name, f"must be one of {', '.join(choices)}")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        value = (self._get(name) or ("on" if default else "off")).lower()
        if value in ("on", "1", "true", "yes"):
            return True
        if value in ("off", "0", "false", "no"):
            return False
        raise self._bad(name, "must be on or off")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self._get(name) or str(default)
        if not value.isdecimal() or not least <= int(value) <= most:
            raise self._bad(name, f"must be a whole number from {least} to {most}")
        return int(value)

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (self._get(name) or "").split(",") if part.strip())

    def path(self, name: str, default: Path) -> Path:
        value = self._get(name)
        return Path(value).expanduser().resolve() if value else default

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        value = self._get(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise self._bad(
                name, f"must be an address starting with {' or '.join(s + '://' for s in schemes)}"
            )
        return value

    def database_url(self, var_dir: Path) -> str:
        value = self._get("DATABASE_URL") or f"sqlite:///{var_dir / 'peerspace.db'}"
        if value.startswith(("postgres://", "postgresql://")):
            value = "postgresql+psycopg://" + value.split("://", 1)[1]
        try:
            backend = make_url(value).drivername
        except ArgumentError as error:
            raise self._bad("DATABASE_URL", "is not a database address") from error
        if backend not in ("sqlite", "postgresql+psycopg"):
            raise self._bad("DATABASE_URL", "must start with sqlite:/// or postgresql://")
        return value

    def secret(self, name: str, production: bool, var_dir: Path) -> str:
        value = self._get(name)
        if value is None:
            if production:
                raise self._bad(name, "is missing; production needs a long random value")
            return _kept_secret(var_dir / f"{name.lower()}.secret")
        if production and (len(value) < MIN_SECRET or value.lower() in KNOWN_SECRETS or len(set(value)) < 8):
            raise self._bad(
                name, f"is too short or too well known; use at least {MIN_SECRET} random characters"
            )
        return value


def _kept_secret(path: Path) -> str:
    """Outside production a secret is made once and kept beside the database, so that restarts keep people signed in.

    It is written elsewhere first: a crash or a full disk must not leave an empty one behind, which would be used.
    """
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        with open(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as handle:
            handle.write(secrets.token_urlsafe(48))
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):  # another process was quicker: both use what is there now
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()
