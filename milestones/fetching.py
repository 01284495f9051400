"""Fetches a page of the open web for a job, and nothing else: no page of a private network, however the address is
dressed up.

Before each connection the host's name is looked up once; unless every address it has is public, nothing is connected
to, and what was looked up is what is connected to. So a name that changes its address in between (DNS rebinding) gains
nothing, and a redirect is looked at like any other address. Offices whose evidence lies on their own network name that
network in ``LINK_CHECK_NETWORKS``.
"""

import socket
import ssl
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

PORTS = {80, 443, 8080, 8443}
SECONDS = 30  # for one page, redirects included
SILENCE = 10  # seconds without a byte
MOST_BYTES = 10 * 1024 * 1024
PIECE = 64 * 1024
MOST_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
NAT64 = IPv6Network("64:ff9b::/96")

NO_ADDRESS, PRIVATE, NO_HOST, NO_ANSWER = "no_address", "private", "no_host", "no_answer"
CERTIFICATE, REDIRECTED_TOO_OFTEN = "certificate", "redirects"


class Unreachable(Exception):
    """Why a page could not be fetched: one of the codes above."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Page:
    """What was answered at ``url``, after redirects. ``body`` is whole unless ``cut``: then it was too long."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


# Where a connection may go --------------------------------------------------------------------------------------------
def inner(address):
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if not isinstance(address, IPv6Address):
        return address
    if address in NAT64:
        return ip_address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo and address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or teredo or address


def is_own_network(address) -> bool:
    return any(address in ip_network(network) for network in settings.LINK_CHECK_NETWORKS)


def is_allowed(text: str, port: int) -> bool:
    """Whether a connection to this address may be made."""
    address = inner(ip_address(text.partition("%")[0]))
    if is_own_network(address):
        return True
    return address.is_global and not address.is_multicast and port in PORTS


def connect(host: str, port: int) -> socket.socket:
    """A connection to the host, if all its addresses are allowed. Raises ``Unreachable``."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(NO_HOST) from error
    if not all(is_allowed(place[0], port) for *_kind, place in found):
        raise Unreachable(PRIVATE)
    for family, kind, protocol, _name, place in found:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(SILENCE)
        try:
            connection.connect(place)
            return connection
        except OSError:
            connection.close()
    raise Unreachable(NO_ANSWER)


class CheckedHTTPConnection(HTTPConnection):
    def _new_conn(self):
        return connect(self._dns_host, self.port)


class CheckedHTTPSConnection(HTTPSConnection):
    def _new_conn(self):
        return connect(self._dns_host, self.port)


class CheckedHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = CheckedHTTPConnection


class CheckedHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = CheckedHTTPSConnection


# Asking ---------------------------------------------------------------------------------------------------------------
def new_pools() -> urllib3.PoolManager:
    pools = urllib3.PoolManager(num_pools=4, timeout=urllib3.Timeout(SILENCE), retries=False)
    pools.pool_classes_by_scheme = {"http": CheckedHTTPPool, "https": CheckedHTTPSPool}
    return pools


def user_agent() -> str:
    return f"OGP-tracker-link-check ({settings.SITE_URL or 'no address given'})"


def check_address(url: str):
    """Raises ``Unreachable`` for what is no plain web address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise Unreachable(NO_ADDRESS)


def read(answer, until: float) -> tuple[bytes, bool]:
    """The body, and whether it was cut because it was too long. Raises ``Unreachable`` when it takes too long."""
    body = bytearray()
    for piece in answer.stream(PIECE, decode_content=True):
        body += piece
        if len(body) > MOST_BYTES:
            return bytes(body[:MOST_BYTES]), True
        if time.monotonic() > until:
            raise Unreachable(NO_ANSWER)
    return bytes(body), False


def ask(pools, url: str, until: float) -> Page:
    """One request, without following a redirect."""
    check_address(url)
    headers = {"User-Agent": user_agent(), "Accept": "text/html,application/pdf,*/*;q=0.5", "Accept-Encoding": "gzip"}
    try:
        answer = pools.request("GET", url, headers=headers, redirect=False, preload_content=False)
        try:
            body, cut = read(answer, until)
        finally:
            answer.close()
    except (SSLError, ssl.SSLError) as error:
        raise Unreachable(CERTIFICATE) from error
    except MaxRetryError as error:
        raise Unreachable(CERTIFICATE if isinstance(error.reason, SSLError) else NO_ANSWER) from error
    except (HTTPError, OSError, ValueError) as error:
        raise Unreachable(NO_ANSWER) from error
    found = {name.lower(): value for name, value in answer.headers.items()}
    return Page(url, answer.status, found, body, cut)


def fetch(url: str) -> Page:
    """The page at an address, redirects followed. Raises ``Unreachable`` with the reason."""
    until = time.monotonic() + SECONDS
    pools = new_pools()
    try:
        for _ in range(MOST_REDIRECTS + 1):
            page = ask(pools, url, until)
            if page.status not in REDIRECTS or "location" not in page.headers:
                return page
            url = urljoin(url, page.headers["location"])
    finally:
        pools.clear()
    raise Unreachable(REDIRECTED_TOO_OFTEN)
