"""What the first page says on one screen, and how pages come out of a printer."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Party

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "height"), [(360, 780), (1280, 900)])
def test_the_first_page_says_on_one_screen_what_this_is_and_is_not_and_who_is_here(
    party: Party, width: int, height: int
) -> None:
    page = party("guest", width=width).go("/")
    page.set_viewport_size({"width": width, "height": height})
    seen = [
        page.get_by_role("heading", level=1),
        page.get_by_text("A quiet place to talk"),
        page.get_by_text("It is not therapy and not a crisis line."),
        page.get_by_role("main").get_by_role("link", name="Join"),
        page.get_by_role("main").get_by_role("link", name="Sign in"),
        page.get_by_role("heading", name="Right now"),
        page.locator(".now > li").first,
    ]
    for one in seen:
        box = one.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height, one


@pytest.mark.parametrize("theme", ["dark", "quiet"])
def test_pages_print_as_ink_on_paper_whatever_the_screen_shows(party: Party, theme: str) -> None:
    guest = party("guest", theme=theme)
    guest.context.add_cookies([{"name": "theme", "value": theme, "url": guest.base}])
    page = guest.go("/rules")
    page.emulate_media(media="print")
    colour = "one => getComputedStyle(one).color"
    assert page.locator("main .soft").first.evaluate(colour) == "rgb(51, 51, 51)"
    assert page.locator("main .prose p").first.evaluate(colour) == "rgb(0, 0, 0)"
    assert page.locator("header.top").is_hidden()
    assert page.locator("footer.foot").is_hidden()
