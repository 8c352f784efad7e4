"""The reference: a bare Flask-SocketIO echo and a bare Flask page, served exactly as PeerSpace is, and nothing else.

No accounts, no database, no checks: what goes into a room comes out to everybody in it, in the shape and size of a
message of PeerSpace. `python -m bench.echo_server PORT [PAGES] [--plain]`: PAGES is a folder, /NAME gives the text of
its file NAME, and a form sent there is read and answered by as much text and a 303. With `--plain` gunicorn's own
gevent worker serves in place of PeerSpace's, which waits for whole requests first.
"""

from gevent import monkey

monkey.patch_all()

import itertools  # noqa: E402 (patched first, as PeerSpace is)
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, jsonify, request  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402

from peerspace.serve import gunicorn_settings  # noqa: E402
from peerspace.serve_intake import Intake  # noqa: E402
from peerspace.serve_worker import Worker  # noqa: E402

app = Flask("echo")
socketio = SocketIO(app, async_mode="gevent", async_handlers=False)
plain = "--plain" in sys.argv
given = [argument for argument in sys.argv[1:] if argument != "--plain"]
folder = Path(given[1]) if len(given) > 1 else None
pages = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} if folder else {}
numbers = itertools.count(1)


@app.get("/healthz")
def healthz() -> Any:
    return jsonify(status="ok")


@app.get("/<name>")
def whole_page(name: str) -> str:
    return pages[name]


@app.post("/<name>")
def taken(name: str) -> Any:
    return pages[name], 303 if request.form else 400, {"Location": f"/{name}"}


@socketio.on("room:join")
def join(asked: dict[str, Any]) -> dict[str, Any]:
    join_room(asked["room"])
    return {"ok": True}


@socketio.on("message:send")
def send(asked: dict[str, Any]) -> dict[str, Any]:
    number = next(numbers)
    message = {
        "room": asked["room"],
        "id": "0123456789abcdef",
        "seq": number,
        "rev": number,
        "at": "2026-01-01T00:00:00.000Z",
        "author": {
            "id": "0123456789abcdef",
            "name": "Somebody",
            "token": {"symbol": "leaf", "colour": "sea"},
            "role": "",
        },
        "html": f"<p>{asked['body']}</p>",
        "reply_to": None,
        "content_note": "",
        "state": "published",
        "edited_at": None,
    }
    emit("message:new", message, to=asked["room"])
    return {"ok": True, "id": message["id"], "seq": number, "at": message["at"], "state": "published"}


class Served(BaseApplication):  # type: ignore[misc]
    def load_config(self) -> None:
        for name, value in gunicorn_settings("127.0.0.1", int(given[0])).items():
            self.cfg.set(name, "gevent" if plain and name == "worker_class" else value)

    def load(self) -> Flask:
        if not plain:
            assert Worker.here is not None
            Worker.here.intake = intake = Intake(
                app.wsgi_app, trusted_proxies=0, limited=False, production=False
            )
            app.wsgi_app = intake  # type: ignore[method-assign]
        return app


Served().run()
