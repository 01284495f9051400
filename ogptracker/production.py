"""What production must not start with: each setting that is missing or weak, in a sentence that says what to do."""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOKED_AT = (
    *("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL"),  # needed
    *("DEBUG", "SITE_URL", "EMAIL_URL", "OIDC_ISSUER", "METRICS_TOKEN"),  # must be sound where they are given
)
PASSWORD_LENGTH = 12  # characters; docs/deployment.md makes 64
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "smtps")


def is_loopback(host: str | None) -> bool:
    """Whether the server is on this machine alone: no host (a local socket), or the loopback's."""
    try:
        return not host or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def secret_key(value: str) -> str | None:
    if len(value) < 50:
        return "is missing or too short: make one with “openssl rand -hex 64”"
    if len(set(value)) < 12 or value.startswith("django-insecure-"):
        return "is easy to guess: make one with “openssl rand -hex 64”"
    return None


def allowed_hosts(value: str) -> str | None:
    if not value:
        return "is missing or too short: give the names under which the tracker is reached, separated by commas"
    if any(not name or name != name.strip() or name == "*" or "/" in name for name in value.split(",")):
        return "has to be names alone, separated by commas, without spaces, “*” or “https://”"
    return None


def server(value: str, schemes: tuple[str, ...], example: str) -> str | None:
    """A server's address, with a password that is not a short one wherever others could reach it."""
    if not value:
        return f"is missing or too short: give {example}"
    try:
        parts = urlsplit(value)
        host, password = parts.hostname, parts.password or ""
    except ValueError:
        return f"cannot be read: give {example}"
    if parts.scheme not in schemes:
        return f"has to begin with {schemes[0]}://, as {example}"
    if not is_loopback(host) and len(password) < PASSWORD_LENGTH:
        return f"has no password of {PASSWORD_LENGTH} characters or more, and {host} can be reached by others"
    return None


def database_url(value: str) -> str | None:
    return server(value, ("postgres", "postgresql"), "postgres://user:password@host:port/name")


def broker_url(value: str) -> str | None:
    return server(value, ("redis", "rediss"), "redis://:password@host:port/0")


def debug(value: str) -> str | None:
    return "is on: production must not show its insides" if value.lower() in ("1", "true", "yes", "on", "y") else None


def https_address(value: str) -> str | None:
    if not value:
        return None
    try:
        sound = urlsplit(value).scheme == "https" and urlsplit(value).hostname
    except ValueError:
        sound = False
    return None if sound else "has to begin with https:// and a name"


def mail_server(value: str) -> str | None:
    scheme = value.split("://")[0]
    return None if not value or scheme in MAIL_SCHEMES else f"has to begin with one of {', '.join(MAIL_SCHEMES)}"


def metrics_token(value: str) -> str | None:
    return "is too short: give 20 characters or more" if 0 < len(value) < 20 else None


CHECKS: dict[str, Callable[[str], str | None]] = {
    "SECRET_KEY": secret_key,
    "ALLOWED_HOSTS": allowed_hosts,
    "DATABASE_URL": database_url,
    "CELERY_BROKER_URL": broker_url,
    "DEBUG": debug,
    "SITE_URL": https_address,
    "EMAIL_URL": mail_server,
    "OIDC_ISSUER": https_address,
    "METRICS_TOKEN": metrics_token,
}


def problems(given: dict[str, str]) -> list[str]:
    """A sentence for each setting that is missing or weak. No value is repeated: it may be a secret."""
    found = ((name, CHECKS[name](given.get(name, ""))) for name in LOOKED_AT)
    return [f"{name} {fault}." for name, fault in found if fault]
