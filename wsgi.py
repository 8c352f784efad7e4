"""The WSGI entry point.

`gunicorn -k peerspace.serve_worker.Worker --worker-connections 5000 --backlog 4096 wsgi:application`

`peerspace serve` does the same with all its settings. Another worker class is refused, because it would not close
WebSockets when it is told to stop. PeerSpace is imported only here, after the worker patched for gevent.
"""

from peerspace.serve import load

application = load()
