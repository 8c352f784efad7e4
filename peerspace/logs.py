"""What goes to the log, and what never does: no words of members, no passphrases, no values of local variables."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


class _Stderr:
    """Prints a line to stderr. A log on a full disk must not end the request or the process that wanted to say so."""

    def msg(self, message: str) -> None:
        try:
            print(message, file=sys.stderr, flush=True)  # noqa: T201 -- this is the log
        except OSError:
            return  # there is nowhere to say it: `/readyz` tells of the full disk

    log = debug = info = warning = warn = error = critical = exception = fatal = msg


def _to_stderr(*_names: object) -> _Stderr:
    return _Stderr()


def configure_logs(log_format: str) -> None:
    """Send log lines to stderr, `plain` for people or `json` for programs (the setting LOG_FORMAT).

    Tracebacks show where, not with which values: a form's text or a passphrase stands in local variables.
    """
    last: list[Any]
    if log_format == "json":
        places = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        last = [
            structlog.processors.ExceptionRenderer(places),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )
