"""The requests of a community that reads: who asks for what, as text for `bench.page_load`."""

from __future__ import annotations

import random
import re
import uuid
from urllib.parse import urlencode

import requests

from bench.page_community import SPACE, WORDS, Community


class Asker:
    """Makes the requests: a member at random, a thread by Zipf's law, one of its pages."""

    def __init__(self, community: Community, base: str, seed: int) -> None:
        self.community = community
        self.base = base
        self.chance = random.Random(seed)
        self._weights = [1 / rank for rank in range(1, len(community.threads) + 1)]
        self._tokens: dict[str, str] = {}

    def get(self, path: str) -> str:
        """A GET by somebody."""
        return request_of("GET", path, self.chance.choice(self.community.cookies))

    def today(self) -> str:
        return self.get("/today")

    def space(self) -> str:
        return self.get(f"/spaces/{SPACE}?page={self.chance.choice((1, 1, 1, 2))}")

    def _thread(self) -> tuple[str, int]:
        return self.chance.choices(self.community.threads, self._weights)[0]

    def thread(self) -> str:
        name, posts = self._thread()
        return self.get(f"/threads/{name}?page={self.chance.randint(1, -(-posts // 20))}")

    def reply(self) -> str:
        """A form sent, with its token and a number that nothing was sent with before."""
        cookie = self.chance.choice(self.community.cookies)
        fields = {"csrf_token": self._token(cookie), "body": WORDS, "client_id": str(uuid.uuid4())}
        return request_of("POST", f"/threads/{self._thread()[0]}", cookie, urlencode(fields))

    def _token(self, cookie: str) -> str:
        if cookie not in self._tokens:
            page = requests.get(f"{self.base}/today", headers={"Cookie": cookie}, timeout=60).text
            found = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert found is not None
            self._tokens[cookie] = found[1]
        return self._tokens[cookie]


def request_of(method: str, path: str, cookie: str = "", body: str = "") -> str:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html", "User-Agent: bench"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def parts_of(request: str) -> tuple[str, str, dict[str, str], str]:
    """Method, address, headers (without Host) and body of a request, for another client."""
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    del headers["Host"]
    return method, path, headers, body
