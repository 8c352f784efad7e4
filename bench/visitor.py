"""A person's browser without the screen: reads PeerSpace's own forms out of its pages, fills them in, sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests
import socketio
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


@dataclass
class Form:
    """A form as the page holds it: where it goes, and every field with what it would send untouched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, list[str]] = field(default_factory=dict)
    """Checkboxes: name to the values that can be ticked."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Radio groups and selects: name to the values that can be chosen."""
    texts: set[str] = field(default_factory=set)
    """Fields a person types into."""
    numbers: set[str] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._words = ""
        self.csrf = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "meta" and a.get("name") == "csrf-token":
            self.csrf = a.get("content", "")
        if tag == "a" and a.get("href"):
            self.links.append(a["href"])
        if tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._form)
        form = self._form
        if form is None:
            return
        name = a.get("name", "")
        if tag == "input" and name:
            self._input(form, name, a)
        elif tag == "textarea" and name:
            self._area, self._words = name, ""
            form.texts.add(name)
        elif tag == "select" and name:
            self._select = name
            form.choices.setdefault(name, [])
        elif tag == "option" and self._select:
            form.choices[self._select].append(a.get("value", ""))
            if "selected" in a:
                form.fields[self._select] = a.get("value", "")
        elif tag == "button":
            form.buttons.append((name, a.get("value", "")))

    def _input(self, form: Form, name: str, a: dict[str, str]) -> None:
        kind, value = a.get("type", "text"), a.get("value", "")
        if kind == "checkbox":
            form.boxes.setdefault(name, []).append(value or "on")
        elif kind == "radio":
            form.choices.setdefault(name, []).append(value)
            if "checked" in a:
                form.fields[name] = value
        elif kind != "submit":
            form.fields[name] = value
            if kind == "date":
                form.dates.add(name)
            elif kind == "number":
                form.numbers.add(name)
            elif kind != "hidden":
                form.texts.add(name)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._form is not None and self._area is not None:
            self._form.fields[self._area] = self._words.strip()
            self._area = None
        elif tag == "select":
            if self._form is not None and self._select and self._form.choices[self._select]:
                self._form.fields.setdefault(self._select, self._form.choices[self._select][0])
            self._select = None
        elif tag == "form":
            self._form = None


class Visitor:
    """One person's visit: cookies kept, forms read from pages and sent back whole."""

    def __init__(self, base: str, name: str = "") -> None:
        self.base = base.rstrip("/")
        self.name = name
        self.http = requests.Session()
        self.http.trust_env = False
        # A kept connection may close just as it is used again; like a browser, ask once more for a page.
        again = Retry(total=1, connect=0, read=1, redirect=False, status=False, allowed_methods={"GET"})
        self.http.mount("http://", HTTPAdapter(max_retries=again))
        self.answer: requests.Response | None = None
        self.connection: socketio.Client | None = None
        self._read: _Forms | None = None

    def get(self, path: str, *, expect: int = 200) -> str:
        """Open a page; AssertionError when the answer is not `expect`."""
        return self._keep(self.http.get(urljoin(self.base, path), timeout=60), expect)

    @property
    def forms(self) -> list[Form]:
        """The forms of the page at hand."""
        return self._parsed().forms

    @property
    def csrf(self) -> str:
        """The page's own token, which a socket needs too."""
        return self._parsed().csrf

    def form(self, action_end: str) -> Form:
        """The form of the page at hand whose action ends so ('' for one that posts to its own page)."""
        for form in self.forms:
            ends_so = form.action.split("?")[0].endswith(action_end) and (action_end or not form.action)
            if form.method == "post" and ends_so:
                return form
        raise AssertionError(f"no form to {action_end!r} at {self.url}; there are {self._actions()}")

    def form_with(self, *names: str) -> Form:
        """The form of the page at hand that has fields of these names."""
        for form in self.forms:
            if form.method == "post" and {*form.fields, *form.texts, *form.boxes, *form.choices}.issuperset(
                names
            ):
                return form
        raise AssertionError(f"no form with {names} at {self.url}; there are {self._actions()}")

    def _actions(self) -> list[str]:
        return [form.action for form in self.forms]

    def send(self, form: Form, values: Mapping[str, str | list[str]], *, expect: int = 200) -> str:
        """Send a form with `values` over what the page filled in; follows the redirect as a browser does."""
        address, data = self.filled(form, values)
        return self.post(address, data, expect=expect)

    def filled(
        self, form: Form, values: Mapping[str, str | list[str]]
    ) -> tuple[str, dict[str, str | list[str]]]:
        """Where the filled form goes and what it sends, so that the same can be sent once more."""
        data = {**form.fields, **values}
        # A browser sends the lines of a text with CR LF.
        lined = {k: "\r\n".join(v.split("\n")) if isinstance(v, str) else v for k, v in data.items()}
        return urljoin(self.url, form.action or self.url), lined

    def post(self, address: str, data: dict[str, str | list[str]], *, expect: int = 200) -> str:
        """Send what `filled` gave."""
        return self._keep(self.http.post(address, data=data, timeout=120), expect)

    def fetch(self, path: str) -> bytes:
        """Download a file; AssertionError when it is not there."""
        answer = self.http.get(urljoin(self.base, path), timeout=120)
        assert answer.status_code == 200, f"{answer.url}: {answer.status_code}"
        return answer.content

    def links(self) -> list[str]:
        """Where the page at hand leads, in its order."""
        return self._parsed().links

    def _keep(self, answer: requests.Response, expect: int) -> str:
        self.answer, self._read = answer, None
        assert answer.status_code == expect, (
            f"{answer.url}: {answer.status_code}, expected {expect}: {_told(answer.text)}"
        )
        return answer.text

    def _parsed(self) -> _Forms:
        if self._read is None:
            assert self.answer is not None, "no page was opened"
            self._read = _Forms()
            html = "html" in self.answer.headers.get("Content-Type", "")
            self._read.feed(self.answer.text if html else "")
        return self._read

    @property
    def url(self) -> str:
        """Where the visitor is now."""
        assert self.answer is not None, "no page was opened"
        return self.answer.url

    def sign_in(self, name: str, passphrase: str) -> None:
        """Sign in through the form."""
        self.name = name
        self.get("/sign-in")
        self.send(self.form_with("name", "passphrase"), {"name": name, "passphrase": passphrase})
        assert "/sign-in" not in self.url, (
            f"{name} could not sign in: {_told(self.answer.text if self.answer else '')}"
        )

    def cookie_header(self) -> str:
        """The cookies as a header, for the socket of the same session."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)

    def stay_connected(self) -> None:
        """Hold a connection in the background, as a page of duty does; it comes back after the server was away."""
        self.connection = socketio.Client(reconnection=True, reconnection_delay_max=2)
        self.connection.connect(
            self.base,
            headers={"Cookie": self.cookie_header()},
            auth={"csrf": self.csrf, "v": 1},
            transports=["websocket"],
            wait_timeout=30,
        )


def _told(page: str) -> str:
    """The words of a page's main part, cut short, for a message about what went wrong."""
    main = re.sub(r"(?s)^.*<main[^>]*>|</main>.*$", "", page)
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())[:500]
