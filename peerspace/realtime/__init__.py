"""Socket.IO: what comes in from sockets, what goes out to them, and how other processes reach them."""
