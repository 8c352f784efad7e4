"""The signed cookie bears a clock that is set; a signature out of all reason is still refused."""

from __future__ import annotations

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from tests.people import People
from tests.web.conftest import browser

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("jump", "signed_in"),
    [(-HOUR, True), (HOUR, True), (-2 * DAY, False), (-DAY + 60, True), (91 * DAY, False)],
)
def test_a_cookie_is_read_after_the_clock_was_set(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch, jump: int, signed_in: bool
) -> None:
    client = browser(app, people.add("Ash"))
    assert client.get("/today").status_code == 200
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: now(signer) + jump)
    answer = client.get("/today")
    assert (answer.status_code == 200) == signed_in
    if not signed_in:
        assert "/sign-in" in answer.location
