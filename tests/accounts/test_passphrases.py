"""Passphrases: length, common ones, hashing."""

from __future__ import annotations

import pytest

from peerspace.accounts.passphrases import Passphrases, check_new, common
from peerspace.kernel.errors import Invalid


@pytest.mark.parametrize(
    "phrase",
    ["moth wing lamp", "correct horse battery", "seven quiet boats " * 11, "夜の鳥が静かに鳴いている夜"],
)
def test_passphrases_that_may_be_used(phrase: str) -> None:
    assert check_new(phrase, "Moth") == phrase


@pytest.mark.parametrize(
    ("phrase", "key"),
    [
        (None, "passphrase_short"),
        ("", "passphrase_short"),
        (12345678901234, "passphrase_short"),
        ("short", "passphrase_short"),
        ("eleven char", "passphrase_short"),
        ("x" * 201, "passphrase_long"),
        ("a\u0301" * 100_000, "passphrase_long"),
        ("password12345", "passphrase_common"),
        ("123!!dragon!!2024", "passphrase_common"),
        ("monkeymonkey", "passphrase_common"),
        ("123456789012", "passphrase_common"),
        ("abcdefghijkl", "passphrase_common"),
        ("aaaaaaaaaaaaaa", "passphrase_common"),
        ("Nachtfalter12", "passphrase_common"),
    ],
)
def test_passphrases_that_may_not(phrase: object, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_new(phrase, "Nachtfalter")
    assert refused.value.fields == {"passphrase": key}


def test_the_list_of_common_ones_is_there() -> None:
    assert len(common()) > 4_000
    assert {"password", "qwertyuiop"} <= common()
    assert not any(word.startswith("#") and " " in word for word in common())


def test_hashes_verify_and_differ(cheap: Passphrases) -> None:
    one, two = cheap.hash("moth wing lamp"), cheap.hash("moth wing lamp")
    assert one != two
    assert one.startswith("$argon2id$")
    assert cheap.verify(one, "moth wing lamp")
    assert not cheap.verify(one, "moth wing lamb")


def test_composed_and_decomposed_accents_are_the_same(cheap: Passphrases) -> None:
    assert cheap.verify(cheap.hash("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


def test_nobody_and_broken_hashes_never_fit(cheap: Passphrases) -> None:
    assert not cheap.verify("", "nobody holds this passphrase")
    assert not cheap.verify("not a hash", "moth wing lamp")


def test_odd_input_is_only_wrong(cheap: Passphrases) -> None:
    assert not cheap.verify(cheap.hash("moth wing lamp"), "\ud800" + "x" * 1_000_000)


def test_a_hash_of_another_cost_is_outdated(cheap: Passphrases) -> None:
    assert not cheap.outdated(cheap.hash("moth wing lamp"))
    assert Passphrases().outdated(cheap.hash("moth wing lamp"))


def test_the_default_cost_is_the_published_one() -> None:
    assert "$m=19456,t=2,p=1$" in Passphrases().hash("moth wing lamp")
