"""Get help now in a browser: chosen without script, large enough for shaking hands, on the smallest screen too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Party
from tests.browser.measure import axe, measure

pytestmark = [pytest.mark.browser, pytest.mark.invariant(12)]


def reaches(page: Page) -> list[float]:
    """The heights of everything on the page that calls or writes to somebody, as far as it is seen."""
    heights: list[float] = page.eval_on_selector_all(
        "main a[href^='tel:'], main a[href^='sms:']",
        "all => all.map((one) => one.getBoundingClientRect().height).filter((height) => height > 0)",
    )
    return heights


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_country_is_chosen_by_a_form_and_stands_in_the_address(party: Party, script: bool) -> None:
    guest = party("guest", width=320, script=script)
    page = guest.go("/help-now")
    page.get_by_label("Where are you?").select_option(label="Germany")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/help-now?country=DE")
    guest.reads("Germany", "TelefonSeelsorge", "Monday to Saturday, 14:00 to 20:00.")
    assert page.get_by_role("heading", level=2).first.inner_text() == "Germany"
    assert page.get_by_role("link", name="Call 0800 111 0 111").get_attribute("href") == "tel:08001110111"
    page.get_by_text("New Zealand").last.click()
    page.get_by_role("link", name="Text HELP to 4357").wait_for()
    heights = reaches(page)
    assert len(heights) > 8
    assert min(heights) >= 44
    page.reload()
    guest.reads("TelefonSeelsorge")
    page.goto("/help-now")
    assert page.get_by_role("heading", level=2).first.inner_text() == "United Kingdom", (
        "kept in the address alone"
    )


def test_it_fits_the_smallest_screen_in_every_language_there_is(party: Party) -> None:
    guest = party("guest", width=320)
    for language in ("en", "de", "en-XA", "he-XB"):
        guest.context.add_cookies([{"name": "language", "value": language, "url": guest.base}])
        for path in (
            "/help-now?country=FR",
            "/help-now?country=BR",
            "/help-now?kept=yes&country=GB",
            "/offline",
        ):
            seen = measure(guest.go(path))
            assert (seen["overflow"], seen["sticking"]) == (0, []), (language, path)
            assert axe(guest.page) == [], (language, path)


def test_on_paper_numbers_stand_and_buttons_do_not(party: Party) -> None:
    page = party("guest").go("/help-now?country=GB")
    page.emulate_media(media="print")
    assert page.get_by_text("Call 116 123").first.is_visible()
    assert page.get_by_role("link", name="999", exact=True).first.is_visible()
    assert page.get_by_text("Other countries").is_visible()
    assert not page.get_by_role("button", name="Show").is_visible()
