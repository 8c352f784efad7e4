"""What people do in a live room, and what the others see of it at once."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.watch import Person


def enters(person: Person, slug: str) -> None:
    """Open a room and wait until the page is live."""
    person.go(f"/rooms/{slug}")
    person.page.locator("html[data-room='joined']").wait_for(state="attached")


def said(person: Person, words: str) -> Locator:
    """The messages with `words` in this person's page."""
    return person.page.locator(".message").filter(has=person.page.locator(".message__words", has_text=words))


def says(person: Person, words: str) -> None:
    """Write and send."""
    person.page.get_by_label("Say something").fill(words)
    person.page.get_by_role("button", name="Send", exact=True).click()


def sees(person: Person, words: str) -> None:
    """Wait until `words` stand in the room, once, and are no longer on their way."""
    expect(said(person, words)).to_have_count(1)
    expect(room_waits(person, words)).to_have_count(0)


def room_waits(person: Person, words: str) -> Locator:
    """What this person wrote and the server has not answered yet."""
    return person.page.locator(".message--waiting", has_text=words)


def acts(person: Person, words: str, *labels: str) -> None:
    """Press an action under the message with `words`, and the next in the menu it opens."""
    message = said(person, words)
    message.hover()
    for number, label in enumerate(labels):
        found = message.locator(".action", has_text=label)
        (found.last if number else found.first).click()  # a menu and an entry of it may have the same name


def removes(person: Person, words: str) -> None:
    """Take a message away: the page asks first."""
    acts(person, words, "Remove")
    person.page.get_by_role("dialog").get_by_role("button", name="Remove for everybody").click()


def keep_a_room_open(wren: Person, name: str) -> None:
    """Wren goes on duty by the form on the duty page."""
    page = wren.go("/duty")
    line = page.locator(".room-line", has_text=name)
    if line.get_by_role("button", name="Go on duty").count():
        line.get_by_role("button", name="Go on duty").click()
    expect(line).to_contain_text("You are on duty")


def talk(ash: Person, marigold: Person, wren: Person) -> None:
    """Everything that is done in one browser shows in the others without a reload."""
    for person in (ash, marigold, wren):
        enters(person, "late-kitchen")
    expect(ash.page.locator("[data-people-list]")).to_contain_text("Wren")
    expect(ash.page.locator("[data-reading]")).to_contain_text("just reading")
    says(wren, "Kettle is on.")
    ash.page.get_by_label("Say something").press_sequentially("first")
    expect(marigold.page.locator("[data-typing]")).to_have_text("Ash is writing…")
    says(ash, "first time here")
    for person in (ash, marigold, wren):
        sees(person, "Kettle is on.")
        sees(person, "first time here")

    acts(marigold, "first time here", "Reply")
    says(marigold, "Reading is being here too.")
    for name in ("Ash", "Marigold", "Wren"):  # who has written stands there by name
        expect(wren.page.locator("[data-people-list]")).to_contain_text(name)
    expect(said(ash, "Reading is being here too.").locator(".answers")).to_contain_text(
        "Ash: first time here"
    )

    acts(ash, "first time here", "Edit")
    ash.page.get_by_label("Say something").fill("first night here")
    ash.page.get_by_role("button", name="Save").click()
    for person in (marigold, wren):
        sees(person, "first night here")
        expect(said(person, "first night here").first).to_contain_text("edited")

    acts(marigold, "first night here", "With you", "With you")
    expect(said(ash, "first night here").first).to_contain_text("with you: 1")
    expect(said(wren, "first night here").first).not_to_contain_text("with you: 1")

    says(ash, "this was a slip")
    sees(marigold, "this was a slip")
    removes(ash, "this was a slip")
    expect(said(marigold, "this was a slip")).to_have_count(0)
    marigold.reads("The person who wrote this removed it.")


def reports_a_message(marigold: Person, words: str) -> None:
    """Marigold reports from the room, without leaving it."""
    acts(marigold, words, "More", "Report")
    sheet = marigold.page.get_by_role("dialog")
    expect(sheet.locator("input[name=reason]:checked")).to_have_count(
        0
    )  # nobody is accused, or feared for, by default
    sheet.get_by_role("radio", name="Something else").check()
    sheet.get_by_label("Anything you would like to add").fill("Please have a look.")
    sheet.get_by_role("button", name="Send the report").click()
    marigold.reads("Thank you. A supervisor reads it.")


def blocks_in_the_room(ash: Person, marigold: Person, wren: Person) -> None:
    """Ash blocks Marigold: her messages vanish for Ash, old and new; nothing changes for Marigold."""
    acts(ash, "Reading is being here too.", "More", "Block")
    ash.page.get_by_role("button", name="Block", exact=True).click()
    enters(ash, "late-kitchen")
    expect(said(ash, "Kettle is on.")).to_have_count(1)
    expect(said(ash, "Reading is being here too.")).to_have_count(0)
    says(marigold, "Still here, Ash.")
    sees(wren, "Still here, Ash.")
    says(wren, "So am I.")
    sees(ash, "So am I.")  # what came after it has come, so it will not
    expect(said(ash, "Still here, Ash.")).to_have_count(0)
    says(ash, "Good to know.")
    sees(marigold, "Good to know.")
    sees(marigold, "Still here, Ash.")
    expect(ash.page.locator("[data-people-list]")).to_contain_text("Ash")
    expect(ash.page.locator("[data-people-list]")).not_to_contain_text("Marigold")


def goes_off_duty(wren: Person, *others: Person) -> None:
    """The last one on duty leaves: every open page of the room turns read-only at once."""
    wren.page.get_by_role("button", name="Go off duty").click()
    for person in others:
        person.reads("Nobody is on duty here just now")
        expect(person.page.get_by_label("Say something")).to_be_hidden()
