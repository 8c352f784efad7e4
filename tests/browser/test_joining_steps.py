"""Joining in small steps: with script and without, back and forth, with errors, and with nothing kept on the way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import joining_steps as joining
from tests.browser import measure
from tests.browser.conftest import Party
from tests.browser.joining_steps import STEPS, at, on

pytestmark = pytest.mark.browser

NAME, WORDS, PASSPHRASE = "The name you want to be known by", "What brings you here", "A passphrase"
ADULT, AGREED = "I am 18 or older", "I have read the rules"


def up_to_the_name(page: Page) -> None:
    """The first two steps."""
    page.get_by_label(ADULT).check()
    on(page, STEPS[1])
    page.get_by_label(AGREED).check()
    on(page, STEPS[2])


def test_each_step_says_what_is_missing_before_the_next(party: Party) -> None:
    page = party("Sedge", width=320).go("/join")
    at(page, STEPS[0])
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_text("This place is for adults.")).to_be_visible()
    expect(page.get_by_label(ADULT)).to_be_focused()
    expect(page.get_by_label(ADULT)).to_have_attribute("aria-invalid", "true")
    at(page, STEPS[0])
    page.get_by_label(ADULT).check()
    expect(page.get_by_text("This place is for adults.")).to_have_count(0)
    on(page, STEPS[1])
    expect(page.locator("#rules")).to_be_focused()
    page.get_by_label(AGREED).check()
    on(page, STEPS[2])
    page.get_by_label(NAME).fill("Marigold")
    page.keyboard.press("Enter")
    expect(page.locator("#error-pseudonym")).to_contain_text("is taken")
    expect(page.get_by_label(NAME)).to_be_focused()
    page.get_by_label(NAME).fill("sedge@example.org")
    page.keyboard.press("Enter")
    expect(page.locator("#error-pseudonym")).to_contain_text("a way to find you")
    page.locator("[data-suggested] button").first.click()
    invented = page.get_by_label(NAME).input_value()
    assert len(invented) > 4
    page.keyboard.press("Enter")
    at(page, STEPS[3])
    expect(page.locator(".drawn__name")).to_have_text(invented)


def test_a_drawing_and_a_colour_are_seen_as_they_are_chosen(party: Party) -> None:
    page = party("Sedge").go("/join")
    up_to_the_name(page)
    page.get_by_label(NAME).fill("Sedge by the pond")
    on(page, STEPS[3])
    assert page.get_by_role("radio").count() == 24 + 8
    page.get_by_role("radio", name="snail").check()
    page.get_by_role("radio", name="rose").check()
    shown = page.locator(".drawn .token")
    expect(shown).to_have_class(re.compile(r"\btoken-rose\b"))
    assert (shown.locator("use").get_attribute("href") or "").endswith("#snail")
    page.get_by_role("radio", name="rose").press("ArrowRight")
    expect(shown).to_have_class(re.compile(r"\btoken-slate\b"))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_going_back_keeps_what_was_typed_and_nothing_leaves_the_device(party: Party, script: bool) -> None:
    sedge = party("Sedge", width=360, script=script)
    page = sedge.go("/join")
    sedge.sent.clear()
    joining.walks(
        page, f"Sedge {script}", "a long walk by the sea", "I hear <b>voices</b> & would like company."
    )
    for step in reversed(STEPS[:-1]):
        page.go_back()
        at(page, step)
    expect(page.get_by_label(ADULT)).to_be_checked()
    for step in STEPS[1:]:
        page.go_forward()
        at(page, step)
    page.get_by_role("link", name="Back").click()
    at(page, STEPS[4])
    expect(page.get_by_label(WORDS)).to_have_value("I hear <b>voices</b> & would like company.")
    on(page, STEPS[5])
    expect(page.get_by_label(PASSPHRASE, exact=True)).to_have_value("a long walk by the sea")
    posts = [request for request in sedge.sent if request.method == "POST"]
    assert {request.url.removeprefix(sedge.base) for request in posts} <= {"/join/name"}
    assert [request for request in posts if "walk" in (request.post_data or "")] == []
    if script:
        kept = page.evaluate(
            "() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])"
        )
        assert not [word for word in ("Sedge", "voices", "walk") if word in kept]
        expect(page.locator(".review [data-review=own_words]")).to_have_text(
            "I hear <b>voices</b> & would like company."
        )
    joining.sends(page)
    page.get_by_role("button", name="Show me new codes").click()
    sedge.go("/waiting")
    sedge.reads("You are at the door", "I hear <b>voices</b> & would like company.")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_is_refused_comes_back_at_its_step_and_never_with_the_passphrase(
    party: Party, script: bool
) -> None:
    page = party("Teasel", script=script).go("/join")
    joining.walks(page, "Teasel", "password12345", "Long nights.")
    joining.sends(page)
    expect(page.get_by_role("alert")).to_contain_text("first that a stranger would try")
    at(page, STEPS[5])
    assert "password12345" not in page.content()
    expect(page.get_by_label(PASSPHRASE, exact=True)).to_have_value("")
    expect(page.locator(".review [data-review=pseudonym]")).to_have_text("Teasel")
    page.get_by_role("link", name="Change the name").click()
    at(page, STEPS[2])
    expect(page.get_by_label(NAME)).to_have_value("Teasel")
    page.get_by_label(NAME).fill("Marigold")
    page.goto(page.url.split("#")[0] + "#send")
    page.get_by_label(PASSPHRASE, exact=True).fill("a long walk by the sea")
    joining.sends(page)
    expect(page.get_by_role("alert")).to_contain_text("is taken")
    at(page, STEPS[2])
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label(NAME)).to_be_focused()


def test_enter_without_script_goes_on_to_what_is_missing(party: Party) -> None:
    page = party("Teasel", script=False, width=360).go("/join")
    up_to_the_name(page)
    page.get_by_label(NAME).fill("Teasel by the gate")
    page.get_by_label(NAME).press("Enter")
    at(page, STEPS[4])
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Back").click()
    at(page, STEPS[2])
    expect(page.get_by_label(NAME)).to_have_value("Teasel by the gate")
    page.get_by_label(NAME).fill("Marigold")
    page.get_by_label(NAME).press("Enter")
    at(page, STEPS[2])
    expect(page.get_by_role("alert")).to_contain_text("is taken")


def test_the_last_button_leads_to_the_step_that_was_left_out(party: Party) -> None:
    page = party("Teasel").go("/join#send")
    at(page, STEPS[5])
    page.get_by_label(PASSPHRASE, exact=True).fill("a long walk by the sea")
    joining.sends(page)
    at(page, STEPS[0])
    expect(page.get_by_text("This place is for adults.")).to_be_visible()


def test_the_skip_link_leaves_the_step_open(party: Party) -> None:
    page = party("Teasel").go("/join")
    up_to_the_name(page)
    page.get_by_role("link", name="Skip to the page").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/join#main")
    at(page, STEPS[2])


def test_everything_may_stand_on_one_page(party: Party) -> None:
    page = party("Teasel", width=360).go("/join")
    page.get_by_role("link", name="All on one page").click()
    expect(page.locator(".step:visible")).to_have_count(len(STEPS))
    expect(page.get_by_role("link", name="Continue")).to_have_count(0)
    page.get_by_label(WORDS).fill("All at once.")
    joining.sends(page)
    expect(page.get_by_role("alert")).to_contain_text("for adults")


def test_the_line_may_be_away_while_a_name_is_chosen(party: Party) -> None:
    teasel = party("Teasel")
    page = teasel.go("/join")
    up_to_the_name(page)
    page.get_by_label(NAME).fill("Teasel in the lane")
    with teasel.outage():
        page.route("**/join/name", lambda route: route.abort())
        on(page, STEPS[3])


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (1280, "dark"), (360, "quiet")])
def test_every_step_is_well_made(party: Party, width: int, theme: str) -> None:
    teasel = party("Teasel", width=width, theme=theme)
    teasel.context.add_cookies([{"name": "theme", "value": theme, "url": teasel.base}])
    for fragment in ("about", "rules", "name", "drawing", "words", "send"):
        page = teasel.go(f"/join#{fragment}")
        page.reload()
        seen = measure.measure(page)
        assert (seen["overflow"], seen["sticking"], seen["headings"]) == (0, [], 1)
        assert measure.axe(page) == []
