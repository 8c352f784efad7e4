"""The process that builds one release: `python -m peerspace.build_process <release> <holder of its claim>`.

Started by exec, with every setting (the database's address among them) in the environment, never on the command line.
It steps back behind everything else on the machine, so that a build never holds up chat.
"""

from __future__ import annotations

import os
import sys

from peerspace.config import Config
from peerspace.logs import configure_logs
from peerspace.research.build import build_release
from peerspace.wiring import open_database

NICENESS = 10


def main(arguments: list[str]) -> int:
    """Build the release named; 0 when it ended in a state of its own (ready or failed), 1 when somebody else has it."""
    public_id, holder = arguments
    os.nice(NICENESS)
    config = Config.from_env()
    configure_logs(config.log_format)  # what a command that waits for this prints is for its own answer
    database = open_database(config)
    try:
        return 0 if build_release(config, database, public_id, holder) else 1
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
