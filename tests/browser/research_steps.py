"""What a researcher, the panel and a participant do in the browser."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.watch import Person

TITLE = "Evenings in an invented house"
BUILT_WITHIN = 80
"""How often the researcher looks how far the release is, at most; each look waits for the page."""


def registers_a_study(researcher: Person) -> None:
    """Every question of the form answered."""
    page = researcher.go("/research")
    page.get_by_role("link", name="Register a study").first.click()
    for area in page.locator("main textarea").all():
        area.fill("Invented for a test.")
    today = datetime.now(UTC).date()
    for field in page.locator("main form input:not([type=hidden])").all():
        name = field.get_attribute("name") or ""
        if field.get_attribute("type") == "date":
            field.fill(str(today if name == "starts_on" else today + timedelta(days=200)))
        else:
            special = {"title": TITLE, "orcid": "0000-0002-1825-0097", "intended_amount": "4"}
            field.fill(special.get(name, "Invented"))
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


def approves(panel: Person) -> None:
    """The panel reads the study and decides with its reasons."""
    page = panel.go("/panel")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("radio", name="Approve", exact=False).first.check()
    for area in page.locator("form[action^='/panel/'] textarea").all():
        area.fill("The questions are ours too.")
    page.locator("form[action^='/panel/']").get_by_role("button").click()
    panel.reads("The questions are ours too.")


def asks_for_a_release(researcher: Person) -> None:
    """Ask for the open tables of today."""
    page = researcher.go("/research")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Open tables")


def downloads_it(researcher: Person, folder: Path) -> None:
    """Watch the progress until it is there, then take it away whole."""
    page = researcher.page
    ready = page.get_by_role("link", name="Download,")
    for _ in range(BUILT_WITHIN):
        ready.or_(page.locator("progress")).first.wait_for()
        if ready.count():
            break
        page.get_by_role("link", name="See how far it is now").click()
    with page.expect_download() as coming:
        ready.click()
    package = folder / "package.zip"
    coming.value.save_as(package)
    names = zipfile.ZipFile(package).namelist()
    assert any(name.endswith("datapackage.json") for name in names), names
    assert page.locator("figure img").count() > 0
    assert all(image_is_drawn(page))


def image_is_drawn(page: Page) -> list[bool]:
    """For each figure on the page, whether the browser could draw it."""
    for figure in page.locator("figure img").all():
        figure.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=figure.element_handle())
    drawn: list[bool] = page.locator("figure img").evaluate_all("all => all.map(one => one.naturalWidth > 0)")
    return drawn


def consents(member: Person) -> None:
    """Read what it is about, say yes to all, and find the receipt."""
    page = member.go("/my/consent")
    expect(page.get_by_text("Before you choose")).to_be_visible()
    for box in page.locator("form[action='/my/consent'] input[type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="Record my choices").click()
    member.reads("Your choice is recorded.")
    page.locator("section[aria-labelledby=receipts] li a").first.click()
    member.reads("This receipt is as it was made")


def sees_stops_and_erases(member: Person) -> None:
    """What is recorded is there in words; stopping keeps it, erasing takes it away."""
    page = member.go("/my/data")
    rows = page.locator("section[aria-labelledby=rows] li")
    assert rows.count() > 0
    member.go("/my/consent")
    page.get_by_role("button", name="Stop", exact=True).click()
    member.reads("Nothing more is counted.")
    page.get_by_role("link", name="Stop and erase").click()
    page.get_by_role("button", name="Stop and erase").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Yes, erase it").check()
    page.get_by_role("button", name="Stop and erase").click()
    member.reads("is erased.")
    member.go("/my/data")
    member.reads("Nothing is recorded")
