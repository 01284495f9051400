"""Links that let a person choose a password: signed, for one account, for a time, and good once.

The signature covers a fingerprint of the account as it was: its password, address, and whether it is open. As soon as a
password was chosen, the fingerprint differs and every earlier link is void. Nothing is stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import User


@dataclass(frozen=True)
class Link:
    """A kind of link, and for how long it holds."""

    name: str
    holds: timedelta

    @property
    def salt(self) -> str:
        return f"accounts.links.{self.name}"

    def fingerprint(self, user: User) -> str:
        """Django notes the last sign-in, too: a link asked for before it is void after it."""
        facts = [user.pk, user.password, user.email, user.is_active, user.last_login]
        return salted_hmac(self.salt, "\n".join(map(str, facts)), algorithm="sha256").hexdigest()

    def make(self, user: User, now: datetime) -> str:
        """The address of the page, from outside the site; in the language that is active."""
        token = signing.dumps([user.pk, int(now.timestamp()), self.fingerprint(user)], salt=self.salt)
        return f"{settings.SITE_URL}{reverse(f'account:{self.name}', args=[token])}"

    def read(self, token: str, now: datetime) -> User | None:
        """The account that the link is for; None when it is changed, used, or over."""
        try:
            pk, made, fingerprint = signing.loads(token, salt=self.salt)
        except signing.BadSignature:
            return None
        user = User.objects.filter(pk=pk, is_active=True).first()
        if user is None or now.timestamp() - made > self.holds.total_seconds():
            return None
        return user if constant_time_compare(fingerprint, self.fingerprint(user)) else None


INVITATION = Link("invitation", timedelta(days=7))
RESET = Link("new_password", timedelta(hours=1))
