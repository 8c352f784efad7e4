"""Passphrases: how long, not too common, hashed with argon2id.

Hashing burns CPU on purpose. Adapters call it through kernel.offload.run_off_loop, outside any unit of work.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from peerspace.kernel.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 200
LOOKED_AT = 1000
"""Of a longer text nothing more is looked at; no accepted passphrase is that long."""
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
COMMON_LIST = Path(__file__).parent / "data" / "common_passwords.txt"


class Passphrases:
    """Hashes and verifies. The default cost is OWASP's (argon2id, 19 MiB, 2 passes, 1 lane); tests pass a lower one."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456, lanes: int = 1) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes)
        self._nobody = self._hasher.hash("nobody holds this passphrase")

    def hash(self, passphrase: str) -> str:
        """The argon2id hash of a checked passphrase, salted, with its parameters."""
        return self._hasher.hash(_same(passphrase).encode())

    def verify(self, hashed: str, passphrase: str) -> bool:
        """True when `passphrase` fits. An empty hash (nobody, or no passphrase yet) takes just as long and is False."""
        try:
            self._hasher.verify(hashed or self._nobody, _same(passphrase).encode())
        except (VerificationError, InvalidHashError):
            return False
        return bool(hashed)

    def outdated(self, hashed: str) -> bool:
        """True when `hashed` was made with another cost and should be made again at the next sign-in."""
        return self._hasher.check_needs_rehash(hashed)


def check_new(passphrase: object, pseudonym: str = "", *, field: str = "passphrase") -> str:
    """Return a new passphrase that may be used.

    Raises Invalid on `field`: too short or long (12 to 200 characters), among the common ones, or the pseudonym.
    """
    if not isinstance(passphrase, str) or len(_same(passphrase)) < MIN_LENGTH:
        raise Invalid(fields={field: "passphrase_short"}, least=MIN_LENGTH)
    if len(passphrase) > MAX_LENGTH:
        raise Invalid(fields={field: "passphrase_long"}, most=MAX_LENGTH)
    plain = _same(passphrase).casefold()
    if _is_common(plain) or _is_only(plain, pseudonym.casefold()):
        raise Invalid(fields={field: "passphrase_common"})
    return passphrase


def _is_common(plain: str) -> bool:
    """True for a common one, one with digits and signs around it, one written twice, or hardly any letters."""
    stem = _AROUND.sub("", plain)
    half = plain[: len(plain) // 2]
    return (
        len(set(plain)) < 5
        or plain in common()
        or (stem in common() and len(stem) < MIN_LENGTH)
        or (half * 2 == plain and half in common())
        or any(plain in run * 4 for run in ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz"))
    )


def _is_only(plain: str, name: str) -> bool:
    """True when the passphrase is the name and little else."""
    return len(name) >= 3 and name in plain and len(plain.replace(name, "")) < 6


def _same(passphrase: str) -> str:
    # The same words typed on two devices can differ in how accents are composed.
    # Cut first: putting very long runs of marks in order takes time. What cannot be encoded never fits.
    return unicodedata.normalize("NFKC", passphrase[:LOOKED_AT]).encode(errors="replace").decode()


@cache
def common() -> frozenset[str]:
    """The common passwords of the list, short ones too: people put digits around them."""
    lines = COMMON_LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
