"""Where a request came from, for counting: the client's address behind so many proxies, and its network."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

IPV6_PREFIX = 64
"""One household, office or machine gets a whole /64: its addresses count as one."""


def client_address(environ: Mapping[str, Any], trusted_proxies: int) -> str:
    """The address of whoever sent a WSGI request; "" when it came over a Unix socket without a proxy.

    Each trusted proxy added one address to X-Forwarded-For, so that the client stands at that place from the right (as
    werkzeug's ProxyFix has it, which the pages see through). What is left of it was written by the client.
    """
    if trusted_proxies:
        forwarded = [part.strip() for part in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
        if len(forwarded) >= trusted_proxies and forwarded[-trusted_proxies]:
            return forwarded[-trusted_proxies]
    return str(environ.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 of an IPv6 one. Anything else stands for itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, IPV6_PREFIX), strict=False))
