"""Without a connection: help opens once it was seen, nothing private is kept, leaving quickly takes it all away."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page

from bench.installation import Installation
from tests.browser.conftest import Party
from tests.browser.watch import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.invariant(12)]

_KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      const answer = await (await caches.open(name)).match(request);
      found[new URL(request.url).pathname] = await answer.text();
    }
  }
  return found;
}"""
_IS_KEPT = """async ([country, language]) => {
  const copy = await caches.match("/help-now");
  if (!copy || !navigator.serviceWorker.controller) return false;
  const made = JSON.parse(copy.headers.get("X-Kept"));
  return made.language === language && made.country === country;
}"""
_STATE = """async () => ({
  address: location.href,
  controlled: Boolean(navigator.serviceWorker.controller),
  workers: (await navigator.serviceWorker.getRegistrations())
    .map(({ active, waiting, installing }) => [active, waiting, installing].map((worker) => worker?.state)),
  caches: await caches.keys(),
  made: (await caches.match("/help-now"))?.headers.get("X-Kept"),
})"""
PUBLIC = {"/help-now", "/offline"}


def wait_until(page: Page, question: str, *given: str) -> None:
    """Ask the page until it says yes. `wait_for_function` would take a promise for a yes."""
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate(question, list(given)):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never true: {question}\n{page.evaluate(_STATE)}")


def wait_until_kept(page: Page, country: str = "", language: str = "en") -> None:
    wait_until(page, _IS_KEPT, country, language)


def kept(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(_KEPT)
    return found


def test_help_opens_without_a_connection_once_it_was_seen(party: Party) -> None:
    guest = party("guest", width=360)
    page = guest.go("/help-now?country=FR")
    wait_until_kept(page, "FR")
    page = guest.go("/rules")
    with guest.outage():
        guest.context.set_offline(True)
        page.get_by_role("link", name="Get help now").click()
        guest.reads("You are not connected to PeerSpace. This was saved on", "SOS Amitié")
        assert page.get_by_role("heading", level=2).first.inner_text() == "France"
        number = page.get_by_role("link", name="Call 3114")
        assert number.get_attribute("href") == "tel:3114"
        box = number.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert page.evaluate("""() => document.fonts.check("700 18px 'Atkinson Hyperlegible'")""")
        assert (
            page.evaluate("() => getComputedStyle(document.querySelector('.urgent')).borderTopWidth") == "2px"
        )
        page.goto("/help-now?country=DE")
        guest.reads("You are not connected to PeerSpace.")
        guest.context.set_offline(False)
        page.goto("/help-now?country=DE")
        guest.reads("TelefonSeelsorge")
    assert page.get_by_text("You are not connected").count() == 0


class _OnlyAProxy(BaseHTTPRequestHandler):
    """What stands before PeerSpace, while PeerSpace is away."""

    def do_GET(self) -> None:
        self.send_response(502)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"Bad Gateway")

    def log_message(self, *_: object) -> None:
        """Nothing: the log of a test is for what went wrong."""


def test_help_opens_although_only_a_proxy_answers(party: Party, house: Installation) -> None:
    """A 502 is no answer to somebody who needs help; every other page tells what it was told."""
    guest = party("guest")
    page = guest.go("/help-now?country=FR")
    wait_until_kept(page, "FR")
    with guest.outage():
        house.stop()
        try:
            with ThreadingHTTPServer(("127.0.0.1", house.port), _OnlyAProxy) as proxy:
                Thread(target=proxy.serve_forever, daemon=True).start()
                page.goto("/help-now")
                guest.reads("You are not connected to PeerSpace. This was saved on", "SOS Amitié")
                page.goto("/rules")
                guest.reads("Bad Gateway")
                proxy.shutdown()
        finally:
            house.start()
        page.goto("/help-now")
        page.get_by_role("heading", level=1).wait_for()
    assert page.get_by_text("You are not connected").count() == 0


def test_another_page_says_what_happened_and_leads_to_help(party: Party) -> None:
    person = party("Marigold")
    page = person.sign_in("/spaces/nights/new")
    wait_until_kept(page)
    page.get_by_label("What would you like to say?").fill("half a thought")
    with person.outage():
        person.context.set_offline(True)
        page.goto("/today")
        person.reads("This page cannot be reached now", "is kept on this device")
        assert page.url.endswith("/today")
        page.get_by_role("main").get_by_role("link", name="Get help now").click()
        person.reads("You are not connected to PeerSpace.")
        # Even of words that were being sent: they have not arrived.
        page.evaluate(
            """() => sessionStorage.setItem(
                "sent", Object.keys(localStorage).find((key) => key.endsWith(":new-nights"))
            )"""
        )
        page.reload()
        person.reads("You are not connected to PeerSpace.")
        assert page.evaluate("() => Object.keys(localStorage).some((key) => key.endsWith(':new-nights'))")
        page.go_back()
        person.context.set_offline(False)
        page.get_by_role("link", name="Try again").click()
        page.get_by_role("heading", level=1).wait_for()
        assert page.get_by_text("This page cannot be reached now").count() == 0
    page.goto("/spaces/nights/new")
    assert page.get_by_label("What would you like to say?").input_value() == "half a thought"


def test_nothing_private_is_in_any_cache(party: Party) -> None:
    person = party("slow_river")
    page = person.sign_in("/help-now")
    wait_until_kept(page)
    for path in ("/today", "/spaces/nights", "/rooms", "/rooms/porch", "/inbox", "/my/data", "/help-now"):
        person.go(path)
    found = kept(page)
    assert set(found) > PUBLIC
    assert all(path in PUBLIC or path.startswith("/static/") for path in found)
    for path in PUBLIC:
        assert "is-guest" in found[path]
        for private in ("slow_river", "csrf", "Sign out", "<form"):
            assert private not in found[path]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/my" not in url)
    assert all(path in PUBLIC or path.startswith("/static/") for path in kept(page))


def test_a_kept_page_speaks_and_looks_as_the_device_does(party: Party) -> None:
    guest = party("guest")
    guest.context.add_cookies(
        [{"name": name, "value": value, "url": guest.base} for name, value in
         (("language", "de"), ("theme", "quiet"), ("tab", "plain"))]
    )  # fmt: skip
    page = guest.go("/")
    wait_until_kept(page, language="de")
    with guest.outage():
        guest.context.set_offline(True)
        page.goto("/help-now")
        page.locator("html[lang=de][data-theme=quiet]").wait_for()
        assert "PeerSpace" not in page.title()


def test_leaving_quickly_takes_everything_off_the_device(party: Party) -> None:
    person = party("northbound")
    page = person.sign_in("/today")
    wait_until_kept(page)
    page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url("**/weather")
    # A file of the site that brings no script of ours along: looking must not keep anything anew.
    page.goto("/static/icons/favicon.svg")
    wait_until(
        page,
        """async () => (await caches.keys()).length === 0
            && (await navigator.serviceWorker.getRegistrations()).length === 0""",
    )


def test_forms_and_parts_of_files_pass_by_the_worker(party: Party) -> None:
    person = party("tidepool")
    page = person.sign_in("/today")
    wait_until_kept(page)
    page.get_by_role("button", name="Deutsch").click()
    page.locator("html[lang=de].is-signed-in").wait_for()
    status: int = page.evaluate(
        """async () => (await fetch("/static/icons/icons.svg", { headers: { Range: "bytes=0-3" } })).status"""
    )
    assert status in (200, 206)
    assert page.evaluate("async () => (await (await fetch('/healthz')).json()).status") == "ok"


def test_a_page_loaded_past_the_worker_is_taken_into_its_care(party: Party) -> None:
    page = party("guest").go("/rules")
    wait_until_kept(page)
    session = page.context.new_cdp_session(page)
    with page.expect_navigation():
        session.send("Page.reload", {"ignoreCache": True})
    wait_until_kept(page)


def test_a_browser_would_install_it(party: Party) -> None:
    page = party("guest").go("/")
    wait_until_kept(page)
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert json.loads(found["data"])["name"] == "PeerSpace"
    session.send("Page.enable")
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Playwright's contexts are private windows, where no browser installs anything: that alone may be said.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
