"""The watch and the measuring notice what they are there for; without this, silence would prove nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Error as PlaywrightError

from bench.installation import Installation
from tests.browser.measure import axe, measure, tab_through
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

FAULTY = """<!doctype html><html><title>Faulty</title>
<style>:focus { outline: none } .wide { width: 2000px } .soft { color: #bbb }</style>
<main><div class=wide>too wide</div><p class=soft>too pale</p><img src="data:,"><a href="#x">go</a></main>"""

BREAK = """async () => {
  document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>inline</p>");
  await Promise.allSettled([fetch("http://elsewhere.invalid/"), fetch("/no-such-page")]);
  setTimeout(() => { throw new Error("on purpose"); }, 0);
}"""


def test_errors_policy_and_other_hosts_are_noticed(chromium: Browser, house: Installation) -> None:
    guest = Person(chromium, house.base, "guest")
    page = guest.go("/rules")
    assert guest.trouble == []
    with page.expect_event("pageerror"):
        page.evaluate(BREAK)
    with pytest.raises(PlaywrightError):
        page.goto("http://elsewhere.invalid/")
    guest.close()
    for sign in (
        "asks another host: http://elsewhere.invalid/",
        "404 for",
        "on purpose",
        "Content Security Policy",
    ):
        assert any(sign in line for line in guest.trouble), (sign, guest.trouble)


def test_a_refused_form_is_an_answer_and_no_error(chromium: Browser, house: Installation) -> None:
    guest = Person(chromium, house.base, "Marigold", passphrase="not the right words")
    page = guest.go("/sign-in")
    page.get_by_label("Your name here").fill(guest.name)
    page.get_by_label("Your passphrase").fill(guest.passphrase)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    guest.close()
    assert guest.trouble == []


def test_measuring_finds_faults(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 700})
    page.set_content(FAULTY)
    seen = measure(page)
    assert seen["overflow"] > 0
    assert seen["sticking"] == ["div.wide"]
    assert seen["headings"] == 0
    assert seen["help"] == "0 of .top a[href='/help-now']"
    rules = {line.split(":")[0] for line in axe(page)}
    assert {"color-contrast", "image-alt", "html-has-lang"} <= rules
    assert tab_through(page) == ["no ring: a go"]
    page.close()
