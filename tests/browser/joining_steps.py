"""Joining as a person does it: one step after the other, with or without script."""

from __future__ import annotations

from playwright.sync_api import Page, expect

STEPS = (
    "Before you begin",
    "The rules",
    "A name for here",
    "A drawing and a colour",
    "In your own words",
    "A passphrase, and done",
)


def at(page: Page, step: str) -> None:
    """Wait until `step` is the one that is shown, and the only one."""
    headings = page.locator(".step__title:visible")
    expect(headings).to_have_count(1)
    expect(headings).to_have_text(f"Step {STEPS.index(step) + 1} of {len(STEPS)}: {step}")


def on(page: Page, step: str) -> None:
    """Continue, to `step`."""
    page.get_by_role("link", name="Continue").click()
    at(page, step)


def walks(page: Page, name: str, passphrase: str, words: str) -> None:
    """Fill in all steps from the first one, and stop before the last button."""
    at(page, STEPS[0])
    page.get_by_label("I am 18 or older").check()
    on(page, STEPS[1])
    page.get_by_label("I have read the rules").check()
    on(page, STEPS[2])
    page.get_by_label("The name you want to be known by").fill(name)
    on(page, STEPS[3])
    page.get_by_role("radio", name="lamp").check()
    on(page, STEPS[4])
    page.get_by_label("What brings you here").fill(words)
    on(page, STEPS[5])
    page.get_by_label("A passphrase", exact=True).fill(passphrase)


def sends(page: Page) -> None:
    """The last button."""
    page.get_by_role("button", name="Ask to join").click()
