"""What browser tests share: Chromium, a PeerSpace with people in it, and several people at once, all watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from bench.installation import Installation
from tests.browser import house as houses
from tests.browser.pages import Sitemap
from tests.browser.watch import PATIENCE_MS, Person
from tests.conftest import absent

# The browser must talk to nobody but the server under test, not even its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Party(Protocol):
    """Opens a watched browser for a person: `party("Ash", width=360)`."""

    def __call__(
        self, name: str, *, width: int = 1280, script: bool = True, theme: str = "light"
    ) -> Person: ...


def chromium_path() -> str | None:
    """The Chromium on this machine, if there is one."""
    return (
        os.environ.get("PEERSPACE_TEST_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
    )


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A Chromium without a screen. Skips where there is none."""
    path = chromium_path()
    if path is None:
        absent("Chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def kept_houses(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where filled installations are kept for the whole run: one folder for all test processes."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "main" else own.parent) / "houses"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def house(chromium: Browser, kept_houses: Path) -> Iterator[Installation]:
    """A PeerSpace with the people and places of `tests.browser.house`, serving."""
    with houses.peopled(kept_houses) as made:
        yield made


@pytest.fixture(scope="package")
def demo(chromium: Browser, kept_houses: Path) -> Iterator[tuple[Installation, Sitemap]]:
    """The demo community, serving, and every page of it. Only to be looked at: tests that write take `house`."""
    with houses.demo(kept_houses) as made:
        yield made


@pytest.fixture
def party(chromium: Browser, house: Installation) -> Iterator[Party]:
    """Several people at once. The test fails if any page of theirs had an error, broke policy or asked another host."""
    people: list[Person] = []

    def come(name: str, *, width: int = 1280, script: bool = True, theme: str = "light") -> Person:
        elsewhere = houses.exit_of(house)
        person = Person(
            chromium, house.base, name, elsewhere=elsewhere, width=width, script=script, theme=theme
        )
        people.append(person)
        return person

    yield come
    for person in people:
        person.close()
    assert [f"{person.name}: {line}" for person in people for line in person.trouble] == []
