"""Text that takes long is worked through in a process of its own, under one budget for previews, posts and edits.

Rendering and screening are linear in the length of a text, but twenty thousand characters of nothing but marks still
take up to a second. In the server's process everybody would wait for it, in a thread of it too: a thread that
computes holds the interpreter. So a light text is worked through at once, and a heavy one by a child process, one
text at a time and by turns between people (`FairTurns`). Whoever asks for more gets TooMany, and what they typed stays
with them.

The child is started with the first heavy text and ends when its input does. It sees no setting and no database.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Hashable, Sequence
from typing import IO, Any

import structlog

from peerspace.kernel.errors import Invalid, TooLong, TooMany
from peerspace.kernel.turns import FairTurns
from peerspace.kernel.write_turn import refuse_in_write_turn
from peerspace.text.screening import Phrase, found_in
from peerspace.text.written import Written, write_markdown

log = structlog.get_logger(__name__)

LIGHT_LENGTH = 8_000
LIGHT_MARKS = 200
"""Up to both, a text takes at most about 20 ms: nobody notices."""
EACH_WAITING = 2
MOST_WAITING = 16
LONGEST_S = 20.0
"""Most seconds that the child may take over one text; the heaviest takes about one on a free machine."""

_MARK = re.compile(r"[\n*_`\[\]!<>&#~\\|$@]|\d[.)]")
_KEPT_SETTINGS = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")


def write_markdown_for(
    who: Hashable, value: object, *, field: str, limit: int, required: bool = True, heading: int = 4
) -> Written:
    """`write_markdown` for the person `who`, apart where it takes long. Raises as that does, and TooMany."""
    refuse_in_write_turn("text is rendered")
    if not isinstance(value, str) or len(value) > 4 * limit or is_light(value):
        return write_markdown(value, field=field, limit=limit, required=required, heading=heading)
    answer = _apart.ask(who, "write", value, field, limit, required, heading)
    return Written(*answer)


def found_for(who: Hashable, text: str, phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """Those of `phrases` that `text` (`Written.screened`) holds, apart where it takes long. Raises TooMany."""
    refuse_in_write_turn("text is screened")
    texts = tuple([phrase.text for phrase in phrases])
    found = found_in(text, texts) if is_light(text) else _apart.ask(who, "screen", text, texts)
    return tuple([phrase for phrase in phrases if phrase.text in found]) if found else ()


def is_light(text: str) -> bool:
    """True where `text` is worked through so fast that it may be done on the event loop."""
    return len(text) <= LIGHT_LENGTH and len(_MARK.findall(text)) <= LIGHT_MARKS


class Apart:
    """The child process and the turns at it."""

    def __init__(self) -> None:
        self._turns = FairTurns(each=EACH_WAITING, most=MOST_WAITING, retry_after=10)
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, who: Hashable, work: str, *given: Any) -> Any:
        """Have the child do `work` (a key of WORK) on `given` and return its answer.

        Without gevent it is done right here: a command or a test holds nobody up. Raises what the work raises, and
        TooMany where `who`, or everybody together, has too much waiting or the child takes too long.
        """
        if not _is_serving():
            return WORK[work](*given)
        with self._turns.turn(who):
            said = self._said(json.dumps([work, *given]).encode() + b"\n")
        kind, answer = json.loads(said)
        if kind == "done":
            return answer
        error = TooLong if kind == "TooLong" else Invalid
        raise error(answer["key"], fields=answer["fields"], **answer["values"])

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for end in (child.stdin, child.stdout):
                if end is not None:
                    end.close()
            child.wait()

    def _said(self, line: bytes) -> bytes:
        """The child's answer to one line. A child that has died before is replaced, one that is stuck is ended."""
        from gevent import Timeout  # late: a command that never serves need not load gevent

        said = b""
        try:
            with Timeout(LONGEST_S):
                for _ in range(2):
                    said = self._exchange(line)
                    if said:
                        return said
                    self.close()
        except Timeout:
            log.warning("text_took_too_long", seconds=LONGEST_S)
        finally:
            if not said:  # also when whoever waits is ended: the next must not get this answer
                self.close()
        raise TooMany("too_many", retry_after=int(LONGEST_S))

    def _exchange(self, line: bytes) -> bytes:
        """The answer to `line`; empty where the child is gone."""
        if self._child is None:
            self._child = _start()
        given, answer = _ends(self._child)
        try:
            given.write(line)
            given.flush()
            return answer.readline()
        except OSError:
            return b""


def _start() -> subprocess.Popen[bytes]:
    settings = {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}
    command = [sys.executable, "-m", "peerspace.text.apart"]
    return subprocess.Popen(  # noqa: S603 -- this program itself
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=settings
    )


def _ends(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the child was started with pipes")
    return child.stdin, child.stdout


def _is_serving() -> bool:
    from gevent import monkey

    return monkey.is_module_patched("socket")


def _write(value: str, field: str, limit: int, required: bool, heading: int) -> list[str]:
    made = write_markdown(value, field=field, limit=limit, required=required, heading=heading)
    return [made.text, made.html, made.words, made.unlinked, made.screened]


def _screen(text: str, phrases: Sequence[str]) -> list[str]:
    return sorted(found_in(text, tuple(phrases)))


WORK: dict[str, Callable[..., Any]] = {"write": _write, "screen": _screen}
_apart = Apart()


def main() -> None:
    """The child: one line of JSON in, one out, until the input ends."""
    for line in sys.stdin.buffer:
        work, *given = json.loads(line)
        answer: tuple[str, Any]
        try:
            answer = ("done", WORK[work](*given))
        except Invalid as error:
            kind = type(error).__name__
            answer = (kind, {"key": error.key, "fields": error.fields, "values": error.values})
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
