"""The fresh interpreter that serves: patched for gevent before anything else is imported.

psycopg cooperates with gevent only when it is imported after the patching, and so does all that uses sockets.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402 -- nothing may be imported before the patching

from peerspace.serve import run_server  # noqa: E402

if __name__ == "__main__":
    run_server(sys.argv[1], int(sys.argv[2]))
