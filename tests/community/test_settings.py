"""Settings with their history, and the timeline that every dataset carries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from peerspace.community.models import SettingValue
from peerspace.community.settings import Setting, all_settings, get_setting, set_setting, setting_named
from peerspace.community.timeline import add_entry, entries_between
from peerspace.features import CATALOGUE
from peerspace.kernel.actor import Origin, Role, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Invalid, NotAllowed, NotFound
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from tests.people import People

COMMAND = installation(Origin.COMMAND)


@pytest.mark.parametrize("setting", CATALOGUE.every(Setting), ids=lambda setting: setting.key)
def test_every_default_passes_its_own_check(setting: Setting) -> None:
    kept = setting.check(setting.default)
    if setting.shape == "phrases":
        assert [entry["text"] for entry in kept] == list(setting.default)
    else:
        assert kept == setting.default


def test_the_newest_value_is_in_force_and_the_older_are_kept(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("Ada", Role.ADMINISTRATOR)
    with database.write(ada) as uow:
        assert get_setting(uow, "first_posts") == 3
        assert set_setting(uow, "first_posts", "5") == 5
    clock.move(60)
    with database.write(ada) as uow:
        set_setting(uow, "first_posts", 4)
        set_setting(uow, "first_posts", 4)
    with database.read(guest()) as uow:
        assert get_setting(uow, "first_posts") == 4
        rows = uow.session.scalars(select(SettingValue).order_by(SettingValue.id)).all()
        assert [(row.value, row.set_by_id) for row in rows] == [(5, ada.account_id), (4, ada.account_id)]
        line = next(line for line in all_settings(uow) if line.setting.key == "first_posts")
        assert (line.value, line.set_at, line.versions) == (4, clock.now(), 2)
        entries = entries_between(uow)
        assert [(entry.kind, entry.code) for entry in entries] == [("setting", "first_posts")] * 2
        audited = uow.session.scalars(select(AuditEntry)).all()
        assert [entry.action for entry in audited] == ["setting_changed"] * 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("first_posts", ""),
        ("first_posts", "x"),
        ("first_posts", -1),
        ("first_posts", 101),
        ("first_posts", "9" * 100_000),
        ("first_posts", "٣"),
        ("first_posts", True),
        ("first_posts", None),
        ("first_posts", 1.5),
        ("hold_first_messages", "sometimes"),
        ("hold_first_messages", None),
        ("hold_first_messages", ["never"]),
        ("response_targets", {}),
        ("response_targets", {"safety": 15, "serious": 120}),
        ("response_targets", {"safety": 15, "serious": 120, "other": "soon"}),
        ("response_targets", [15, 120, 1440]),
        ("watch_phrases", "words"),
        ("watch_phrases", {"text": "words"}),
        ("watch_phrases", [{"text": "words", "action": "delete"}]),
        ("watch_phrases", [{"text": "words", "what": "hold"}]),
        ("watch_phrases", [{"text": ""}]),
        ("watch_phrases", [{"text": "x" * 121}]),
        ("watch_phrases", ["bell\x07"]),
        ("watch_phrases", [17]),
        ("watch_phrases", ["x"] * 2_001),
        ("opening_hours", "x" * 301),
        ("opening_hours", "\x00"),
        ("opening_hours", 17),
    ],
)
def test_a_value_that_does_not_fit_is_refused(database: Database, key: str, value: Any) -> None:
    with database.write(COMMAND) as uow:
        with pytest.raises(Invalid) as refused:
            set_setting(uow, key, value)
        assert list(refused.value.fields) == ["value"]
    with database.read(guest()) as uow:
        assert get_setting(uow, key) == setting_named(uow, key).default
        assert entries_between(uow) == []


def test_phrases_are_kept_in_one_shape(database: Database) -> None:
    with database.write(COMMAND) as uow:
        kept = set_setting(
            uow,
            "watch_phrases",
            ["my  number is", {"text": "call me", "action": "flag"}, {"text": "how to", "action": "pause"}],
        )
    assert kept == [
        {"text": "my number is", "action": "hold", "spaces": []},
        {"text": "call me", "action": "flag", "spaces": []},
        {"text": "how to", "action": "pause", "spaces": []},
    ]


def test_only_administrators_set_and_unknown_keys_are_unknown(database: Database, people: People) -> None:
    for role in (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR, Role.RESEARCHER, Role.PANEL):
        with database.write(people.add("", role)) as uow, pytest.raises(NotAllowed):
            set_setting(uow, "first_posts", 5)
    with database.write(guest()) as uow, pytest.raises(NotAllowed):
        set_setting(uow, "first_posts", 5)
    with database.write(COMMAND) as uow:
        with pytest.raises(NotFound):
            set_setting(uow, "secret_key", "x")
        with pytest.raises(NotFound):
            get_setting(uow, "")


def test_the_timeline_is_dated_and_cut_half_open(database: Database, clock: HeldClock) -> None:
    first = clock.now()
    with database.write(COMMAND) as uow:
        add_entry(uow, "feature", "rooms", number=1)
    second = clock.move(timedelta(days=1))
    with database.write(COMMAND) as uow:
        add_entry(uow, "outage", "planned", minutes=30)
    with database.read(guest()) as uow:
        assert [entry.code for entry in entries_between(uow)] == ["rooms", "planned"]
        assert [entry.code for entry in entries_between(uow, first, second)] == ["rooms"]
        assert [entry.code for entry in entries_between(uow, second)] == ["planned"]


@pytest.mark.invariant(5)
@pytest.mark.parametrize(
    ("kind", "code", "detail"),
    [
        ("rumour", "rooms", {}),
        ("feature", "What Ann said", {}),
        ("feature", "", {}),
        ("feature", "rooms", {"why": "because of Ann"}),
    ],
)
def test_words_do_not_enter_the_timeline(
    database: Database, kind: str, code: str, detail: dict[str, str]
) -> None:
    with database.write(COMMAND) as uow, pytest.raises(ValueError, match="timeline"):
        add_entry(uow, kind, code, **detail)


def test_no_two_features_bring_one_setting() -> None:
    keys = [setting.key for setting in CATALOGUE.every(Setting)]
    assert len(keys) == len(set(keys)) > 10
