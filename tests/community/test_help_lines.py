"""Help lines: what is shipped is sound, and what administrators do with it is kept in versions (both databases)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from peerspace.community import help_lines, help_lines_kept, help_lines_state
from peerspace.community.help_lines import Country, Fields, Line, line_from, shipped
from peerspace.community.help_lines_form import checked_emergency, checked_line, countries
from peerspace.community.help_lines_kept import (
    add_line,
    as_shipped,
    confirm,
    edit_emergency,
    edit_line,
    hide,
    show,
)
from peerspace.community.help_lines_shown import Shown, ShownCountry, shown
from peerspace.community.help_lines_state import (
    LOOK_AGAIN,
    AnyState,
    as_shipped_only,
    help_line_states,
    history,
)
from peerspace.community.models import HelpLineVersion, TimelineEntry
from peerspace.kernel.actor import Actor, Origin, Role, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, TooLong
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from tests.people import People

KEY = "gb-calm"
TYPED: Fields = {
    "name": "The Night Desk",
    "call": "020 7946 0000",
    "text_to": "",
    "text_word": "",
    "hours": "times",
    "times": ["1-5 18:00-24:00", "6-7 00:00-24:00"],
    "answered_by": "peers",
    "for_whom": "anyone",
    "languages": "en, cy",
    "free": True,
    "where": "",
    "note": "Ask for Ada.",
    "source": "https://night-desk.example/",
}


@pytest.fixture
def ada(people: People) -> Actor:
    return people.add("Ada", Role.ADMINISTRATOR)


def typed(line: Line, **changes: Any) -> Fields:
    """A line as its form is sent, with `changes`."""
    return {
        **line.fields,
        "call": ", ".join(line.call),
        "hours": line.hours.kind,
        "times": list(line.hours.times),
        "languages": ", ".join(line.languages),
        **changes,
    }


def now(database: Database, key: str = KEY) -> AnyState:
    with database.read(guest()) as uow:
        return help_line_states(uow).find(key)


def confirmed(database: Database, actor: Actor, key: str = KEY) -> AnyState:
    """Confirm `key` as it stands; how it stands then."""
    one = now(database, key)
    with database.write(actor) as uow:
        confirm(uow, key, version=one.version, seal=one.subject.seal)
    return now(database, key)


def in_production(database: Database) -> Shown:
    with database.read(guest()) as uow:
        return shown(help_line_states(uow), production=True)


def of(found: Shown, code: str) -> ShownCountry:
    return next(one for one in found.countries if one.code == code)


# --- What is shipped -------------------------------------------------------------------------------------------------


def test_what_is_shipped_passes_the_checks_of_the_form() -> None:
    lines = [line for country in shipped().values() for line in country.lines]
    assert {"GB", "IE", "AU", "NZ", "US", "CA", "IN", "DE", "FR", "ES", "CN", "PK"} <= set(shipped())
    assert len({line.key for line in lines}) == len(lines)
    for line in lines:
        assert checked_line(line.country, typed(line)) == line.fields, line.key
        assert line_from(line.key, line.fields) == line
        assert line.key.startswith(line.country.lower())
    for country in shipped().values():
        assert country.lines
        pairs = [(one.number, one.what) for one in country.emergency]
        kept = checked_emergency(
            country.code, {"emergency": pairs, "emergency_source": country.emergency_source}
        )
        assert kept == country.fields
    assert {line.note for line in lines} == {""}, "own words could not be translated"


@pytest.mark.invariant(12)
def test_help_is_there_without_a_database(clock: HeldClock) -> None:
    there = shown(as_shipped_only(clock.now()), production=True)
    assert len(there.countries) >= 12
    assert all(country.emergency and not country.lines for country in there.countries)
    here = shown(as_shipped_only(clock.now()), production=False)
    assert all(country.emergency and country.lines for country in here.countries)


def test_people_come_before_a_recorded_voice_and_everybody_before_some(clock: HeldClock) -> None:
    lines = [one.line for one in of(shown(as_shipped_only(clock.now()), production=False), "GB").lines]
    assert lines[0].key == "gb-samaritans"
    assert lines[-1].answered_by == "menu"
    everybody = [line.for_whom == "anyone" and not line.where for line in lines[:-1]]
    assert everybody == sorted(everybody, reverse=True)


# --- Confirming ------------------------------------------------------------------------------------------------------


def test_in_production_only_what_somebody_confirmed_is_shown(
    database: Database, ada: Actor, clock: HeldClock
) -> None:
    assert of(in_production(database), "GB").lines == ()
    assert of(in_production(database), "GB").emergency
    one = confirmed(database, ada)
    assert (one.state, one.version, one.confirmed_by_id) == ("confirmed", 1, ada.account_id)
    (line,) = of(in_production(database), "GB").lines
    assert (line.line.key, line.confirmed_at, line.is_old) == (KEY, clock.now(), False)
    with database.read(guest()) as uow:
        (entry,) = uow.session.scalars(select(AuditEntry)).all()
        assert (entry.action, entry.subject_id, entry.account_id) == (
            "help_line_confirmed",
            KEY,
            ada.account_id,
        )
        assert uow.session.scalars(select(TimelineEntry.code)).all() == ["help_lines"]


def test_an_old_confirmation_is_still_shown_and_says_so(
    database: Database, ada: Actor, clock: HeldClock
) -> None:
    confirmed(database, ada)
    at = clock.now()
    clock.move(LOOK_AGAIN.total_seconds())
    assert now(database).state == "confirmed"
    clock.move(1)
    assert now(database).state == "old"
    (line,) = of(in_production(database), "GB").lines
    assert (line.confirmed_at, line.is_old) == (at, True)
    assert confirmed(database, ada).state == "confirmed"
    assert timedelta(days=180) < LOOK_AGAIN < timedelta(days=186)


def test_a_number_that_is_shipped_anew_takes_the_confirmation_back(
    database: Database, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(database, ada)
    gb = shipped()["GB"]
    changed = tuple(replace(one, call=("0800 000 000",)) if one.key == KEY else one for one in gb.lines)
    for module in (help_lines, help_lines_state):
        monkeypatch.setattr(module, "shipped", lambda: {"GB": replace(gb, lines=changed)})
    one = now(database)
    assert (one.state, one.confirmed_at, one.version) == ("lapsed", None, 1)
    assert of(in_production(database), "GB").lines == ()


def test_a_new_address_of_the_source_keeps_the_confirmation() -> None:
    line = shipped()["GB"].lines[0]
    assert replace(line, source="https://elsewhere.example/").seal == line.seal
    seals = {
        replace(line, **change).seal
        for change in ({"call": ("1",)}, {"text_to": "1"}, {"text_word": "A"}, {"free": False}, {"name": "A"},
                       {"hours": help_lines.Hours("differs")}, {"for_whom": "men"}, {"note": "A"})
    }  # fmt: skip
    assert len(seals | {line.seal}) == 9


def test_who_looked_at_something_else_does_not_confirm(database: Database, ada: Actor) -> None:
    seal = now(database).subject.seal
    for version, given in ((0, "0" * 64), (0, ""), (1, seal), (-1, seal)):
        with pytest.raises(Conflict), database.write(ada) as uow:
            confirm(uow, KEY, version=version, seal=given)
    assert now(database).version == 0


def test_two_at_once_do_not_overwrite_one_another(database: Database, ada: Actor, people: People) -> None:
    bea = people.add("Bea", Role.ADMINISTRATOR)
    line = now(database).subject
    assert isinstance(line, Line)
    with database.write(ada) as uow:
        edit_line(uow, KEY, typed(line, call="0800 111 222"), version=0)
    for late in (
        lambda uow: edit_line(uow, KEY, typed(line, call="0800 333 444"), version=0),
        lambda uow: confirm(uow, KEY, version=0, seal=line.seal),
        lambda uow: hide(uow, KEY, version=0),
        lambda uow: show(uow, KEY, version=0),
        lambda uow: as_shipped(uow, KEY, version=0),
    ):
        with pytest.raises(Conflict) as refused, database.write(bea) as uow:
            late(uow)
        assert refused.value.key == "changed_meanwhile"
    assert now(database).subject.fields["call"] == ["0800 111 222"]  # type: ignore[union-attr]


def test_the_same_version_written_twice_is_a_conflict(database: Database, ada: Actor) -> None:
    """What the read before it cannot see (PostgreSQL: another transaction), the table's own rule refuses."""
    one = now(database)
    with pytest.raises(Conflict), database.write(ada) as uow:
        help_lines_kept._keep(uow, one, "hidden", hidden=True)
        help_lines_kept._keep(uow, one, "hidden", hidden=True)
    assert now(database).version == 0


# --- Changing --------------------------------------------------------------------------------------------------------


def test_an_edit_takes_the_confirmation_back_until_somebody_confirms_anew(
    database: Database, ada: Actor
) -> None:
    line = confirmed(database, ada).subject
    assert isinstance(line, Line)
    with database.write(ada) as uow:
        edit_line(uow, KEY, typed(line), version=1)  # the same again
    assert now(database).version == 1
    with database.write(ada) as uow:
        edit_line(
            uow, KEY, typed(line, call="0800 111 222, 0800 333 444", note="Say who sent you."), version=1
        )
    one = now(database)
    assert (one.state, one.version, one.is_edited) == ("unconfirmed", 2, True)
    assert of(in_production(database), "GB").lines == ()
    assert confirmed(database, ada).state == "confirmed"
    (shown_line,) = of(in_production(database), "GB").lines
    assert shown_line.line.call == ("0800 111 222", "0800 333 444")
    with database.write(ada) as uow:
        as_shipped(uow, KEY, version=3)
    one = now(database)
    assert (one.subject, one.state, one.is_edited) == (line, "unconfirmed", False)
    with database.read(guest()) as uow:
        acts = [row.act for row in history(uow, KEY)]
    assert acts == ["as_shipped", "confirmed", "edited", "confirmed"]


def test_who_edited_hears_that_something_else_is_shipped_now(
    database: Database, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = now(database).subject
    assert isinstance(line, Line)
    with database.write(ada) as uow:
        edit_line(uow, KEY, typed(line, call="0800 111 222"), version=0)
    confirmed(database, ada)
    assert not now(database).shipped_changed
    gb = shipped()["GB"]
    changed = tuple(replace(one, call=("0800 000 000",)) if one.key == KEY else one for one in gb.lines)
    for module in (help_lines, help_lines_state):
        monkeypatch.setattr(module, "shipped", lambda: {"GB": replace(gb, lines=changed)})
    one = now(database)
    assert (one.state, one.shipped_changed) == ("confirmed", True)


def test_hiding_keeps_the_confirmation(database: Database, ada: Actor) -> None:
    at = confirmed(database, ada).confirmed_at
    with database.write(ada) as uow:
        hide(uow, KEY, version=1)
    assert now(database).state == "hidden"
    with database.read(guest()) as uow:
        for production in (True, False):
            lines = of(shown(help_line_states(uow), production=production), "GB").lines
            assert KEY not in {one.line.key for one in lines}
    with database.write(ada) as uow:
        show(uow, KEY, version=2)
    assert (now(database).state, now(database).confirmed_at) == ("confirmed", at)
    with pytest.raises(NotFound), database.write(ada) as uow:
        hide(uow, "gb-emergency", version=0)


def test_own_emergency_numbers_stand_once_they_are_confirmed(database: Database, ada: Actor) -> None:
    given = {
        "emergency": [("911", "anything"), ("", "police")],
        "emergency_source": "https://pehel911.example/",
    }
    with database.write(ada) as uow:
        edit_emergency(uow, "PK", given, version=0)
    assert [one.number for one in of(in_production(database), "PK").emergency] == ["1122", "15", "115"]
    confirmed(database, ada, "pk-emergency")
    assert [one.number for one in of(in_production(database), "PK").emergency] == ["911"]


def test_a_line_in_a_country_that_is_not_shipped(database: Database, ada: Actor) -> None:
    with pytest.raises(Invalid) as refused, database.write(ada) as uow:
        add_line(uow, "BR", TYPED | {"emergency": [("", "anything")], "emergency_source": ""})
    assert set(refused.value.fields) == {"emergency", "emergency_source"}
    numbers = {"emergency": [("192", "ambulance")], "emergency_source": "https://gov.example/"}
    with database.write(ada) as uow:
        key = add_line(uow, "BR", TYPED | numbers)
    with database.write(ada) as uow:
        second = add_line(uow, "BR", TYPED | {"name": "Another"})
    one = now(database, key)
    assert (one.is_own, one.state) == (True, "unconfirmed")
    assert "BR" not in {country.code for country in in_production(database).countries}
    confirmed(database, ada, key)
    brazil = of(in_production(database), "BR")
    assert [shown_line.line.name for shown_line in brazil.lines] == ["The Night Desk"]
    assert brazil.emergency == ()
    confirmed(database, ada, "br-emergency")
    assert [number.number for number in of(in_production(database), "BR").emergency] == ["192"]
    with pytest.raises(NotFound), database.write(ada) as uow:
        as_shipped(uow, second, version=1)


def test_what_is_shipped_no_more_is_gone_and_what_was_changed_here_stays(
    database: Database, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(database, ada)
    line = now(database, "gb-shout").subject
    assert isinstance(line, Line)
    with database.write(ada) as uow:
        edit_line(uow, "gb-shout", typed(line, text_to="85259"), version=0)
    gb = shipped()["GB"]
    fewer = replace(gb, lines=tuple(one for one in gb.lines if one.key not in (KEY, "gb-shout")))
    for module in (help_lines, help_lines_state):
        monkeypatch.setattr(module, "shipped", lambda: {"GB": fewer})
    with pytest.raises(NotFound):
        now(database)
    assert now(database, "gb-shout").is_own


# --- Who, and what cannot be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["guest", "member", "supervisor", "installation"])
def test_only_an_administrator_may(database: Database, people: People, who: str) -> None:
    actor = {
        "guest": guest,
        "installation": lambda: installation(Origin.COMMAND),  # it has no name to stand for a confirmation
        "member": people.add,
        "supervisor": lambda: people.add("", Role.SUPERVISOR),
    }[who]()
    line = now(database).subject
    assert isinstance(line, Line)
    for act in (
        lambda uow: confirm(uow, KEY, version=0, seal=line.seal),
        lambda uow: edit_line(uow, KEY, typed(line, note="x"), version=0),
        lambda uow: edit_emergency(uow, "GB", {}, version=0),
        lambda uow: hide(uow, KEY, version=0),
        lambda uow: show(uow, KEY, version=0),
        lambda uow: as_shipped(uow, KEY, version=0),
        lambda uow: add_line(uow, "GB", TYPED),
    ):
        with pytest.raises(NotAllowed), database.write(actor) as uow:
            act(uow)
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(HelpLineVersion)).all() == []


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("name", "", {"name": "empty"}),
        ("name", "bell \x07", {"name": "bad_characters"}),
        ("call", "call me", {"call": "line_number"}),
        ("call", "1, 2, 3, 4, 5", {"call": "line_number"}),
        ("call", "٣٣٣٣", {"call": "line_number"}),
        ("call", "0" * 40, {"call": "line_number"}),
        ("call", "116 123; DROP", {"call": "line_number"}),
        ("call", "", {"call": "line_reach"}),
        ("text_to", "85258, 85259", {"text_to": "line_number"}),
        ("text_word", "two words", {"text_word": "line_word"}),
        ("text_word", "A&B=1", {"text_word": "line_word"}),
        ("hours", "sometimes", {"hours": "choice_unknown"}),
        ("hours", None, {"hours": "choice_unknown"}),
        ("times", [], {"times": "line_times"}),
        ("times", ["Mon 10:00-12:00"], {"times": "line_times"}),
        ("times", ["5-1 10:00-12:00"], {"times": "line_times"}),
        ("times", ["1-5 25:00-26:00"], {"times": "line_times"}),
        ("times", ["1-5 10:00-12:00"] * 15, {"times": "line_times"}),
        ("times", "1-5 10:00-12:00", {"times": "line_times"}),
        ("answered_by", "robots", {"answered_by": "choice_unknown"}),
        ("for_whom", ["anyone"], {"for_whom": "choice_unknown"}),
        ("languages", "en, klingon", {"languages": "line_languages"}),
        ("note", "turned \u202e round", {"note": "bad_characters"}),
        ("source", "", {"source": "empty"}),
        ("source", "javascript:alert(1)", {"source": "line_source"}),
        ("source", "https://user@evil.example/", {"source": "line_source"}),
        ("source", "https://[", {"source": "line_source"}),
        ("source", "//night-desk.example", {"source": "line_source"}),
    ],
)
def test_what_does_not_fit_is_refused_field_by_field(field: str, value: Any, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        checked_line("GB", TYPED | {field: value})
    assert refused.value.fields == wrong


def test_every_fault_is_said_at_once_and_a_text_too_long_with_its_limit() -> None:
    with pytest.raises(Invalid) as refused:
        checked_line("GB", {})
    assert {"name", "call", "hours", "answered_by", "for_whom", "source"} == set(refused.value.fields)
    with pytest.raises(TooLong) as long:
        checked_line("GB", TYPED | {"note": "x" * 201})
    assert long.value.values["limit"] == 200
    for code in ("ZZ", "EU", "gb ", "", None, "XX", "'--"):
        assert code not in countries()


def test_a_country_is_checked(database: Database, ada: Actor) -> None:
    for code in ("ZZ", "", None, "GBR"):
        with pytest.raises(Invalid) as refused, database.write(ada) as uow:
            add_line(uow, code, TYPED)
        assert refused.value.fields == {"country": "line_country"}
    assert isinstance(now(database, "gb-emergency").subject, Country)
