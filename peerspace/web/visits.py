"""Whether somebody looks at what a request asks for, or a browser only fetches it in case they might.

A page that was fetched ahead counts as nothing: not as reading, not as a sign that its person is here.
"""

from __future__ import annotations

from flask import request

AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Headers by which browsers say why they fetch: the standard's first, then older ones."""
AHEAD_OF_NEED = frozenset({"prefetch", "prerender", "preview"})


def is_fetched_ahead() -> bool:
    """True for a prefetch, a prerender, a preview of a link, and for HEAD, which shows nothing to anybody."""
    said = ";".join(request.headers.get(name, "") for name in AHEAD).lower()
    return request.method == "HEAD" or any(
        word.strip() in AHEAD_OF_NEED for word in said.replace(",", ";").split(";")
    )


def is_shown() -> bool:
    """True where the answer is a page that a person's browser shows now.

    What a script or a service worker fetches for itself says so by its destination; a browser too old to name one is
    believed.
    """
    destination = request.headers.get("Sec-Fetch-Dest", "document")
    return request.method == "GET" and destination == "document" and not is_fetched_ahead()
