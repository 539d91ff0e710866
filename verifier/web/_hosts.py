"""Which hosts are public: not this machine, not its network, nor a way to either."""

import ipaddress
import socket
from collections.abc import Callable, Iterable

# Networks of IPv6 whose last 32 bits are an IPv4 address (RFC 6052, 8215, 4291).
EMBEDDING = [ipaddress.IPv6Network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")]
Resolve = Callable[[str], Iterable[str]]


def addresses(host: str) -> list[str]:
    """Every address the name stands for; OSError where there is none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None)]


def is_public(address: str) -> bool:
    """Whether an address, or a name that is none, may be a public host.

    >>> [is_public(a) for a in ("127.0.0.1", "10.1.2.3", "::1", "8.8.8.8", "localhost")]
    [False, False, False, True, False]
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address != "localhost" and not address.endswith(".localhost")
    inner = _inner(ip)
    return (inner or ip).is_global and not ip.is_multicast


def _inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address that a translator or tunnel would reach for an IPv6 one: mapped, NAT64, 6to4.

    >>> [str(_inner(ipaddress.ip_address(a))) for a in ("64:ff9b::7f00:1", "2002:a00:1::")]
    ['127.0.0.1', '10.0.0.1']
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if any(ip in network for network in EMBEDDING):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
