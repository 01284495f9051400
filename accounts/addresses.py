"""From where a request comes, as far as that can be believed."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings


def grouped(address: str) -> str:
    """The address; of IPv6 its network of 64 bits, all of which one line has. Empty when it is none."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False).network_address)


def client_address(request) -> str:
    """The reader's network address. Behind ``PROXY_COUNT`` proxies of our own it is the word that the outermost of them
    wrote into ``X-Forwarded-For``; words left of it were sent by the reader, and are not believed. In production
    without that setting it is unknown (empty): the only address there would be the proxy's, the same for everybody."""
    if not settings.PROXY_COUNT:
        return "" if settings.PRODUCTION else grouped(request.META.get("REMOTE_ADDR", ""))
    words = request.headers.get("X-Forwarded-For", "").split(",")
    return grouped(words[-settings.PROXY_COUNT]) if len(words) >= settings.PROXY_COUNT else ""
