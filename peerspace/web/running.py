"""What one running PeerSpace holds for its web adapter: settings, database, gathered writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import Flask, current_app
from prometheus_client import CollectorRegistry

from peerspace.accounts.passphrases import Passphrases
from peerspace.config import Config
from peerspace.forum.events import ThreadOpened
from peerspace.kernel.uow import Database
from peerspace.kernel.write_buffer import WriteBuffer, WriteBufferLoop

EXTENSION = "peerspace"


@dataclass(slots=True)
class Warnings:
    """What this process noticed about how it is set up. `/readyz` says it, the log said it once."""

    unknown_proxy: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """The parts that every request may need.

    `touches` keeps (session id, when it was seen), `reads` the threads that were opened: GETs never write.
    """

    config: Config
    database: Database
    write_buffers: WriteBufferLoop
    touches: WriteBuffer[tuple[int, datetime]]
    reads: WriteBuffer[ThreadOpened]
    metrics: CollectorRegistry
    passphrases: Passphrases
    warnings: Warnings = field(default_factory=Warnings)


def running(app: Flask | None = None) -> Running:
    """The parts of `app`, or of the application that answers this request."""
    return cast(Running, (app or current_app).extensions[EXTENSION])
