"""Changing a message one sent never costs the words one was writing."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.watch import Person

pytestmark = [pytest.mark.browser, pytest.mark.invariant(11)]


@pytest.fixture
def tidepool(party: Party) -> Person:
    """Tidepool in an open room."""
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in()
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in()
    room.enters(tidepool, "landing")
    return tidepool


@pytest.fixture
def sent(tidepool: Person) -> str:
    """What Tidepool's last message says. Half a thought stands in the field by now."""
    words = f"Sent {secrets.token_hex(4)}"
    room.says(tidepool, words)
    room.sees(tidepool, words)
    _field(tidepool).fill("Half a thought")
    return words


def _field(person: Person) -> Locator:
    return person.page.get_by_label("Say something")


def test_a_change_that_is_left_gives_the_draft_back(tidepool: Person, sent: str) -> None:
    room.acts(tidepool, sent, "Edit")
    expect(_field(tidepool)).to_have_value(sent)
    _field(tidepool).fill(f"{sent}, not quite")
    tidepool.page.get_by_role("button", name="Leave it").click()
    expect(_field(tidepool)).to_have_value("Half a thought")
    tidepool.page.reload()
    expect(_field(tidepool)).to_have_value("Half a thought")


def test_a_change_that_is_saved_gives_the_draft_back(tidepool: Person, sent: str) -> None:
    room.acts(tidepool, sent, "Edit")
    _field(tidepool).fill(f"{sent}, changed")
    tidepool.page.get_by_role("button", name="Save", exact=True).click()
    expect(_field(tidepool)).to_have_value("Half a thought")
    room.sees(tidepool, f"{sent}, changed")
    room.acts(tidepool, sent, "Edit")
    _field(tidepool).fill(f"{sent}, changed again")
    tidepool.page.reload()
    expect(_field(tidepool)).to_have_value("Half a thought")


def test_answering_in_the_middle_of_a_change_does_not_send_the_old_words(tidepool: Person, sent: str) -> None:
    room.acts(tidepool, sent, "Edit")
    room.acts(tidepool, sent, "Reply")
    tidepool.reads("Answering tidepool")
    expect(_field(tidepool)).to_have_value("Half a thought")
    tidepool.page.get_by_role("button", name="Send", exact=True).click()
    room.sees(tidepool, "Half a thought")
    room.sees(tidepool, sent)


def test_a_change_begun_while_answering_goes_back_to_the_answer(tidepool: Person, sent: str) -> None:
    room.acts(tidepool, sent, "Reply")
    room.acts(tidepool, sent, "Edit")
    tidepool.reads("Changing your message")
    tidepool.page.get_by_role("button", name="Leave it").click()
    tidepool.reads("Answering tidepool")
    expect(_field(tidepool)).to_have_value("Half a thought")


def test_what_is_typed_while_a_change_is_saved_stays(tidepool: Person, sent: str) -> None:
    room.acts(tidepool, sent, "Edit")
    _field(tidepool).evaluate(
        """(field) => {
            field.value += ", first";
            field.form.requestSubmit();
            field.value += " and second"; // before any answer can come
        }"""
    )
    room.sees(tidepool, f"{sent}, first")
    tidepool.reads("Changed. Everybody sees that it was edited.")
    expect(_field(tidepool)).to_have_value(f"{sent}, first and second")
    tidepool.page.get_by_role("button", name="Save", exact=True).click()
    room.sees(tidepool, f"{sent}, first and second")
    expect(_field(tidepool)).to_have_value("Half a thought")
