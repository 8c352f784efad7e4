"""What reaches a room's page in an awkward order, or only at the second try, still ends in its place."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.watch import Person

pytestmark = [pytest.mark.browser, pytest.mark.invariant(11)]

CONNECT, ACK, REFUSED = "40", "43", "44"
"""How packets of Socket.IO begin on the wire: from a page, and to it."""


def _between(
    person: Person,
    up: Callable[[WebSocketRoute, str], bool],
    down: Callable[[WebSocketRoute, str], bool],
) -> None:
    """Stand on the line of `person`: `up` and `down` see what is sent and say whether it goes on."""

    def stand(to_page: WebSocketRoute) -> None:
        to_server = to_page.connect_to_server()

        def from_page(packet: str | bytes) -> None:
            if up(to_page, str(packet)):
                to_server.send(packet)

        def from_server(packet: str | bytes) -> None:
            if down(to_page, str(packet)):
                to_page.send(packet)

        to_page.on_message(from_page)
        to_server.on_message(from_server)

    person.page.route_web_socket("**/socket.io/**", stand)


def _goes_on(_line: WebSocketRoute, _packet: str) -> bool:
    return True


def test_a_page_that_was_refused_for_now_comes_back_by_itself(party: Party) -> None:
    tidepool = party("tidepool")
    tidepool.sign_in()
    refusals = [
        {"code": "server_error", "message": "Not just now.", "retry_after": 0.1},
        {"code": "too_many", "message": "Not just now.", "retry_after": 0.1},
    ]

    def refuse(line: WebSocketRoute, packet: str) -> bool:
        if not packet.startswith(CONNECT) or not refusals:
            return True
        error = refusals.pop(0)
        line.send(REFUSED + json.dumps({"message": error["code"], "data": {"ok": False, "error": error}}))
        return False

    _between(tidepool, refuse, _goes_on)
    room.enters(tidepool, "landing")
    assert refusals == []
    expect(tidepool.page.locator("[data-line]")).to_be_hidden()


def test_a_message_that_overtakes_the_answer_to_joining_stays(party: Party) -> None:
    wren, northbound = party("Wren"), party("northbound")
    wren.sign_in()
    room.keep_a_room_open(wren, "The porch")
    room.enters(wren, "porch")
    northbound.sign_in()
    held: list[tuple[WebSocketRoute, str]] = []
    overtook: list[str] = []

    def hold_the_answer(line: WebSocketRoute, packet: str) -> bool:
        if packet.startswith(ACK) and not overtook:
            held.append((line, packet))
            return False
        if "Quicker than you." in packet:
            overtook.append(packet)
        return True

    _between(northbound, _goes_on, hold_the_answer)
    northbound.go("/rooms/porch")
    while not held:
        northbound.page.wait_for_timeout(20)
    room.says(wren, "Quicker than you.")
    while not overtook:
        northbound.page.wait_for_timeout(20)
    for line, packet in held:
        line.send(packet)
    northbound.page.locator("html[data-room='joined']").wait_for(state="attached")
    there = room.said(
        northbound, "Quicker than you."
    ).count()  # now, and not when the page has asked once more
    assert there == 1


def test_a_change_of_a_message_before_the_page_begins_leaves_no_hole(party: Party) -> None:
    wren, tidepool, northbound = party("Wren"), party("tidepool"), party("northbound")
    wren.sign_in()
    room.keep_a_room_open(wren, "The porch")
    tidepool.sign_in()
    room.enters(tidepool, "porch")
    stairs = [f"Stair {number:02}" for number in range(1, 53)]
    for words in stairs:
        room.says(tidepool, words)
    room.sees(tidepool, stairs[-1])
    room.acts(tidepool, "Stair 02", "Reply")
    room.says(tidepool, "Back to the second.")
    room.sees(tidepool, "Back to the second.")

    northbound.sign_in()
    room.enters(northbound, "porch")
    answer = room.said(northbound, "Back to the second.")
    expect(answer).to_contain_text("Stair 02")
    room.removes(tidepool, "Stair 02")
    expect(answer).not_to_contain_text("Stair 02")
    gone = northbound.page.get_by_text("The person who wrote this removed it.")
    expect(gone).to_have_count(0)
    expect(northbound.page.locator(".message__words").first).to_have_text("Stair 34")

    northbound.page.get_by_role("button", name="Earlier messages").click()
    room.sees(northbound, "Stair 01")
    room.sees(northbound, "Stair 03")
    expect(gone).to_have_count(1)
    expect(room.said(northbound, "Stair 02")).to_have_count(0)
