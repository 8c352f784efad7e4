"""Registering a study and the panel's decision: every field is asked, and nobody decides about their own."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from peerspace.research.models import PanelDecision, Study
from peerspace.research.registration import check_registration, intended_use, valid_orcid
from peerspace.research.studies import decide_study, latest_decision, register_study, slug_of
from peerspace.sentences import known
from tests.people import People
from tests.research.studies import ANSWERS, approved, registered

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize("field", sorted(ANSWERS))
def test_every_field_is_needed_and_says_so(field: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_registration(ANSWERS | {field: "  "}, TODAY)
    assert caught.value.fields == {field: "study_field_empty"}


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {
        "orcid": "0000-0002-1825-0098",
        "starts_on": "5 January",
        "intended_amount": "0",
        "intended_measure": "likes",
        "ethics_until": "2025-01-01",
        "question": "a" * 5000,
        "sponsor": "tab\x00",
    }
    with pytest.raises(Invalid) as caught:
        check_registration(ANSWERS | wrong, TODAY)
    assert caught.value.fields == {
        "orcid": "study_orcid",
        "starts_on": "study_field_date",
        "intended_amount": "study_intended_use",
        "intended_measure": "study_choice",
        "ethics_until": "study_ethics_expired",
        "question": "too_long",
        "sponsor": "bad_characters",
    }
    assert all(known(key) for key in caught.value.fields.values())
    with pytest.raises(Invalid) as caught:
        check_registration(ANSWERS | {"ends_on": ANSWERS["starts_on"]}, TODAY)
    assert caught.value.fields == {"ends_on": "study_dates_order"}


def test_orcid_check_digits() -> None:
    # The two examples that ORCID's own documentation gives, one ending in X.
    assert valid_orcid("0000-0002-1825-0097")
    assert valid_orcid("0000-0002-1694-233X")
    assert not valid_orcid("0000-0002-1694-2330")
    assert not valid_orcid("0000-0002-1825-009")
    checked = check_registration(ANSWERS | {"orcid": "https://orcid.org/0000-0002-1694-233x"}, TODAY)
    assert checked.answers["orcid"] == "0000-0002-1694-233X"
    assert intended_use(check_registration(ANSWERS | {"intended_amount": "2,5"}, TODAY).answers) == (
        "sessions",
        2.5,
    )


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Nights and mutual support", "nights-and-mutual-support"),
        ("Nächte / Été", "nachte-ete"),
        ("-x-", "x"),
    ],
)
def test_addresses_from_titles(title: str, slug: str) -> None:
    assert slug_of(title) == slug
    assert slug_of("夜").startswith("study-")
    assert len(slug_of("long " * 40)) <= 56


@pytest.mark.invariant(13)
def test_a_study_is_registered_decided_and_open(database: Database, people: People) -> None:
    rea, pan = people.add("rea", Role.RESEARCHER), people.add("pan", Role.PANEL)
    slug = registered(database, rea)
    assert slug == "nights-and-mutual-support"
    assert registered(database, rea) == slug  # the form sent twice
    with pytest.raises(NotAllowed), database.write(people.add("ash")) as uow:
        register_study(uow, ANSWERS)
    with database.write(pan) as uow:
        decide_study(uow, slug, decision="declined", reasons="Too long.", version="1")
    with pytest.raises(Conflict), database.write(pan) as uow:
        decide_study(uow, slug, decision="approved", reasons="Now short.", version="1")
    with pytest.raises(Invalid) as caught, database.write(pan) as uow:
        decide_study(uow, slug, decision="approved_with_conditions", reasons="Fine.", version="2")
    assert caught.value.fields == {"conditions": "panel_conditions_needed"}
    with pytest.raises(Invalid), database.write(pan) as uow:
        decide_study(uow, slug, decision="approved", reasons=" ", version="2")
    with pytest.raises(Invalid), database.write(pan) as uow:
        decide_study(uow, slug, decision="perhaps", reasons="Fine.", version="2")
    with database.write(pan) as uow:
        decide_study(uow, slug, decision="approved", reasons="Now short.", version="2")
    with database.read(rea) as uow:
        study = uow.session.scalars(select(Study)).one()
        assert study.state == "approved"
        latest = latest_decision(uow, study.id)
        assert latest is not None
        assert latest.reasons == "Now short."
        assert len(list(uow.session.scalars(select(PanelDecision)))) == 2


def test_nobody_decides_about_their_own_study(database: Database, people: People) -> None:
    both = people.add("both", Role.RESEARCHER, Role.PANEL)
    slug = registered(database, both)
    with pytest.raises(NotAllowed) as caught, database.write(both) as uow:
        decide_study(uow, slug, decision="approved", reasons="Good.", version="1")
    assert caught.value.key == "panel_own_study"
    with pytest.raises(NotAllowed), database.write(people.add("sup", Role.SUPERVISOR)) as uow:
        decide_study(uow, slug, decision="approved", reasons="Good.", version="1")
    with pytest.raises(NotFound), database.write(people.add("pan", Role.PANEL)) as uow:
        decide_study(uow, "nothing", decision="approved", reasons="Good.", version="1")
    assert approved(database, people.add("other", Role.RESEARCHER), both, title="Another").startswith(
        "another"
    )
