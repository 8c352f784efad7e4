"""A socket speaks the language that its page was opened in."""

from __future__ import annotations

import pytest
from socketio.exceptions import ConnectionError as Refused

from peerspace.kernel import wording
from peerspace.kernel.wording import Language
from peerspace.languages import RIGHT_TO_LEFT, translated
from peerspace.sentences import sentence
from tests.realtime.conftest import Scene
from tests.realtime.server import Person, Socket

GERMAN = next(one for one in translated() if one.code == "de")
ENGLISH = wording.ENGLISH


def _said(language: Language, key: str) -> str:
    with wording.speaking(language):
        return sentence(key)


def _connect(scene: Scene, person: Person, transport: str, *, chosen: str = "", accepted: str = "") -> Socket:
    """A socket of a page in the language that was chosen here, or that the browser asks for."""
    headers = {"Cookie": person.cookie + (f"; language={chosen}" if chosen else "")}
    if accepted:
        headers["Accept-Language"] = accepted
    made = Socket(person.server.base_url, headers, {"csrf": person.csrf, "v": 1}, transport)
    scene.sockets.append(made)
    return made


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("de", "", GERMAN),
        ("", "de-AT,de;q=0.9,en;q=0.5", GERMAN),
        ("de", "en-GB", GERMAN),
        ("en", "de", ENGLISH),
        ("", "", ENGLISH),
        ("", "fr", ENGLISH),
        ("xx", "", ENGLISH),
        ("he-XB", "", RIGHT_TO_LEFT),
    ],
)
def test_an_error_is_said_in_the_language_of_the_page(
    scene: Scene, transport: str, chosen: str, accepted: str, language: Language
) -> None:
    socket = _connect(scene, scene.person(), transport, chosen=chosen, accepted=accepted)
    refused = socket.call("typing", {"room": scene.slug})["error"]
    assert (refused["code"], refused["message"]) == ("bad_request", _said(language, "join_first"))
    if language is not ENGLISH:
        assert refused["message"] != _said(ENGLISH, "join_first")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_refused_connection_says_why_in_its_language(scene: Scene, transport: str) -> None:
    person = scene.person()
    with pytest.raises(Refused) as caught:
        Socket(
            person.server.base_url,
            {"Cookie": f"{person.cookie}; language=he-XB"},
            {"csrf": "wrong", "v": 1},
            transport,
        )
    assert _said(RIGHT_TO_LEFT, "socket_csrf_refused") in str(caught.value)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_people_in_one_room_are_each_answered_in_their_own_language(scene: Scene, transport: str) -> None:
    first = _connect(scene, scene.person(), transport, chosen="he-XB")
    second = _connect(scene, scene.person(), transport)
    for _ in range(2):
        for socket, language in ((first, RIGHT_TO_LEFT), (second, ENGLISH)):
            socket.join(scene.slug)
            assert socket.send(scene.slug, "")["error"]["message"] == _said(language, "empty")
