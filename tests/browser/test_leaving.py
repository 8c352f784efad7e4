"""Help and the way out are on every page, in the same place, with and without script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Party

pytestmark = [pytest.mark.browser, pytest.mark.invariant(12)]


def test_the_button_ends_the_view_and_leaves_no_way_back(party: Party) -> None:
    page = party("Marigold").sign_in("/spaces/nights/new")
    page.get_by_label("What would you like to say?").fill("half a thought")
    page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url("**/weather")
    page.go_back()
    assert not page.url.endswith("/spaces/nights/new"), "the history entry was not replaced"
    page.goto("/spaces/nights/new")
    assert page.get_by_label("What would you like to say?").input_value() == "", (
        "the draft stayed on the device"
    )


def test_shift_three_times_leaves(party: Party) -> None:
    page = party("slow_river").sign_in("/spaces/nights")
    page.keyboard.type("Ab Cd Ef")  # capitals are no reason to leave
    assert page.url.endswith("/spaces/nights")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/weather")


def test_the_way_out_and_help_work_without_script(party: Party) -> None:
    guest = party("guest", script=False, width=360)
    page = guest.go("/")
    page.get_by_role("link", name="Get help now").click()
    guest.reads("Get help now")
    page.get_by_role("link", name="Leave").click()
    page.wait_for_url("**/weather")
