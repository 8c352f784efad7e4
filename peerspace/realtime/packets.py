"""What may come over a socket: packets that fit the protocol.

python-socketio would call the handlers of `connect` and `disconnect` for an *event* of that name, with whatever the
sender put into it; here such an event is an unknown one like any other, and gets its answer.
"""

from __future__ import annotations

import logging
from typing import Any

from socketio.packet import BINARY_EVENT, EVENT, Packet

MAX_ATTACHMENTS = 4
MALFORMED = "malformed"
"""The name under which an event without a usable name reaches the dispatcher."""
_RESERVED = ("connect", "disconnect", "connect_error", "message", "*")


class StrictPacket(Packet):
    """A packet whose event has a name that is a short text and none of the reserved ones."""

    data: Any

    def decode(self, encoded_packet: Any) -> int:
        if not isinstance(encoded_packet, str):
            raise ValueError("a binary frame that belongs to no event")  # noqa: TRY004 -- a wrong packet
        attachments: int = super().decode(encoded_packet)
        if attachments > MAX_ATTACHMENTS:
            raise ValueError("too many attachments")
        if self.packet_type in (EVENT, BINARY_EVENT):
            self.data = _named(self.data)
        return attachments


def _named(data: Any) -> list[Any]:
    if not isinstance(data, list) or not data:
        return [MALFORMED]
    name = data[0]
    if not isinstance(name, str) or len(name) > 64 or name in _RESERVED:
        return [MALFORMED, *data[1:]]
    return data


class Quiet(logging.Filter):
    """Anybody can send what does not parse: one line each in the log, no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], ValueError | RecursionError):
            record.msg, record.args, record.exc_info = "a packet that does not parse", (), None
        return True


def quiet_logger() -> logging.Logger:
    """Where engineio tells what went wrong in a connection."""
    logger = logging.getLogger("peerspace.engineio")
    if not any(isinstance(one, Quiet) for one in logger.filters):
        logger.addFilter(Quiet())
    logger.setLevel(logging.ERROR)
    return logger
