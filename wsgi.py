"""The WSGI entry point: `gunicorn -k gevent wsgi:application`.

`peerspace serve` starts gunicorn in the right way (one worker a process, patched for gevent before anything is
imported); this module imports PeerSpace only here, so that the patching comes first.
"""

from peerspace.config import Config
from peerspace.serve import start

application = start(Config.from_env()).app
