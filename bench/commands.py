"""Several `peerspace` commands in one process: JSON lists of arguments on standard input, one a line.

A bench makes some sixty spaces and rooms; starting Python for each would take longer than the rest of the set-up.
"""

from __future__ import annotations

import json
import sys

from peerspace.cli import cli


def main() -> None:
    """Run them in order; the first that fails ends the rest."""
    for line in sys.stdin:
        arguments = json.loads(line)
        try:
            status = cli(arguments, standalone_mode=False)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is said and ends the bench)
            sys.exit(f"peerspace {' '.join(arguments)}: {error}")
        if status:
            sys.exit(f"peerspace {' '.join(arguments)}: status {status}")


main()
