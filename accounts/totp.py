"""Codes of six digits that follow from a secret and the time (RFC 4226, RFC 6238: SHA-1, 30 seconds)."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

STEP = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps that a clock may be fast or slow


def new_secret() -> str:
    """160 random bits, in base32: 32 letters and digits."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP


def code(secret: str, step: int) -> str:
    """The code of the step (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The step near *now* whose code was typed; None when there is none."""
    here = step_at(now)
    steps = range(here - DRIFT, here + DRIFT + 1)
    found = [step for step in steps if hmac.compare_digest(code(secret, step).encode(), typed.encode())]
    return found[-1] if found else None


def address(secret: str, account: str, issuer: str) -> str:
    """What an authenticator program reads from the QR code."""
    label = f"{quote(issuer)}:{quote(account)}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer)}&digits={DIGITS}&period={STEP}"
