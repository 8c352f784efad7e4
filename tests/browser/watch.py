"""People at their browsers, and a watch over every page they open: errors, policy violations, other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from bench.visitor import Visitor
from tests.browser.house import PASSPHRASE

PATIENCE_MS = 15_000
PHONE_PX = 768
"""Below this width the screen is one for fingers: there is no hovering, and targets are 44 px."""


class Person:
    """One person's browser: cookies and storage of their own, and one open page. `trouble` must stay empty."""

    def __init__(self, browser: Browser, base: str, name: str, *, elsewhere: str = "data:", width: int = 1280,
                 height: int = 860, script: bool = True, theme: str = "light", passphrase: str = PASSPHRASE,
                 forced_colours: bool = False) -> None:  # fmt: skip
        self.base, self.name, self.passphrase, self.elsewhere = base, name, passphrase, elsewhere
        self.trouble: list[str] = []
        self.sent: list[Request] = []
        self._outage, self._script = False, script
        self.context: BrowserContext = browser.new_context(
            base_url=base, viewport={"width": width, "height": height}, java_script_enabled=script, locale="en-GB",
            timezone_id="Europe/London", color_scheme="dark" if theme == "dark" else "light",
            accept_downloads=True, reduced_motion="reduce", has_touch=width < PHONE_PX,
            forced_colors="active" if forced_colours else "none",
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._request)
        self.context.on("response", self._response)
        self.context.on("requestfailed", self._failed)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.trouble.append(f"script error: {error.error}"))
        self.page: Page = self.context.new_page()

    # --- What a person does ----------------------------------------------------------------------------------------

    def go(self, path: str) -> Page:
        """Open `path` in their page."""
        self.page.goto(path)
        return self.page

    def sign_in(self, then: str = "/today") -> Page:
        """Come with the cookies of a fresh sign-in, and open `then`: a second quicker than through the form."""
        visitor = Visitor(self.base)
        visitor.sign_in(self.name, self.passphrase)
        for cookie in visitor.http.cookies:
            self.context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": self.base}])
        return self.go(then)

    def sign_in_by_form(self, then: str = "/today") -> Page:
        """Sign in through the form and open `then`."""
        self.go("/sign-in")
        self.page.get_by_label("Your name here").fill(self.name)
        self.page.get_by_label("Your passphrase").fill(self.passphrase)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.go(then)

    def comes_back(self, path: str) -> Page:
        """After leaving quickly: choose to go on, and open `path`."""
        self.go("/paused").get_by_role("button", name="Go on").click()
        self.page.locator(".top").wait_for()
        return self.go(path)

    def reads(self, *words: str) -> None:
        """Wait until the page shows each of `words`."""
        for text in words:
            self.page.get_by_text(text).first.wait_for()

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Within this block the server or the line is away: failed requests are no trouble."""
        self._outage = True
        try:
            yield
        finally:
            self._outage = False

    def close(self) -> None:
        """Close the browser window for good."""
        self.context.close()

    # --- The watch -------------------------------------------------------------------------------------------------

    def _request(self, request: Request) -> None:
        self.sent.append(request)
        if not request.url.startswith(
            (self.base, self.base.replace("http", "ws", 1), self.elsewhere, "data:", "blob:")
        ):
            self.trouble.append(f"asks another host: {request.url}")

    def _response(self, response: Response) -> None:
        # A page is refused with a page; where a service worker fetches it, that is asked for a second time.
        page = response.request.is_navigation_request() or (
            response.request.service_worker is not None and self._was_page(response.url)
        )
        refused = response.status >= 400 and not page
        if (refused or response.status >= 500) and not self._outage:
            self.trouble.append(f"{response.status} for {response.url}")

    def _failed(self, request: Request) -> None:
        # A request that a new page or the end of a page cut short, and a file handed to the downloads.
        if request.failure == "csp" and not self._script:
            return  # how a browser without scripts answers a page that fetches one ahead
        if request.failure == "net::ERR_FAILED" and "/static/" in request.url:
            return  # given up for the next page while the service worker fetched it; a file that is missing is a 404
        if not self._outage and request.failure != "net::ERR_ABORTED":
            self.trouble.append(f"{request.failure} for {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error" or self._outage:
            return
        address = message.location.get("url", "")
        # A form that was refused is an answer with a page; the browser notes its status as an error.
        if message.text.startswith("Failed to load resource") and self._was_page(address):
            return
        self.trouble.append(f"console on {urlsplit(self.page.url).path}: {message.text} ({address})")

    def _was_page(self, address: str) -> bool:
        return any(request.url == address and request.is_navigation_request() for request in self.sent)
