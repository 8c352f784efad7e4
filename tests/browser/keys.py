"""Hands that have only a keyboard: real key presses, and a look at the focus at every stop of the Tab key."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from tests.browser.measure import focused
from tests.browser.watch import Person

MOST_STOPS = 160


class Keys:
    """A person's keyboard. Every Tab asserts that the focus shows: a ring of 2 px and 3:1, with nothing over it."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page: Page = person.page
        self.stops = 0

    def tab(self) -> None:
        """One stop further."""
        self.page.keyboard.press("Tab")
        here = focused(self.page)
        self.stops += 1
        if here is not None:
            where = f"{self.person.name} at {self.page.url}"
            assert here["findings"] == [], f"{where}, {here['what']}: {here['findings']}"

    def to(self, wanted: Locator) -> None:
        """Tab until one of `wanted` has the focus. AssertionError when it is never reached."""
        for _ in range(MOST_STOPS):
            if self._on(wanted):
                return
            self.tab()
        raise AssertionError(f"{self.person.name} never came to {wanted} on {self.page.url}")

    def _on(self, wanted: Locator) -> bool:
        on: bool = wanted.evaluate_all("all => all.includes(document.activeElement)")
        return on

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def link(self, name: str, within: Locator | None = None) -> None:
        """Follow a link."""
        self.to((within or self.page).get_by_role("link", name=name))
        self.press("Enter")

    def button(self, name: str) -> None:
        """Press a button."""
        self.to(self.page.get_by_role("button", name=name, exact=True))
        self.press("Enter")

    def types(self, label: str, words: str) -> None:
        """Write into the field whose label begins with these words."""
        self.to(self.page.get_by_label(re.compile(f"^{re.escape(label)}")))
        self.page.keyboard.type(words)

    def ticks(self, label: str) -> None:
        """Tick a box."""
        box = self.page.get_by_label(label)
        self.to(box)
        self.press("Space")
        assert box.is_checked()

    def chooses(self, name: str) -> None:
        """Choose one of a group: Tab comes to the group, arrows go through it."""
        wanted = self.page.get_by_role("radio", name=name)
        self.to(self.page.locator(f"input[type=radio][name={wanted.get_attribute('name')}]"))
        self.press("Space")
        for _ in range(MOST_STOPS):
            if wanted.is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"{name} cannot be chosen by arrow keys")

    def opens(self, summary: Locator) -> None:
        """Unfold something that is folded."""
        self.to(summary)
        self.press("Enter")

    def signs_in(self) -> None:
        """From the first page to the signed-in person's own."""
        self.person.go("/")
        self.link("Sign in")
        self.page.wait_for_url("**/sign-in*")
        self.types("Your name here", self.person.name)
        self.types("Your passphrase", self.person.passphrase)
        self.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
