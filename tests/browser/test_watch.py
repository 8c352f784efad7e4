"""The watch and the measuring notice what they are there for; without this, silence would prove nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Error as PlaywrightError

from bench.installation import Installation
from tests.browser.measure import axe, measure, tab_through, wrong
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

FAULTY = """<!doctype html><html><title>Faulty</title>
<style>:focus { outline: none } .wide { width: 2000px } .soft { color: #bbb } @keyframes go { to { left: 9px } }
.bar { position: fixed; inset: 0 0 30% 0; z-index: 2 } .goes { animation: go 9s infinite; position: relative }
.faint:focus { outline: 3px solid #ddd }</style>
<main><div class=wide>too wide</div><p class=soft>too pale</p><img src="data:,">
<p><a href="#x">go</a></p><p><a href="#y" class=faint>on</a></p><p class=goes>moves</p>
<label><input type=checkbox> tick</label><p style="height: 3000px">long</p><div class=bar></div></main>"""

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
    page = chromium.new_page(viewport={"width": 360, "height": 700}, has_touch=True, reduced_motion="reduce")
    page.route("**/faulty", lambda route: route.fulfill(body=FAULTY, content_type="text/html"))
    page.goto("http://127.0.0.1:9/faulty")
    page.evaluate("""async () => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      document.querySelector("main").insertAdjacentHTML("afterbegin", "<p style='height: 200px'>late</p>");
    }""")
    seen = measure(page)
    assert seen["overflow"] > 0
    assert seen["sticking"] == ['div.wide "too wide"']
    assert seen["headings"] == 0
    assert seen["help"] == "0 of .top a[href='/help-now']"
    assert seen["shift"] > 0.1
    assert seen["covering"] == 70
    assert seen["words"] < 2
    said = " ".join(wrong(seen))
    for fault in (
        "scrolls sideways",
        "moves by",
        "cover 70 %",
        'words 1.92:1 on p.soft "too pale"',
        "drawn by the browser",
        'a "go"',
        "CSSAnimation on p.goes",
    ):
        assert fault in said, (fault, said)
    rules = {line.split(":")[0] for line in axe(page)}
    assert {"color-contrast", "image-alt", "html-has-lang"} <= rules
    findings = tab_through(page)
    assert "no ring: a go" in findings
    assert any(line.startswith("a ring of 1.") and line.endswith("a on") for line in findings)
    assert any(line.startswith("covered by div.bar") for line in findings)
    page.close()
