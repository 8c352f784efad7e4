"""Pseudonyms: what may be one, and which two are too alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.accounts.names import check_pseudonym, fold
from peerspace.kernel.errors import Invalid


@pytest.mark.parametrize(
    "name", ["Moth", "Jo", "river-stone", "Ana María", "Ольга", "夜の鳥", "l" * 30, "O'Neil 2"]
)
def test_names_that_may_be_used(name: str) -> None:
    assert check_pseudonym(name) == name


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("", "pseudonym_length"),
        ("   ", "pseudonym_length"),
        ("x", "pseudonym_length"),
        ("l" * 31, "pseudonym_length"),
        ("l" * 100_000, "pseudonym_length"),
        (None, "pseudonym_length"),
        (17, "bad_request"),
        (["Moth"], "bad_request"),
        ("Moth\x00", "bad_characters"),
        ("Moth\x1b[31m", "bad_characters"),
        ("\u202egnp.exe", "bad_characters"),
        ("Mo\ufffdth", "bad_utf8"),
        ("<script>alert(1)</script>", "pseudonym_letters"),
        ("[Moth](javascript:x)", "pseudonym_letters"),
        ("Moth\u200bs", "pseudonym_letters"),
        ("12345", "pseudonym_letters"),
        ("...", "pseudonym_letters"),
        ("moth@example.org", "pseudonym_identifies"),
        ("07700 900123", "pseudonym_identifies"),
        ("www.moth.example", "pseudonym_identifies"),
        ("Admin", "pseudonym_reserved"),
        ("P e e r S p a c e", "pseudonym_reserved"),
        ("m0derator", "pseudonym_reserved"),
        ("Former member", "pseudonym_reserved"),
        ("Supervisorin Kim", "pseudonym_reserved"),
        ("Genesungsbegleiter Kim", "pseudonym_reserved"),
        ("ehemaliges Mitglied", "pseudonym_reserved"),
        ("Verwaltung", "pseudonym_reserved"),
    ],
)
def test_names_that_may_not(name: object, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pseudonym(name)
    assert refused.value.fields == {"pseudonym": key}


def test_the_command_line_may_use_reserved_names() -> None:
    assert check_pseudonym("Supervisor", invented_or_staff=True) == "Supervisor"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moth", "MOTH"),
        ("Moth", "m o t h"),
        ("Moth", "M.o-t_h"),
        ("Moth", "M\u00f6th"),
        ("Moth", "\uff2d\uff4f\uff54\uff48"),
        ("Moth", "M0th"),
        ("Saml", "Sam1"),
        ("Peter", "\u0420\u0435t\u0435r"),
    ],
)
def test_names_too_alike_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("Moth", "Mouth"), ("Moth 1", "Moth 2"), ("Вера", "Бера")])  # noqa: RUF001
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=400))
def test_folding_holds_for_any_text(text: str) -> None:
    folded = fold(text)
    assert len(folded) <= 80
    assert fold(folded) == folded


@given(st.text(max_size=60))
def test_an_accepted_name_fits_its_columns(text: str) -> None:
    try:
        name = check_pseudonym(text)
    except Invalid:
        return
    assert 2 <= len(name) <= 30
    assert 2 <= len(fold(name)) <= 80
    assert check_pseudonym(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Supervisor Kim", "Kim the supervisor", "PeerSpace Team", "Peer Space Team", "Samaritans UK", "Peer-Worker Jo",
        "Kim.Admin", "Kim_staff", "SupervisorKim", "supervisor7", "Sup\u0435rvisor Kim", "Our Supervisors",
        "Support Jo",
    ],
)  # fmt: skip
def test_no_word_of_a_name_speaks_for_the_place(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pseudonym(name)
    assert refused.value.fields == {"pseudonym": "pseudonym_reserved"}
    assert check_pseudonym(name, invented_or_staff=True)


@pytest.mark.parametrize(
    "name", ["Stafford", "Supportive Owl", "Panelope", "Night Owl", "Rooted", "Nobody Special", "Kim"]
)
def test_words_that_only_hold_such_a_word_are_fine(name: str) -> None:
    assert check_pseudonym(name) == name
